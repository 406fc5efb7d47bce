"""Worker processes: the same results in the same order; failures and a broken installation are told in words."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from assistant.domain import Text
from assistant.errors import StoreUnavailable
from evals import side_by_side
from evals.observations import Observations
from evals.run import run
from evals.side_by_side import Workers
from evals.task import Case, Observed
from tests.evals.toy_task import ToyTask

ANSWERS = {
    f"{name}{number:02d}": said for number, said in enumerate(["yes", "no", "boom"] * 4) for name in ("c", "alone")
}


class Elsewhere(ToyTask):
    """Says in which process it was asked, and dies or breaks where it is told to."""

    def observe(self, case: Case) -> Observed:
        import os

        if self._answers[case.id] == "die":
            os._exit(9)
        if self._answers[case.id] == "broken":
            raise StoreUnavailable(Text(zh="坏了", en="the store is gone"))
        return super().observe(case) | {"process": os.getpid()}


def make(answers: dict[str, str]) -> Elsewhere:
    return Elsewhere(answers)


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "WORTH", 2)


def both(answers: dict[str, str], tmp_path: Path):  # type: ignore[no-untyped-def]
    alone = run(make(answers), Observations(tmp_path / "one.sqlite"))
    beside = run(make(answers), Observations(tmp_path / "two.sqlite"), workers=Workers(partial(make, answers), 2))
    return alone.results, beside.results


def test_results_are_the_same_and_in_order(tmp_path: Path) -> None:
    import os

    alone, beside = both(ANSWERS, tmp_path)
    assert [one.case.id for one in beside] == [one.case.id for one in alone] == list(ANSWERS)
    assert [one.verdict for one in beside] == [one.verdict for one in alone]
    assert {one.verdict.state for one in beside} == {"scored", "failed"}
    here = {one.case.id for one in beside if one.observed.get("process") == os.getpid()}
    assert here == {name for name, said in ANSWERS.items() if name.startswith("alone") and said != "boom"}


def test_what_workers_measured_is_kept(tmp_path: Path) -> None:
    store = Observations(tmp_path / "o.sqlite")
    run(make(ANSWERS), store, workers=Workers(partial(make, ANSWERS), 2))
    again = make(ANSWERS)
    assert run(again, store).cached == sum(said != "boom" for said in ANSWERS.values())
    assert again.asked == []


def test_a_worker_that_dies_loses_no_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"a": "yes", "b": "die", "c": "yes"}
    calm = ToyTask({**answers, "b": "yes"})
    done = run(calm, Observations(tmp_path / "o.sqlite"), workers=Workers(partial(make, answers), 2))
    assert [one.verdict.passed for one in done.results] == [True, True, True]
    assert "b" in calm.asked


def test_a_broken_installation_stops_the_run(tmp_path: Path) -> None:
    answers = {"a": "yes", "b": "broken", "c": "yes"}
    with pytest.raises(StoreUnavailable) as told:
        run(make(answers), Observations(tmp_path / "o.sqlite"), workers=Workers(partial(make, answers), 2))
    assert told.value.text.en == "the store is gone"


def test_few_cases_or_one_core_start_no_process() -> None:
    cases = [Case(id=str(number), text="t") for number in range(3)]
    assert Workers(partial(make, {}), 2).worth(cases)
    assert not Workers(partial(make, {}), 2).worth(cases[:1])
    assert not Workers(partial(make, {}), 1).worth(cases)
