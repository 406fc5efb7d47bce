"""`govdata check`: everything wrong with a workspace, with file, line, key or name; nothing hides anything else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date

from assistant import assembly
from assistant.catalog import LABEL_KEYS, Catalog, read_catalog
from assistant.catalog_checks import check_against_schema
from assistant.domain import Finding, Text
from assistant.errors import AssistantError, CatalogError
from assistant.nl2sql.plans import semantic_checks
from assistant.nl2sql.plans.semantic_model import VerifiedQuestion, load_semantic_model
from assistant.policies.policy_checks import check_clauses, check_reach, check_scheme
from assistant.policies.policy_set import PolicySet
from assistant.policies.rule_places import place_of
from assistant.policies.rules import load_policies
from assistant.policy_cases import check_cases
from assistant.retrieval import ingest
from assistant.settings import Settings
from assistant.warehouse.building import Progress
from assistant.workspace import load_workspace
from assistant.yaml_source import Node, read_folder, read_yaml


def check_workspace(settings: Settings, progress: Progress | None = None) -> tuple[Text, ...]:
    """One sentence a problem, none twice; empty where the workspace is in order.

    `progress`: of filling a warehouse that is not built yet.
    """
    found = _guarded(lambda: _opened(settings, progress))
    catalog, errors = read_catalog(settings.workspace)
    found += [error.text for error in errors]
    for part in (_labels, _schema, _semantic, _policies, _documents):
        found += _guarded(lambda part=part: part(settings, catalog))  # type: ignore[misc]
    return tuple(dict.fromkeys(found))


def _opened(settings: Settings, progress: Progress | None) -> Iterator[Text]:
    """Nothing to tell: the warehouse of a workspace that fills itself is filled before anything looks at it."""
    assembly.open_warehouse(settings, progress)
    yield from ()


def _labels(settings: Settings, catalog: Catalog) -> Iterator[Text]:
    """Items that nobody has classified, each where it is written, whatever else is wrong with their file."""
    for node in _catalog_files(settings):
        table, listed = node.get("table"), node.get("elements")
        if table is None or listed is None:
            continue
        for item in listed.sequence():
            column = item.get("column")
            if column is not None and not set(LABEL_KEYS) & set(item.mapping()):
                zh = f"列 {table.raw}.{column.raw} 未分类分级，不提供服务：请填写 role 与 level。"
                en = f"The column {table.raw}.{column.raw} is not classified and not served: give its role and level."
                yield item.problem(zh, en).text


def _catalog_files(settings: Settings) -> list[Node]:
    """The files of the catalog that can be read as YAML; the others are named elsewhere."""
    nodes, _ = read_folder(settings.workspace / "catalog", CatalogError)
    return [node for node in nodes if isinstance(node.value, dict)]


def _guarded(step: Callable[[], Iterator[Text]]) -> list[Text]:
    try:
        return list(step())
    except AssistantError as error:
        return [error.text]


def _schema(settings: Settings, catalog: Catalog) -> Iterator[Text]:
    schema = assembly.open_warehouse(settings).schema()
    wrong = _in_wrong_files(settings, catalog)
    known = {table: kinds for table, kinds in schema.items() if table not in wrong}
    found = tuple(one for one in check_against_schema(catalog, known) if one.code != "column_without_label")
    files = _resource_files(settings) if found else {}
    yield from _told(tuple(replace(one, hint=files.get(one.hint, one.hint)) for one in found))


def _in_wrong_files(settings: Settings, catalog: Catalog) -> set[str]:
    """Tables whose file has a mistake. They are not uncataloged: the mistake is told, and so are unlabelled items."""
    written = (node.get("table") for node in _catalog_files(settings))
    return {table.raw for table in written if table is not None and table.raw} - set(catalog.by_table)


def _resource_files(settings: Settings) -> dict[str, str]:
    """{resource id: file:line [elements]}: where a column is to be described."""
    found = {}
    for file in sorted((settings.workspace / "catalog").glob("*.yaml")):
        node = read_yaml(file)
        name, elements = node.get("resource_id"), node.get("elements")
        if name is not None:
            found[name.text()] = place_of(elements if elements is not None else name)
    return found


def _semantic(settings: Settings, catalog: Catalog) -> Iterator[Text]:
    model = load_semantic_model(settings.workspace, catalog)
    wrong = _in_wrong_files(settings, catalog)
    model = replace(model, entities=tuple(one for one in model.entities if one.table not in wrong))
    yield from _told(semantic_checks.check(model, catalog, assembly.open_warehouse(settings).schema()))


def _policies(settings: Settings, catalog: Catalog) -> Iterator[Text]:
    workspace = load_workspace(settings.workspace)
    policies = load_policies(settings.workspace, catalog, scheme=workspace.level_scheme)
    yield from _clauses(settings, policies)
    yield from _told((*check_reach(policies), *check_scheme(policies, workspace.as_of or date.today())))
    if not policies.users:
        users = settings.workspace / workspace.users
        zh, en = f"{users} 里没有用户，谁也不能提问。", f"{users} names no user: nobody can ask."
        yield Text(zh=f"{zh}请登记用途和用户。", en=f"{en} Register purposes and users.")
    yield from unknown_people(load_semantic_model(settings.workspace, catalog).verified, policies.users.keys())
    schema = assembly.open_warehouse(settings).schema()
    yield from _told(check_cases(settings.workspace, catalog, policies, schema))


def _clauses(settings: Settings, policies: PolicySet) -> Iterator[Text]:
    """Clauses that are cited and not there; one sentence where no law is there at all."""
    found = check_clauses(policies, _articles(settings))
    if not policies.laws and found and not any((settings.workspace / "documents").glob("**/*.*")):
        file = settings.workspace / "policies" / "laws.yaml"
        zh = f"{file} 不存在，规则引用的 {len(found)} 处条款无法核对：请放入 laws.yaml（可用演示工作区的）或法规原文。"
        en = (
            f"{file} is missing, so {len(found)} cited clauses cannot be verified: put laws.yaml there (the demo "
            "workspace's will do), or the texts of the laws into documents."
        )
        yield Text(zh=zh, en=en)
        return
    yield from _told(found)


def unknown_people(verified: Iterable[VerifiedQuestion], users: Collection[str]) -> Iterator[Text]:
    """Who owns and who approved a verified question must be somebody whom the workspace knows."""
    for one in verified:
        for name in (one.owner, *one.approvers):
            if name not in users:
                zh, en = f"核定问数 {one.id}：没有用户 {name}。", f"Verified question {one.id}: no user {name}."
                yield Text(zh=zh, en=en)


def _documents(settings: Settings, catalog: Catalog) -> Iterator[Text]:
    for problem in ingest.read_documents(settings.workspace / "documents").problems:
        yield problem.text


def _articles(settings: Settings) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for passage in ingest.read_documents(settings.workspace / "documents").passages:
        found.setdefault(passage.source_id, set()).add(passage.section)
    return found


def _told(findings: tuple[Finding, ...]) -> Iterator[Text]:
    for one in findings:
        yield Text(
            zh=f"{one.message.zh}{one.hint and '  ' + one.hint}", en=f"{one.message.en}{one.hint and '  ' + one.hint}"
        )
