"""The nouns of an evaluation: a task is cases + a subject + a scorer, and a score says what, how much and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

State: TypeAlias = Literal["scored", "abstained", "failed", "not_scored"]
Observed: TypeAlias = dict[str, Any]  # what the product did, as plain JSON; kept on disk and scored afterwards
Metrics: TypeAlias = dict[str, float | None]  # None: nothing to measure it on; never to be read as zero
Interval: TypeAlias = tuple[float, float]
Notice: TypeAlias = Callable[[str, int, int], None]  # what is being prepared, done, of how many

SCHEMA_VERSION = 1  # of the report


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One item of a benchmark. `body` is what its suite needs, as read from the file."""

    id: str
    text: str  # the question, the query or the SQL, as a reader of the report wants to see it
    lang: str = ""  # zh | zh-Hant | en | "" where it does not apply
    strata: tuple[tuple[str, str], ...] = ()  # what samples are balanced over and results are split by
    why: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number about one case, what it was read from and why. `value` None = this score does not apply here."""

    value: float | None
    answer: str = ""
    why: str = ""
    unit: str = "share"  # share (0-1) | count | ms | s | tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A scored case. `passed` is None where nothing can be said: abstentions and failures are not zeros."""

    state: State
    passed: bool | None
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    case: Case
    verdict: Verdict
    observed: Observed
    seconds: float  # wall time of the subject, as first measured
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The metrics of a suite with 95 % intervals, whole and by group."""

    metrics: Metrics
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    by: Mapping[str, Mapping[str, Metrics]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # conditions a reader must know
    extra: Mapping[str, Any] = field(default_factory=dict)  # curves, tests against a baseline


class Task(Protocol):
    """What run.py needs of a suite. `close` is called once, whatever happened."""

    @property
    def suite(self) -> str: ...

    @property
    def cases(self) -> Sequence[Case]: ...

    @property
    def even(self) -> bool:
        """Whether a sample takes the same number from every stratum (sampling.py)."""
        ...

    def key(self) -> str:
        """A hash of everything beside the case that decides the result: code, models, catalog, policies."""
        ...

    def observe(self, case: Case) -> Observed:
        """Put the case to the product. Raises AssistantError, which makes the case `failed`."""
        ...

    def alone(self, case: Case) -> bool:
        """Whether it must be observed by itself: it may wait for the language model, or its time is what counts."""
        ...

    def score(self, case: Case, observed: Observed) -> Verdict:
        """Pure: the same observation always scores the same."""
        ...

    def summarise(self, results: Sequence[Result]) -> Summary: ...

    def conditions(self) -> Mapping[str, Any]:
        """Model ids, corpus hash and the like, for the report's environment."""
        ...

    def close(self) -> None: ...
