"""The notebook of one analysis: what was found so far, and the names that can be seen from where we are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from assistant.domain import ColumnUse, Finding, Usage
from assistant.nl2sql.findings import finding
from assistant.nl2sql.flows import AggregateKey, Flow, Origin, Relation

MAX_SCANS = 150  # base-table scans after every CTE reference was followed


@dataclass(slots=True)
class Environment:
    """The names visible inside one SELECT, with the enclosing ones behind it."""

    parent: Environment | None = None
    select: exp.Expr | None = None
    sources: dict[str, Relation] = field(default_factory=dict)
    ctes: dict[str, tuple[exp.Expr, Environment]] = field(default_factory=dict)
    aliases: dict[str, Flow] = field(default_factory=dict)  # output names, for ORDER BY
    keys: dict[exp.Expr, Flow] = field(default_factory=dict)  # GROUP BY expressions
    grouped: bool = False  # its rows are groups
    inside_aggregate: bool = False
    correlated: bool = False
    path: str = ""

    @property
    def merged(self) -> bool:
        """True when a row here is no base row: groups, or a FROM without base rows."""
        return (self.grouped and not self.inside_aggregate) or not self.row_scans()

    def row_scans(self) -> tuple[tuple[str, str], ...]:
        return tuple(scan for relation in self.sources.values() for scan in relation.row_scans)

    def scans(self) -> tuple[tuple[str, str], ...]:
        return tuple(scan for relation in self.sources.values() for scan in relation.scans)

    def cte(self, name: str) -> tuple[exp.Expr, Environment] | None:
        scope: Environment | None = self
        while scope is not None:
            if name in scope.ctes:
                return scope.ctes[name]
            scope = scope.parent
        return None


@dataclass(slots=True)
class Reading:
    """Collects uses and findings while a query is read from the outside in."""

    schema: Mapping[str, Mapping[str, str]]
    read_query: Callable[[exp.Expr, Environment, Reading], Relation]
    uses: dict[ColumnUse, None] = field(default_factory=dict)
    having: list[tuple[ColumnUse, frozenset[AggregateKey]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    weighed: bool = False  # a total in which some rows count for more than others
    limited: bool = False
    limit_rows: int | None = None
    order_outputs: tuple[str, ...] = ()
    scan_names: dict[str, int] = field(default_factory=dict)
    scans: list[tuple[str, str]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)  # ids of the nodes that were read (unread.py)

    def saw(self, node: exp.Expr) -> None:
        """Everything below `node` is accounted for by what was just read."""
        self.seen.update(id(part) for part in node.walk())

    def refuse(self, code: str, what: str = "") -> None:
        found = finding(code, what)
        if found not in self.findings:
            self.findings.append(found)

    def name_scan(self, path: str) -> str:
        """A name for one more scan; a path met before gets a number."""
        self.scan_names[path] = self.scan_names.get(path, 0) + 1
        times = self.scan_names[path]
        return path if times == 1 else f"{path}#{times}"

    def use(self, origin: Origin, usage: Usage, **more: object) -> None:
        """Record one use; the rows of a table as such ("*") count only where they decide something."""
        if origin.column == "*" and usage not in (Usage.HAVING, Usage.ORDER, Usage.LIMIT, Usage.SUBQUERY):
            return
        use = ColumnUse(table=origin.table, column=origin.column, usage=usage, scan=origin.scan, **more)  # type: ignore[arg-type]
        self.uses[use] = None

    def use_all(self, origins: Iterable[Origin], usage: Usage, **more: object) -> None:
        for origin in sorted(origins, key=lambda o: (o.place, o.usage, o.detail)):
            self.use(origin, usage, **more)

    def single_values(self, origins: Iterable[Origin], name: str, *, whole: bool) -> None:
        """What an aggregate tells of single rows is used whether or not it is shown: a comparison tells it as well.

        `whole`: nothing chose the rows of its table.
        """
        for origin in sorted(origins, key=lambda o: (o.place, o.usage, o.detail)):
            if origin.usage in (Usage.EXTREME, Usage.COLLECT, Usage.PERCENTILE) and origin.aggregate == name:
                detail = "whole table" if whole and origin.detail != "bent" else origin.detail
                if whole and origin.usage is Usage.PERCENTILE:
                    detail = f"{origin.detail} whole table"
                self.use(origin, origin.usage, aggregate=name, detail=detail)

    def having_use(self, flow: Flow, detail: str) -> None:
        """A predicate on groups: whether it tests a released figure is known only at the end."""
        for origin in sorted(flow.origins, key=lambda o: (o.place, o.usage, o.detail)):
            use = ColumnUse(
                table=origin.table,
                column=origin.column,
                usage=Usage.HAVING,
                scan=origin.scan,
                aggregate=origin.aggregate,
                detail=detail,
            )
            self.having.append((use, flow.aggregates))
