"""What the chat needs of the pipeline: a stream of stages and then the answer, and the answers of this user again."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator

from assistant import asking, exporting
from assistant.domain import Answer, Lang, Text
from assistant.errors import AssistantError, UserError
from assistant.language import render
from assistant.nl2sql.plans.chips import chips_of
from assistant.parts import Parts
from assistant.policies import access
from assistant.stages import StageEvent

_KEPT = 500  # answers


class ChatDesk:
    """One for the whole app. Answers are kept in memory only, and handed back only to whom they were given."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._answers: OrderedDict[str, tuple[str, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def purposes(self, user_id: str, lang: Lang) -> list[tuple[str, str]]:
        """(name, code) of the user's registered purposes."""
        user = self.parts.policies.user(user_id)
        if user is None:
            return []
        found = [self.parts.policies.purpose(user, code) for code in user.purposes]
        return [(render(purpose.name, lang), purpose.code) for purpose in found if purpose is not None]

    def changes(self, answer: Answer, user_id: str, purpose_code: str | None) -> list[tuple[str, str]]:
        """("time: 2024 → 2023", complete question) of every change of the plan; [] where there is no plan.

        Values are offered as far as this user may see them.
        """
        user = self.parts.policies.user(user_id)
        purpose = self.parts.policies.purpose(user, purpose_code) if user else None
        if answer.plan is None or user is None or purpose is None:
            return []
        tables = access.visible_tables(user, purpose, self.parts.policies, self.parts.catalog, self.parts.clock())
        chips = chips_of(answer.plan, self.parts.model, self.parts.values.restricted(tables), answer.lang)
        return [(f"{chip.label} → {one.label}", one.question) for chip in chips for one in chip.changes]

    def ask(
        self, text: str, *, user_id: str, purpose_code: str | None, conversation_id: str, lang: Lang | None
    ) -> Iterator[StageEvent | Answer | AssistantError]:
        """Stage events while the question runs in a thread, then the answer, or the error to show."""
        events: queue.Queue[StageEvent | Answer | AssistantError] = queue.Queue()

        def run() -> None:
            try:
                answer = asking.ask(
                    text,
                    user_id=user_id,
                    purpose_code=purpose_code,
                    conversation_id=conversation_id,
                    lang=lang,
                    parts=self.parts,
                    observe=events.put,
                )
            except AssistantError as error:
                events.put(error)
            else:
                self._keep(user_id, answer)
                events.put(answer)

        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        while True:
            try:
                event = events.get(timeout=0.5)
            except queue.Empty:
                if not worker.is_alive() and events.empty():
                    yield UserError(
                        Text(zh="系统出现内部错误，请重试。", en="An internal error occurred; please try again.")
                    )
                    return
                continue
            yield event
            if not isinstance(event, StageEvent):
                return

    def answer(self, user_id: str, question_id: str) -> Answer | None:
        """An earlier answer of this user; somebody else's is not there."""
        with self._lock:
            owner, answer = self._answers.get(question_id, ("", None))
        return answer if owner == user_id else None

    def export(self, user_id: str, question_id: str, kind: exporting.Format) -> bytes | None:
        """The file of an answered question, or None where there is nothing of this user to export."""
        answer, user = self.answer(user_id, question_id), self.parts.policies.user(user_id)
        if answer is None or answer.table is None or user is None:
            return None
        return exporting.export(answer, kind, exported_by=user)

    def _keep(self, user_id: str, answer: Answer) -> None:
        with self._lock:
            self._answers[answer.question_id] = (user_id, answer)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
