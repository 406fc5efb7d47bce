"""What happens while a question is answered, step by step: for progress on the screen, `explain`, and timings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

from assistant.domain import Text

T = TypeVar("T")


class Stage(StrEnum):
    ADMIT = "admit"
    UNDERSTAND = "understand"
    RETRIEVE = "retrieve"
    DRAFT = "draft"
    VALIDATE = "validate"
    AUTHORIZE = "authorize"
    REWRITE = "rewrite"
    RUN = "run"
    RELEASE = "release"
    NARRATE = "narrate"
    RECORD = "record"


STAGE_NAMES = {
    Stage.ADMIT: Text(zh="核对身份与用途", en="Checking who asks and why"),
    Stage.UNDERSTAND: Text(zh="理解问题", en="Understanding the question"),
    Stage.RETRIEVE: Text(zh="查找目录与制度依据", en="Finding catalog and policy evidence"),
    Stage.DRAFT: Text(zh="生成查询", en="Writing the query"),
    Stage.VALIDATE: Text(zh="校验查询", en="Validating the query"),
    Stage.AUTHORIZE: Text(zh="核查权限与分级", en="Deciding on the classification rules"),
    Stage.REWRITE: Text(zh="落实附带义务", en="Applying the obligations"),
    Stage.RUN: Text(zh="取数", en="Running the query"),
    Stage.RELEASE: Text(zh="披露控制", en="Disclosure control"),
    Stage.NARRATE: Text(zh="组织答复", en="Writing the answer"),
    Stage.RECORD: Text(zh="写入审计", en="Writing the audit record"),
}


_SEES_ROWS = frozenset((Stage.RUN, Stage.RELEASE, Stage.NARRATE))
_BUCKETS_MS = (100, 500, 2_000, 10_000, 30_000)  # POLICY_SPEC 2.5: an execution time leaves in fixed buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvent:
    """`value` is what the step made; None while it runs, and always for `run`: raw results are shown to nobody."""

    stage: Stage
    done: bool
    value: object = None
    elapsed_ms: float = 0.0


Observer: TypeAlias = Callable[[StageEvent], None]


def ignore(event: StageEvent) -> None:
    """The observer that looks away."""


class Stopwatch:
    """Runs the steps, tells the observer, and adds up milliseconds by stage."""

    def __init__(self, observe: Observer = ignore) -> None:
        self._observe = observe
        self._elapsed_ms: dict[Stage, float] = {}

    def __call__(self, stage: Stage, step: Callable[[], T]) -> T:
        self._observe(StageEvent(stage=stage, done=False))
        start = time.perf_counter()
        try:
            value = step()
        finally:
            elapsed = (time.perf_counter() - start) * 1000
            self._elapsed_ms[stage] = self._elapsed_ms.get(stage, 0.0) + elapsed
        shown = None if stage is Stage.RUN else value
        self._observe(StageEvent(stage=stage, done=True, value=shown, elapsed_ms=_told(stage, elapsed)))
        return value

    @property
    def timings_ms(self) -> tuple[tuple[str, float], ...]:
        """Milliseconds by stage; of the stages that see rows, the bucket that they fall into."""
        return tuple((stage.value, _told(stage, elapsed)) for stage, elapsed in self._elapsed_ms.items())


def _told(stage: Stage, elapsed: float) -> float:
    """What is told of a time. How long rows take must not tell of them: such a stage is told in buckets only."""
    if stage not in _SEES_ROWS:
        return elapsed
    return next((float(limit) for limit in _BUCKETS_MS if elapsed <= limit), float(_BUCKETS_MS[-1]))
