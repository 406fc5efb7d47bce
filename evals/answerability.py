"""TriageSQL and AMBROSIA -> cases: is there an answer at all, and if there are several, are all of them found?

TriageSQL (Zhang et al. 2020): one record a line, {id, question, type, schema: {table: [column, ...]}}. It has neither
types nor rows; the database made of it is empty, and a column is a number where its name counts or measures something.
AMBROSIA (Saparina & Lapata 2024): {id, question, db, is_ambiguous, ambig_type, gold_sqls}, and beside the file
`ambrosia_db_dumps.json`, {db: SQL script}.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from evals.reading import Record, json_document, json_lines, need_file, without_twins, wrong
from evals.reading import field as read_field
from evals.task import Case

TRIAGE_FILE = "triagesql_answerability.jsonl"
READINGS_FILE = "ambrosia.jsonl"
DUMPS_FILE = "ambrosia_db_dumps.json"

# TriageSQL's types, and the typed outcome of ours that is the honest one
HONEST = {
    "answerable": "answerable",
    "ambiguous": "ambiguous",
    "lack data": "no_data",
    "unanswerable by sql": "out_of_scope",
    "small talk": "out_of_scope",
}
_COUNTING = re.compile(
    r"\b(id|number|no|num|count|year|age|points?|score|rank|position|pos|wins?|won|loss(es)?|lost|loses|draws?|drawn|"
    r"goals?|total|sum|amount|price|cost|salary|income|revenue|population|height|weight|length|width|size|area|"
    r"attendance|capacity|played|games|matches|laps|grid|seats|rate|percentage|average|quantity|distance|speed)\b|[#%№]",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\W+")


def benchmark_file(path: Path, name: str) -> Path:
    """`path` itself, or the file `name` in that folder. Raises EvaluationDataError where it is not there."""
    return need_file(path / name if path.is_dir() else path)


# --------------------------------------------------------------------------- TriageSQL


def load_triage(path: Path) -> tuple[Case, ...]:
    """The questions of a TriageSQL file (or of the folder it lies in). Raises EvaluationDataError."""
    file = benchmark_file(path, TRIAGE_FILE)
    cases = [_triage_case(row, file, line) for line, row in json_lines(file)]
    without_twins(((case.id, None) for case in cases), file)
    return tuple(cases)


def _triage_case(row: Record, file: Path, line: int) -> Case:
    kind = str(read_field(row, "type", str, file, line))
    if kind not in HONEST:
        names = ", ".join(HONEST)
        raise wrong(f"type 应为 {names} 之一。", f"type must be one of {names}.", file, line, "type")
    schema = read_field(row, "schema", dict, file, line)
    for table, columns in schema.items():
        if not isinstance(columns, list):
            raise wrong(
                "每张表应给出列名列表。", "each table must have a list of columns.", file, line, f"schema.{table}"
            )
    return Case(
        id=str(read_field(row, "id", (str, int), file, line)),
        text=read_field(row, "question", str, file, line),
        lang="en",
        strata=(("type", kind),),
        body={"honest": HONEST[kind], "schema": schema},
    )


def empty_database(schema: Mapping[str, Sequence[Any]], target: Path) -> dict[str, str]:
    """An SQLite file with these tables and no row; returns {table or table.column: words} for the harvest."""
    words: dict[str, str] = {}
    statements = []
    for table, columns in schema.items():
        physical = _physical(table, "t", words)
        words[physical] = table
        inner = []
        for column in [str(one) for one in columns if str(one).strip()]:
            name = _physical(column, "c", [key.partition(".")[2] for key in words if key.startswith(f"{physical}.")])
            words[f"{physical}.{name}"] = column
            inner.append(f'"{name}" {"numeric" if _COUNTING.search(column) else "text"}')
        if inner:
            statements.append(f'create table "{physical}" ({", ".join(inner)})')
    with closing(sqlite3.connect(target)) as made, made:
        for statement in statements:
            made.execute(statement)
    return words


def _physical(words: str, letter: str, taken: Any) -> str:
    """A plain identifier: `customer payments` -> customer_payments; a letter before a digit; a number after a twin."""
    slug = _OTHER.sub("_", words.lower()).strip("_") or letter
    slug = f"{letter}_{slug}" if slug[0].isdigit() else slug
    name, place = slug, 2
    while name in taken:
        name, place = f"{slug}_{place}", place + 1
    return name


# --------------------------------------------------------------------------- AMBROSIA


def load_readings(path: Path) -> tuple[Case, ...]:
    """The questions of an AMBROSIA file (or of the folder it lies in). Raises EvaluationDataError."""
    file = benchmark_file(path, READINGS_FILE)
    cases = []
    for line, row in json_lines(file):
        golds = read_field(row, "gold_sqls", list, file, line)
        ambiguous = bool(read_field(row, "is_ambiguous", bool, file, line))
        kind = str(row.get("ambig_type", ""))
        if not golds:
            raise wrong("gold_sqls 不能为空。", "gold_sqls must not be empty.", file, line, "gold_sqls")
        cases.append(
            Case(
                id=str(read_field(row, "id", (str, int), file, line)),
                text=read_field(row, "question", str, file, line),
                lang="en",
                strata=(
                    ("group", "ambiguous" if ambiguous else "plain"),
                    ("ambig_type", kind),
                ),
                body={"database": read_field(row, "db", str, file, line), "golds": [str(sql) for sql in golds]},
            )
        )
    without_twins(((case.id, None) for case in cases), file)
    return tuple(cases)


def load_dumps(path: Path) -> dict[str, str]:
    """{database: SQL script} beside the questions. Raises EvaluationDataError."""
    file = need_file((path if path.is_dir() else path.parent) / DUMPS_FILE)
    document = json_document(file)
    if not isinstance(document, dict) or not all(isinstance(script, str) for script in document.values()):
        raise wrong("应为 {库名: SQL 脚本}。", "must be {database: SQL script}.", file)
    return document


def dumped_database(script: str, target: Path) -> None:
    """The SQLite file that a script makes. Raises EvaluationDataError where it does not run."""
    with closing(sqlite3.connect(target)) as made:
        try:
            made.executescript(script)
            made.commit()
        except sqlite3.Error as problem:
            raise wrong(f"建库脚本不能执行：{problem}。", f"the script does not run: {problem}.", target) from None
