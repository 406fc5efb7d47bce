"""The only place where adapters are chosen and joined."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from assistant.audit import JsonlAuditLog
from assistant.catalog import Catalog, load_catalog
from assistant.conversations import Conversations
from assistant.decision_archive import keep
from assistant.domain import Text
from assistant.engine_values import FILE_NAME as VALUES_FILE
from assistant.engine_values import EngineValues
from assistant.errors import StoreUnavailable
from assistant.llm import load_chat_model
from assistant.nl2sql.plans.nearness import NearNames
from assistant.nl2sql.plans.semantic_model import SemanticModel, load_semantic_model
from assistant.nl2sql.plans.values import build_value_index
from assistant.parts import Parts
from assistant.policies.grants import GrantStore
from assistant.policies.ledger import Ledger, SqliteLedger, postgres_ledger
from assistant.policies.rules import load_policies
from assistant.ports import ChatModel, Warehouse
from assistant.retrieval.encoder import load_encoder, load_reranker
from assistant.retrieval.heard import load_heard
from assistant.retrieval.index import library_path
from assistant.retrieval.retriever import Retriever
from assistant.retrieval.store import open_store
from assistant.retrieval.taught import load_taught
from assistant.settings import Settings
from assistant.warehouse.building import Progress, build_warehouse, is_labelled_otherwise, warehouse_path
from assistant.warehouse.duckdb import DuckDbWarehouse
from assistant.workspace import load_workspace


def build(settings: Settings) -> Parts:
    """Everything a question needs. Nothing heavy is loaded: encoder and language model wait for their first use.

    Raises ConfigurationError (a wrong file, named) and StoreUnavailable (run `govdata index` first).
    """
    workspace = load_workspace(settings.workspace)
    catalog = load_catalog(settings.workspace)
    warehouse = open_warehouse(settings)
    _demand_labels_of_today(settings)
    model = load_semantic_model(settings.workspace, catalog)
    encoder = load_encoder(settings)
    as_of = workspace.as_of
    policies = load_policies(settings.workspace, catalog, scheme=workspace.level_scheme)
    keep(settings, policies, catalog)
    return Parts(
        settings=settings,
        workspace=workspace,
        catalog=catalog,
        policies=policies,
        model=model,
        values=build_value_index(model, catalog, _engine_values(settings, catalog, model, warehouse).load()),
        warehouse=warehouse,
        retriever=Retriever(
            library_path(settings),
            encoder=encoder,
            store=open_store(settings, encoder.model_id),
            reranker=load_reranker(settings),
            taught=load_taught(settings.workspace, encoder.model_id),
            heard=load_heard(settings.workspace, encoder.model_id),
            today=lambda: as_of or date.today(),
        ),
        ledger=open_ledger(settings),
        audit=JsonlAuditLog(*audit_paths(settings)),
        conversations=Conversations(settings.state / "conversations.sqlite"),
        grants=GrantStore(settings.state, catalog, policies),
        chat=_once(settings),
        clock=date.today,
        near=NearNames(model, encoder, settings.state / "index") if model.metrics else None,
    )


def audit_paths(settings: Settings) -> tuple[Path, Path]:
    """The audit trail and its keys."""
    folder = settings.state / "audit"
    return folder / "trail.jsonl", folder / "keys.json"


def open_ledger(settings: Settings) -> Ledger:
    """What was released before: in a file of this process, or in PostgreSQL for several. Opened on first use."""
    key = Path(settings.ledger_key).expanduser() if settings.ledger_key else settings.state / "ledger.key"
    if settings.ledger:
        return postgres_ledger(settings.ledger, key)
    return SqliteLedger(settings.state / "ledger.sqlite", key=key)


def open_warehouse(settings: Settings, progress: Progress | None = None) -> Warehouse:
    """The embedded engine of the workspace. CSV files and classified columns of a database are filled in on the spot
    where there is no warehouse yet; a generated city is not.

    Raises StoreUnavailable where it was not built yet.
    """
    path = warehouse_path(settings.state)
    engine = load_workspace(settings.workspace).engine
    if not path.is_file() and engine.filled_from in ("csv", "url"):
        url = settings.engine_url or engine.url
        build_warehouse(settings.workspace, engine.filled_from, path, url=url, progress=progress)
    if not path.is_file():
        raise StoreUnavailable(
            Text(
                zh="数据仓库尚未建立。请先运行 govdata index。",
                en="The warehouse has not been built yet. Run `govdata index` first.",
            )
        )
    return DuckDbWarehouse(path, threads=settings.threads)


def _demand_labels_of_today(settings: Settings) -> None:
    """Raises StoreUnavailable where columns were classified, or taken back, since the warehouse was filled: what is
    missing there would look like data that do not exist."""
    if load_workspace(settings.workspace).engine.filled_from != "url":
        return
    if is_labelled_otherwise(settings.workspace, warehouse_path(settings.state)):
        raise StoreUnavailable(
            Text(
                zh="分类分级在装入数据之后改动过。请先运行 govdata index 重新装入。",
                en="The classification changed after the data were filled in. Run `govdata index` first.",
            )
        )


def _engine_values(settings: Settings, catalog: Catalog, model: SemanticModel, warehouse: Warehouse) -> EngineValues:
    stamp = warehouse_path(settings.state).stat()
    version = f"{stamp.st_size}-{stamp.st_mtime_ns}-{catalog.version}"
    return EngineValues(path=settings.state / VALUES_FILE, version=version, warehouse=warehouse)


def _once(settings: Settings):  # type: ignore[no-untyped-def]
    @cache
    def chat() -> ChatModel | None:
        return load_chat_model(settings)

    return chat
