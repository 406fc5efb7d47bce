"""The value index: which words of a question name a value of a dimension.

Only values that are public as such are in it: code lists of the catalog (visible like the element itself), values the
semantic model names, and what the engine holds in columns labelled neutral, or quasi-identifying at level G2 or below.
Never direct identifiers, free text, or sensitive values beyond the catalog's code lists. `restricted` leaves what lies
in the tables that the asking user may see.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.domain import ColumnRole, Level, Scalar
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.semantic_model import Dimension, NamedValue, SemanticModel

if TYPE_CHECKING:
    from assistant.catalog import Catalog

Distinct = Callable[[str, str], Iterable[Scalar]]  # (table, column) -> its distinct values

MAX_VALUES = 500  # a column with more distinct values is no dimension one names by heart
_REGION = re.compile("(?:高新区|经开区|新区|街道办事处|街道|地区|区|县|市|镇|乡)$")
_DEPARTMENT = re.compile("^(?:云澜市|市|省)|(?:委员会|管理局|监督管理局)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedValue:
    """A value of a dimension and the words for it."""

    dimension: str
    code: str | bool | int | float  # what a filter compares with
    label: str
    label_en: str = ""
    aliases: tuple[str, ...] = ()
    table: str = ""  # the table it is read from


@dataclass(frozen=True, kw_only=True)
class ValueIndex:
    """All values that may be spoken of; immutable."""

    values: tuple[IndexedValue, ...] = ()
    _views: dict[frozenset[str], ValueIndex] = field(default_factory=dict, repr=False, compare=False)

    def restricted(self, tables: frozenset[str]) -> ValueIndex:
        """Only what lies in `tables`; the same object for the same tables."""
        if tables not in self._views:
            kept = tuple(value for value in self.values if value.table in tables)
            self._views[tables] = self if len(kept) == len(self.values) else ValueIndex(values=kept)
        return self._views[tables]

    @cached_property
    def by_label(self) -> dict[tuple[str, str], IndexedValue]:
        """{(dimension, normalised label): value}."""
        return {(value.dimension, normalise(value.label)): value for value in self.values}

    @cached_property
    def by_code(self) -> dict[tuple[str, Scalar], IndexedValue]:
        return {(value.dimension, value.code): value for value in self.values}

    def to_json(self) -> str:
        """For the state folder; from_json reads it back."""
        return json.dumps([asdict(value) for value in self.values], ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> ValueIndex:
        """Raises ValueError where the text is not what to_json wrote."""
        try:
            rows = json.loads(text)
            return cls(values=tuple(IndexedValue(**{**row, "aliases": tuple(row["aliases"])}) for row in rows))
        except (TypeError, KeyError) as problem:
            raise ValueError(f"not a value index: {problem}") from None


def build_value_index(model: SemanticModel, catalog: Catalog | None, warehouse_values: Distinct | None) -> ValueIndex:
    """Index every category dimension of the model. `warehouse_values` may be None: then code lists only.

    Without a catalog (a harvested database where everything is open) every indexed dimension is read.
    """
    named = {value.name or str(value.code): value for value in model.value_names}
    found: list[IndexedValue] = []
    for dimension in model.dimensions:
        if dimension.kind != "category":
            continue
        for code, label in _pairs(dimension, catalog, warehouse_values):
            known = next((v for v in dimension.values if v.code == code), None) or named.get(label)
            resource = catalog.by_id.get(label) if catalog else None
            names = (resource.name, resource.name_en) if resource else ()
            found.append(_indexed(dimension, code, label, known, names))
    return ValueIndex(values=tuple(found))


def _indexed(
    dimension: Dimension, code: str | bool | int | float, label: str, known: NamedValue | None, names: tuple[str, ...]
) -> IndexedValue:
    aliases = [*names, *(known.aliases if known else ()), *_short_names(label, dimension)]
    return IndexedValue(
        dimension=dimension.id,
        code=code,
        label=label,
        label_en=known.name_en if known else "",
        aliases=tuple(dict.fromkeys(alias for alias in aliases if alias and (alias != label or len(label) == 1))),
        table=dimension.table,
    )


def _pairs(
    dimension: Dimension, catalog: Catalog | None, distinct: Distinct | None
) -> list[tuple[str | bool | int | float, str]]:
    if dimension.values:
        return [(value.code, value.name or str(value.code)) for value in dimension.values]
    element = catalog.element(dimension.filter_column) if catalog else None
    if element is not None and element.code_list:
        return [(code, name) for code, name in element.code_list]
    if distinct is None or not dimension.indexed or not _readable(dimension, catalog):
        return []
    table, _, column = dimension.column.partition(".")
    labels = [value for value in distinct(table, column) if value is not None]
    if len(labels) > MAX_VALUES:
        return []
    return [(value, str(value)) for value in labels if isinstance(value, str | bool | int | float)]


def _readable(dimension: Dimension, catalog: Catalog | None) -> bool:
    """Fail closed: with a catalog, an element without a label has no readable values."""
    if catalog is None:
        return True
    for element_id in {dimension.column, dimension.order_column}:
        element = catalog.element(element_id)
        if element is None or element.label is None:
            return False
        neutral = element.label.role is ColumnRole.NEUTRAL
        low = element.label.role is ColumnRole.QUASI_ID and element.label.level <= Level.G2
        if not (neutral or low):
            return False
    return True


def _short_names(label: str, dimension: Dimension) -> list[str]:
    """临江 for 临江区, 住建局 keeps its full name: only a suffix that every region name may drop is dropped."""
    names = []
    region = _REGION.sub("", label)
    if dimension.code and region != label and len(region) >= 2:
        names.append(region)
    bare = _DEPARTMENT.sub("", label)
    if bare != label and len(bare) >= 3:
        names.append(bare)
    return names
