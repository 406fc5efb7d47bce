"""One benchmark database at a time as a workspace in which everything is open, asked through the chat's pipeline."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from assistant.ports import ChatModel
from assistant.settings import Settings
from evals.open_workspace import harvest, write_workspace
from evals.workbench import Bench, model_id, prepare

ROW_LIMIT = 20_000  # rows; a benchmark's answer is not cut where a person's would be
Source = Callable[[Path], tuple[Path, Mapping[str, str]]]  # scratch folder -> (SQLite file, names in words)


class OpenBench:
    """Keeps the database at hand: questions come database by database, and a second copy would only cost memory."""

    def __init__(self, settings: Settings) -> None:
        self._settings = replace(settings, row_limit=ROW_LIMIT, engine_url="")
        self._made = Path(tempfile.mkdtemp(prefix="govdata-eval-sql-"))
        self._name, self._count = "", 0
        self._bench: Bench | None = None
        self._chat: Callable[[], ChatModel | None] | None = None
        self.model = ""

    def opened(self, name: str, source: Source) -> Bench:
        """The workspace of database `name`, made from `source` unless it is the one at hand. Raises AssistantError."""
        if self._bench is not None and self._name == name:
            return self._bench
        self._drop()
        self._count += 1  # never the same path twice: the engine remembers files by their names
        folder = self._made / f"{self._count}"
        folder.mkdir()
        file, names = source(folder)
        write_workspace(harvest(file, names), file, folder / "workspace", name)
        own = replace(self._settings, workspace=folder / "workspace", state=folder / "state")
        parts = prepare(own, lambda label, done, total: None)
        if self._chat is None:
            self._chat = parts.chat
        parts = replace(parts, chat=self._chat)  # the language model is loaded once for all databases
        self.model = self.model or model_id(parts)
        self._bench, self._name = Bench(parts), name
        return self._bench

    def _drop(self) -> None:
        if self._bench is not None:
            self._bench.close()
            self._bench = None
            shutil.rmtree(self._made / f"{self._count}", ignore_errors=True)

    def close(self) -> None:
        self._drop()
        shutil.rmtree(self._made, ignore_errors=True)
