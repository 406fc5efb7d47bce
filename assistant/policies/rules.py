"""Reads and checks a workspace's policies: the packaged defaults, then `<workspace>/policies`, which may only tighten.

Unknown keys, roles, usages, conditions, tables and columns stop the start with file, line and key (PolicyLoadError);
all of them are listed at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from assistant.catalog import Catalog
from assistant.domain import GrantMode, Outcome, Purpose, Text, Usage, User
from assistant.errors import ConfigurationError, PolicyLoadError
from assistant.policies.conditions import CONDITIONS, STRICTER
from assistant.policies.policy_checks import check_linkage, check_purposes, check_users, weaker_thresholds
from assistant.policies.policy_files import SCHEMES, scheme_names, unread_files, version
from assistant.policies.policy_set import Ground, Law, LevelScheme, PolicySet, Role, Row, Rule, Thresholds
from assistant.policies.rule_places import clause_places
from assistant.yaml_source import Node, joined, read_yaml, try_build

__all__ = ["DEFAULTS", "PolicySet", "load_policies"]

DEFAULTS = Path(__file__).parent / "default"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """policies/linkage.yaml: what may be joined, what may not be combined, which columns hold a territory."""

    join_pairs: tuple[tuple[str, str], ...] = ()
    mosaic_groups: tuple[tuple[str, ...], ...] = ()
    territory_columns: tuple[str, ...] = ()


class _Reader:
    """Reads files and collects errors, so that one wrong file does not hide the others."""

    def __init__(self, folder: Path, trial: Path | None, defaults: Path) -> None:
        self.folder, self.trial, self.defaults = folder, trial, defaults
        self.errors: list[ConfigurationError] = []

    def default(self, name: str) -> Node:
        return read_yaml(self.defaults / name, PolicyLoadError)

    def own(self, name: str) -> Node | None:
        """The workspace's file, None where it is absent or wrong."""
        path = self.folder / name
        if self.trial is not None and (self.trial / name).is_file():
            path = self.trial / name
        if not path.is_file():
            return None
        try:
            return read_yaml(path, PolicyLoadError)
        except ConfigurationError as problem:
            self.errors.append(problem)
            return None

    def build(self, cls: type[T], node: Node) -> T | None:
        return try_build(cls, node, self.errors, PolicyLoadError)

    def listed(self, cls: type[T], node: Node | None, key: str) -> list[tuple[T, Node]]:
        """Every item of the list under `key`, with its node; other keys are errors."""
        if node is None:
            return []
        self.errors.extend(node.unknown_keys((key,)))
        listed = node.get(key)
        items = listed.sequence() if listed is not None else ()
        built = [(self.build(cls, item), item) for item in items]
        return [(value, item) for value, item in built if value is not None]

    def refuse(self, node: Node, zh: str, en: str) -> None:
        self.errors.append(node.problem(zh, en))


def load_policies(
    workspace: Path, catalog: Catalog, *, scheme: str = "national", trial: Path | None = None, defaults: Path = DEFAULTS
) -> PolicySet:
    """The policies of `workspace`, checked against the catalog. Raises PolicyLoadError listing every fault.

    A file in `trial` stands in for the workspace's file of that name, to try a change before it is made; `defaults` is
    the folder of the packaged files, or of those of an earlier day.
    """
    reader = _Reader(workspace / "policies", trial, defaults)
    reader.errors.extend(unread_files(reader.folder))
    loaded = _load(reader, catalog, scheme)
    if reader.errors:
        raise joined(reader.errors)
    return loaded


def _load(reader: _Reader, catalog: Catalog, scheme: str) -> PolicySet:
    roles = {role.code: role for role, _ in reader.listed(Role, reader.default("roles.yaml"), "roles")}
    roles |= {role.code: role for role, _ in _new_roles(reader, roles)}
    listed = _unique(reader, Purpose, "purposes.yaml", "purposes", "code")
    reader.errors.extend(check_purposes(listed))
    purposes = {p.code: p for p, _ in listed}
    thresholds = _thresholds(reader)
    users = _unique(reader, User, "users.yaml", "users", "user_id")
    reader.errors.extend(check_users(users, catalog, roles, purposes, thresholds))
    linkage = _linkage(reader, catalog)
    rules_node = reader.default("rules.yaml")
    rules = {rule.id: rule for rule in _items(reader, Rule, rules_node.child("rules"))}
    grounds = tuple(_items(reader, Ground, rules_node.child("grounds")))
    rules, grounds = _with_local_clauses(reader, rules, grounds)
    marks = reader.default("marks.yaml")
    return PolicySet(
        version=version(reader.defaults, reader.folder),
        users={user.user_id: user for user, _ in users},
        purposes=purposes,
        roles=roles,
        rules=rules,
        grounds=grounds,
        table=_table(reader, rules),
        thresholds=thresholds,
        scheme=_scheme(reader, scheme),
        join_pairs=frozenset(pair for a, b in linkage.join_pairs for pair in ((a, b), (b, a))),
        mosaic_groups=tuple(frozenset(group) for group in linkage.mosaic_groups),
        territory_columns=linkage.territory_columns,
        marks=tuple(re.compile(item.text()) for item in marks.child("marks").sequence()),
        mark_requests=tuple(re.compile(item.text()) for item in marks.child("requests").sequence()),
        messages={Outcome[k.upper()]: v for k, v in _texts(reader, rules_node.child("messages")).items()},
        offers=_texts(reader, rules_node.child("offers")),
        statements={key: item.text() for key, item in rules_node.child("statements").mapping().items()},
        laws=tuple(_laws(reader.own("laws.yaml"))),
        places=clause_places(rules_node, reader.own("rules.yaml")),
    )


def _items(reader: _Reader, cls: type[T], node: Node) -> Iterator[T]:
    for item in node.sequence():
        built = reader.build(cls, item)
        if built is not None:
            yield built


def _texts(reader: _Reader, node: Node) -> dict[str, Text]:
    built = {key: reader.build(Text, item) for key, item in node.mapping().items()}
    return {key: text for key, text in built.items() if text is not None}


def _unique(reader: _Reader, cls: type[T], file: str, key: str, identity: str) -> list[tuple[T, Node]]:
    """The items of a workspace file, one of each identity."""
    found = reader.listed(cls, reader.own(file), key)
    seen: dict[str, Node] = {}
    for value, node in found:
        name = getattr(value, identity)
        first = seen.setdefault(name, node)
        if first is not node:
            reader.refuse(
                node, f"{name} 重复，首次在第 {first.line} 行。", f"{name} is there twice: line {first.line}."
            )
    return found


def _new_roles(reader: _Reader, known: Mapping[str, Role]) -> list[tuple[Role, Node]]:
    found = _unique(reader, Role, "roles.yaml", "roles", "code")
    for role, node in found:
        if role.code in known:
            reader.refuse(node, f"岗位 {role.code} 不得改写。", f"the role {role.code} cannot be redefined.")
    return found


def _thresholds(reader: _Reader) -> Thresholds:
    base = reader.build(Thresholds, reader.default("thresholds.yaml"))
    if base is None:
        raise joined(reader.errors)
    own = reader.own("thresholds.yaml")
    built = reader.build(Thresholds, own) if own is not None else None
    if own is None or built is None:
        return base
    for key, weaker in weaker_thresholds(base, built):
        if weaker:
            reader.refuse(own.get(key) or own, "只能从严，不得低于默认值。", "may only be stricter than the default.")
    return built


def _linkage(reader: _Reader, catalog: Catalog) -> Linkage:
    node = reader.own("linkage.yaml")
    linkage = reader.build(Linkage, node) if node is not None else None
    if node is not None and linkage is not None:
        reader.errors.extend(check_linkage(node, catalog))
    return linkage or Linkage()


def _with_local_clauses(
    reader: _Reader, rules: dict[str, Rule], grounds: tuple[Ground, ...]
) -> tuple[dict[str, Rule], tuple[Ground, ...]]:
    """policies/rules.yaml: {local_clauses: {rule id or ground: the workspace's own article}}."""
    node = reader.own("rules.yaml")
    if node is None:
        return rules, grounds
    reader.errors.extend(node.unknown_keys(("local_clauses",)))
    local = {key: item.text() for key, item in node.child("local_clauses").mapping().items()}
    known = {*rules, *(ground.when for ground in grounds)}
    for key, item in node.child("local_clauses").mapping().items():
        if key not in known:
            reader.refuse(item, f"没有规则 {key}。", f"there is no rule {key}.")
    changed = {key: _replace(rule, local_clause=local.get(key, "")) for key, rule in rules.items()}
    return changed, tuple(_replace(ground, local_clause=local.get(ground.when, "")) for ground in grounds)


def _replace(value: T, **changes: Any) -> T:
    from dataclasses import replace

    return replace(value, **changes)  # type: ignore[type-var]


def _table(reader: _Reader, rules: Mapping[str, Rule]) -> dict[GrantMode, dict[Usage, Row]]:
    """The packaged table with the workspace's stricter cells laid over it; every usage has its row in every mode."""
    node = reader.default("decision_table.yaml")
    table = {GrantMode(mode): _rows(reader, rows, rules) for mode, rows in node.mapping().items()}
    own = reader.own("decision_table.yaml")
    for mode, rows in (own.mapping() if own is not None else {}).items():
        if mode not in {m.value for m in table}:
            reader.refuse(rows, f"没有使用形式 {mode}。", f"there is no grant mode {mode} in the table.")
            continue
        for usage, cells in rows.mapping().items():
            _tighten(reader, table[GrantMode(mode)], usage, cells)
    return table


def _rows(reader: _Reader, node: Node, rules: Mapping[str, Rule]) -> dict[Usage, Row]:
    found: dict[Usage, Row] = {}
    for name, item in node.mapping().items():
        row = reader.build(Row, item)
        if name not in {u.value for u in Usage} or row is None:
            reader.refuse(item, f"没有使用方式 {name}。", f"there is no usage {name}.")
            continue
        if row.rule not in rules:
            reader.refuse(item, f"没有规则 {row.rule}。", f"there is no rule {row.rule}.")
        for key, cell in item.mapping().items():
            if key != "rule" and cell.raw not in CONDITIONS:
                reader.refuse(cell, f"没有条件 {cell.raw}。", f"there is no condition {cell.raw}.")
        found[Usage(name)] = row
    for missing in [u.value for u in Usage if u not in found]:
        reader.refuse(node, f"缺少使用方式 {missing}。", f"the usage {missing} is missing.")
    return found


def _tighten(reader: _Reader, rows: dict[Usage, Row], usage: str, cells: Node) -> None:
    if usage not in {u.value for u in Usage}:
        reader.refuse(cells, f"没有使用方式 {usage}。", f"there is no usage {usage}.")
        return
    row = rows[Usage(usage)]
    for role, cell in cells.mapping().items():
        now = getattr(row, role, None) if role != "rule" else None
        if now is None:
            reader.refuse(cell, f"没有信息项作用 {role}。", f"there is no column role {role}.")
        elif cell.raw not in CONDITIONS:
            reader.refuse(cell, f"没有条件 {cell.raw}。", f"there is no condition {cell.raw}.")
        elif cell.raw != now and cell.raw not in STRICTER[now]:
            reader.refuse(cell, f"{cell.raw} 不比 {now} 更严。", f"{cell.raw} is not stricter than {now}.")
        else:
            row = _replace(row, **{role: cell.raw})
    rows[Usage(usage)] = row


def _scheme(reader: _Reader, name: str) -> LevelScheme:
    """The scheme in use; the others of the workspace are read for their mistakes."""
    found = {one: _read_scheme(reader, one) for one in (name, *scheme_names(reader.folder))}
    used = found[name]
    if used is None:
        raise joined(reader.errors)
    return used


def _read_scheme(reader: _Reader, name: str) -> LevelScheme | None:
    own = reader.own(f"{SCHEMES}/{name}.yaml")
    path = reader.defaults / SCHEMES / f"{name}.yaml"
    if own is None and not path.is_file():
        where = reader.folder / SCHEMES / f"{name}.yaml"
        raise PolicyLoadError(Text(zh="没有这个级别体系文件。", en="there is no such level scheme."), file=where)
    node = own if own is not None else read_yaml(path, PolicyLoadError)
    scheme = reader.build(LevelScheme, node)
    if scheme is not None and scheme.scheme != name:
        reader.refuse(node.child("scheme"), f"文件名是 {name}。", f"the file is named {name}.")
    return scheme


def _laws(node: Node | None) -> Iterator[Law]:
    """Only what clauses are checked against; the file has more for its other readers."""
    for item in node.child("laws").sequence() if node is not None else ():
        aliases = item.get("aliases")
        articles = {key: gist.text() for key, gist in item.child("articles").mapping().items()}
        yield Law(
            name=item.child("name").text(),
            aliases=tuple(a.text() for a in aliases.sequence()) if aliases is not None else (),
            articles=articles,
        )
