"""Times that are told: exact where no row is seen, in buckets where one is."""

from __future__ import annotations

import time

import pytest

from assistant.stages import Stage, StageEvent, Stopwatch


@pytest.mark.parametrize("stage", [Stage.RUN, Stage.RELEASE, Stage.NARRATE])
def test_a_stage_that_sees_rows_tells_its_time_in_buckets(stage: Stage) -> None:
    told = set()
    for pause in (0.0, 0.004, 0.03):
        events: list[StageEvent] = []
        watch = Stopwatch(events.append)
        watch(stage, lambda seconds=pause: time.sleep(seconds))  # type: ignore[misc]
        told |= {watch.timings_ms[0][1], events[-1].elapsed_ms}
    assert told <= {100.0, 500.0}


def test_other_stages_tell_their_time() -> None:
    watch = Stopwatch()
    watch(Stage.VALIDATE, lambda: time.sleep(0.002))
    assert watch.timings_ms[0][1] not in (0.0, 100.0)
