"""Parts of names: one value or several, never a part that too many share."""

from __future__ import annotations

from assistant.nl2sql.plans.name_fragments import fragments_of
from assistant.nl2sql.plans.phrases import units
from assistant.nl2sql.plans.values import IndexedValue, ValueIndex

_NAMES = ("东城第一中心医院", "西城第二中心医院", "东城妇幼保健院")
_VALUES = ValueIndex(values=tuple(IndexedValue(dimension="hospital", code=name, label=name) for name in _NAMES))


def found(text: str) -> dict[str, set[str]]:
    row = units(text)
    parts: dict[str, set[str]] = {}
    for match in fragments_of(_VALUES).find(row):
        words = "".join(unit.text for unit in row[match.start : match.end])
        parts.setdefault(words, set()).add(match.payload.label)
    return parts


def test_a_part_that_several_names_share_means_them_all() -> None:
    assert found("中心医院的床位")["中心医院"] == set(_NAMES[:2])


def test_a_part_of_one_name_means_that_one() -> None:
    assert found("妇幼保健的床位") == {"妇幼保健": {_NAMES[2]}, "幼保健": {_NAMES[2]}}


def test_what_is_in_no_name_is_nothing() -> None:
    assert found("康复医院的床位") == {}


def test_a_short_part_that_several_share_is_nothing() -> None:
    assert found("城第床位") == {}
