"""A benchmark's SQLite database -> a throw-away workspace in which everything is open, for the product to be asked.

What a minimal harvest finds and nothing else: tables, keys, names split into words, types as the stored values have
them (SQLite enforces none), short closed domains as code lists, text columns as dimensions whose values can be named.
No metric, no synonym, no question of the benchmark enters it. Names are written in lower case, as engines fold them.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.nl2sql.offered_schema import quoted
from assistant.nl2sql.word_overlap import split_words

USER = "evaluator"
PURPOSE = "system_evaluation"
_CODES = 12  # distinct values up to which a text column is a closed domain
_LONG = 40  # characters; longer values are prose, not codes


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestedColumn:
    name: str  # in the workspace
    source: str  # in the database
    words: str
    kind: str  # string | integer | number
    values: tuple[str, ...] = ()  # of a closed domain
    is_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestedTable:
    name: str
    source: str
    words: str
    columns: tuple[HarvestedColumn, ...]

    @property
    def key(self) -> str:
        return next((column.name for column in self.columns if column.is_key), self.columns[0].name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    tables: tuple[HarvestedTable, ...]
    joins: tuple[tuple[str, str], ...]  # ("child.column", "parent.column")


def open_sqlite(file: Path) -> sqlite3.Connection:
    """Read-only; text that is not UTF-8 is read as far as it can be."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def harvest(file: Path, names: Mapping[str, str] | None = None) -> Harvested:
    """Read the structure of one database. `names`: {table or table.column: words}, e.g. from Spider's tables.json."""
    known = {key.lower(): words for key, words in (names or {}).items()}
    with closing(open_sqlite(file)) as source:
        listed = source.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        tables = [str(row[0]) for row in listed.fetchall()]
        found = tuple(_table(source, name, known) for name in tables)
        joins = tuple(pair for name in tables for pair in _foreign_keys(source, name, found))
    return Harvested(tables=tuple(table for table in found if table.columns), joins=joins)


def _table(source: sqlite3.Connection, name: str, known: Mapping[str, str]) -> HarvestedTable:
    rows = source.execute(f"pragma table_info({_name(name)})").fetchall()
    columns = tuple(_column(source, name, row, known) for row in rows)
    return HarvestedTable(name=_folded(name), source=name, words=known.get(name.lower(), _words(name)), columns=columns)


def _column(source: sqlite3.Connection, table: str, row: Sequence[Any], known: Mapping[str, str]) -> HarvestedColumn:
    name = str(row[1])
    column, of = _name(name), _name(table)
    stored = {str(kind[0]) for kind in source.execute(f"select distinct typeof({column}) from {of}")} - {"null"}
    kind = _kind(stored, str(row[2]))
    values: tuple[str, ...] = ()
    if kind == "string":
        sample = f"select distinct {column} from {of} where {column} is not null limit {_CODES + 1}"
        values = tuple(str(value[0]) for value in source.execute(sample))
    closed = 0 < len(values) <= _CODES and all(value.strip() and len(value) <= _LONG for value in values)
    words = known.get(f"{table}.{name}".lower(), _words(name))
    return HarvestedColumn(
        name=name.lower(),
        source=name,
        words=words,
        kind=kind,
        values=tuple(sorted(values)) if closed else (),
        is_key=row[5] == 1,
    )


def _kind(stored: set[str], declared: str) -> str:
    if stored:
        return "integer" if stored == {"integer"} else "number" if stored <= {"integer", "real"} else "string"
    low = declared.lower()
    return (
        "integer" if "int" in low else "number" if any(t in low for t in ("real", "num", "floa", "doub")) else "string"
    )


def _foreign_keys(source: sqlite3.Connection, table: str, tables: Sequence[HarvestedTable]) -> list[tuple[str, str]]:
    by_name = {one.name: one for one in tables}
    found = []
    for row in source.execute(f"pragma foreign_key_list({_name(table)})").fetchall():
        parent, child_column, parent_column = by_name.get(_folded(str(row[2]))), str(row[3]), row[4]
        child = by_name[_folded(table)]
        left = next((c.name for c in child.columns if c.name == child_column.lower()), None)
        if parent is None or left is None:
            continue
        wanted = str(parent_column or parent.key).lower()
        right = next((c.name for c in parent.columns if c.name == wanted), None)
        if right is not None:
            found.append((f"{child.name}.{left}", f"{parent.name}.{right}"))
    return found


def _folded(table: str) -> str:
    """A table's name in the workspace: lower case as engines fold it, and fit to name the file of its rows."""
    return table.lower().replace("/", "_").replace("\\", "_")


def _words(name: str) -> str:
    return " ".join(split_words(name)) or name


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --------------------------------------------------------------------------- the folder


def write_workspace(harvested: Harvested, file: Path, folder: Path, title: str) -> None:
    """The workspace of one database below `folder`, rows included; empty text becomes NULL."""
    for name in ("catalog", "policies", "semantic", "warehouse", "documents"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    card = {"name": title, "name_en": title, "languages": ["zh", "en"], "engine": {"kind": "duckdb", "seed": "csv"}}
    _write(folder / "workspace.yaml", card)
    _write(folder / "policies" / "purposes.yaml", {"purposes": [_PURPOSE]})
    _write(folder / "policies" / "users.yaml", {"users": [_SUBJECT]})
    _write(folder / "semantic" / "model.yaml", _semantic(harvested))
    for place, table in enumerate(harvested.tables, start=1):
        _write(folder / "catalog" / f"{place:03d}.yaml", _resource(table, place))
    statements = [_create(table) for table in harvested.tables]
    (folder / "warehouse" / "schema.sql").write_text("\n".join(statements) + "\n", encoding="utf-8")
    with closing(open_sqlite(file)) as source:
        for table in harvested.tables:
            _rows(source, table, folder / "warehouse" / f"{table.name}.csv")


_PURPOSE = {"code": PURPOSE, "name": {"zh": "系统评测", "en": "System evaluation"}, "kind": "data"}
_SUBJECT = {
    "user_id": USER,
    "name": {"zh": "评测员", "en": "Evaluator"},
    "department": "评测",
    "roles": ["evaluator"],
    "clearance": "G4",
    "purposes": [PURPOSE],
    "grants": [{"grant_id": "EV-1", "dataset": "*", "mode": "row_raw", "purposes": [PURPOSE]}],
}


def _resource(table: HarvestedTable, place: int) -> dict[str, Any]:
    names: set[str] = set()
    elements = []
    for column in table.columns:
        name = column.words if column.words not in names else f"{column.words} ({column.name})"
        names.add(name)
        element: dict[str, Any] = {"column": column.name, "name": name, "name_en": name, "type": column.kind}
        element |= {"role": "neutral", "level": "G1", "categories": ["open"], "basis": "open benchmark data"}
        elements.append(element | ({"code_list": {v: v for v in column.values}} if column.values else {}))
    return {
        "resource_id": f"EVAL-{place:03d}",
        "name": table.words,
        "name_en": table.words,
        "category": "benchmark",
        "provider": "评测",
        "sharing_type": "无条件共享",
        "open_type": "无条件开放",
        "update_cycle": "不定期",
        "level": "G1",
        "categories": ["open"],
        "table": table.name,
        "elements": elements,
    }


def _semantic(harvested: Harvested) -> dict[str, Any]:
    entities = [
        {"table": table.name, "name": table.words, "name_en": table.words, "key": table.key}
        for table in harvested.tables
    ]
    dimensions = [
        {"id": f"{table.name}.{column.name}", "name": column.words, "name_en": column.words}
        | {"column": f"{table.name}.{column.name}"}
        for table in harvested.tables
        for column in table.columns
        if column.kind == "string"
    ]
    joins = [{"left": left, "right": right} for left, right in harvested.joins]
    return {"entities": entities, "dimensions": dimensions, "joins": joins}


def _create(table: HarvestedTable) -> str:
    types = {"string": "varchar", "integer": "bigint", "number": "double"}
    columns = ", ".join(f"{_name(column.name)} {types[column.kind]}" for column in table.columns)
    return f"create table {_name(table.name)}({columns});"


def _rows(source: sqlite3.Connection, table: HarvestedTable, target: Path) -> None:
    columns = ", ".join(_name(column.source) for column in table.columns)
    with target.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([column.name for column in table.columns])
        out.writerows(source.execute(f"select {columns} from {_name(table.source)}"))


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """JSON is YAML, and leaves no doubt about what is text."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# --------------------------------------------------------------------------- names and the plain schema


def names_of(tables_json: Any, database: str) -> dict[str, str]:
    """{table or table.column: words} of one database of Spider's (or BIRD's) tables.json."""
    entry = next((one for one in tables_json if one.get("db_id") == database), None)
    if entry is None:
        return {}
    tables = entry["table_names_original"]
    found = dict(zip(tables, entry["table_names"], strict=True))
    for (at, column), (_, words) in zip(entry["column_names_original"], entry["column_names"], strict=True):
        if at >= 0:
            found[f"{tables[at]}.{column}"] = words
    return found


def plain_schema(file: Path) -> str:
    """The CREATE TABLE statements of a database, as the zero-shot baseline is shown them."""
    harvested = harvest(file)
    types = {"string": "text", "integer": "int", "number": "real"}
    tables = {table.name: table for table in harvested.tables}
    lines = []
    for table in harvested.tables:
        inner = [f"{quoted(column.source)} {types[column.kind]}" for column in table.columns]
        for left, right in harvested.joins:
            child, _, column_name = left.partition(".")
            parent, _, key = right.partition(".")
            if child == table.name:
                inner.append(
                    f"foreign key ({_source(table, column_name)}) references "
                    f"{quoted(tables[parent].source)}({_source(tables[parent], key)})"
                )
        lines.append(f"CREATE TABLE {quoted(table.source)} ({', '.join(inner)});")
    return "\n".join(lines)


def _source(table: HarvestedTable, name: str) -> str:
    return quoted(next(column.source for column in table.columns if column.name == name))
