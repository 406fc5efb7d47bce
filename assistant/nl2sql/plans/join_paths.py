"""How one gets from a table to another along the declared joins, left to right only: no step can multiply rows."""

from __future__ import annotations

from collections import deque

from assistant.nl2sql.plans.semantic_model import Dimension, Join, Metric, SemanticModel


def path(model: SemanticModel, base: str, target: str) -> tuple[Join, ...] | None:
    """The shortest chain of joins from `base` to `target`; () where they are the same table; None where there is none.

    Declared order decides between equally short ones.
    """
    if (base, target) not in model.paths:
        model.paths[base, target] = _shortest(model.joins, base, target)
    return model.paths[base, target]


def _shortest(joins: tuple[Join, ...], base: str, target: str) -> tuple[Join, ...] | None:
    waiting: deque[tuple[str, tuple[Join, ...]]] = deque([(base, ())])
    seen = {base}
    while waiting:
        table, taken = waiting.popleft()
        if table == target:
            return taken
        for join in joins:
            left, right = join.tables
            if left == table and right not in seen:
                seen.add(right)
                waiting.append((right, (*taken, join)))
    return None


def reaches(model: SemanticModel, metric: Metric, dimension: Dimension) -> bool:
    """True where the metric can be split by the dimension. A ratio: where its numerator can.

    Not where its denominator is known of the parent only: people of a street by the area of their district.
    """
    simple, *denominator = model.parts(metric.id)
    if not reaches_from(model, simple.entity, dimension):
        return False
    parent = model.dimension_by_id.get(dimension.parent) if dimension.parent else None
    return parent is None or all(
        reaches_from(model, part.entity, dimension) or not reaches_from(model, part.entity, parent)
        for part in denominator
    )


def reaches_from(model: SemanticModel, table: str, dimension: Dimension) -> bool:
    return path(model, table, dimension.table) is not None


def dimensions_of(model: SemanticModel, metric: Metric) -> tuple[Dimension, ...]:
    """Every dimension the metric can be split by, those of its own table first."""
    own = model.parts(metric.id)[0].entity
    found = [d for d in model.dimensions if d.kind in ("category", "band") and reaches(model, metric, d)]
    return tuple(sorted(found, key=lambda d: len(path(model, own, d.table) or ())))
