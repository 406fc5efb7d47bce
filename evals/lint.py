"""Faults of our own cases: duplicates, golds that do not run or are empty for the wrong reason, questions that leaked
into the code or the semantic model (then the product would be tested on what it was taught)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from assistant.yaml_source import read_yaml
from evals.engine_gold import EngineGold
from evals.environment import ROOT
from evals.loaders import LANGS, STATUSES, WrittenCase, read_written, yaml_files
from evals.reading import EvaluationDataError

FOLDERS = ("answers", "policy_questions", "safety")  # of evals/cases, with cases in the shape of WrittenCase
TEMPLATES = ("captured_model.yaml", "formulas.yaml", "planted_catalog.yaml")  # attacks, not questions
_SHOWN = ("answered", "partly_suppressed")
_SHORT = 6  # characters; a shorter question (人口) is an ordinary word and may stand anywhere,
_FEW_WORDS = 3  # and so may one of fewer English words (per capita)
_LEAK_FOLDERS = ("assistant", "corpora/semantic")
_LEAK_SUFFIXES = (".py", ".yaml", ".txt")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    file: str
    line: int
    case_id: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.case_id}: {self.text}"


Placed = tuple[WrittenCase, str, int]  # case, file, line


def placed_cases(folders: Iterable[Path]) -> list[Placed]:
    """Every case of the folders with where it stands."""
    files = [file for folder in folders for file in yaml_files(folder) if file.name not in TEMPLATES]
    return [(case, str(file.relative_to(ROOT)), line) for file in files for case, line in read_written(file)]


def lint(cases: Sequence[Placed], gold: EngineGold | None, sources: Sequence[tuple[str, str]]) -> list[Fault]:
    """All faults. `gold` None: no warehouse, golds are not run. `sources`: (file, text) that may hold no question."""
    found = [fault for case in cases for fault in _own_faults(case)]
    found += _duplicates(cases)
    found += [fault for case in cases for fault in _leaks(case, sources)]
    if gold is not None:
        found += [fault for case in cases for fault in _gold_faults(case, gold)]
    return found


def _fault(placed: Placed, text: str) -> Fault:
    case, file, line = placed
    return Fault(file=file, line=line, case_id=case.id, text=text)


def template_faults(files: Iterable[Path]) -> list[Fault]:
    """Attack templates (id, text or sql, why): ids and attacks occur once, and each says why it is there."""
    found: list[Fault] = []
    seen: dict[str, str] = {}
    for file in files:
        for item in read_yaml(file, EvaluationDataError).child("cases").sequence():
            name, body = item.child("id").text(), (item.get("text") or item.child("sql")).text()
            fault = partial(Fault, file=file.name, line=item.line, case_id=name)
            found += [fault(text=f"is also {seen[key]}") for key in (name, body) if key in seen]
            seen |= {name: name, body: name}
            if not item.child("why").text().strip():
                found.append(fault(text="why must be filled in"))
    return found


def _own_faults(placed: Placed) -> Iterator[Fault]:
    case = placed[0]
    if case.lang not in LANGS:
        yield _fault(placed, f"lang {case.lang} is none of {', '.join(LANGS)}")
    for status in (case.expect.status, *case.expect.also):
        if status not in STATUSES:
            yield _fault(placed, f"status {status} is none of {', '.join(STATUSES)}")
    if not case.why.strip() or not case.author.strip():
        yield _fault(placed, "why and author must be filled in")
    if case.written > date.today():
        yield _fault(placed, "written in the future")
    if case.lang == "en" and re.search(r"[\u4e00-\u9fff]", case.question):
        yield _fault(placed, "an English question with Chinese characters")


def _duplicates(cases: Sequence[Placed]) -> Iterator[Fault]:
    """The same id, or the same question by the same user after the same turns."""
    ids: dict[str, Placed] = {}
    asked: dict[tuple[str, ...], Placed] = {}
    for placed in cases:
        case = placed[0]
        if case.id in ids:
            yield _fault(placed, f"the id is used in {ids[case.id][1]}:{ids[case.id][2]}")
        ids.setdefault(case.id, placed)
        key = (_bare(case.question), case.user, *map(_bare, case.before))
        if key in asked:
            yield _fault(placed, f"asks the same as {asked[key][0].id}")
        asked.setdefault(key, placed)


def _gold_faults(placed: Placed, gold: EngineGold) -> Iterator[Fault]:
    case = placed[0]
    for sql in case.expect.gold:
        rows, why = gold.try_rows(sql)
        if rows is None:
            yield _fault(placed, f"the gold does not run: {why}")
        elif not case.expect.empty and _hollow(rows):
            yield _fault(placed, f"the gold is empty or all NULL and `empty: true` does not say that it must be: {sql}")
        elif case.expect.empty and rows:
            yield _fault(placed, "`empty: true`, but the gold has rows")
    if case.expect.empty and not case.expect.gold:
        yield _fault(placed, "`empty: true` without a gold")


def _hollow(rows: Sequence[Sequence[object]]) -> bool:
    return not rows or all(value is None or value == 0 for row in rows for value in row)


def _leaks(placed: Placed, sources: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    question = placed[0].question
    bare = _bare(question)
    if len(bare) < _SHORT or (question.isascii() and len(question.split()) < _FEW_WORDS):
        return
    for file, text in sources:
        if bare in text:
            yield _fault(placed, f"the question stands in {file}")


def product_sources(root: Path = ROOT) -> list[tuple[str, str]]:
    """(file, text without spaces) of everything that may not hold a question of ours."""
    found = []
    for folder in _LEAK_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _LEAK_SUFFIXES and path.is_file():
                found.append((str(path.relative_to(root)), _bare(path.read_text(encoding="utf-8"))))
    return found


def _bare(text: str) -> str:
    return _SPACE.sub("", text).rstrip("？?。.")


def main() -> int:
    """`python -m evals.lint`: all faults of evals/cases, with the golds where the demo city's warehouse is built."""
    from assistant.settings import load_settings
    from assistant.warehouse.building import warehouse_path

    settings = load_settings()
    gold = EngineGold(settings) if warehouse_path(settings.state).is_file() else None
    cases = placed_cases(ROOT / "evals" / "cases" / name for name in FOLDERS)
    try:
        faults = lint(cases, gold, product_sources())
        faults += template_faults(ROOT / "evals" / "cases" / "safety" / name for name in TEMPLATES)
    finally:
        if gold is not None:
            gold.close()
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{len(cases)} cases, {len(faults)} faults{'' if gold else ' (golds not run: no warehouse)'}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
