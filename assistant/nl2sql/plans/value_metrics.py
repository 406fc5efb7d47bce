"""Metrics that a word names without saying so: a value that defines one (迁入), or what one counts (医院). Pure.

A metric whose condition is `column = 'value'` is named by that value as soon as nothing else is counted: 迁入 is
move-ins, 注销 is closed firms. A noun after 几家, 多少 or how many is counted by the plain count of its table.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

_EQUALS = re.compile(r"^\s*(\w+)\s*=\s*'([^']+)'\s*$")
_ONE_OF = re.compile(r"^\s*(\w+)\s+in\s+\(([^()]*)\)\s*$", re.IGNORECASE)
_COUNTED_BEFORE = re.compile(r"(?:(?<!哪)几|多少)[个家所座户件条宗份张名位起]?$|(?:how many|number of)(?: \w+)?\s*$")
_COUNTED_AFTER = re.compile(
    r"^\s*(?:[数总]量|个数|家数|件数|(?:一共|总共|共)?有?(?:几|多少)[个家所座户件条宗份张名位起])"
)


@lru_cache(maxsize=64)
def condition_of(where: str) -> tuple[str, tuple[str, ...]] | None:
    """(column, values) of a condition that admits only these values of one column; None for any other.

    >>> condition_of("event_type = '迁入'"), condition_of("a > 1")
    (('event_type', ('迁入',)), None)
    """
    equals = _EQUALS.match(where)
    if equals is not None:
        return equals[1], (equals[2],)
    listed = _ONE_OF.match(where)
    if listed is None:
        return None
    return listed[1], tuple(value.strip().strip("'") for value in listed[2].split(","))


def defined_by(dimension_id: str, code: object, model: SemanticModel) -> tuple[Metric, ...]:
    """The metrics that count exactly the rows with this value of this dimension, those of a period first."""
    column = model.dimension_by_id[dimension_id].column
    wanted = (column.partition(".")[2], (str(code),))
    own = [m for m in model.metrics if m.entity == column.partition(".")[0] and m.expression.startswith("count(")]
    found = [metric for metric in own if condition_of(metric.where) == wanted]
    return tuple(sorted(found, key=lambda metric: metric.timing != "flow"))


def stock_of(metric_id: str, model: SemanticModel) -> str:
    """The figure of what there is on a day, beside one of what came in during a period; "" where there is none."""
    flow = model.metric_by_id[metric_id]
    stocks = [m.id for m in model.metrics if m.entity == flow.entity and m.timing == "stock" and m.unit == flow.unit]
    return stocks[0] if flow.timing == "flow" and stocks else ""


def contradicts(metric: Metric, dimension_id: str, codes: tuple[object, ...], model: SemanticModel) -> bool:
    """True where the metric admits none of these values: deaths of the type 出生 are no deaths at all."""
    if metric.is_ratio or not metric.where:
        return False
    condition = condition_of(metric.where)
    column = model.dimension_by_id[dimension_id].column
    if condition is None or column != f"{metric.entity}.{condition[0]}":
        return False
    return not {str(code) for code in codes} & set(condition[1])


def metrics_by_value(tags: tuple[Tag, ...], model: SemanticModel) -> tuple[tuple[str, int], ...]:
    """(metric, tag index) of every value that defines a metric; () where the values belong to several tables."""
    found: dict[str, int] = {}
    tables: set[str] = set()
    for index, tag in enumerate(tags):
        for sense in tag.of("value"):
            named = defined_by(sense.target, sense.value.code, model) if sense.value else ()
            if named:
                found.setdefault(named[0].id, index)
                tables.add(named[0].entity)
    return tuple(found.items()) if len(tables) == 1 else ()


def counted_thing(tags: tuple[Tag, ...], text: str, model: SemanticModel) -> tuple[str, int] | None:
    """(metric, tag index): 本区有几家医院, number of complaints. The noun's table must have one plain count."""
    for index, tag in enumerate(tags):
        table = _table_of(tag, model)
        if table is None or tag.of("readings") or tag.of("metric") or not asks_how_many(tag, text):
            continue
        plain = plain_counts(table, model)
        if len(plain) == 1:
            return plain[0].id, index
    return None


def asks_how_many(tag: Tag, text: str) -> bool:
    """True where the question asks how many of what the tag names there are: 几个区, 区有多少个, how many districts."""
    return bool(_COUNTED_BEFORE.search(text[: tag.start].rstrip()) or _COUNTED_AFTER.match(text[tag.end :]))


def plain_counts(table: str, model: SemanticModel) -> list[Metric]:
    """The metrics that count all rows of a table."""
    return [m for m in model.metrics if m.entity == table and m.expression == "count(*)" and not m.where]


def _table_of(tag: Tag, model: SemanticModel) -> str | None:
    for sense in tag.of("entity"):
        return sense.target
    named = [model.dimension_by_id[sense.target] for sense in tag.of("dimension")]
    tables = {dimension.table for dimension in named if dimension.code}
    return next(iter(tables)) if len(named) == len(tables) == 1 else None
