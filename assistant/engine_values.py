"""The distinct values of dimension columns, read once through the gate and kept beside the index."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from assistant.domain import AuthorizedQuery, Scalar, SqlDraft, ValidatedQuery
from assistant.nl2sql import rewriting, validation
from assistant.ports import Warehouse

FILE_NAME = "values.json"
_MOST = 501  # one more than a value index takes in


@dataclass(slots=True)
class EngineValues:
    """Callable as `distinct(table, column)`; remembers in `path` what it read from the warehouse `version`."""

    path: Path
    version: str
    warehouse: Warehouse

    def load(self) -> Callable[[str, str], Iterable[Scalar]]:
        known = self._stored()

        def distinct(table: str, column: str) -> Iterable[Scalar]:
            key = f"{table}.{column}"
            if key not in known:
                known[key] = self._read(table, column)
                self._store(known)
            return known[key]

        return distinct

    def _read(self, table: str, column: str) -> list[Scalar]:
        draft = SqlDraft(text=f'select distinct "{column}" as value from "{table}" order by 1', drafter="values")
        checked = validation.validate(draft, schema=self.warehouse.schema(), dialect=self.warehouse.dialect)
        if not isinstance(checked, ValidatedQuery):
            return []
        query = rewriting.apply(checked, (), schema=self.warehouse.schema(), row_limit=_MOST)
        if not isinstance(query, AuthorizedQuery):
            return []
        return [row[0] for row in self.warehouse.run(query).rows]

    def _stored(self) -> dict[str, list[Scalar]]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return dict(content["values"]) if content.get("version") == self.version else {}

    def _store(self, known: dict[str, list[Scalar]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps({"version": self.version, "values": known}, ensure_ascii=False), encoding="utf-8")
        os.replace(beside, self.path)
