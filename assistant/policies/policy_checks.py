"""What must hold between policies, catalog and laws: names that exist, thresholds not lowered, clauses that are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from assistant.catalog import Catalog
from assistant.domain import Finding, Grant, Purpose, Text, User
from assistant.errors import ConfigurationError
from assistant.policies.gates import in_force
from assistant.policies.policy_set import PolicySet, Role, RowCapClass, Thresholds
from assistant.policies.rule_places import LOCAL
from assistant.yaml_source import Node

PURPOSE_KINDS = ("data", "statistical", "public", "operations")
_CLAUSE = re.compile(r"^《?(?P<law>[^》第]+?(?:号)?)》?(?P<articles>第[^第]+条.*)$")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零〇\d]+条")


def check_users(
    users: Sequence[tuple[User, Node]],
    catalog: Catalog,
    roles: Mapping[str, Role],
    purposes: Mapping[str, Purpose],
    thresholds: Thresholds,
) -> Iterator[ConfigurationError]:
    """Roles, purposes, tables and columns that users and grants name, and k overrides below the default."""
    grant_ids: set[str] = set()
    for user, node in users:
        yield from _unknown(node, "roles", user.roles, roles, "岗位", "role")
        yield from _unknown(node, "purposes", user.purposes, purposes, "用途", "purpose")
        listed = node.get("grants")
        for grant, item in zip(user.grants, listed.sequence() if listed else (), strict=True):
            if grant.grant_id in grant_ids:
                yield item.problem(
                    f"授权编号 {grant.grant_id} 重复。", f"the grant id {grant.grant_id} is there twice."
                )
            grant_ids.add(grant.grant_id)
            yield from _unknown(item, "purposes", grant.purposes, user.purposes, "用途", "purpose of this user")
            yield from _grant(grant, item, catalog, thresholds)


def _unknown(
    node: Node, key: str, named: Iterable[str], known: Iterable[str], zh: str, en: str
) -> Iterator[ConfigurationError]:
    at = node.get(key) or node
    for name in named:
        if name not in set(known):
            yield at.problem(f"没有登记的{zh} {name}。", f"{name} is no known {en}.")


def _grant(grant: Grant, node: Node, catalog: Catalog, thresholds: Thresholds) -> Iterator[ConfigurationError]:
    if grant.valid_from and grant.valid_to and grant.valid_to <= grant.valid_from:
        yield (node.get("valid_to") or node).problem("应晚于 valid_from。", "must be after valid_from.")
    if not grant.purposes:
        yield node.problem("授权必须写明用途。", "a grant names its purposes.")
    if grant.dataset == "*":
        if grant.columns or grant.row_filters:
            yield node.problem('"*" 的授权不能列信息项。', 'a grant for "*" cannot list columns or row filters.')
        return
    resource = catalog.by_table.get(grant.dataset)
    if resource is None:
        zh, en = f"没有编目的表 {grant.dataset}。", f"the table {grant.dataset} is not in the catalog."
        yield (node.get("dataset") or node).problem(zh, en)
        return
    columns = {element.column for element in resource.elements}
    named = [*grant.columns, *(f.column for f in grant.row_filters)]
    for column in named:
        if column not in columns:
            yield node.problem(f"{grant.dataset} 没有列 {column}。", f"{grant.dataset} has no column {column}.")
    for row_filter in grant.row_filters:
        if row_filter.table != grant.dataset or not row_filter.values:
            yield node.problem("行级范围应针对本数据集并列明取值。", "a row filter is for this dataset and has values.")
    least = thresholds.min_units.get(resource.unit, 0) if resource.unit else 0
    if grant.min_units is not None and grant.min_units < least:
        yield node.problem(f"阈值不得低于 {least}。", f"min_units may not be below {least}.")


def weaker_thresholds(base: Thresholds, new: Thresholds) -> Iterator[tuple[str, bool]]:
    """Per key of thresholds.yaml: is `new` weaker than the packaged `base`?"""
    yield "min_units", any(new.min_units.get(unit, 0) < least for unit, least in base.min_units.items())
    yield "sensitive_min_units", new.sensitive_min_units < base.sensitive_min_units
    yield "moment_min_units", new.moment_min_units < base.moment_min_units
    yield "percentile_factor", new.percentile_factor < base.percentile_factor
    yield "percentile_digits", new.percentile_digits > base.percentile_digits
    yield "p_percent", new.p_percent < base.p_percent
    yield "dominance", new.dominance[0] < base.dominance[0] or new.dominance[1] > base.dominance[1]
    yield "zero_is_disclosive", not set(base.zero_is_disclosive) <= set(new.zero_is_disclosive)
    yield "rolling_days", new.rolling_days < base.rolling_days
    yield "max_grant_days", new.max_grant_days > base.max_grant_days
    yield "max_case_days", new.max_case_days > base.max_case_days
    yield "row_caps", not _caps_are_stricter(base, new)


def _caps_are_stricter(base: Thresholds, new: Thresholds) -> bool:
    """Every default class is still covered by a class with at most as many rows."""

    def covered(cap: RowCapClass) -> bool:
        return any(
            other.rows <= cap.rows
            and set(cap.special_types) <= set(other.special_types)
            and set(cap.roles) <= set(other.roles)
            and set(cap.categories) <= set(other.categories)
            and other.is_default == cap.is_default
            for other in new.row_caps
        )

    return all(covered(cap) for cap in base.row_caps)


def check_linkage(node: Node, catalog: Catalog) -> Iterator[ConfigurationError]:
    """Elements of join pairs and mosaic groups, and territory columns, that no table has."""
    columns = {e.column for resource in catalog.resources for e in resource.elements if e.column}
    for key in ("join_pairs", "mosaic_groups"):
        for item in _scalars(node.get(key)):
            element = item.text()
            table, _, column = element.rpartition(".")
            if not (catalog.element(element) is not None or (table == "*" and column in columns)):
                yield item.problem(f"没有信息项 {element}。", f"there is no data item {element}.")
    for item in _scalars(node.get("territory_columns")):
        if item.text() not in columns:
            yield item.problem(f"没有列 {item.text()}。", f"no table has the column {item.text()}.")


def _scalars(node: Node | None) -> Iterator[Node]:
    """The single values of a list, or of a list of lists."""
    for item in node.sequence() if node is not None else ():
        if isinstance(item.value, tuple):
            yield from _scalars(item)
        else:
            yield item


def check_purposes(purposes: Sequence[tuple[Purpose, Node]]) -> Iterator[ConfigurationError]:
    """The kind decides what a purpose may do; a kind that nobody knows would count as an ordinary data purpose."""
    for purpose, node in purposes:
        if purpose.kind not in PURPOSE_KINDS:
            known = "、".join(PURPOSE_KINDS)
            zh, en = f"没有用途类别 {purpose.kind}。可用：{known}。", f"{purpose.kind} is no kind of purpose: {known}."
            yield (node.get("kind") or node).problem(zh, en)


def parse_clause(clause: str) -> tuple[tuple[str, str], ...]:
    """`甲法第一条、第二条；《乙办法》第三条` -> ((甲法, 第一条), (甲法, 第二条), (乙办法, 第三条))."""
    found = []
    for part in re.split(r"[；;]", clause):
        match = _CLAUSE.match(part.strip())
        if match is None:
            found.append((part.strip(), ""))
            continue
        found += [(match["law"], article) for article in _ARTICLE.findall(match["articles"])]
    return tuple(found)


def check_clauses(policies: PolicySet, document_articles: Mapping[str, set[str]]) -> tuple[Finding, ...]:
    """Clauses cited by a rule that are neither in the table of laws nor among the documents {title: {第X条}}."""
    articles = {name: set(law.articles) for law in policies.laws for name in (law.name, *law.aliases)}
    articles |= {title: set(known) for title, known in document_articles.items()}
    found = []
    for where, clause, place in _cited(policies):
        for law, article in parse_clause(clause):
            if article not in articles.get(law, set()):
                zh, en = f"{where} 引用的 {law}{article} 不存在。", f"{where} cites {law}{article}, which is not there."
                message = Text(zh=f"{place} {zh}".strip(), en=f"{place} {en}".strip())
                found.append(Finding(code="clause_not_found", message=message, hint=where))
    return tuple(found)


def check_reach(policies: PolicySet) -> tuple[Finding, ...]:
    """Rules of the decision table that no row names: nobody could ever meet them."""
    used = {row.rule for rows in policies.table.values() for row in rows.values()}
    idle = [r.id for r in policies.rules.values() if r.clause == "ground" and r.id not in used]
    return tuple(
        Finding(
            code="rule_unreachable",
            message=Text(zh=f"规则 {rule} 没有被判定表引用。", en=f"No row of the table names the rule {rule}."),
            hint=rule,
        )
        for rule in idle
    )


def check_scheme(policies: PolicySet, today: date) -> tuple[Finding, ...]:
    """A scheme of levels that is not yet, or no longer, in force on `today` names no level of today."""
    scheme = policies.scheme
    if in_force(scheme.valid_from, scheme.valid_to, today):
        return ()
    term = f"{scheme.valid_from or ''}…{scheme.valid_to or ''}"
    zh = f"级别体系 {scheme.scheme}（{term}）在 {today} 没有效力，请在 workspace.yaml 改用现行的体系。"
    en = f"The level scheme {scheme.scheme} ({term}) is not in force on {today}: name one that is in workspace.yaml."
    return (Finding(code="scheme_not_in_force", message=Text(zh=zh, en=en), hint=scheme.standard),)


def _cited(policies: PolicySet) -> Iterator[tuple[str, str, str]]:
    """(rule or ground, clause, where it is written)."""
    cited = [(r.id, "" if r.clause == "ground" else r.clause, r.local_clause) for r in policies.rules.values()]
    cited += [(ground.when, ground.clause, ground.local_clause) for ground in policies.grounds]
    for name, clause, local in cited:
        if clause:
            yield name, clause, policies.places.get(name, "")
        if local:
            yield name, local, policies.places.get(LOCAL + name, "")
