"""`govdata index`: warehouse, passages and value index of a workspace, each only where something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant import assembly
from assistant.catalog import Catalog, load_catalog
from assistant.domain import Text
from assistant.nl2sql.plans.semantic_model import SemanticModel, load_semantic_model
from assistant.retrieval import index, ingest
from assistant.retrieval.catalog_passages import catalog_passages
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.store import open_store
from assistant.settings import Settings
from assistant.warehouse.building import build_warehouse, warehouse_path
from assistant.workspace import load_workspace

Progress = Callable[[str, int, int], None]  # what is being done, done, of how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What a refresh did; `problems` are documents or articles that could not be read well, by name."""

    tables: int
    rows: int
    warehouse_built: bool
    passages_added: int
    passages_removed: int
    passages_unchanged: int
    problems: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricWords:
    """A metric as a passage to be found."""

    metric_id: str
    name: str
    text: str


def build_index(settings: Settings, progress: Progress, *, dense: bool = True) -> Indexed:
    """Bring everything up to date. Raises ConfigurationError, StoreUnavailable."""
    workspace = load_workspace(settings.workspace)
    catalog = load_catalog(settings.workspace)
    target = warehouse_path(settings.state)
    warehouse = build_warehouse(
        settings.workspace,
        workspace.engine.filled_from,
        target,
        url=settings.engine_url or workspace.engine.url,
        progress=lambda table, done, total: progress(f"warehouse: {table}", done, total),
    )
    model = load_semantic_model(settings.workspace, catalog)
    documents = ingest.read_documents(settings.workspace / "documents")
    passages = (*documents.passages, *catalog_passages(catalog, _metric_texts(model)))
    encoder = load_encoder(settings) if dense else None
    refreshed = index.refresh(
        settings,
        passages,
        encoder,
        store=open_store(settings, encoder.model_id) if encoder else None,
        terms=_terms(catalog),
        progress=lambda done, total: progress("passages", done, total),
    )
    parts = assembly.build(settings)  # reads the value index, and shows now what would stop the first question
    if dense and parts.near is not None:
        parts.near.prepare()
    return Indexed(
        tables=len(warehouse.rows),
        rows=sum(count for _, count in warehouse.rows),
        warehouse_built=warehouse.built,
        passages_added=refreshed.added,
        passages_removed=refreshed.removed,
        passages_unchanged=refreshed.unchanged,
        problems=tuple(problem.text for problem in documents.problems),
    )


def _terms(catalog: Catalog) -> set[str]:
    names = {resource.name for resource in catalog.resources} | {
        word for resource in catalog.resources for word in resource.synonyms
    }
    return names | {
        word for one in catalog.resources for element in one.elements for word in (element.name, *element.synonyms)
    }


def _metric_texts(model: SemanticModel) -> list[MetricWords]:
    return [
        MetricWords(
            metric_id=metric.id,
            name=metric.name,
            text="\n".join((metric.name, metric.name_en, "、".join(metric.synonyms), metric.definition)),
        )
        for metric in model.metrics
    ]
