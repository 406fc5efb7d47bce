"""A workspace's policies as frozen values. rules.py reads and checks them; nothing here decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from assistant.domain import (
    Category,
    ColumnRole,
    GrantMode,
    Level,
    Outcome,
    PrivacyUnit,
    Purpose,
    Reason,
    Text,
    Usage,
    User,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the decision point: what it says, on which clause it rests."""

    id: str
    gate: str  # G0..G7, or "label"
    clause: str  # national law; "ground" = the clause depends on what is protected
    why: Text
    offer: str = ""  # key of PolicySet.offers: the permitted neighbour
    curable: bool = False  # a request can be filed
    local_clause: str = ""  # the workspace's own articles that say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The clause behind the decision table for one kind of protected data."""

    when: str  # important | statistical_individual | minor_u14 | sensitive | direct_id | enterprise | person | any
    what: Text  # what is protected, for the {what} of a rule's sentence
    clause: str
    local_clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One usage in the decision table: its rule and the name of a condition for every column role."""

    rule: str
    direct_id: str
    surrogate_key: str
    quasi_id: str
    sensitive_attr: str
    secret_measure: str
    free_text: str
    neutral: str

    def cell(self, role: ColumnRole) -> str:
        """The condition's name for this role."""
        return str(getattr(self, role.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCapClass:
    """Rows of units per subject, dataset and rolling window; a column fits by special type, role or category."""

    rows: int
    special_types: tuple[str, ...] = ()
    roles: tuple[ColumnRole, ...] = ()
    categories: tuple[Category, ...] = ()

    @property
    def is_default(self) -> bool:
        return not (self.special_types or self.roles or self.categories)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """POLICY_SPEC 2.3 and the row caps of 2.2. `min_units` counts distinct privacy units."""

    min_units: Mapping[PrivacyUnit, int]
    sensitive_min_units: int
    percentile_factor: int
    p_percent: float
    dominance: tuple[int, float]  # (n, percent)
    zero_is_disclosive: tuple[ColumnRole, ...]
    rolling_days: int
    row_caps: tuple[RowCapClass, ...]
    max_grant_days: int = 365
    max_case_days: int = 30
    moment_min_units: int = 50
    percentile_digits: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    code: str
    name: Text
    data_access: bool
    public: bool = False
    steward: bool = False
    approves: bool = False
    audits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelScheme:
    """A dated mapping of a standard's level names to ours."""

    scheme: str
    title: Text
    standard: str
    levels: Mapping[str, Level]
    aggregate_level: Level = Level.G2  # an aggregate that passed disclosure control
    masked_level: Level = Level.G3  # rows whose direct identifiers are masked
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""

    def name_of(self, level: Level) -> str:
        """What the standard calls this level; our code where it has no name for it."""
        return next((name for name, ours in self.levels.items() if ours is level), level.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A national law or regulation whose articles rules may cite (policies/laws.yaml)."""

    name: str
    articles: Mapping[str, str]  # 第X条 -> gist
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """Everything a decision needs besides the catalog. Made only by rules.load_policies."""

    version: str  # 16 hex digits of the SHA-256 of the files
    users: Mapping[str, User]
    purposes: Mapping[str, Purpose]
    roles: Mapping[str, Role]
    rules: Mapping[str, Rule]
    grounds: tuple[Ground, ...]
    table: Mapping[GrantMode, Mapping[Usage, Row]]
    thresholds: Thresholds
    scheme: LevelScheme
    join_pairs: frozenset[tuple[str, str]] = frozenset()  # both directions; "*.column" fits every table
    mosaic_groups: tuple[frozenset[str], ...] = ()  # element ids whose combination is not served
    territory_columns: tuple[str, ...] = ()  # columns that hold a subject's region code
    marks: tuple[re.Pattern[str], ...] = ()
    mark_requests: tuple[re.Pattern[str], ...] = ()
    messages: Mapping[Outcome, Text] = field(default_factory=dict)
    offers: Mapping[str, Text] = field(default_factory=dict)
    laws: tuple[Law, ...] = ()
    statements: Mapping[str, str] = field(default_factory=dict)  # finding code of the SQL gate -> rule id
    places: Mapping[str, str] = field(default_factory=dict)  # of clauses, file:line [key]: rule_places.clause_places

    def user(self, user_id: str) -> User | None:
        return self.users.get(user_id)

    def purpose(self, user: User, code: str | None) -> Purpose | None:
        """The registered purpose by code or by name; without a code, the user's only one. None = not registered."""
        mine = [self.purposes[c] for c in user.purposes if c in self.purposes]
        if code is None:
            return mine[0] if len(mine) == 1 else None
        return next((p for p in mine if code in (p.code, p.name.zh, p.name.en)), None)

    def pair_is_listed(self, left: str, right: str) -> bool:
        """True when two element ids may be joined on."""
        forms = [(left, right)]
        left_column, right_column = left.rpartition(".")[2], right.rpartition(".")[2]
        forms.append((f"*.{left_column}", f"*.{right_column}"))
        return any(form in self.join_pairs for form in forms)

    def reason(self, rule_id: str, ground: str | None = None) -> Reason:
        """The constant reason of a rule; `ground` fills the clause of rules that rest on what is protected."""
        rule = self.rules[rule_id]
        clause, local, text = rule.clause, rule.local_clause, rule.why
        if clause == "ground":
            found = next((g for g in self.grounds if g.when == ground), self.grounds[-1])
            clause, local = found.clause, local or found.local_clause
            en = text.en.replace("{what}", found.what.en)
            text = Text(zh=text.zh.replace("{what}", found.what.zh), en=en[0].upper() + en[1:])
        return Reason(rule=rule.id, clause="；".join(part for part in (clause, local) if part), text=text)

    def message(self, outcome: Outcome) -> Text:
        """The one constant sentence of an outcome class (POLICY_SPEC 2.7)."""
        return self.messages[outcome]

    def offer(self, rule_id: str) -> Text | None:
        """The permitted neighbour that a rule names."""
        return self.offers.get(self.rules[rule_id].offer)

    def has_data_access(self, user: User) -> bool:
        """No role at all, or one role without data access, is none (deny wins)."""
        roles = [self.roles.get(code) for code in user.roles]
        return bool(roles) and all(role is not None and role.data_access for role in roles)

    def is_public(self, user: User) -> bool:
        """Asks from outside: judged by the open type, not by sharing."""
        return user.network != "政务外网" or any(self.roles[c].public for c in user.roles if c in self.roles)
