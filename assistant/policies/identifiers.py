"""Identifiers of persons and firms in text, results and columns. A backstop behind the labels, never instead of them.

What is recognised is data (recognisers.py, mentions.py); how odd spellings are seen through is text_views.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from assistant.domain import ColumnRole, Scalar
from assistant.policies import mentions
from assistant.policies.recognisers import RECOGNISERS, Recogniser
from assistant.policies.text_views import View, views

MAX_TEXT = 20_000  # characters that are looked at in one piece; longer text is cut into pieces that overlap
_OVERLAP = 200
_LOOK_BACK = 24  # characters before a match in which its context may stand
_WORTH_A_LOOK = re.compile(
    r"\d|[〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖]{4}|[@%<]|[A-Za-z0-9+/_-]{10}"
    r"|[^\x00-\u024f\u2010-\u2027\u3000-\u303f\u3400-\u9fff]"  # a script of its own, or forms of letters and digits
)
_NAMES = {"name": "姓名", "home_address": "住址"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An identifier at text[start:end]. `confidence` 0-1; `checksummed`: its check digit is right."""

    kind: str
    start: int
    end: int
    confidence: float
    checksummed: bool = False
    name: str = ""  # what it is called when it is masked
    role: ColumnRole = ColumnRole.DIRECT_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHit:
    """An identifier in a result: its row, and the column, or the adjacent columns that spell it together."""

    row: int
    columns: tuple[int, ...]
    hit: Hit


class Tabular(Protocol):
    """A ResultTable or a ReleasedTable."""

    @property
    def rows(self) -> tuple[tuple[Scalar, ...], ...]: ...


def scan(text: str, *, hint: str = "") -> tuple[Hit, ...]:
    """Identifiers in a text, by place; where two overlap, the surer and longer one. `hint`: a column's name or comment,
    which counts as context."""
    if len(text) <= MAX_TEXT:
        return _scan(text, hint)
    found: list[Hit] = []
    for begin in range(0, len(text), MAX_TEXT - _OVERLAP):
        for hit in _scan(text[begin : begin + MAX_TEXT], hint):
            found.append(replace(hit, start=hit.start + begin, end=hit.end + begin))
    return _settled(found)


@lru_cache(maxsize=4096)
def _scan(text: str, hint: str) -> tuple[Hit, ...]:
    found: list[Hit] = []
    if _WORTH_A_LOOK.search(text):
        for view in views(text):
            found += _in_view(view, text, hint)
    found += [_mention("name", span) for span in mentions.names(text)]
    found += [_mention("home_address", span) for span in mentions.homes(text)]
    return _settled(found)


def scan_table(table: Tabular) -> tuple[TableHit, ...]:
    """Identifiers in cells, and in adjacent text columns of one row read as one word."""
    found: list[TableHit] = []
    for row, values in enumerate(table.rows):
        texts = [_as_text(value) for value in values]
        alone = [_scan(text, "") if len(text) >= 5 else () for text in texts]
        for column, hits in enumerate(alone):
            found += [TableHit(row=row, columns=(column,), hit=hit) for hit in hits]
        found += [TableHit(row=row, columns=columns, hit=hit) for columns, hit in _across(texts, alone)]
    return tuple(found)


def redact(text: str) -> str:
    """The text with every identifier replaced by what kind it was, e.g. [手机号]. Redacting again changes nothing."""
    for _ in range(3):  # taking one out can bring two others together
        hits = scan(text)
        if not hits:
            return text
        for hit in reversed(hits):
            text = f"{text[: hit.start]}[{hit.name}]{text[hit.end :]}"
    return text


def _mention(kind: str, span: tuple[int, int]) -> Hit:
    return Hit(kind=kind, start=span[0], end=span[1], confidence=0.7, name=_NAMES[kind])


def _in_view(view: View, text: str, hint: str) -> Iterator[Hit]:
    upper = view.text.upper() if len(view.text.upper()) == len(view.text) else view.text
    for recogniser in RECOGNISERS:
        if (recogniser.plain_only and view.joined) or (view.backwards and not recogniser.backwards):
            continue
        if view.loose and not recogniser.is_checksum:
            continue
        for match in recogniser.pattern.finditer(view.text if recogniser.plain_only else upper):
            said = match[0].upper()
            if recogniser.check is not None and not recogniser.check(said):
                continue
            if not _in_context(recogniser, view, match.start(), hint):
                continue
            start, end = view.span(match.start(), match.end())
            if view.joined and not recogniser.is_checksum and _is_one_number(text[start:end]):
                continue
            yield Hit(
                kind=recogniser.kind.removesuffix("_misspelt"),
                start=start,
                end=end,
                confidence=recogniser.confidence,
                checksummed=recogniser.is_checksum,
                name=recogniser.name,
                role=recogniser.role,
            )


def _in_context(recogniser: Recogniser, view: View, start: int, hint: str) -> bool:
    if recogniser.context is None:
        return True
    before = view.text[max(0, start - _LOOK_BACK) : start]
    return bool(recogniser.context.search(before) or recogniser.context.search(hint))


def _is_one_number(text: str) -> bool:
    """A decimal fraction, or several numbers in a list: no identifier that was spelt with separators."""
    gaps = re.findall(r"[^0-9A-Za-z\u4e00-\u9fff〇]+", text)
    return (
        gaps == ["."]
        or len({gap.strip() or " " for gap in gaps} - {" ", "-"}) > 1
        or any(mark in gap for gap in gaps for mark in ",，、;:")
    )


def _settled(found: Iterable[Hit]) -> tuple[Hit, ...]:
    """Without overlaps: checksummed first, then surer, then longer."""
    kept: list[Hit] = []
    order = sorted(found, key=lambda h: (not h.checksummed, -h.confidence, h.start - h.end, h.start, h.kind))
    for hit in order:
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda h: h.start))


def _as_text(value: Scalar) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # a phone or ID kept as a number
    return ""


def _across(texts: Sequence[str], alone: Sequence[tuple[Hit, ...]]) -> Iterator[tuple[tuple[int, ...], Hit]]:
    """Hits that need two to four adjacent columns; only checked ones, since chance joins much else."""
    starts = [i for i, text in enumerate(texts) if text and not alone[i]]
    runs: list[list[int]] = []
    for column in starts:
        if runs and runs[-1][-1] == column - 1:
            runs[-1].append(column)
        else:
            runs.append([column])
    for run in runs:
        joined = "".join(texts[i] for i in run)
        if len(run) < 2 or not 15 <= len(joined) <= 400:
            continue
        for hit in _scan(joined, ""):
            columns = _columns_of(hit, run, texts)
            if hit.checksummed and len(columns) > 1:
                yield columns, hit


def _columns_of(hit: Hit, run: Sequence[int], texts: Sequence[str]) -> tuple[int, ...]:
    ends = [0]
    for column in run:
        ends.append(ends[-1] + len(texts[column]))
    return tuple(
        column for column, (begin, end) in zip(run, pairwise(ends), strict=True) if begin < hit.end and end > hit.start
    )
