"""Everything the pipeline works with, chosen once by assembly.py and handed over by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from assistant.catalog import Catalog
from assistant.conversations import Conversations
from assistant.nl2sql.plans.nearness import NearNames
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.values import ValueIndex
from assistant.policies.grants import GrantStore
from assistant.policies.ledger import Ledger
from assistant.policies.rules import PolicySet
from assistant.ports import AuditLog, ChatModel, Warehouse
from assistant.retrieval.retriever import Retriever
from assistant.settings import Settings
from assistant.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    settings: Settings
    workspace: Workspace
    catalog: Catalog
    policies: PolicySet
    model: SemanticModel  # empty where the workspace has none: then everything takes the model path
    values: ValueIndex
    warehouse: Warehouse
    retriever: Retriever
    ledger: Ledger
    audit: AuditLog
    conversations: Conversations
    grants: GrantStore
    chat: Callable[[], ChatModel | None]  # loaded when first needed: a compiled question never pays for it
    clock: Callable[[], date]
    near: NearNames | None = None  # names by meaning, for words that linking leaves uncovered

    @property
    def schema(self) -> Mapping[str, Mapping[str, str]]:
        return self.warehouse.schema()

    @property
    def as_of(self) -> date:
        """The day the data end; 今年 and 同期 are counted from it."""
        return self.workspace.as_of or self.clock()
