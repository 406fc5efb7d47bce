"""Benchmarks as evaluators already have them -> cases: BEIR, JSON lines of policy cases, our own YAML. Spider and BIRD
stand in sql_benchmark.py.

A wrong file is an EvaluationDataError with file, line and key, found before anything is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assistant.errors import ConfigurationError
from assistant.yaml_source import joined, read_yaml, try_build
from evals.reading import (
    EvaluationDataError,
    Record,
    json_lines,
    need_file,
    need_folder,
    tab_separated,
    without_twins,
    wrong,
)
from evals.reading import field as read_field
from evals.task import Case

STATUSES = ("answered", "partly_suppressed", "clarify", "refused", "needs_approval", "no_data", "out_of_scope")
LANGS = ("zh", "zh-Hant", "en")
OUTCOMES = ("allow", "mask", "suppress", "aggregate_only", "needs_approval", "refuse")
_LANGS = {"hans": "zh", "zh": "zh", "zh-hans": "zh", "zh-cn": "zh", "hant": "zh-Hant", "zh-hant": "zh-Hant"}


def language_code(name: str) -> str:
    """hans, zh-CN -> zh; hant -> zh-Hant; en -> en; anything else as it is."""
    return _LANGS.get(name.lower(), name)


# --------------------------------------------------------------------------- BEIR


_BEIR = "corpus.jsonl, queries.jsonl, qrels/test.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    id: str
    title: str
    text: str


def load_corpus(folder: Path) -> tuple[Document, ...]:
    """`corpus.jsonl` of a BEIR folder: `_id`, `title`, `text`."""
    need_folder(folder, "BEIR", _BEIR)
    file = folder / "corpus.jsonl"
    found = []
    for line, row in json_lines(file):
        found.append(
            Document(
                id=str(read_field(row, "_id", (str, int), file, line)),
                title=read_field(row, "title", str, file, line, ""),
                text=read_field(row, "text", str, file, line),
            )
        )
    if not found:
        raise wrong("没有文档。", "has no document.", file)
    without_twins(((item.id, place) for place, item in enumerate(found, start=1)), file)
    return tuple(found)


def load_queries(folder: Path, lang: str | None = None) -> tuple[Case, ...]:
    """`queries.jsonl` with `qrels/test.tsv`: the queries that have a judgement, each with what is relevant to it."""
    need_folder(folder, "BEIR", _BEIR)
    file, judgements = folder / "queries.jsonl", folder / "qrels" / "test.tsv"
    relevant: dict[str, dict[str, int]] = {}
    for query, document, grade in tab_separated(judgements, _judgement):
        relevant.setdefault(query, {})[document] = grade
    if not relevant:
        raise wrong("没有一条相关性判断。", "has no judgement.", judgements)
    cases = []
    for line, row in json_lines(file):
        name = str(read_field(row, "_id", (str, int), file, line))
        text = read_field(row, "text", str, file, line)
        code = language_code(str(read_field(row, "metadata", dict, file, line, {}).get("lang", "")))
        if name in relevant and (lang is None or code in ("", lang)):
            cases.append(
                Case(id=name, text=text, lang=code, strata=(("lang", code or "-"),), body={"relevant": relevant[name]})
            )
    without_twins(((case.id, None) for case in cases), file)
    if not cases:
        zh, en = "没有一个问题有相关性判断（或没有这种语言的问题）。", "has no judged query (or none in that language)."
        raise wrong(zh, en, file)
    return tuple(cases)


def _judgement(cells: list[str]) -> tuple[str, str, int]:
    if len(cells) != 3:
        raise ValueError
    return cells[0], cells[1], int(cells[2])


# --------------------------------------------------------------------------- policy cases, JSON lines


def load_policy_cases(path: Path) -> tuple[Case, ...]:
    """A file of cases, or a folder of `*.jsonl`: {id, question, question_en, sql, history, role, purpose, expected,
    reason, clause, attack} (CONTRACT section 4)."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [need_file(path)]
    if not files:
        raise wrong("目录里没有 .jsonl 文件。", "the folder has no .jsonl file.", path)
    found = [(_policy_case(row, file, line), line, file) for file in files for line, row in json_lines(file)]
    without_twins(((case.id, line) for case, line, _ in found), path)
    if not found:
        raise wrong("没有用例。", "has no case.", path)
    return tuple(case for case, _, _ in found)


def _policy_case(row: Record, file: Path, line: int) -> Case:
    expected = str(read_field(row, "expected", str, file, line)).lower()
    if expected not in OUTCOMES:
        zh, en = f"expected 应为 {'、'.join(OUTCOMES)} 之一。", f"expected must be one of {', '.join(OUTCOMES)}."
        raise wrong(zh, en, file, line, "expected")
    sql = read_field(row, "sql", str, file, line, "")
    question = read_field(row, "question", str, file, line, "") or read_field(row, "question_en", str, file, line, "")
    if not sql and not question:
        raise wrong("sql 与 question 至少要有一个。", "sql or question is needed.", file, line, "sql")
    history = read_field(row, "history", list, file, line, [])
    attack, role = str(row.get("attack") or "-"), str(read_field(row, "role", str, file, line))
    return Case(
        id=str(read_field(row, "id", (str, int), file, line)),
        text=sql or question,
        lang="",
        strata=(("expected", expected),),
        why=str(row.get("reason") or ""),
        body={
            "sql": sql,
            "question": question,
            "history": [str(item) for item in history],
            "role": role,
            "purpose": str(row.get("purpose") or ""),
            "expected": expected,
            "attack": attack,
            "clause": str(row.get("clause") or ""),
        },
    )


# --------------------------------------------------------------------------- our own cases, YAML


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a right answer is. Which fields are used depends on `status`; see docs/evaluation.md."""

    status: str  # answered | partly_suppressed | clarify | refused | needs_approval | no_data | out_of_scope
    gold: tuple[str, ...] = ()  # acceptable SQL statements over the workspace's warehouse; any one will do
    empty: bool = False  # the gold is rightly empty
    ordered: bool = False  # row order is part of the question
    articles: tuple[str, ...] = ()  # <document title>#第X条: any one of them must be cited
    gate: str = ""  # G0..G7: which gate must refuse
    rules: tuple[str, ...] = ()  # any one of these rules must be cited
    level: str = ""  # the answer's classification
    also: tuple[str, ...] = ()  # other statuses that are honest too


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCase:
    """One question of evals/cases/*.yaml, by hand."""

    id: str
    question: str
    lang: str
    user: str
    why: str
    author: str
    written: date
    expect: Expectation
    purpose: str | None = None
    before: tuple[str, ...] = ()  # earlier turns of the same conversation
    kind: str = ""  # metric | comparison | top | share | steward | document | refusal | ...
    pair: str = ""  # cases that ask the same in several languages


def load_written_cases(path: Path, lang: str | None = None) -> tuple[Case, ...]:
    """One file or a folder of files with `cases:`. Raises EvaluationDataError for all that is wrong at once."""
    written = [pair for file in yaml_files(path) for pair in read_written(file)]
    without_twins(((case.id, line) for case, line in written), path)
    if not any(lang in (None, case.lang) for case, _ in written):
        raise wrong("没有用例（或没有这种语言的用例）。", "has no case (or none in that language).", path)
    return tuple(as_case(case) for case, _ in written if lang is None or case.lang == lang)


def yaml_files(path: Path) -> list[Path]:
    """The files of a folder, or the file itself. Raises EvaluationDataError where there is none."""
    found = sorted(path.glob("*.yaml")) if path.is_dir() else [need_file(path)]
    if not found:
        raise wrong("目录里没有 .yaml 用例文件。", "the folder has no .yaml file of cases.", path)
    return found


def read_written(file: Path) -> list[tuple[WrittenCase, int]]:
    """The cases of one file with the lines they start at."""
    node = read_yaml(file, EvaluationDataError)
    errors: list[ConfigurationError] = node.unknown_keys(("cases",))
    items = node.child("cases").sequence()
    built = [(try_build(WrittenCase, item, errors, EvaluationDataError), item.line) for item in items]
    found = [(case, line) for case, line in built if case is not None]
    errors += [error for case, line in found for error in _unknown_words(case, file, line)]
    if errors:
        raise joined(errors)
    return found


def _unknown_words(case: WrittenCase, file: Path, line: int) -> Iterator[EvaluationDataError]:
    """A status or language that nothing can have would be a case that nothing can pass."""
    told = [("status", case.expect.status, STATUSES), *(("also", word, STATUSES) for word in case.expect.also)]
    for key, word, known in (*told, ("lang", case.lang, LANGS)):
        if word not in known:
            names = ", ".join(known)
            yield wrong(
                f"{word} 应为 {names} 之一。", f"{word} must be one of {names}.", file, line, f"{case.id}.{key}"
            )


def as_case(written: WrittenCase) -> Case:
    expect = written.expect
    return Case(
        id=written.id,
        text=written.question,
        lang=written.lang,
        strata=(("lang", written.lang), ("expected", expect.status)),
        why=written.why,
        body={"written": written},
    )


_TOLD = ("why", "author", "written", "kind", "pair")  # of a WrittenCase: said about it, no part of the question


def body_json(case: Case) -> Mapping[str, Any]:
    """The body as plain JSON, for hashes: what decides an answer, wherever the files lie and whoever wrote the case."""
    return {key: _plain(value) for key, value in case.body.items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__ if name not in _TOLD}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return value.name
    return value.isoformat() if isinstance(value, date) else value
