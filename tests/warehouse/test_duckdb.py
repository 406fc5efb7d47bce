"""The sealed warehouse: what it refuses to open or run, and what its errors do not say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from assistant.domain import AuthorizedQuery, OutputFact, OutputKind, PrivacyUnit, ProbeCell, UnitThreshold
from assistant.errors import QueryTimeout, QueryTooLarge, WarehouseError
from assistant.policies.unit_sets import hashes_of
from assistant.warehouse.duckdb import DuckDbWarehouse
from assistant.warehouse.probe_cells import cell_facts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table t(a integer, b varchar, c decimal(18,2), d date)")
        connection.execute("insert into t select i, 'v' || i, i * 1.5, date '2025-01-01' from range(100) r(i)")
    return file


def query(sql: str, columns: int = 1, *, timeout_s: float = 10.0, row_limit: int = 1000) -> AuthorizedQuery:
    return AuthorizedQuery(
        sql=sql,
        probe_sql=None,
        dialect="duckdb",
        columns=tuple(OutputFact(name=f"c{i}", kind=OutputKind.AGGREGATE) for i in range(columns)),
        key_columns=(),
        thresholds=(),
        row_limit=row_limit,
        timeout_s=timeout_s,
    )


def test_schema(path: Path) -> None:
    assert DuckDbWarehouse(path).schema() == {"t": {"a": "INTEGER", "b": "VARCHAR", "c": "DECIMAL(18,2)", "d": "DATE"}}


def test_values_are_plain(path: Path) -> None:
    sql = "select sum(a::hugeint), sum(c), max(c), 1/0, [1, 2], max(d), true, null, 'x'::blob from t"
    row = DuckDbWarehouse(path).run(query(sql, 9)).rows[0]
    assert row[:3] == (4950, 7425, 148.5)
    assert isinstance(row[0], int)
    assert isinstance(row[1], int)
    assert row[3] is None
    assert row[4] == "[1, 2]"
    assert str(row[5]) == "2025-01-01"
    assert row[6:] == (True, None, "78")


def test_rows_are_cut_at_the_limit(path: Path) -> None:
    table = DuckDbWarehouse(path).run(query("select a from t order by a limit 6", row_limit=5))
    assert ([row[0] for row in table.rows], table.truncated, table.cells) == ([0, 1, 2, 3, 4], True, ())


@pytest.mark.parametrize(
    "sql",
    [
        "delete from t",
        "create temp table x as select 1",
        "select 1; select 2",
        "set threads = 1",
        "copy t to 'x.csv'",
        "attach ':memory:' as m",
        "select * from read_text('/etc/hostname')",
        "explain select 1",
        "load tpch",
        "checkpoint",
        "select nosuch from t",
    ],
)
def test_the_second_fence(sql: str, path: Path) -> None:
    warehouse = DuckDbWarehouse(path)
    with pytest.raises(WarehouseError):
        warehouse.run(query(sql))
    assert warehouse.run(query("select count(*) from t")).rows == ((100,),)


def test_engine_errors_quote_no_data(path: Path) -> None:
    with pytest.raises(WarehouseError) as caught:
        DuckDbWarehouse(path).run(query("select cast(b as integer) from t"))
    assert "v0" not in caught.value.text.zh + caught.value.text.en
    assert caught.value.__cause__ is None
    with pytest.raises(WarehouseError) as other:
        DuckDbWarehouse(path).run(query("select ln(a) from t"))
    assert other.value.text == caught.value.text


def test_a_slow_query_is_interrupted_and_the_warehouse_lives(path: Path) -> None:
    warehouse = DuckDbWarehouse(path, threads=1)
    slow = "select count(*) from range(100000000) x(i), range(100000000) y(j) where i * j % 7 = 3"
    with pytest.raises(QueryTimeout):
        warehouse.run(query(slow, timeout_s=0.2))
    assert warehouse.run(query("select count(*) from t")).rows == ((100,),)


def test_a_large_query_is_named(path: Path) -> None:
    warehouse = DuckDbWarehouse(path, threads=1, memory_limit="60MB")
    with pytest.raises(QueryTooLarge):
        warehouse.run(
            query("select count(*) from (select i, list(i || 'xxxxxxxxxxxxxxxx') from range(9000000) r(i) group by i)")
        )


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError) as caught:
        DuckDbWarehouse(tmp_path / "none.duckdb").schema()
    assert "govdata index" in caught.value.text.en
    assert str(tmp_path) not in caught.value.text.en


def test_corrupt_file(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(WarehouseError) as caught:
        DuckDbWarehouse(file).schema()
    assert "damaged" in caught.value.text.en


def test_locked_file(path: Path) -> None:
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(WarehouseError) as caught:
            DuckDbWarehouse(path).schema()
        assert "writing" in caught.value.text.en
    finally:
        writer.communicate("")


def test_only_an_authorized_query_runs(path: Path) -> None:
    with pytest.raises(TypeError):
        DuckDbWarehouse(path).run("select 1")  # type: ignore[arg-type]


def test_close_gives_the_file_back(path: Path) -> None:
    warehouse = DuckDbWarehouse(path)
    warehouse.schema()
    warehouse.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into t values (1, 'x', 1, date '2025-01-01')")
    assert warehouse.run(query("select count(*) from t")).rows == ((101,),)


def test_results_say_from_which_state_of_the_data_they_are(path: Path) -> None:
    first, again = (DuckDbWarehouse(path).run(query("select count(*) from t")) for _ in range(2))
    assert first.data_version
    assert first.data_version == again.data_version
    with duckdb.connect(str(path)) as connection:
        connection.execute("update t set a = a + 1")
    assert DuckDbWarehouse(path).run(query("select count(*) from t")).data_version != first.data_version


def test_the_weakest_aggregate_speaks_for_the_row() -> None:
    cells = (ProbeCell(threshold=0, outputs=(("a",),)), ProbeCell(threshold=0), ProbeCell(threshold=1))
    large = {"u": 3, "s": [1, 2, 3], "b": 9, "m": [{"n": 2, "t": 5.0, "x": [4.0, 1.0], "s": [1, 2], "a": [7, 5]}]}
    small = {"u": 1, "s": [1], "b": None, "m": None}
    first, second = cell_facts((large, small, None), cells, 2)
    assert (first.units, first.base_units, len(first.also)) == (1, 7, 1)
    assert hashes_of(first.unit_set).tolist() == [1]
    assert (first.magnitudes[0].contributors, first.magnitudes[0].largest, first.magnitudes[0].second) == (2, 4.0, 1.0)
    assert hashes_of(first.magnitudes[0].unit_set).tolist() == [1, 2]
    assert hashes_of(first.magnitudes[0].amounts).tolist() == [5, 7]
    assert (second.units, second.unit_set) == (0, b"")


def test_cells_come_with_rows(path: Path) -> None:
    plain = query("select count(*) from t")
    probe = "select count(*) n, {'u': 2, 's': [1, 2]::ubigint[], 'm': null, 'b': 5} c from t"
    unit = UnitThreshold(table="t", unit_column="a", unit=PrivacyUnit.PERSON, min_units=10)
    probed = AuthorizedQuery(
        sql=plain.sql,
        probe_sql=probe,
        dialect="duckdb",
        columns=plain.columns,
        key_columns=(),
        thresholds=(unit,),
        row_limit=10,
        timeout_s=5.0,
        probe_cells=(ProbeCell(threshold=0),),
    )
    table = DuckDbWarehouse(path).run(probed)
    assert table.rows == ((100,),)
    assert (table.cells[0][0].units, table.cells[0][0].base_units) == (2, 5)
