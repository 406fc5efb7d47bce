"""Splitting a regulation by its own structure: 编, 章, 节, 条; appendices and tables stay whole. Pure.

A line opens an article only if it can be one: `第三条规定的期限` at the start of a wrapped line is a citation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from assistant.retrieval.numbering import NUMERAL, canonical_article, to_number

_MARKUP = r"^(?:[#>]+\s*)?\**\s*"
_HEADING = re.compile(
    rf"{_MARKUP}(第\s*[{NUMERAL}][{NUMERAL}\s]*(编|編|分编|分編|章|节|節)"
    rf"|(Part|Chapter|Section)\s+[0-9IVX]+)(?![{NUMERAL}条條款项項])\s*[.:]?\s*(.{{0,60}})$"
)
_ARTICLE = re.compile(rf"{_MARKUP}(第\s*[{NUMERAL}][{NUMERAL}\s]*[条條](?:之[{NUMERAL}]+)?)\**(.*)$", re.S)
_ENGLISH_ARTICLE = re.compile(rf"{_MARKUP}Article\s+([0-9]+)\**[.:]?(\s.*|)$", re.S)
_APPENDIX = re.compile(rf"^(?:#+\s*)?\**\s*((?:附件|附录|附表)\s*[{NUMERAL}]{{0,3}}|附)\s*(?:[:：.、\s].{{0,60}})?\**$")
_NUMBERED = re.compile(r"^(?:#+\s*)?\**\s*([一二三四五六七八九十]{1,3})、")
_CONTENTS = re.compile(r"^(?:#+\s*)?\**目\s*[录錄次]\**$")
# What follows a citation and never opens an article ...
_CITED = re.compile(
    rf"^\s*(?:的规定|规定的|所称的|所列|所指的|至第|和第|与第|或者?第|及第|以及第|、|，|,|第\s*[{NUMERAL}]+\s*[款项項条條]|[（(]第)"
)
# ... and what usually follows one, but may open an article that stands where one is due.
_USUALLY_CITED = re.compile(r"^\s*(?:的|规定|所|至|和|与|或|及|以及|修改|中的)")
_SEPARATED = re.compile(r"^[\s　:：【\[（(]|^$")
_SENTENCE_END = "。；;：:！!？?”」』）)】|＞>"
_RANK = {"编": 0, "編": 0, "Part": 0, "分编": 1, "分編": 1, "章": 2, "Chapter": 2, "节": 3, "節": 3, "Section": 3}
_LARGEST_GAP = 12  # numbers may be missing from a text, but a jump beyond this is a citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One unit of a document. `label` is 第X条, 附件X, 一 or ""; `path` the 编, 章, 节 headings above it."""

    label: str
    text: str
    path: tuple[str, ...] = ()
    kind: str = "article"  # article | appendix | numbered | prose


@dataclass(slots=True)
class _Open:
    """The unit that is being read."""

    label: str
    path: tuple[str, ...]
    kind: str
    lines: list[str] = field(default_factory=list)

    def close(self) -> Section | None:
        text = "\n".join(line for line in self.lines if line.strip()).strip()
        return Section(label=self.label, text=text, path=self.path, kind=self.kind) if text else None


class _Reader:
    """Walks the lines once; the state is what a human reader keeps in mind."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.path: dict[int, str] = {}
        self.unit = _Open("", (), "prose")
        self.last = (0, 0)
        self.in_contents = False
        self.contents: set[str] = set()
        self.previous = ""

    def read(self, line: str) -> None:
        bare = line.strip().strip("\u3000 ")
        if _CONTENTS.match(bare):
            self.in_contents = True
        elif not self._structural(bare) and not self.in_contents:
            self.unit.lines.append(bare)
        self.previous = bare

    def _structural(self, bare: str) -> bool:
        return self._appendix(bare) or self._heading(bare) or self._article(bare)

    def _start(self, label: str, kind: str, first_line: str) -> None:
        self.finish()
        path = tuple(self.path[rank] for rank in sorted(self.path)) if kind == "article" else ()
        self.unit = _Open(label, path, kind, [first_line] if first_line else [])

    def finish(self) -> None:
        closed = self.unit.close()
        if closed is not None:
            self.sections.append(closed)

    def _appendix(self, bare: str) -> bool:
        match = _APPENDIX.match(bare)
        if match is None or self.in_contents or self._continues():
            return False
        self._start(re.sub(r"\s", "", match[1]), "appendix", bare)
        self.path.clear()
        return True

    def _heading(self, bare: str) -> bool:
        match = _HEADING.match(bare)
        if match is None or bare.endswith(("。", "；", "，")):
            return False
        label = match[1] if match[3] else re.sub(r"\s", "", match[1])
        if self.in_contents and label not in self.contents:
            self.contents.add(label)
            return True
        if self._appendix_is_whole():
            return False
        self.in_contents = False
        rank = _RANK[match[2] or match[3]]
        self.path = {known: text for known, text in self.path.items() if known < rank}
        name = match[4].strip("*# ") if match[3] else re.sub(r"\s", "", match[4].strip("*# "))
        self.path[rank] = f"{label} {name}".strip()
        self._start("", "prose", "")
        return True

    def _article(self, bare: str) -> bool:
        match = _ARTICLE.match(bare) or _ENGLISH_ARTICLE.match(bare)
        if match is None:
            return False
        label = canonical_article(match[1])
        if label is None or not self._opens(label, match[2]):
            return False
        self.in_contents = False
        self._start(label, "article", match[2].strip("\u3000 "))
        return True

    def _opens(self, label: str, rest: str) -> bool:
        number, branch = _order(label)
        if self._appendix_is_whole() or _CITED.match(rest):
            return False
        expected = number == self.last[0] + 1 or (number == self.last[0] and branch == self.last[1] + 1)
        restarted = number == 1 and branch == 0
        ahead = self.last < (number, branch) and number <= self.last[0] + _LARGEST_GAP
        if not (expected or restarted or (ahead and not self._continues())):
            return False
        if _USUALLY_CITED.match(rest) and not (expected and _SEPARATED.match(rest) and not self._continues()):
            return False
        if not _SEPARATED.match(rest) and (self._continues() or not (expected or restarted)):
            return False
        self.last = (number, branch)
        return True

    def _continues(self) -> bool:
        """The line above broke off in mid-sentence, so this one is its continuation."""
        above = self.previous.rstrip("*　 ")
        return len(above) > 20 and above[-1] not in _SENTENCE_END and not _HEADING.match(above)

    def _appendix_is_whole(self) -> bool:
        # A notice often carries the regulation itself as its attachment: then the articles start there.
        return self.unit.kind == "appendix" and self.last != (0, 0)


def _order(label: str) -> tuple[int, int]:
    number, _, branch = label.removeprefix("第").partition("条")
    return to_number(number) or 0, to_number(branch.removeprefix("之")) or 0 if branch else 0


def split_sections(body: str) -> tuple[Section, ...]:
    """The document's own units in reading order: articles where it has them, else 一、二、, else prose."""
    reader = _Reader()
    for line in body.splitlines():
        reader.read(line)
    reader.finish()
    if any(section.kind == "article" for section in reader.sections):
        return tuple(reader.sections)
    return _numbered(body, tuple(reader.sections))


def _numbered(body: str, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    if sum(bool(_NUMBERED.match(line.strip())) for line in body.splitlines()) < 2:
        return sections
    found: list[Section] = []
    for section in sections:
        if section.kind == "appendix":
            found.append(section)
            continue
        unit = _Open("", (), "prose")
        for line in section.text.splitlines():
            match = _NUMBERED.match(line)
            if match:
                found.extend(filter(None, [unit.close()]))
                unit = _Open(match[1], (), "numbered")
            unit.lines.append(line)
        found.extend(filter(None, [unit.close()]))
    return tuple(found)


def missing_numbers(sections: tuple[Section, ...]) -> tuple[str, ...]:
    """Article labels that the numbering skips: the text is probably incomplete."""
    numbers = [_order(section.label)[0] for section in sections if section.kind == "article"]
    absent = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    return tuple(label for number in absent if (label := canonical_article(str(number))))
