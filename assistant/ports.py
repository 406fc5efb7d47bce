"""The Protocols behind which heavy packages and the outside world stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from assistant.domain import AuthorizedQuery, Passage, ResultTable, VisibilityFilter

Vector: TypeAlias = Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    text: str
    prompt_tokens: int
    completion_tokens: int


class ChatModel(Protocol):
    """A language model. It proposes words and SQL; it decides nothing."""

    @property
    def model_id(self) -> str: ...

    @property
    def takes_grammar(self) -> bool: ...

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 512,
    ) -> ModelReply:
        """One reply at temperature 0; with `schema` (JSON schema) the text is JSON that fits it.

        With `grammar` (GBNF) the text is a sentence of it where `takes_grammar`; elsewhere it is free text, so the
        reader of the reply checks it in either case.

        Raises ModelUnavailable, ModelReplyInvalid.
        """
        ...


class Encoder(Protocol):
    """Text to unit vectors."""

    @property
    def model_id(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode_passages(self, texts: Sequence[str]) -> list[Vector]: ...

    def encode_query(self, text: str) -> Vector: ...


class Reranker(Protocol):
    def score(self, query: str, texts: Sequence[str]) -> list[float]: ...


class PassageStore(Protocol):
    """Vectors with their passages' metadata; the visibility filter applies before ranking."""

    def ids(self) -> set[str]: ...

    def upsert(self, passages: Sequence[Passage], vectors: Sequence[Vector]) -> None: ...

    def delete(self, passage_ids: Iterable[str]) -> None: ...

    def query(
        self, vector: Vector, visible: VisibilityFilter, *, kinds: Sequence[str], top_k: int
    ) -> list[tuple[str, float]]:
        """(passage id, similarity 0-1), best first."""
        ...


class Warehouse(Protocol):
    """The governed engine. It runs an AuthorizedQuery and nothing else."""

    @property
    def dialect(self) -> str: ...

    @property
    def version(self) -> str:
        """Another one whenever the governed data changed, "" where that cannot be told. Raises WarehouseError."""
        ...

    def schema(self) -> Mapping[str, Mapping[str, str]]:
        """{table: {column: engine type}} of the governed tables."""
        ...

    def unique(self, table: str, columns: frozenset[str]) -> bool:
        """True when no two rows of a governed table agree on `columns`, NULLs aside. Raises WarehouseError."""
        ...

    def run(self, query: AuthorizedQuery) -> ResultTable:
        """Raises WarehouseError (QueryTimeout, QueryTooLarge)."""
        ...


class ValueHider(Protocol):
    """Turns a value into a keyed token: equal values give equal tokens, the value cannot be read back."""

    def token(self, value: object) -> str: ...


class AuditLog(Protocol):
    @property
    def keys(self) -> ValueHider: ...

    def check_writable(self) -> None:
        """Raises AuditUnavailable where the next record could not be written."""
        ...

    def append(self, entry: Mapping[str, Any]) -> int:
        """Append one record and return its sequence number; raises AuditUnavailable."""
        ...
