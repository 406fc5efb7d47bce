"""Spider's and BIRD's folders -> cases, and the names in words of their databases. Checked before anything is asked."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from assistant.warehouse.source_sqlite import open_sqlite
from evals.hardness import hardness_of
from evals.reading import Record, json_document, need_file, need_folder, without_twins, wrong
from evals.reading import field as read_field
from evals.task import Case

_HAN = re.compile(r"[\u4e00-\u9fff]")
_NAMES = ("table_names_original", "table_names", "column_names_original", "column_names")


def load_sql_benchmark(folder: Path, lang: str | None = None) -> tuple[Case, ...]:
    """Spider's or BIRD's folder: `dev.json`, `tables.json` beside it, `database/<db>/<db>.sqlite`.

    `question` is English, or Chinese where it is written in Chinese (CSpider), `question_zh` Chinese; `lang` picks one,
    None asks both. The gold is `query` (Spider) or `SQL` (BIRD, whose `evidence` is asked along, as its leaderboard
    does). `hardness` or `difficulty` is the file's own label; without one Spider's criteria are applied (hardness.py).
    """
    need_folder(folder, "Spider / BIRD", "dev.json, database/<db>/<db>.sqlite")
    file = _first(folder, ("dev.json", "mini_dev_sqlite.json", "test.json"))
    rows = json_document(file)
    if not isinstance(rows, list):
        raise wrong("应为问题列表。", "must be a list of questions.", file)
    every = [case for place, row in enumerate(rows) for case in _cases(row, place, file, folder)]
    if not every:
        raise wrong("没有问题。", "has no question.", file)
    without_twins(((case.id, None) for case in every), file)
    found = tuple(case for case in every if lang in (None, case.lang))
    if not found:
        raise wrong("没有这种语言的问题。", "has no question in that language.", file, key=lang or "")
    for path in dict.fromkeys(case.body["file"] for case in found):
        _need_database(path)
    return found


def _first(folder: Path, names: tuple[str, ...]) -> Path:
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    return found or need_file(folder / names[0])


def _cases(row: Record, place: int, file: Path, folder: Path) -> Iterator[Case]:
    key = f"[{place}]"
    if not isinstance(row, dict):
        raise wrong("每项应为一个对象。", "each item must be an object.", file, key=key)
    database = read_field(row, "db_id", str, file, None, at=place)
    gold = row.get("query") or row.get("SQL")
    if not isinstance(gold, str):
        raise wrong("缺少 query（Spider）或 SQL（BIRD）。", "query (Spider) or SQL (BIRD) is missing.", file, key=key)
    number = row.get("question_id", row.get("spider_dev_index", place))
    evidence = str(row.get("evidence") or "")
    labelled = str(row.get("hardness") or row.get("difficulty") or hardness_of(gold))
    for code, text in _questions(row, place, file).items():
        yield Case(
            id=f"{database}-{number}-{code}",
            text=f"{text} ({evidence})" if evidence else text,
            lang=code,
            strata=(("lang", code), ("hardness", labelled), ("database", database)),
            body={"database": database, "gold": gold, "file": _database_file(folder, database)}
            | ({"zh_value": row["zh_value"]} if code == "zh" and row.get("zh_value") else {}),
        )


def _questions(row: Record, place: int, file: Path) -> dict[str, str]:
    """{language: question}. Raises EvaluationDataError where there is none."""
    found: dict[str, str] = {}
    for key in ("question", "question_zh"):
        text = read_field(row, key, str, file, None, "", at=place)
        if text.strip():
            found["zh" if key == "question_zh" or _HAN.search(text) else "en"] = text
    if not found:
        raise wrong("缺少 question。", "question is missing.", file, key=f"[{place}].question")
    return found


def _database_file(folder: Path, database: str) -> Path:
    for name in ("database", "dev_databases", "databases"):
        for end in (".sqlite", ".db"):
            path = folder / name / database / f"{database}{end}"
            if path.is_file():
                return path
    return need_file(folder / "database" / database / f"{database}.sqlite")


def _need_database(path: Path) -> None:
    """Raises EvaluationDataError where the file is no SQLite database or holds no table."""
    try:
        with closing(open_sqlite(path)) as opened:
            tables = opened.execute("select count(*) from sqlite_master where type = 'table'").fetchone()[0]
    except sqlite3.Error as problem:
        raise wrong(f"不是可读的 SQLite 库：{problem}。", f"is no SQLite database: {problem}.", path) from None
    if not tables:
        raise wrong("库里没有表。", "has no table.", path)


# --------------------------------------------------------------------------- names in words


def words_file(folder: Path) -> Path:
    """Where the tables' and columns' names in words stand: Spider's tables.json, BIRD's dev_tables.json."""
    names = ("tables.json", "dev_tables.json")
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[0])


def load_words(folder: Path) -> list[Mapping[str, Any]]:
    """The entries of that file, none where it is absent. Raises EvaluationDataError where it is of another form."""
    file = words_file(folder)
    document = json_document(file) if file.is_file() else []
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise wrong("应为库的列表。", "must be a list of databases.", file)
    for place, entry in enumerate(document):
        read_field(entry, "db_id", str, file, None, at=place)
        for key in _NAMES:
            read_field(entry, key, list, file, None, at=place)
        for left, right in (_NAMES[:2], _NAMES[2:]):
            if len(entry[left]) != len(entry[right]):
                zh, en = f"{left} 与 {right} 长度不同。", f"{left} and {right} differ in length."
                raise wrong(zh, en, file, key=f"[{place}]")
    return document
