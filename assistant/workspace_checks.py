"""`govdata check`: everything wrong with a workspace, with file, line, key or name; nothing hides anything else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from assistant import assembly
from assistant.catalog import Catalog, read_catalog
from assistant.catalog_checks import check_against_schema
from assistant.domain import Finding, Text
from assistant.errors import AssistantError
from assistant.nl2sql import semantic_checks
from assistant.nl2sql.semantic_model import VerifiedQuestion, load_semantic_model
from assistant.policies.policy_checks import check_clauses, check_reach
from assistant.policies.rule_places import place_of
from assistant.policies.rules import load_policies
from assistant.policy_cases import check_cases
from assistant.retrieval import ingest
from assistant.settings import Settings
from assistant.workspace import load_workspace
from assistant.yaml_source import read_yaml


def check_workspace(settings: Settings) -> tuple[Text, ...]:
    """One sentence a problem; empty where the workspace is in order."""
    found: list[Text] = []
    catalog, errors = read_catalog(settings.workspace)
    found += [error.text for error in errors]
    for part in (_schema, _semantic, _policies, _documents):
        found += _guarded(lambda part=part: part(settings, catalog))  # type: ignore[misc]
    return tuple(found)


def _guarded(step: Callable[[], Iterator[Text]]) -> list[Text]:
    try:
        return list(step())
    except AssistantError as error:
        return [error.text]


def _schema(settings: Settings, catalog: Catalog) -> Iterator[Text]:
    schema = assembly.open_warehouse(settings).schema()
    found = check_against_schema(catalog, schema)
    files = _resource_files(settings) if found else {}
    yield from _told(tuple(replace(one, hint=files.get(one.hint, one.hint)) for one in found))


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
    yield from _told(semantic_checks.check(model, catalog, assembly.open_warehouse(settings).schema()))


def _policies(settings: Settings, catalog: Catalog) -> Iterator[Text]:
    scheme = load_workspace(settings.workspace).level_scheme
    policies = load_policies(settings.workspace, catalog, scheme=scheme)
    yield from _told(check_clauses(policies, _articles(settings)))
    yield from _told(check_reach(policies))
    yield from unknown_people(load_semantic_model(settings.workspace, catalog).verified, policies.users.keys())
    schema = assembly.open_warehouse(settings).schema()
    yield from _told(check_cases(settings.workspace, catalog, policies, schema))


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
