"""Gold SQL of our own cases, run directly on a workspace's embedded warehouse: what no user of the product can do."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from assistant.answer_format import plain
from assistant.settings import Settings
from assistant.warehouse.building import warehouse_path

MOST_ROWS = 20_000


class EngineGold:
    """Read-only; opened at the first statement."""

    def __init__(self, settings: Settings) -> None:
        self._path = warehouse_path(settings.state)
        self._folder: Path | None = None
        self._connection: Any = None

    def rows(self, sql: str) -> list[list[Any]] | None:
        """All rows as plain JSON values; None where the statement does not run."""
        return self.try_rows(sql)[0]

    def try_rows(self, sql: str) -> tuple[list[list[Any]] | None, str]:
        """(rows, "") or (None, the engine's reason)."""
        import duckdb

        if self._connection is None:
            self._connection = duckdb.connect(str(self._beside()), read_only=True)
        try:
            found = self._connection.execute(sql).fetchmany(MOST_ROWS)
        except duckdb.Error as error:
            return None, str(error).splitlines()[0]
        return [[plain(value) for value in row] for row in found], ""

    def _beside(self) -> Path:
        """The file under another name: the engine opens one name in one configuration, the product's is locked."""
        self._folder = Path(tempfile.mkdtemp(prefix="govdata-gold-"))
        target = self._folder / "gold.duckdb"
        try:
            os.link(self._path, target)
        except OSError:
            shutil.copyfile(self._path, target)
        return target

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
