"""The nouns: frozen values that the steps of the pipeline exchange. Standard library only.

Read this first. The type of a value says which checks it has passed (docs/architecture.md):

    Question -> QueryPlan -> SqlDraft -> ValidatedQuery -> AuthorizedQuery -> ResultTable -> ReleasedTable -> Answer

Units: ratios are 0-1, never percent; durations carry `_s` or `_ms`; counts say of what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool | date | datetime | None
Lang: TypeAlias = Literal["zh", "zh-Hant", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in the product's two written languages; Traditional is rendered from `zh` (language.py)."""

    zh: str
    en: str


# --------------------------------------------------------------------------- classification (POLICY_SPEC 1.1, 1.2)


class Level(IntEnum):
    """Classification level, ordered; combine with max. GB/T 43697-2024; WS and SS are never served."""

    G1 = 1  # 一般数据 1级
    G2 = 2  # 一般数据 2级
    G3 = 3  # 一般数据 3级
    G4 = 4  # 一般数据 4级
    IMP = 5  # 重要数据 (数据安全法 21)
    CORE = 6  # 国家核心数据: not served
    WS = 7  # 工作秘密 (保守国家秘密法 64): not served
    SS = 8  # 国家秘密: never ingested


class SharingType(StrEnum):
    UNCONDITIONAL = "无条件共享"
    CONDITIONAL = "有条件共享"
    NOT_SHARED = "不予共享"


class OpenType(StrEnum):
    UNCONDITIONAL = "无条件开放"
    CONDITIONAL = "有条件开放"
    NOT_OPEN = "不予开放"


class ColumnRole(StrEnum):
    """What a column can do to a privacy unit: the columns of the decision table (POLICY_SPEC 2.1)."""

    DIRECT_ID = "direct_id"
    SURROGATE_KEY = "surrogate_key"
    QUASI_ID = "quasi_id"
    SENSITIVE_ATTR = "sensitive_attr"
    SECRET_MEASURE = "secret_measure"
    FREE_TEXT = "free_text"
    NEUTRAL = "neutral"


class Category(StrEnum):
    OPEN = "open"
    PERSONAL = "personal"
    SENSITIVE_PERSONAL = "sensitive_personal"
    MINOR_U14 = "minor_u14"
    ENTERPRISE_SECRET = "enterprise_secret"
    STATISTICAL_INDIVIDUAL = "statistical_individual"
    STATISTICAL_AGGREGATE = "statistical_aggregate"
    IMPORTANT = "important"
    WORK_SECRET = "work_secret"
    PROCESS_DOCUMENT = "process_document"


class LabelStatus(StrEnum):
    PROPOSED = "proposed"  # by a machine: may only raise
    CONFIRMED = "confirmed"  # by a person


class PrivacyUnit(StrEnum):
    """Whom a threshold protects; counted as DISTINCT units, never rows (POLICY_SPEC 0.5)."""

    PERSON = "person"
    HOUSEHOLD = "household"
    ENTERPRISE = "enterprise"
    RESPONDENT = "respondent"
    FACILITY = "facility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The label of one column. A column without one is not served."""

    level: Level
    role: ColumnRole
    categories: tuple[Category, ...] = ()
    special_type: str | None = None  # biometric|religion|health|financial_account|trajectory|minor_u14|... (PIPL 28)
    mask: str | None = None  # name of a mask: full | name | id18 | phone | address | free_text | email | plate
    bin_width: float | None = (
        None  # narrowest range filter or group the owner allows, in the column's unit (days for dates)
    )
    basis: str = ""  # the law or standard that the label rests on
    status: LabelStatus = LabelStatus.CONFIRMED
    evidence: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


# --------------------------------------------------------------------------- catalog (GB/T 21063.3 core metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataElement:
    """信息项: one described field. `column` is None where the resource has no table behind it."""

    element_id: str  # "<table>.<column>" where physical, else "<resource_id>.<name>"
    name: str  # 信息项名称
    name_en: str = ""
    column: str | None = None
    type: str = "string"  # string | integer | number | date | datetime | boolean
    unit: str | None = None  # 元, 万元, 人, 件, m2 ...
    description: str = ""
    synonyms: tuple[str, ...] = ()
    code_list: tuple[tuple[str, str], ...] = ()  # (code, name); closed domains only, visible like the element itself
    label: Classification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogResource:
    """信息资源: a registered dataset with its core metadata (政务信息资源目录编制指南; GB/T 21063.3)."""

    resource_id: str  # 信息资源代码
    name: str
    name_en: str = ""
    category: str = ""  # 信息资源分类: base database or topic, e.g. 人口, 法人, 12345热线
    provider: str = ""  # 信息资源提供方
    provider_code: str = ""
    owner_office: str = ""  # 责任处室
    abstract: str = ""
    abstract_en: str = ""
    format: str = ""
    sharing_type: SharingType = SharingType.NOT_SHARED
    sharing_condition: str = ""
    sharing_method: str = ""
    sharing_basis: str = ""  # legal basis, mandatory for 不予共享
    open_type: OpenType = OpenType.NOT_OPEN
    open_condition: str = ""
    update_cycle: str = ""  # 实时 | 每日 | 每周 | 每月 | 每季度 | 每年 | 不定期
    published_on: date | None = None
    updated_on: date | None = None
    related: tuple[str, ...] = ()  # 关联资源代码
    synonyms: tuple[str, ...] = ()
    level: Level = Level.G2
    categories: tuple[Category, ...] = ()
    table: str | None = None  # physical table, None = catalog only
    unit: PrivacyUnit | None = None  # whom its rows describe
    unit_column: str | None = None  # the column whose distinct values are the units
    release_column: str | None = None  # statistics embargo: period column ...
    releases: tuple[tuple[str, date | None], ...] = ()  # ... and (period, released on; None = not released)
    elements: tuple[DataElement, ...] = ()


# --------------------------------------------------------------------------- who asks, and why (POLICY_SPEC 1.3)


class GrantMode(StrEnum):
    NONE = "none"
    AGGREGATE = "aggregate"
    ROW_MASKED = "row_masked"
    ROW_RAW = "row_raw"
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """A territory or duty filter: `column IN values` on one table, applied at the scan."""

    table: str
    column: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a subject may do with a dataset for a purpose. `dataset` is a table name, or "*" for all."""

    grant_id: str
    dataset: str
    mode: GrantMode
    purposes: tuple[str, ...]
    columns: tuple[str, ...] = ()  # empty = as the mode says
    row_filters: tuple[RowFilter, ...] = ()
    row_cap: int | None = None  # rows per rolling 30 days
    min_units: int | None = None  # k override, may only raise
    valid_from: date | None = None
    valid_to: date | None = None
    approver: str = ""
    approval_doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """使用用途: registered, chosen from a list, fixed for a session."""

    code: str
    name: Text
    legal_basis: str = ""
    kind: str = "data"  # data | statistical | public | operations; operations is no data purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The subject, from the identity provider only, never from the prompt."""

    user_id: str
    name: Text
    department: str
    roles: tuple[str, ...] = ()
    clearance: Level = Level.G1
    region: str | None = None
    network: str = "政务外网"  # 政务外网 | 互联网
    purposes: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    question_id: str
    text: str
    user: User
    purpose: Purpose
    lang: Lang
    asked_at: datetime  # UTC
    conversation_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityFilter:
    """What a subject may see of the catalog and the documents; applied before ranking, in every index."""

    max_level: Level
    departments: tuple[str, ...]  # own departments: their non-public documents are visible
    public_only: bool


# --------------------------------------------------------------------------- retrieval


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One indexed text: an article of a document, or a catalog resource, or one data element."""

    passage_id: str  # sha256 of content and metadata
    kind: Literal["policy", "catalog", "element", "metric"]
    source_id: str  # document title or resource id
    title: str
    section: str  # e.g. 第十二条; "" for catalog passages
    text: str
    level: Level = Level.G1
    department: str = ""
    is_public: bool = True
    issued_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None  # exclusive
    superseded_by: str = ""
    issuer: str = ""
    path: tuple[str, ...] = ()  # 编, 章, 节 headings above the article
    part: int = 0  # 0 = the whole unit; 1, 2, ... = consecutive pieces of an over-long one
    open_type: str = ""  # of a document: 主动公开 | 依申请公开 | 不予公开; of a resource: its 开放属性
    doc_no: str = ""  # 文号 of a document; 信息资源代码 of a resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passage that an answer cites."""

    passage_id: str
    kind: str
    id: str  # "<document title>#第X条" or a resource id
    title: str
    section: str
    quote: str  # verbatim from the source
    score: float
    as_of: date | None
    in_force: bool
    nearness: float | None = None  # by meaning: 0 as near as an unrelated question, 1 the same; None = words alone
    # log-odds, by the question alone, that the documents answer it, as the workspace's own questions taught (taught.py)
    answerable: float | None = None


# --------------------------------------------------------------------------- question -> plan -> SQL


class LinkStrength(StrEnum):
    EXACT = "exact"
    FUZZY = "fuzzy"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    span: str  # the words of the question
    target: str  # metric id, dimension id, element id or "dimension=value"
    kind: Literal["metric", "dimension", "element", "value", "period", "entity"]
    strength: LinkStrength
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Half-open [start, end), with the words it is shown as (2025年, 2024年第二季度)."""

    start: date
    end: date
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    """`dimension op values`, e.g. district in (990101). `labels` are the values' names."""

    dimension: str
    op: Literal["in", "not_in", "ge", "gt", "le", "lt"]
    values: tuple[Scalar, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """What the question asks, in the semantic model's terms. Compared, cached, edited and shown."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    filters: tuple[PlanFilter, ...] = ()
    period: Period | None = None
    grain: str | None = None  # year | quarter | month | day: a time dimension in the output
    comparisons: tuple[Literal["yoy", "mom"], ...] = ()  # 同比, 环比: base value, change and rate
    # 占比, 占比的全体, 排名, 累计, 两者相比
    derived: tuple[Literal["share", "whole", "rank", "cumulative", "versus"], ...] = ()
    having: tuple[tuple[str, str, float], ...] = ()  # (metric, op, number)
    order_by: tuple[str, Literal["asc", "desc"]] | None = None
    limit: int | None = None
    links: tuple[Link, ...] = ()
    chart: str | None = None
    share_of: tuple[str, ...] = ()  # share without a dimension in the output: filters that its denominator drops
    without: tuple[str, ...] = ()  # metrics whose entity must have no row for the counted unit (没有行政处罚的企业)
    counted: str = (
        ""  # dimension whose groups within the bounds are counted instead of listed, after release (有几个区)
    )
    pieces: tuple[Period, ...] = ()  # separate periods side by side (2021年和2024年); `period` is then their span
    per: str = ""  # what each figure is divided by: day | month | quarter | year, or a metric (日均, 人均, 每万人)
    per_scale: float = 1.0  # 10000: 每万人


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    label: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification:
    """The honest answer when the question has several readings: two to four, with their consequence."""

    prompt: Text
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlDraft:
    """Untrusted SQL text, whoever wrote it."""

    text: str
    drafter: str  # "compiled", "verified", "given" or a model id
    attempt: int = 1
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a draft is not valid: a named cause and what to do about it."""

    code: str
    message: Text
    hint: str = ""
    line: int | None = None
    column: int | None = None


# --------------------------------------------------------------------------- facts of a query (no opinions)


class Usage(StrEnum):
    """How a column is used: the rows of the decision table (POLICY_SPEC 2.1)."""

    OUTPUT = "output"  # projected raw and reaching the result
    DERIVED = "derived"  # projected through an expression
    WHOLE_ROW = "whole_row"  # to_json(r), r, *
    FILTER_EQUAL = "filter_equal"  # =, <>, IN list, IS NULL, a bare boolean
    FILTER_PATTERN = "filter_pattern"  # LIKE, regex, starts_with, contains
    FILTER_RANGE = "filter_range"  # < <= > >= BETWEEN
    FILTER_OTHER = "filter_other"  # any other predicate
    GROUP = "group"
    HAVING = "having"
    COUNT = "count"  # COUNT(col), COUNT(DISTINCT col)
    MAGNITUDE = "magnitude"  # SUM AVG STDDEV VAR ...
    EXTREME = "extreme"  # MIN MAX FIRST LAST ANY_VALUE MODE ARG_MAX ...
    COLLECT = "collect"  # ARRAY_AGG STRING_AGG LIST HISTOGRAM TOP_K ...
    PERCENTILE = "percentile"  # MEDIAN QUANTILE ...
    DISTINCT = "distinct"
    JOIN = "join"
    ORDER = "order"  # orders rows before aggregation
    LIMIT = "limit"  # decides which rows LIMIT/OFFSET/QUALIFY/SAMPLE keeps
    WINDOW = "window"
    SUBQUERY = "subquery"  # decides through EXISTS, IN (SELECT), a scalar or correlated subquery
    CAN_RAISE = "can_raise"  # inside an expression that can fail or whose cost depends on the value


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUse:
    """One use of one physical column, explicit or implicit, traced to the base table."""

    table: str
    column: str
    usage: Usage
    scan: str = ""  # which scan of the table (alias path), to tell self-joins apart
    output: str | None = None  # the result column it flows to, if any
    aggregate: str | None = None  # function name when usage is an aggregate
    detail: str = ""  # operator, or the other side of a join "table.column"
    span: float | None = None  # FILTER_RANGE with both bounds: their distance (days for dates)
    values: tuple[Scalar, ...] = ()  # literals compared with (FILTER_EQUAL), for territory proofs
    conjunct: bool = False  # a top-level AND-ed predicate of its scan: it always restricts

    @property
    def element_id(self) -> str:
        return f"{self.table}.{self.column}"


class OutputKind(StrEnum):
    RAW = "raw"
    DERIVED = "derived"
    KEY = "key"  # a GROUP BY key
    AGGREGATE = "aggregate"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFact:
    """One result column and the base columns that flow into it (explicit or implicit)."""

    name: str
    kind: OutputKind
    sources: tuple[str, ...] = ()  # element ids
    aggregate: str | None = None
    type: str = ""
    mixes_rows: bool = False  # computed from several result rows (running total, share of total, lag): if any of
    # them is suppressed, this one must be too


class Shape(StrEnum):
    ROWS = "rows"  # a result row is (or may be) one unit
    AGGREGATE = "aggregate"  # every result row is an aggregate


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFacts:
    """What a query touches. nl2sql.facts makes it, policies.access decides on it."""

    tables: tuple[str, ...]  # base tables, sorted, distinct
    uses: tuple[ColumnUse, ...]
    outputs: tuple[OutputFact, ...]
    functions: tuple[str, ...]
    shape: Shape
    countable: bool  # the contributors of every output cell can be counted (see rewriting.py)
    limited: bool = False  # LIMIT/OFFSET/QUALIFY/SAMPLE anywhere
    limit_rows: int | None = None
    row_tables: tuple[str, ...] = ()  # base tables whose rows show one by one in the result; harmless when they hold no
    # privacy units (a dimension joined to aggregates); shape is ROWS whenever there is one
    order_outputs: tuple[str, ...] = ()  # result columns the rows are ordered by: the order tells suppressed values


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedQuery:
    """One read-only statement over known tables, columns and functions. Made only by nl2sql/validation.py."""

    sql: str  # re-rendered from our AST, fully qualified
    dialect: str
    facts: QueryFacts
    drafter: str


# --------------------------------------------------------------------------- decisions


class Outcome(IntEnum):
    """Total order for composition with max (POLICY_SPEC 1.4)."""

    ALLOW = 0
    MASK = 1
    SUPPRESS = 2
    AGGREGATE_ONLY = 3
    NEEDS_APPROVAL = 4
    REFUSE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    rule: str  # e.g. R-G4-017
    clause: str  # e.g. 个人信息保护法第三十四条
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Mask at the scan: predicates see the masked value too (POLICY_SPEC 0.4)."""

    table: str
    column: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitThreshold:
    """Cells must stand on at least `min_units` distinct values of `table.unit_column` (POLICY_SPEC 2.3)."""

    table: str
    unit_column: str
    unit: PrivacyUnit
    min_units: int
    zero_is_disclosive: bool = False  # 0 looks like 1..k-1
    magnitudes: tuple[str, ...] = ()  # output names that sum a secret measure: p% and dominance apply
    p_percent: float = 10.0
    dominance: tuple[int, float] = (2, 90.0)
    protected_columns: tuple[str, ...] = ()  # element ids whose predicates are dropped to count base_units
    sensitive_keys: tuple[str, ...] = ()  # names of GROUP BY outputs that are sensitive: one value for all discloses
    sensitive_conditions: tuple[str, ...] = ()  # protected and sensitive or secret: nobody left out discloses
    protected_keys: tuple[str, ...] = ()  # element ids of protected columns that rows are grouped or told apart by
    rule: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCap:
    table: str
    rows: int
    use: str = ""  # what else the rows are counted under: the capped grant (policies/protection.use_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """Percentiles to `digits` significant digits: the exact one is a single unit's value (POLICY_SPEC 2.1)."""

    table: str
    digits: int


Obligation: TypeAlias = RowFilter | Mask | UnitThreshold | RowCap | Rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict with its reasons; obligations are what ALLOW, MASK and SUPPRESS demand."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    gate: str = ""  # G0..G7: which gate decided
    offer: Text | None = None  # the permitted neighbour


# --------------------------------------------------------------------------- execution and release


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeCell:
    """One hidden column of probe_sql: the units behind one aggregate of the query, for one threshold."""

    threshold: int  # position in AuthorizedQuery.thresholds
    outputs: tuple[tuple[str, ...], ...] = ()  # per magnitude: the result columns that it flows into
    population_of: int | None = None  # position of the cell whose population this is; then no aggregate stands on it


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultOrder:
    """One key of an order that is applied to the released table: a withheld figure has no place in it."""

    column: int  # position in the result
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedQuery:
    """A validated query after its obligations were applied at the scan and validated again.

    Made only by nl2sql/rewriting.py; the only thing a warehouse runs. `probe_sql` groups the same rows by result
    key and privacy unit, so that cell safety can see who contributes; its columns are described in rewriting.py.
    """

    sql: str
    probe_sql: str | None
    dialect: str
    columns: tuple[OutputFact, ...]
    key_columns: tuple[int, ...]  # positions of the keys in `columns`
    thresholds: tuple[UnitThreshold, ...]
    row_limit: int
    timeout_s: float
    probe_cells: tuple[ProbeCell, ...] = ()  # the columns of probe_sql after those of the result, in order
    # Under thresholds every group is read (up to row_limit); order and cut are applied to what is released.
    order: tuple[ResultOrder, ...] = ()
    ordered: bool = False  # the rows come in the order of group keys that the result does not show; `order` goes first
    limit: int | None = None  # of the query itself
    offset: int = 0
    shown_limit: int | None = None  # rows shown at most, whatever the query's own limit; None: row_limit
    rounded: bool = False  # its percentiles are given in round numbers


AMOUNT_PLACES_BITS = 7  # first bits of a number in Magnitude.amounts: the unit's, whatever it adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Magnitude:
    """How one aggregate output of one cell is made up of its units (unweighted contributors)."""

    output: str
    contributors: int  # units with a non-zero contribution
    total: float
    largest: float
    second: float
    unit_set: bytes = b""  # the contributing units, where a condition inside the aggregate chose them; else empty
    amounts: bytes = b""  # one number a contributing unit, of AMOUNT_PLACES_BITS of the unit's own and what it adds


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFacts:
    """Who stands behind one result row."""

    units: int  # distinct privacy units
    base_units: int | None = None  # units of the same key when protected predicates are dropped (complement rule)
    unit_set: bytes = b""  # the units' hashes, sorted, 8 bytes each (unit_sets.hashes_of), for the ledger
    magnitudes: tuple[Magnitude, ...] = ()  # one per aggregate output whose argument is a column expression
    also: tuple[bytes, ...] = ()  # unit sets of further aggregates in the same row (two CTEs compared), for the ledger
    left_out: tuple[bytes, ...] = ()  # of the population, whom sensitive conditions left out; for the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    label: str = ""
    unit: str | None = None
    element_id: str | None = None
    level: Level = Level.G1
    role: str = "value"  # key | value | unit_row
    derived: str = ""  # of a value: "" | base | change | rate | share | rank | cumulative (table_shape.py)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """What the engine returned; not yet fit to be shown. Made only by a warehouse."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    cells: tuple[tuple[CellFacts, ...], ...]  # per row, one per threshold of the query; empty where none applies
    elapsed_ms: float
    truncated: bool = False
    data_version: str = ""  # changes at least whenever the governed data change; "": the warehouse cannot tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    row: int
    column: int
    kind: Literal["primary", "secondary"]
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedTable:
    """A table that may be shown. Made only by policies/disclosure.py. A suppressed cell is None in `rows`."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    suppressions: tuple[Suppression, ...] = ()
    truncated: bool = False
    # In a table of this kind, rows on too few units are not listed, because their presence alone would disclose. Says
    # nothing of the data: it is set whether or not there were any. So it is for a table that the query cuts (LIMIT).
    rows_withheld: bool = False
    rounded: bool = False  # its percentiles are round numbers
    among_published: bool = False  # rows were chosen by their figures, where others of them were or may be withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The table and the verdict on it: ALLOW, or SUPPRESS with constant reasons."""

    table: ReleasedTable
    decision: Decision


# --------------------------------------------------------------------------- the answer (CONTRACT section 3)


class Status(StrEnum):
    ANSWERED = "answered"
    PARTLY_SUPPRESSED = "partly_suppressed"
    CLARIFY = "clarify"
    REFUSED = "refused"
    NEEDS_APPROVAL = "needs_approval"
    NO_DATA = "no_data"
    OUT_OF_SCOPE = "out_of_scope"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestItem:
    """One dataset of a request that would cure a refusal; filled from the query, free of its values."""

    dataset: str  # table
    name: Text
    provider: str  # whose approver decides
    columns: tuple[str, ...]
    column_names: tuple[str, ...]
    mode: GrantMode
    rows: int = 0  # unit rows asked for, 0 for aggregates; prefilled with the cap of the data's class


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOffer:
    """What can be filed with one click after NEEDS_APPROVAL: one item a dataset, each decided by its provider."""

    purpose: str
    items: tuple[RequestItem, ...]
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    id: str | None = None
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    question_id: str
    conversation_id: str
    status: Status
    text: str
    lang: Lang
    question: str = ""  # the complete question, after a follow-up was resolved
    interpretation: str = ""
    sql: str | None = None
    dialect: str = "duckdb"
    drafter: str = ""
    plan: QueryPlan | None = None
    table: ReleasedTable | None = None
    chart: dict[str, Any] | None = None
    level: Level = Level.G1
    decision: Decision = field(default_factory=lambda: Decision(outcome=Outcome.REFUSE))
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 0.0
    options: tuple[Option, ...] = ()
    next: tuple[str, ...] = ()
    model: ModelUse = field(default_factory=ModelUse)
    timings_ms: tuple[tuple[str, float], ...] = ()
    policy_version: str = ""
    catalog_version: str = ""
    audit_seq: int = 0
    request: RequestOffer | None = None  # with NEEDS_APPROVAL: the request that would cure it
