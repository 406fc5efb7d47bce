"""The product, set up to be measured: a workspace with its indexes up to date, and nothing of the measuring left in it.

Ledger, audit trail and conversations are fresh and thrown away, so that an evaluation neither uses up what a user may
still ask nor writes into the trail; everything else is what `assembly.build` makes for the chat.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from assistant import assembly
from assistant.audit import JsonlAuditLog
from assistant.conversations import Conversations
from assistant.domain import Text
from assistant.errors import UserError
from assistant.indexing import build_index
from assistant.parts import Parts
from assistant.policies.ledger import SqliteLedger
from assistant.ports import ChatModel
from assistant.settings import Settings
from evals.task import Notice


def prepare(settings: Settings, notice: Notice, *, dense: bool = True) -> Parts:
    """The parts of a workspace, after bringing its warehouse and indexes up to date."""
    build_index(settings, notice, dense=dense)
    return assembly.build(settings)


class Bench:
    """Makes fresh copies of the parts that remember."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = Path(tempfile.mkdtemp(prefix="govdata-eval-"))
        trail = self._folder / "audit"
        self._audit = JsonlAuditLog(trail / "trail.jsonl", trail / "keys.json")
        self._made = 0

    @property
    def parts(self) -> Parts:
        """The parts as assembled; for reading the catalog and the policies."""
        return self._parts

    def fresh(self) -> Parts:
        """A subject that nobody has asked anything yet."""
        self._made += 1
        own = self._folder / f"{self._made}"
        own.mkdir()
        return replace(
            self._parts,
            ledger=SqliteLedger(own / "ledger.sqlite"),
            conversations=Conversations(own / "conversations.sqlite"),
            audit=self._audit,
        )

    @contextmanager
    def case(self) -> Iterator[Parts]:
        """A fresh subject for one case; its memory is deleted afterwards."""
        parts = self.fresh()
        try:
            yield parts
        finally:
            shutil.rmtree(self._folder / f"{self._made}", ignore_errors=True)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def need_users(asked: Iterable[str], parts: Parts) -> None:
    """Raises UserError where the workspace has not registered one: nothing would be measured then, and being turned
    away at the door would look like a safe answer."""
    unknown = sorted(set(asked) - set(parts.policies.users))
    if unknown:
        names = ", ".join(unknown)
        raise UserError(
            Text(
                zh=f"工作区没有这些用户：{names}。请用 --workspace 指定用例所属的工作区。",
                en=f"The workspace has no such users: {names}. Name the cases' workspace with --workspace.",
            )
        )


def model_id(parts: Parts) -> str:
    """The language model's id with its hash, or `none`. Raises ModelUnavailable where it is configured but missing."""
    chat: ChatModel | None = parts.chat()
    return chat.model_id if chat is not None else "none"
