"""A benchmark's SQLite database -> a throw-away workspace in which everything is open, for the product to be asked.

What `assistant/harvest` finds and nothing else: tables, keys, names split into words, types as the stored values have
them (SQLite enforces none), short closed domains as code lists, text columns as dimensions whose values can be named.
No metric, no synonym, no question of the benchmark enters it.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from assistant.harvest.structure import Harvested, HarvestedTable, read_structure
from assistant.nl2sql.drafts.offered_schema import quoted
from assistant.warehouse.source_sqlite import SqliteSource, open_sqlite
from assistant.warehouse.sources import quoted_name

USER = "evaluator"
PURPOSE = "system_evaluation"


def harvest(file: Path, names: Mapping[str, str] | None = None) -> Harvested:
    """Read the structure of one database. `names`: {table or table.column: words}, e.g. from Spider's tables.json."""
    with closing(SqliteSource(file, frozen=True)) as source:
        return read_structure(source, names)


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
    columns = ", ".join(f"{quoted_name(column.name)} {types[column.kind]}" for column in table.columns)
    return f"create table {quoted_name(table.name)}({columns});"


def _rows(source: sqlite3.Connection, table: HarvestedTable, target: Path) -> None:
    columns = ", ".join(quoted_name(column.source) for column in table.columns)
    with target.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([column.name for column in table.columns])
        out.writerows(source.execute(f"select {columns} from {quoted_name(table.source)}"))


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
