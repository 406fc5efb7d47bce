"""Builds the embedded warehouse of a workspace: beside the old file, then swapped in, so that nothing is half-written.

The tables come from `<workspace>/warehouse/schema.sql`; the rows from the seed that workspace.yaml names: `demo_city`
(generated), `csv` (one `<table>.csv` with a header a table) or `url` (a database that is only read; of it come the
classified columns alone, see filling.py). A note beside the file keeps what it was built from, so
that the next start can see in milliseconds that there is nothing to do. The only module that writes to a warehouse.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain import Text
from assistant.errors import ConfigurationError, StoreUnavailable
from assistant.warehouse.filling import fill, labels_fingerprint
from assistant.warehouse.sources import Source, open_source

Progress = Callable[[str, int, int], None]  # what was just filled, how many are done, of how many

FILE_NAME = "warehouse.duckdb"
_MEMORY = "1500MB"
_CODE = Path(__file__).resolve().parent.parent / "demo_city"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseBuild:
    """What a build did. `rows` is (table, row count); `built` is False where the file was current already."""

    path: Path
    fingerprint: str
    rows: tuple[tuple[str, int], ...]
    elapsed_s: float
    built: bool


def warehouse_path(state: Path) -> Path:
    """Where the warehouse of a workspace lies, below its state folder."""
    return state / FILE_NAME


def is_current(folder: Path, seed: str, target: Path) -> bool:
    """Whether `target` was built from exactly this schema and seed. Raises ConfigurationError for a broken seed."""
    return target.is_file() and _note(target).get("fingerprint") == fingerprint(folder, seed)


def build_warehouse(
    folder: Path, seed: str, target: Path, *, progress: Progress | None = None, force: bool = False, url: str = ""
) -> WarehouseBuild:
    """Build `target` from `<folder>/warehouse` unless it is current.

    `folder` is the workspace, `seed` is "demo_city", "csv" or "url" (then `url` is the database's). Raises
    ConfigurationError for a wrong schema or seed, UserError where the database cannot be opened and StoreUnavailable
    where the file cannot be written; the old file stays as it was then.
    """
    if seed == "url":
        return _from_database(folder, url, target, progress, force)
    return _build(folder, seed, target, fingerprint(folder, seed), progress, force, None)


def _from_database(folder: Path, url: str, target: Path, progress: Progress | None, force: bool) -> WarehouseBuild:
    source = open_source(url)
    try:
        labels = f"{source.address} {source.stamp()} {labels_fingerprint(folder)}"
        mark = hashlib.sha256(labels.encode() + _schema_path(folder).read_bytes()).hexdigest()[:16]
        return _build(folder, "url", target, mark, progress, force, source)
    finally:
        source.close()


def is_labelled_otherwise(folder: Path, target: Path) -> bool:
    """Whether a warehouse that was filled from a database holds other columns than those classified by now."""
    return target.is_file() and _note(target).get("labels") != labels_fingerprint(folder)


def _build(
    folder: Path,
    seed: str,
    target: Path,
    mark: str,
    progress: Progress | None,
    force: bool,
    source: Source | None,
) -> WarehouseBuild:
    start = time.perf_counter()
    note = _note(target)
    if not force and target.is_file() and note.get("fingerprint") == mark:
        rows = tuple((str(table), int(count)) for table, count in note.get("rows", {}).items())
        return WarehouseBuild(path=target, fingerprint=mark, rows=rows, elapsed_s=0.0, built=False)
    beside = target.with_name(f"{target.name}.building-{os.getpid()}")
    try:
        target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)  # identifiers lie in it: not for every account
        _discard_abandoned(target)
        labels = labels_fingerprint(folder) if source is not None else ""
        counts = _fill(beside, folder, seed, progress, source)
        # the note goes first: a crash between the two leaves a note that does not fit, and the next start builds again
        _note_path(target).unlink(missing_ok=True)
        os.replace(beside, target)
        _write_note(target, mark, counts, labels)
    except OSError as problem:
        raise _unwritable(target, problem) from None
    finally:
        _discard(beside)
    elapsed = time.perf_counter() - start
    return WarehouseBuild(path=target, fingerprint=mark, rows=tuple(counts.items()), elapsed_s=elapsed, built=True)


def fingerprint(folder: Path, seed: str) -> str:
    """16 hex digits over everything that the rows depend on: schema, generator or CSV files."""
    digest = hashlib.sha256(seed.encode())
    for path in [_schema_path(folder), *_sources(folder, seed)]:
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: Path, seed: str) -> list[Path]:
    if seed == "demo_city":
        return sorted(_CODE.glob("*.py"))
    if seed == "csv":
        return sorted((folder / "warehouse").glob("*.csv"))
    zh, en = (
        f"不认识的数据种子 {seed}。可用：demo_city、csv。",
        f"unknown seed {seed}. Expected one of: demo_city, csv.",
    )
    raise ConfigurationError(Text(zh=zh, en=en), file=folder / "workspace.yaml", key="engine.seed")


def _schema_path(folder: Path) -> Path:
    path = folder / "warehouse" / "schema.sql"
    if not path.is_file():
        raise ConfigurationError(Text(zh="缺少建表脚本 schema.sql。", en="schema.sql is missing."), file=path)
    return path


def _fill(path: Path, folder: Path, seed: str, progress: Progress | None, source: Source | None) -> dict[str, int]:
    import duckdb

    _discard(path)
    try:
        with duckdb.connect(str(path), config={"memory_limit": _MEMORY, "threads": 2}) as connection:
            connection.execute(_schema_path(folder).read_text(encoding="utf-8"))
            tables = _tables(connection)
            counts = dict.fromkeys(tables, 0)
            filled = fill(connection, source, folder, tables) if source else _rows(connection, folder, seed, tables)
            for place, (table, count) in enumerate(filled, start=1):
                counts[table] = count
                if progress is not None:
                    progress(table, place, len(tables))
            connection.execute("CHECKPOINT")
    except duckdb.IOException as problem:
        raise OSError(str(problem)) from None
    except duckdb.Error as problem:
        text = str(problem).splitlines()[0]
        zh, en = f"无法装入数据：{text}", f"cannot be filled: {text}"
        raise ConfigurationError(Text(zh=zh, en=en), file=_schema_path(folder)) from None
    return counts


def _tables(connection: Any) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'main' ORDER BY table_name, ordinal_position"
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables


def _rows(
    connection: Any, folder: Path, seed: str, tables: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, int]]:
    if seed == "csv":
        for path in _sources(folder, seed):
            yield path.stem, _insert_csv(connection, path, tables.get(path.stem))
        return
    from assistant.demo_city.city import generate

    for table, columns in generate():
        yield table, _insert_columns(connection, table, columns, tables.get(table, {}))


def _insert_columns(connection: Any, table: str, columns: Mapping[str, Any], kinds: Mapping[str, str]) -> int:
    """Insert arrays; NaN, NaT and None become NULL."""
    if set(columns) != set(kinds):
        odd = ", ".join(sorted(set(columns) ^ set(kinds)))
        zh, en = f"表 {table} 的列与生成器不符：{odd}。", f"the table {table} and its generator differ in: {odd}."
        raise ConfigurationError(Text(zh=zh, en=en), file="schema.sql", key=table)
    arrays = {name: a.astype("datetime64[us]") if a.dtype.kind == "M" else a for name, a in columns.items()}
    connection.register("incoming", arrays)
    chosen = ", ".join(
        f'CAST(CASE WHEN isnan("{c}") THEN NULL ELSE "{c}" END AS {kinds[c]}) AS "{c}"'
        if arrays[c].dtype.kind == "f"
        else f'CAST("{c}" AS {kinds[c]}) AS "{c}"'
        for c in arrays
    )
    connection.execute(f'INSERT INTO "{table}" BY NAME SELECT {chosen} FROM incoming')
    connection.unregister("incoming")
    return len(next(iter(arrays.values())))


def _insert_csv(connection: Any, path: Path, kinds: Mapping[str, str] | None) -> int:
    """Insert one file with a header, read with the table's own types: nothing is guessed from the values."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    if kinds is None or not header or not set(header) <= set(kinds):
        odd = ", ".join(sorted(set(header) - set(kinds or {}))) or path.stem
        zh, en = f"schema.sql 中没有 {odd}。", f"schema.sql does not have {odd}."
        raise ConfigurationError(Text(zh=zh, en=en), file=path, line=1)
    types = "{" + ", ".join(f"'{column}': '{kinds[column]}'" for column in header) + "}"
    connection.execute(
        f'INSERT INTO "{path.stem}" BY NAME SELECT * FROM read_csv(?, header = true, columns = {types})', [str(path)]
    )
    found = connection.execute(f'SELECT count(*) FROM "{path.stem}"').fetchone()
    return int(found[0])


def _note_path(target: Path) -> Path:
    return target.with_name(target.name + ".json")


def _note(target: Path) -> dict[str, Any]:
    try:
        found = json.loads(_note_path(target).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_note(target: Path, mark: str, counts: Mapping[str, int], labels: str) -> None:
    path = _note_path(target)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    note = {"fingerprint": mark, "rows": dict(counts)} | ({"labels": labels} if labels else {})
    beside.write_text(json.dumps(note, indent=1), encoding="utf-8")
    os.replace(beside, path)


def _discard(path: Path) -> None:
    for leftover in (path, path.with_name(path.name + ".wal")):
        if leftover.exists():
            leftover.unlink()


def _discard_abandoned(target: Path) -> None:
    """Remove what a build left that was killed: its process is gone."""
    for path in target.parent.glob(f"{target.name}.building-*"):
        number = path.name.removesuffix(".wal").rpartition("-")[2]
        if number.isdigit() and not _runs(int(number)):
            _discard(path)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _unwritable(target: Path, problem: OSError) -> StoreUnavailable:
    reason = problem.strerror or type(problem).__name__
    return StoreUnavailable(
        Text(
            zh=f"无法写入数据仓库 {target}：{reason}。请检查目录权限和磁盘空间，或用 GOVDATA_STATE 另选目录。",
            en=f"Cannot write the warehouse {target}: {reason}. Check the folder's permissions and the disk, or choose "
            "another folder with GOVDATA_STATE.",
        )
    )
