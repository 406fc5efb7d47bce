"""Several drafts -> one, by agreement of what they return and not of how they are written. Pure.

Confidence is the share of agreeing candidates, lowered where the result looks like a missed filter (no rows, all
NULL): an answer that two independent formulations reach is right far more often than one that only one reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.domain import Scalar, SqlDraft

_ALONE = 0.45  # one formulation, nobody to agree with
_AGREED = 0.7  # all agree: 18 of 27 such answers were right on a hard Chinese sample, 1 of 8 of the others
_SPLIT = 0.3
_HOLLOW = 0.5  # factor for an empty or all-NULL result


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A draft with what it returned inside the engine; None where it was rejected or failed."""

    draft: SqlDraft
    rows: tuple[tuple[Scalar, ...], ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    draft: SqlDraft
    confidence: float  # 0-1
    agreeing: int  # candidates
    ran: int  # candidates


def choose(candidates: Sequence[Candidate]) -> Chosen | None:
    """The draft whose result most candidates share, a hollow result after a real one; None when nothing ran."""
    ran = [candidate for candidate in candidates if candidate.rows is not None]
    if not ran:
        return None
    groups: dict[tuple[object, ...], list[Candidate]] = {}
    for candidate in ran:
        groups.setdefault(fingerprint(candidate.rows or ()), []).append(candidate)
    best = max(groups.values(), key=lambda group: (not hollow(group[0].rows or ()), len(group)))
    confidence = _confidence(len(best), len(ran), len(candidates))
    confidence *= _HOLLOW if hollow(best[0].rows or ()) else 1.0
    return Chosen(
        draft=replace(best[0].draft, confidence=confidence), confidence=confidence, agreeing=len(best), ran=len(ran)
    )


def fingerprint(rows: Sequence[tuple[Scalar, ...]]) -> tuple[object, ...]:
    """Equal for results that hold the same rows, whatever the order of rows or of columns."""
    columns = zip(*rows, strict=True) if rows else ()
    order = sorted(range(len(rows[0])) if rows else (), key=_by_content(tuple(columns)))
    return tuple(sorted(tuple(_plain(row[place]) for place in order) for row in rows))


def hollow(rows: Sequence[tuple[Scalar, ...]]) -> bool:
    """No row, or nothing but NULL and zero in a single row: often a filter that met nothing."""
    if not rows:
        return True
    return all(value is None for row in rows for value in row) or (
        len(rows) == 1 and all(value in (None, 0) for value in rows[0])
    )


def _by_content(columns: tuple[tuple[Scalar, ...], ...]):  # type: ignore[no-untyped-def]
    return lambda place: sorted(_plain(value) for value in columns[place])


def _plain(value: Scalar) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"t{value}"
    return f"n{round(float(value), 6):.6f}"


def _confidence(agreeing: int, ran: int, asked: int) -> float:
    if asked == 1:
        return _ALONE
    if agreeing == asked:
        return _AGREED
    return _ALONE if agreeing > ran / 2 else _SPLIT
