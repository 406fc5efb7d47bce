"""Sampling, the store of observations, interruption and going on."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest

from assistant.domain import Text
from assistant.errors import AuditUnavailable, StoreUnavailable
from evals.observations import Observations, case_key
from evals.progress import Progress, duration
from evals.run import run, states
from evals.sampling import sample
from evals.task import Case, Observed, Verdict
from tests.evals.toy_task import ToyTask


def cases(**sizes: int) -> tuple[Case, ...]:
    return tuple(
        Case(id=f"{kind}-{number}", text="t", strata=(("kind", kind),))
        for kind, n in sizes.items()
        for number in range(n)
    )


def kinds(chosen: tuple[Case, ...]) -> Counter[str]:
    return Counter(case.strata[0][1] for case in chosen)


def test_a_sample_is_balanced_stable_and_in_order() -> None:
    everything = cases(easy=60, hard=30, extra=10)
    chosen = sample(everything, 20, seed=7)
    assert kinds(chosen) == {"easy": 12, "hard": 6, "extra": 2}
    assert chosen == sample(everything, 20, seed=7) != sample(everything, 20, seed=8)
    assert [case.id for case in chosen] == [case.id for case in everything if case in chosen]


def test_a_case_does_not_move_when_the_benchmark_grows() -> None:
    before = {case.id for case in sample(cases(easy=40, hard=40), 20, seed=7)}
    grown = {case.id for case in sample(cases(easy=40, hard=40, extra=4), 22, seed=7)}
    assert len(before & grown) >= 19


def test_an_even_sample_takes_the_same_from_large_and_small() -> None:
    assert kinds(sample(cases(a=2000, b=50, c=3), 30, seed=1, even=True)) == {"a": 14, "b": 13, "c": 3}
    assert len(sample(cases(a=2), 30, seed=1, even=True)) == 2
    assert sample(cases(a=5), 0, seed=1) == ()


def test_states_are_kept_apart(tmp_path: Path) -> None:
    task = ToyTask({"a": "yes", "b": "no", "c": "unsure", "d": "boom"})
    done = run(task, Observations(tmp_path / "o.sqlite"))
    assert states(done.results) == {"scored": 2, "abstained": 1, "failed": 1, "not_scored": 0}
    assert [one.verdict.passed for one in done.results] == [True, False, None, None]


def test_an_interrupted_run_keeps_what_is_done_and_goes_on(tmp_path: Path) -> None:
    store = Observations(tmp_path / "o.sqlite")
    first = run(ToyTask({"a": "yes", "b": "no", "c": "stop", "d": "yes"}), store)
    assert first.interrupted
    assert len(first.results) == 2
    second = ToyTask({"a": "yes", "b": "no", "c": "yes", "d": "yes"})
    done = run(second, store)
    assert second.asked == ["c", "d"]
    assert (len(done.results), done.cached, done.interrupted) == (4, 2, False)


def test_what_was_stored_is_not_found_under_other_conditions(tmp_path: Path) -> None:
    store = Observations(tmp_path / "o.sqlite")
    run(ToyTask({"a": "yes"}), store)
    other = ToyTask({"a": "yes"}, key="another model")
    run(other, store)
    assert other.asked == ["a"]
    fresh = ToyTask({"a": "yes"})
    run(fresh, store, fresh=True)
    assert fresh.asked == ["a"]
    case = fresh.cases[0]
    changed = Case(id="a", text=case.text, lang="en", strata=case.strata, body={"gold": "no"})
    assert case_key(case, "k") != case_key(changed, "k")


def test_a_failure_is_not_stored(tmp_path: Path) -> None:
    store = Observations(tmp_path / "o.sqlite")
    assert run(ToyTask({"a": "boom"}), store).results[0].verdict.state == "failed"
    assert run(ToyTask({"a": "yes"}), store).results[0].verdict.passed is True


def test_a_broken_installation_stops_the_run(tmp_path: Path) -> None:
    task = ToyTask({"a": "yes"})

    def unwritable(case: Case) -> dict[str, object]:
        raise AuditUnavailable(Text(zh="审计不可写", en="the audit trail cannot be written"))

    task.observe = unwritable  # type: ignore[method-assign]
    with pytest.raises(AuditUnavailable):
        run(task, Observations(tmp_path / "o.sqlite"))


def test_progress_says_how_long_still() -> None:
    shown = Progress("toy", 5, io.StringIO())
    shown.step(cached=True, passed=True)
    shown.step(cached=False, passed=False)  # the first one measured also loads the models: no estimate from it
    assert shown.line(shown._warm + 60) == "toy 2/5  1 right, 1 wrong"
    shown.step(cached=False, passed=None)
    assert shown.line(shown._warm + 10) == "toy 3/5  1 right, 1 wrong, 1 unjudged  ~20 s left"
    assert [duration(s) for s in (5, 75, 3700)] == ["5 s", "1 min 15 s", "1 h 1 min"]


def test_progress_learns_that_the_last_kind_is_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("evals.progress.time.monotonic", lambda: clock[0])
    shown = Progress("toy", 1060, io.StringIO())
    for seconds, steps in ((0.1, 1000), (10.0, 40)):
        for _ in range(steps):
            clock[0] += seconds
            shown.step(cached=False, passed=True)
    assert shown.line(clock[0]).endswith("~3 min 20 s left")  # 20 cases at 10 s, and not at the mean of 0.5 s


def test_a_defect_of_the_product_is_a_failed_case_and_not_the_end_of_the_run(tmp_path: Path) -> None:
    class Broken(ToyTask):
        def observe(self, case: Case) -> Observed:
            if case.id == "b":
                raise ZeroDivisionError("division by zero")
            return super().observe(case)

    found = run(Broken({"a": "yes", "b": "yes", "c": "yes"}), Observations(tmp_path / "o.sqlite"))
    assert [one.verdict.state for one in found.results] == ["scored", "failed", "scored"]
    assert "ZeroDivisionError" in found.results[1].observed["error"]
    assert "test_running.py:" in found.results[1].observed["error"]


def test_an_answer_that_says_failed_is_not_stored(tmp_path: Path) -> None:
    """A model that is down for a minute would otherwise stay a failure of this code for ever."""

    class Down(ToyTask):
        def score(self, case: Case, observed: Observed) -> Verdict:
            return Verdict(state="failed", passed=None, scores={})

    store = Observations(tmp_path / "o.sqlite")
    run(Down({"a": "yes"}), store)
    again = run(ToyTask({"a": "yes"}), store)
    assert (again.cached, again.results[0].verdict.state) == (0, "scored")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    store = Observations(tmp_path / "o.sqlite")
    (tmp_path / "o.sqlite").unlink()
    (tmp_path / "o.sqlite").mkdir()
    with pytest.raises(StoreUnavailable) as told:
        run(ToyTask({"a": "yes"}), store)
    assert "o.sqlite" in told.value.text.en
