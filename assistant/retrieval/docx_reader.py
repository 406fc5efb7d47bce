"""DOCX -> lines. Article numbers that Word counts by itself (第%1条) are written out: they are not in the text."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from assistant.retrieval.markdown_tables import markdown_table
from assistant.retrieval.numbering import to_numeral

_CHINESE_FORMATS = {"chineseCounting", "chineseCountingThousand", "chineseLegalSimplified", "japaneseCounting"}


def read_docx(path: Path) -> str:
    """Paragraphs and tables in document order; headings as Markdown headings."""
    import docx
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    document = docx.Document(str(path))
    numbers = _Numbering(document)
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines.append(markdown_table([[cell.text for cell in row.cells] for row in block.rows]))
        elif isinstance(block, Paragraph) and block.text.strip():
            lines.extend(_paragraph(block, numbers))
    return "\n".join(filter(None, lines))


def _paragraph(paragraph: Any, numbers: _Numbering) -> list[str]:
    style = paragraph.style.name if paragraph.style is not None else ""
    text = numbers.label(paragraph) + paragraph.text.strip()
    if style == "Title" or style.startswith("Heading"):
        depth = 1 if style == "Title" else min(int(style.split()[-1]), 6) if style.split()[-1].isdigit() else 2
        return [f"{'#' * depth} {text}"]
    return str(text).splitlines()


class _Numbering:
    """Word's automatic numbers: counts a list's levels as Word does when it shows them."""

    def __init__(self, document: Any) -> None:
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        abstract = {item.get(_w("abstractNumId")): _levels(item) for item in root.findall(_w("abstractNum"))}
        for item in root.findall(_w("num")):
            reference = item.find(_w("abstractNumId"))
            if reference is not None:
                self._levels[item.get(_w("numId"))] = abstract.get(reference.get(_w("val")), {})

    def label(self, paragraph: Any) -> str:
        """`第三条 ` for a paragraph that Word numbers so; empty for bullets and unnumbered ones."""
        properties = paragraph._p.pPr
        if (properties is None or properties.numPr is None) and paragraph.style is not None:
            properties = paragraph.style.element.pPr
        if properties is None or properties.numPr is None or properties.numPr.numId is None:
            return ""
        number, depth = str(properties.numPr.numId.val), properties.numPr.ilvl
        level = int(depth.val) if depth is not None else 0
        shown = self._levels.get(number, {}).get(level)
        if shown is None or shown[0] == "bullet":
            return ""
        counts = self._counts[number]
        counts[level] = counts.get(level, shown[2] - 1) + 1
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        return self._text(number, level, counts) + " "

    def _text(self, number: str, level: int, counts: dict[int, int]) -> str:
        text = self._levels[number][level][1]
        for depth in range(level + 1):
            kind = self._levels[number].get(depth, ("decimal", "", 1))[0]
            count = counts.get(depth, 1)
            text = text.replace(f"%{depth + 1}", to_numeral(count) if kind in _CHINESE_FORMATS else str(count))
        return text


def _levels(abstract: Any) -> dict[int, tuple[str, str, int]]:
    """level -> (number format, text with %1, first number)."""
    found = {}
    for level in abstract.findall(_w("lvl")):
        kind, text, start = (level.find(_w(name)) for name in ("numFmt", "lvlText", "start"))
        found[int(level.get(_w("ilvl")))] = (
            kind.get(_w("val")) if kind is not None else "decimal",
            text.get(_w("val")) or "" if text is not None else "",
            int(start.get(_w("val"))) if start is not None else 1,
        )
    return found


def _w(name: str) -> str:
    return f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{name}"
