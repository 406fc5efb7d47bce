"""PDF -> lines: paragraphs put together again, tables as tables, page headers and numbers left out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.retrieval.markdown_tables import markdown_table

_PAGE_NUMBER = re.compile(r"^[-—–\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／]\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-—–\s]*$")
_OPENS = re.compile(
    r"^\s*(?:第\s*[0-9〇零一二三四五六七八九十百千]+\s*[编編章节節条條]|[（(][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、|附[件录錄表])"
)
_LATIN_WIDTH = 0.55  # of the line's height, on average
_ENDS = tuple("。；：！？」”.;:!?")
_HAN_OR_WIDE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    left: float
    right: float
    size: float  # height in points, about one character's width


def read_pdf(path: Path) -> str:
    """The text layer of a PDF. A scan has none and comes back empty."""
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        pages = [_page(page) for page in pdf.pages]
    furniture = _repeated(pages)
    lines: list[str] = []
    pending: list[_Line] = []
    for page in pages:
        for item in page:
            if isinstance(item, str):
                lines.extend([*_paragraphs(pending), item])
                pending = []
            elif item.text not in furniture and not _PAGE_NUMBER.match(item.text):
                pending.append(item)
    return "\n".join([*lines, *_paragraphs(pending)])


def _page(page: Any) -> list[_Line | str]:
    """Lines and tables (as text) of one page, top to bottom."""
    tables = page.find_tables()
    placed: list[tuple[float, _Line | str]] = [(table.bbox[1], markdown_table(table.extract())) for table in tables]
    for line in page.extract_text_lines(return_chars=False):
        middle = (line["top"] + line["bottom"]) / 2
        if any(box[1] <= middle <= box[3] and box[0] <= line["x0"] <= box[2] for box in (t.bbox for t in tables)):
            continue
        placed.append((line["top"], _Line(line["text"].strip(), line["x0"], line["x1"], line["bottom"] - line["top"])))
    return [item for _, item in sorted(placed, key=lambda pair: pair[0]) if item]


def _repeated(pages: list[list[_Line | str]]) -> set[str]:
    """First and last lines that stand on most pages: running headers and footers."""
    if len(pages) < 3:
        return set()
    edges = Counter(
        text for page in pages for text in {item.text for item in (*page[:2], *page[-2:]) if isinstance(item, _Line)}
    )
    return {text for text, count in edges.items() if count * 2 > len(pages)}


def _paragraphs(lines: list[_Line]) -> list[str]:
    if not lines:
        return []
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    found: list[str] = []
    previous: _Line | None = None
    for line in lines:
        if previous is None or _starts(line, previous, left, right):
            found.append(line.text)
        else:
            joint = "" if _HAN_OR_WIDE.match(line.text[0]) or _HAN_OR_WIDE.match(found[-1][-1]) else " "
            found[-1] += joint + line.text
        previous = line
    return found


def _starts(line: _Line, previous: _Line, left: float, right: float) -> bool:
    """A line opens a paragraph if it is indented, or the one above ended early, or ended before a new unit."""
    first = line.text.split(" ", 1)[0]
    room = 2 * line.size if _HAN_OR_WIDE.match(first) else (len(first) + 1) * _LATIN_WIDTH * line.size
    ended_early = previous.right < right - room  # the next word would have fitted
    indented = left + 0.8 * line.size < line.left and previous.left <= left + 0.8 * previous.size
    return ended_early or indented or (previous.text.endswith(_ENDS) and bool(_OPENS.match(line.text)))
