"""The semantic model of a workspace: what the numbers are called, how they are made, what they may be split by.

Files `<workspace>/semantic/**/*.yaml`; the top keys of a file are the fields of `SemanticModel`, each a list of the
dataclasses here. Plain data: no SQL is parsed here (compiling.py does, semantic_checks.py compiles everything once).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from assistant.domain import Finding

if TYPE_CHECKING:
    from assistant.catalog import Catalog

Timing = Literal["flow", "stock", "snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowField:
    """A column people ask for by name in a list of single rows (姓名, 身份证号): such a request goes to the gate."""

    element: str  # "<table>.<column>"
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A table and what one row of it is."""

    table: str
    name: str
    name_en: str
    key: str  # column
    synonyms: tuple[str, ...] = ()  # what its rows are called: 居民, 企业, 低保对象
    synonyms_en: tuple[str, ...] = ()
    data_from: date | None = None  # earlier periods hold no data
    fields: tuple[RowField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A declared join. Followed from left to right only: the right side has at most one row, so nothing fans out."""

    left: str  # "<table>.<column>"
    right: str
    cardinality: Literal["many_to_one", "one_to_one"] = "many_to_one"

    @property
    def tables(self) -> tuple[str, str]:
        return self.left.partition(".")[0], self.right.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedValue:
    """One value of a dimension: what is stored, what it is called."""

    code: str | bool | int
    name: str = ""
    name_en: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Half-open band [from, to) of a number; None = open."""

    name: str
    name_en: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What a metric may be split or filtered by.

    kind: `category` values of `column`; `number` a quantity, for filters; `age` completed years of the date in
    `column` at the as-of date, for filters; `band` groups `column` (or the age) by `bands`.
    """

    id: str
    name: str
    name_en: str
    column: str  # "<table>.<column>": what is shown
    code: str = ""  # "<table>.<column>": what rows are ordered by; "" = column
    instead_in: tuple[
        str, ...
    ] = ()  # tables in which a word for the parent means this one: 行业 of an industrial survey
    filter_by: Literal["label", "code"] = "label"  # code: filters compare `code`, whose names are in the catalog
    kind: Literal["category", "number", "age", "band"] = "category"
    synonyms: tuple[str, ...] = ()
    synonyms_en: tuple[str, ...] = ()
    parent: str = ""  # next level up of its hierarchy: 街道 -> 区
    show_parent: bool = False  # names repeat between parents
    unit: str = ""
    bands: tuple[Band, ...] = ()
    age: bool = False  # bands of an age
    values: tuple[NamedValue, ...] = ()
    indexed: bool = True  # values may stand in the value index (labels permitting)
    ranks: tuple[str, ...] = ()  # its values from the lowest to the highest, where they have an order: 本科以上
    state: bool = False  # what a row is in now (办理中, 注销), whenever it came

    @property
    def table(self) -> str:
        return self.column.partition(".")[0]

    @property
    def filter_column(self) -> str:
        return self.code if self.code and self.filter_by == "code" else self.column

    @property
    def order_column(self) -> str:
        return self.code or self.column


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number with a name. Either `expression` over one entity, or `numerator` / `denominator` (metric ids)."""

    id: str  # ASCII: the output alias
    name: str
    name_en: str
    definition: str  # 口径
    definition_en: str
    topic: str = ""
    synonyms: tuple[str, ...] = ()
    synonyms_en: tuple[str, ...] = ()
    entity: str = ""  # base table
    expression: str = ""  # one aggregate expression over the entity's columns
    where: str = ""  # predicate; {as_of} = the period's last day
    timing: Timing = "flow"  # flow: rows dated in the period; stock: rows alive on its last day; snapshot: no history
    time: str = ""  # flow: date column; stock: first day alive
    time_end: str = ""  # stock: first day no longer alive, NULL = still alive
    time_format: Literal["date", "quarter", "year"] = "date"  # quarter: text 2024Q1; year: integer
    numerator: str = ""
    denominator: str = ""
    scale: float = 1.0
    unit: str = ""  # "%" = a ratio 0-1
    additive: bool = True  # sums over rows make sense: share, cumulative
    better: Literal["higher", "lower", ""] = ""  # 最好/最差
    owner: str = ""
    document: str = ""
    article: str = ""  # 第X条

    @property
    def is_ratio(self) -> bool:
        return bool(self.numerator)

    @property
    def has_parts(self) -> bool:
        """Some of what it counts or sums may be set against all of it, though parts need not add up to the whole."""
        return self.additive or (self.expression.startswith("count(") and self.unit not in ("", "%"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """Words with several honest readings. With a default it is taken and stated; without, the asker chooses.

    `beside`: words beside which the first reading is meant (年龄段 beside 人口).
    """

    words: tuple[str, ...]
    readings: tuple[str, ...]  # metric ids, likeliest first
    default: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What may be changed in a verified question: the period, or the values of one dimension."""

    name: str
    kind: Literal["period", "dimension"]
    dimension: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedQuestion:
    """核定问数: a reviewed question. Two different persons approve it; after `expires_on` it no longer counts."""

    id: str
    question: str
    question_en: str
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    grain: str = ""
    comparisons: tuple[Literal["yoy", "mom"], ...] = ()
    derived: tuple[Literal["share", "whole", "rank", "cumulative", "versus"], ...] = ()
    parameters: tuple[Parameter, ...] = ()
    owner: str
    approvers: tuple[str, ...]
    approved_on: date
    expires_on: date

    def __post_init__(self) -> None:
        if len(set(self.approvers)) < 2 or self.owner in self.approvers:
            raise ValueError(
                "approvers: 需要两名不同的核定人，且不含责任人 / two different approvers, neither of them the owner."
            )
        if self.expires_on <= self.approved_on:
            raise ValueError("expires_on: 应晚于 approved_on / must be later than approved_on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """Which periods of a table are published (statistics embargo)."""

    column: str
    released: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticModel:
    """Everything above, indexed. Empty for a workspace that has no semantic folder."""

    as_of: date
    city: str = ""
    entities: tuple[Entity, ...] = ()
    joins: tuple[Join, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    metrics: tuple[Metric, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    verified: tuple[VerifiedQuestion, ...] = ()
    value_names: tuple[NamedValue, ...] = ()  # English names and aliases of values that the warehouse holds
    fillers: tuple[str, ...] = ()  # words of this estate that carry no content of their own
    out_of_scope: tuple[str, ...] = ()  # words that tell a question no government data answers
    releases: Mapping[str, Releases] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)  # table -> catalog resource id
    vocabulary: frozenset[str] = frozenset()  # names in the catalog: known to the estate, though not to this model
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # "metric:<id>" -> file, line
    paths: dict[tuple[str, str], tuple[Join, ...] | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    metric_by_id: Mapping[str, Metric] = field(init=False)
    dimension_by_id: Mapping[str, Dimension] = field(init=False)
    entity_by_table: Mapping[str, Entity] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metric_by_id", MappingProxyType({m.id: m for m in self.metrics}))
        object.__setattr__(self, "dimension_by_id", MappingProxyType({d.id: d for d in self.dimensions}))
        object.__setattr__(self, "entity_by_table", MappingProxyType({e.table: e for e in self.entities}))

    def parts(self, metric_id: str) -> tuple[Metric, ...]:
        """The simple metrics a metric is made of: itself, or numerator and denominator."""
        metric = self.metric_by_id[metric_id]
        if not metric.is_ratio:
            return (metric,)
        return self.parts(metric.numerator) + self.parts(metric.denominator)


def load_semantic_model(workspace: Path, catalog: Catalog | None) -> SemanticModel:
    """Read `<workspace>/semantic`. Raises SemanticModelError listing every wrong file, line and key."""
    from assistant.nl2sql.plans import semantic_loading

    return semantic_loading.load(workspace, catalog)


def check_semantic_model(
    model: SemanticModel, catalog: Catalog | None, schema: Mapping[str, Mapping[str, str]]
) -> tuple[Finding, ...]:
    """Every column exists, types fit, every metric compiles. `schema`: {table: {column: engine type}}."""
    from assistant.nl2sql.plans.semantic_checks import check

    return check(model, catalog, schema)
