"""Several drafts -> one, by agreement of what they return and not of how they are written. Pure.

Each draft brings a weight: one that is read off the schema brings more the more of the question it explains, a second
formulation by the same model less than its first. Results that agree add their weights up; an empty or all-NULL result
(often a filter that met nothing) counts little. How sure the choice is comes from confidence.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.domain import Scalar, SqlDraft
from assistant.nl2sql.plans.confidence import calibrated

PLANNED = "planned"  # read off the schema without a model
_WEIGHTS = {"wide": 1.0, "plain": 0.6, "parts": 1.0}
# (coverage from, weight) of a planned draft. From .8 on it outweighs both drafts of the small model together: where
# they differed on 90 development questions of Spider it was right 15 times and they 5 times (below .8: 1 and 4).
_EXPLAINED = ((0.8, 2.0), (0.6, 0.8))
_HARDLY = 0.4  # the weight of a planned draft that explains less
_HOLLOW = 0.2  # factor for an empty or all-NULL result


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A draft with what it returned inside the engine; None where it was rejected or failed."""

    draft: SqlDraft
    rows: tuple[tuple[Scalar, ...], ...] | None
    kind: str = "wide"  # PLANNED or a formulation of drafting.py
    coverage: float = 0.0  # 0-1: share of the question that a planned draft explains
    strength: float = 0.0  # 0-1: its weakest link

    @property
    def weight(self) -> float:
        if self.kind != PLANNED:
            return _WEIGHTS.get(self.kind, 1.0)
        return next((weight for least, weight in _EXPLAINED if self.coverage >= least), _HARDLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    draft: SqlDraft
    confidence: float  # 0-1
    agreeing: int  # candidates
    ran: int  # candidates
    features: dict[str, float] = field(default_factory=dict)  # of confidence.py, each 0-1


def decided(candidates: Sequence[Candidate], waiting: Sequence[str]) -> bool:
    """True when two readings are there and drafts of the `waiting` kinds, which cost seconds, could change nothing."""
    if len(candidates) < 2:
        return False
    weights = sorted((_weight(group) for group in _groups(candidates)), reverse=True) or [0.0]
    second = weights[1] if len(weights) > 1 else 0.0
    return weights[0] > second + sum(_WEIGHTS.get(kind, 1.0) for kind in waiting)


def choose(candidates: Sequence[Candidate]) -> Chosen | None:
    """The draft whose result has most weight behind it, the first wins ties; None when nothing ran."""
    groups = _groups(candidates)
    if not groups:
        return None
    best = max(groups, key=_weight)
    features = _features(best, candidates)
    confidence = round(calibrated("model", features), 3)
    return Chosen(
        draft=replace(best[0].draft, confidence=confidence),
        confidence=confidence,
        agreeing=len(best),
        ran=sum(len(group) for group in groups),
        features=features,
    )


def _groups(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Those that ran, by equal results."""
    groups: dict[tuple[object, ...], list[Candidate]] = {}
    for candidate in candidates:
        if candidate.rows is not None:
            groups.setdefault(fingerprint(candidate.rows), []).append(candidate)
    return list(groups.values())


def _weight(group: Sequence[Candidate]) -> float:
    return sum(one.weight for one in group) * (_HOLLOW if hollow(group[0].rows or ()) else 1.0)


def _features(best: Sequence[Candidate], candidates: Sequence[Candidate]) -> dict[str, float]:
    """What confidence.py weighs; all 0-1."""
    planned = next((one for one in candidates if one.kind == PLANNED), None)
    is_planned = any(one.kind == PLANNED for one in best)
    drafted = [one for one in candidates if one.kind != PLANNED]
    models = sum(one.kind != PLANNED for one in best)
    rivals = sum(one.rows is not None for one in candidates) - len(best)
    coverage = planned.coverage if planned is not None and is_planned else 0.0
    return {
        "agreement": float(is_planned and models > 0),
        "drafts_agree": float(models > 1),
        "planned": float(is_planned),
        "alone": float(len(candidates) == 1),
        "rivals": min(rivals, 2) / 2,
        "rejected": float(any(one.rows is None for one in drafted)),
        "coverage": coverage,
        "whole": float(coverage >= 0.99),
        "link": planned.strength if planned is not None and is_planned else 0.0,
        "hollow": float(hollow(best[0].rows or ())),
    }


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
