"""A second decision point, written from POLICY_SPEC section 2 and from nothing else: plain, no imports of ours.

It judges one table in one query. The real one must agree with it (test_reference_pdp.py); where they differ, one of the
two has misread the specification. Everything is strings and tuples on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

ORDER = ("allow", "mask", "suppress", "aggregate_only", "needs_approval", "refuse")
NO_DATA_ROLES = ("platform_admin", "vendor", "auditor")
NOT_SERVED = ("CORE", "WS", "SS")
LEVELS = ("G1", "G2", "G3", "G4", "IMP", "CORE", "WS", "SS")
NAMING = ("direct_id", "surrogate_key")
CHOOSING = ("filter_equal", "filter_pattern", "filter_range", "filter_other", "subquery", "group", "having", "join")
CHOOSING += ("order", "limit", "distinct")

# usage: direct, surrogate, quasi, sensitive, secret, free text, neutral (POLICY_SPEC 2.1)
# R refuse  A aggregate only  S threshold  0 threshold and zeros  . allow  P pair  D distinct  n/N narrow  B bins
# 4 four times the threshold  5 and of the item itself at a usual share, rounded
# V threshold, a higher one for a moment  C counted condition  K pair and counted  M mask  L listed  1 one case
# F lists only where rows are no units  H no single values of rows that a protected item chose
ROLES = ("direct_id", "surrogate_key", "quasi_id", "sensitive_attr", "secret_measure", "free_text", "neutral")
AGGREGATE = {
    "output": "RRAAAA.", "derived": "RRAAAA.", "whole_row": "RRAAAA.", "filter_equal": "RRS0AR.",
    "filter_pattern": "RRS0AR.", "filter_range": "RRSnNR.", "filter_other": "RRSRAR.", "group": "RRS0BR.",
    "having": "RRRRRR.", "count": "DSSSSSH", "magnitude": "RRSVVR.", "extreme": "RRARRRH", "collect": "RRARRRF",
    "percentile": "RR455RH", "distinct": "RRS0RR.", "join": "PPSRRR.", "order": "RRARRR.", "limit": "RRARRR.",
    "window": "RRARRR.", "subquery": "KKCRRR.", "can_raise": "RRRRRR.",
}  # fmt: skip
MASKED = {
    "output": "MM.L.M.", "derived": "MM.L.M.", "whole_row": "MM.L.M.", "filter_equal": "RR.L.R.",
    "filter_pattern": "RR.L.R.", "filter_range": "RR.L.R.", "filter_other": "RR.LRR.", "group": "RRRRRR.",
    "having": "RRRRRR.", "count": "RRRRRR.", "magnitude": "RRRRRR.", "extreme": "RRRRRR.", "collect": "RRRRRR.",
    "percentile": "RRRRRR.", "distinct": "RR.L.R.", "join": "PPRRRR.", "order": "RR.L.R.", "limit": "RR.L.R.",
    "window": "RRRRRR.", "subquery": "RRRRRR.", "can_raise": "RRRRRR.",
}  # fmt: skip
RAW = {
    "output": "111111.", "derived": "111111.", "whole_row": "RRRRRR.", "filter_equal": "11111R.",
    "filter_pattern": "RR111R.", "filter_range": "RR111R.", "filter_other": "RR1RRR.", "group": "11111R.",
    "having": "RRRRRR.", "count": "111111.", "magnitude": "RR111R.", "extreme": "RR111R.", "collect": "RRRRRR.",
    "percentile": "RR111R.", "distinct": "11111R.", "join": "PPRRRR.", "order": "11111R.", "limit": "11111R.",
    "window": "RR1R1R.", "subquery": "111RRR.", "can_raise": "RRRRRR.",
}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """One use of one column: its label, how it is used, and what the analyser says of it."""

    role: str
    level: str
    usage: str
    column: str = "c"
    detail: str = ""  # distinct | bin | pair | "" | of a percentile "0.25 made"
    span: float | None = None
    bin_width: float | None = None
    listed: bool = True
    number: bool = True
    joined: bool = False  # the same column is a join key somewhere in the query


@dataclass(frozen=True)
class Request:
    uses: tuple[Use, ...]
    rows: bool  # rows of the table show one by one
    countable: bool = True
    sharing: str = "有条件共享"
    opened: str = "不予开放"
    has_unit: bool = True
    statistical_data: bool = False
    important: bool = False
    embargoed: bool = False
    user_role: str = "analyst"
    public: bool = False
    clearance: str = "G3"
    purpose: str = "data"  # data | statistical | operations
    registered: bool = True
    owner: bool = False  # the user's department provides the table
    grants: tuple[str, ...] = ()  # none | aggregate | row_masked | row_raw | case | approved_case, for this table
    everything: bool = False  # an aggregate grant for every dataset
    own_territory: bool = True  # proven by the query (only asked of row grants)
    pinned: bool = False  # one conjunct fixes an identifier to one value


def worst(*outcomes: str) -> str:
    return max(outcomes, key=ORDER.index)


def decide(r: Request) -> str:
    """The outcome before execution."""
    levels = [LEVELS.index(use.level) for use in r.uses]
    important = r.important or any(use.level == "IMP" for use in r.uses)
    if r.user_role in NO_DATA_ROLES or not r.registered or r.purpose == "operations":
        return "refuse"
    if any(use.level in NOT_SERVED for use in r.uses):
        return "refuse"
    floor = "allow"
    if r.public:
        if important or r.opened == "不予开放" or any(level > 0 for level in levels):
            return "refuse"
        if r.opened == "有条件开放":
            floor = "needs_approval"
    if r.statistical_data and r.purpose != "statistical":
        names = any(use.role in NAMING and use.usage not in ("count", "join") for use in r.uses)
        if r.rows or names or any(use.usage == "collect" for use in r.uses):
            return "refuse"
    if r.embargoed and not (r.rows and r.purpose == "statistical" and r.owner):
        return "refuse"
    if important and "approved_case" not in r.grants:
        floor = worst(floor, "needs_approval")
    return worst(floor, dataset(r))


def dataset(r: Request) -> str:
    """The table's grants are alternatives; what is withheld is withheld."""
    ways = [] if "none" not in r.grants else ["none"]
    if "none" in ways:
        return "refuse"
    ways += r.grants
    covered = r.sharing != "不予共享" or r.statistical_data
    if r.everything and covered:
        ways.append("everything")
    if r.opened == "无条件开放" or (r.sharing == "无条件共享" and not r.public):
        ways.append("standing")
    if not ways:
        if r.public:
            return "needs_approval" if r.opened == "有条件开放" else "refuse"
        return "refuse" if r.sharing == "不予共享" else "needs_approval"
    return min((by_grant(r, way) for way in ways), key=ORDER.index)


def by_grant(r: Request, way: str) -> str:
    if way == "case":
        return "needs_approval"
    if way in ("row_masked", "row_raw", "approved_case") and not r.own_territory:
        return "refuse"
    cells = by_cells(r, listed=way != "everything" and way != "standing")
    if way == "row_masked" and r.rows:
        own = by_table(r, MASKED, way)
    elif way in ("row_raw", "approved_case"):
        own = by_table(r, RAW, way)
        if not r.rows and own in ("allow", "mask", "suppress") and not r.pinned:
            return cells  # an aggregate over many is judged by the aggregate table
    else:
        return cells
    if cells in ("allow", "mask", "suppress") and ORDER.index(cells) < ORDER.index(own):
        return cells
    return own


def protects(r: Request) -> bool:
    """Rows describe protected units, and are neither open nor shared with every department."""
    return r.has_unit and r.opened != "无条件开放" and r.sharing != "无条件共享"


def by_cells(r: Request, listed: bool) -> str:
    outcome = by_table(r, AGGREGATE, "aggregate")
    if protects(r) and r.rows:
        return worst(outcome, "aggregate_only")
    threshold = protects(r) or any(cell(r, AGGREGATE, use) in "S0PV D45CKNn".replace(" ", "") for use in r.uses)
    threshold = threshold or any(cell(r, AGGREGATE, use) == "B" for use in r.uses)
    if threshold and outcome in ("allow", "mask", "suppress") and not (r.has_unit and r.countable):
        return "refuse"
    return outcome


def cell(r: Request, table: dict[str, str], use: Use) -> str:
    return table[use.usage][ROLES.index(use.role)]


def by_table(r: Request, table: dict[str, str], way: str) -> str:
    outcome = "allow"
    for use in r.uses:
        one = judge(r, cell(r, table, use), use, way)
        if one == "mask" and use.joined:
            one = "refuse"
        shown = use.usage in ("output", "derived", "whole_row") and table is not AGGREGATE
        if shown and one == "allow" and LEVELS.index(use.level) > LEVELS.index(r.clearance):
            one = "refuse"
        outcome = worst(outcome, one)
    return outcome


def percentile(code: str, use: Use) -> str:
    """The detail is the share of the emptier side and what was done: "0.25,0.5 made"."""
    share, *done = use.detail.removesuffix("whole table").split() or ["0.5"]
    if not share[0].isdigit():
        share, done = "0.5", use.detail.removesuffix("whole table").split()
    if code == "5":
        usual = all(round(float(one) * 1000) % 50 == 0 for one in share.split(","))
        return "allow" if usual and not done and use.number else "refuse"
    return "aggregate_only" if "made" in done else "allow"


def judge(r: Request, code: str, use: Use, way: str) -> str:
    narrow = use.bin_width is None or (use.span is not None and use.span < use.bin_width)
    if code == "n":
        return "refuse" if narrow else "allow"
    if code == "N":
        close = use.span is not None and (use.bin_width is None or use.span < use.bin_width)
        return "suppress" if close else "allow"
    if code == "B":
        fine = use.bin_width is not None and use.span is not None and use.span < use.bin_width
        return "allow" if use.detail == "bin" and not fine else "aggregate_only"
    if code == "P":
        return "allow" if use.detail == "pair" else "refuse"
    if code == "D":
        return "allow" if use.detail == "distinct" else "refuse"
    if code in "45":
        return percentile(code, use)
    if code == "C":
        return "allow" if not r.rows and r.countable else "refuse"
    if code == "K":
        return "allow" if not r.rows and r.countable and use.detail == "pair" else "refuse"
    if code == "F":
        return "aggregate_only" if protects(r) else "allow"
    if code == "H":
        single = use.usage != "count" or use.detail == "distinct"
        chosen = any(other.usage in CHOOSING and other.role != "neutral" for other in r.uses)
        return "aggregate_only" if protects(r) and single and chosen else "allow"
    if code == "L":
        return "allow" if use.listed else "refuse"
    if code == "1":
        return "allow" if way == "approved_case" or r.pinned else "needs_approval"
    return {"R": "refuse", "A": "aggregate_only", "M": "mask"}.get(code, "allow")
