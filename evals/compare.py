"""What changed between two reports: newly broken first, newly fixed, the same; with McNemar on the cases they share.

A case is shared where its id and its content (question, gold, expectation: `fingerprint`) are the same; one that was
edited in between is neither broken nor fixed, it is another case, and is named apart. Reports without fingerprints
(published ones of before) are taken at their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.report import Report
from evals.statistics import McNemar, mcnemar


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    id: str
    text: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Cases by id. `broken`: passed before and does not now; abstentions count as not passed, and say so."""

    suite: str
    broken: tuple[Change, ...]
    fixed: tuple[Change, ...]
    moved: tuple[Change, ...]  # neither passed, or not judged, but the state changed
    same_right: int
    same_wrong: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    metrics: tuple[tuple[str, float | None, float | None], ...]
    test: McNemar
    edited: tuple[str, ...] = ()  # the same id, another content
    conditions: tuple[tuple[str, str, str], ...] = ()  # (name, before, after) of what else differed
    before_at: str = ""  # when the earlier report was made, and of which commit

    @property
    def shared(self) -> int:
        """Cases that the two reports have in common: what everything here but `metrics` rests on."""
        return self.same_right + self.same_wrong + len(self.broken) + len(self.fixed)

    @property
    def worse_beyond_noise(self) -> bool:
        """More broken than fixed, and not by chance (exact McNemar, p < 0.05)."""
        return self.test.only_first > self.test.only_second and self.test.p_value < 0.05


def compare(before: Report, after: Report) -> Comparison:
    """`before` -> `after`, over the cases with the same id."""
    old = {case["id"]: case for case in before["cases"]}
    new = {case["id"]: case for case in after["cases"]}
    same_id = [name for name in new if name in old]
    shared = [name for name in same_id if _same_case(old[name], new[name])]
    pairs = {name: (bool(old[name]["passed"]), bool(new[name]["passed"])) for name in shared}

    def changes(wanted: tuple[bool, bool]) -> tuple[Change, ...]:
        return tuple(_change(old[name], new[name]) for name in shared if pairs[name] == wanted)

    silent = tuple(
        _change(old[name], new[name])
        for name in shared
        if pairs[name] == (False, False) and old[name]["state"] != new[name]["state"]
    )
    names = [*after["metrics"], *(name for name in before["metrics"] if name not in after["metrics"])]
    return Comparison(
        suite=str(after["suite"]),
        broken=changes((True, False)),
        fixed=changes((False, True)),
        moved=silent,
        same_right=sum(pair == (True, True) for pair in pairs.values()),
        same_wrong=sum(pair == (False, False) for pair in pairs.values()),
        only_before=tuple(name for name in old if name not in new),
        only_after=tuple(name for name in new if name not in old),
        metrics=tuple((name, before["metrics"].get(name), after["metrics"].get(name)) for name in names),
        test=mcnemar(list(pairs.values())),
        edited=tuple(name for name in same_id if name not in pairs),
        conditions=tuple(_conditions(before["environment"], after["environment"])),
        before_at=f"{before['environment'].get('at', '')} commit {before['environment'].get('commit', '')}",
    )


def _same_case(old: dict[str, Any], new: dict[str, Any]) -> bool:
    prints = old.get("fingerprint"), new.get("fingerprint")
    return None in prints or prints[0] == prints[1]


_RUN = ("at", "cached", "indexing", "suites")  # of the run itself; no condition of what was measured


def _conditions(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What differed beside the answers: code, models, data, machine. A drop without one of these is a riddle."""
    old, new = _told(before), _told(after)
    for name in dict.fromkeys([*new, *old]):
        if old.get(name) != new.get(name):
            yield name, old.get(name, ""), new.get(name, "")


def _told(values: dict[str, Any]) -> dict[str, str]:
    """Of a report's environment: all but what belongs to the run itself."""
    return {name: value for name, value in flat(values) if name.partition(".")[0] not in _RUN}


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(dotted name, words) of nested values."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", "" if value is None else str(value)


def _change(old: dict[str, Any], new: dict[str, Any]) -> Change:
    return Change(id=new["id"], text=str(new.get("text", "")), before=outcome_words(old), after=outcome_words(new))


def outcome_words(case: dict[str, Any]) -> str:
    """`right`, `wrong: <why>`, or the state with its reason."""
    if case["passed"]:
        return "right"
    why = next((score["why"] for score in case["scores"].values() if score.get("why")), case.get("error", ""))
    word = "wrong" if case["state"] == "scored" else case["state"].replace("_", " ")
    return f"{word}: {why}" if why else word


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    def rows(changes: tuple[Change, ...]) -> list[dict[str, str]]:
        return [{"id": one.id, "text": one.text, "before": one.before, "after": one.after} for one in changes]

    test = comparison.test
    return {
        "suite": comparison.suite,
        "shared": comparison.shared,
        "newly_broken": rows(comparison.broken),
        "newly_fixed": rows(comparison.fixed),
        "changed_state": rows(comparison.moved),
        "same_right": comparison.same_right,
        "same_wrong": comparison.same_wrong,
        "only_before": list(comparison.only_before),
        "only_after": list(comparison.only_after),
        "edited": list(comparison.edited),
        "conditions": {name: {"before": old, "after": new} for name, old, new in comparison.conditions},
        "metrics": {name: {"before": old, "after": new} for name, old, new in comparison.metrics},
        "mcnemar": {"broken": test.only_first, "fixed": test.only_second, "p_value": round(test.p_value, 6)},
    }


def comparison_text(comparison: Comparison) -> str:
    """For a terminal: newly broken first."""
    lines = [f"{comparison.suite}: {len(comparison.broken)} newly broken, {len(comparison.fixed)} newly fixed, "]
    lines[0] += f"{comparison.same_right} same right, {comparison.same_wrong} same wrong"
    lines[0] += f" (McNemar p = {comparison.test.p_value:.3f}, {comparison.shared} shared cases)"
    for title, changes in (("newly broken", comparison.broken), ("newly fixed", comparison.fixed)):
        lines += [f"  {title}: {one.id}  {one.text[:80]}\n    {one.before} -> {one.after}" for one in changes]
    lines += [f"  {name}: {_shown(old)} -> {_shown(new)}" for name, old, new in comparison.metrics if old != new]
    lines += [f"  {name}: {old or '-'} -> {new or '-'}" for name, old, new in comparison.conditions]
    left = (("only before", comparison.only_before), ("only after", comparison.only_after))
    for title, names in (*left, ("edited in between, not compared", comparison.edited)):
        lines += [f"  {title}: {named(names)}"] if names else []
    return "\n".join(lines)


def named(names: Sequence[str], most: int = 20) -> str:
    """The first of them, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
