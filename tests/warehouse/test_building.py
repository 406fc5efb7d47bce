from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from assistant.errors import ConfigurationError, StoreUnavailable
from assistant.health import examine
from assistant.settings import load_settings
from assistant.warehouse.building import build_warehouse, is_current, warehouse_path

SCHEMA = "create table person(id varchar, born date, height double, left_on timestamp);"
ROWS = "id,born,left_on,height\n007,1990-02-03,,1.7\n008,,2025-10-31 08:00:00,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seed = tmp_path / "workspace" / "warehouse"
    seed.mkdir(parents=True)
    (seed / "schema.sql").write_text(SCHEMA, encoding="utf-8")
    (seed / "person.csv").write_text(ROWS, encoding="utf-8")
    return seed.parent


def test_csv_is_read_with_the_types_of_the_table(folder: Path, tmp_path: Path) -> None:
    target = warehouse_path(tmp_path / "state")
    steps: list[tuple[str, int, int]] = []
    done = build_warehouse(folder, "csv", target, progress=lambda *step: steps.append(step))
    assert done.built
    assert done.rows == (("person", 2),)
    assert steps == [("person", 1, 1)]
    with duckdb.connect(str(target), read_only=True) as connection:
        rows = connection.execute("select id, height, born is null, left_on is null from person order by id").fetchall()
    assert rows == [("007", 1.7, False, True), ("008", None, True, False)]


def test_a_second_build_has_nothing_to_do_until_the_seed_changes(folder: Path, tmp_path: Path) -> None:
    target = warehouse_path(tmp_path)
    first = build_warehouse(folder, "csv", target)
    assert is_current(folder, "csv", target)
    again = build_warehouse(folder, "csv", target)
    assert (again.built, again.rows) == (False, first.rows)
    assert build_warehouse(folder, "csv", target, force=True).built
    with (folder / "warehouse" / "person.csv").open("a", encoding="utf-8") as file:
        file.write("009,,,\n")
    assert not is_current(folder, "csv", target)
    assert build_warehouse(folder, "csv", target).rows == (("person", 3),)


def test_a_failed_build_leaves_the_old_file(folder: Path, tmp_path: Path) -> None:
    target = warehouse_path(tmp_path / "state")
    build_warehouse(folder, "csv", target)
    before = target.read_bytes()
    (folder / "warehouse" / "person.csv").write_text("id,born\n1,not a day\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="无法装入数据"):
        build_warehouse(folder, "csv", target)
    assert target.read_bytes() == before
    assert sorted(p.name for p in target.parent.iterdir()) == ["warehouse.duckdb", "warehouse.duckdb.json"]


def test_what_a_killed_build_left_is_removed(folder: Path, tmp_path: Path) -> None:
    target = warehouse_path(tmp_path)
    left = tmp_path / "warehouse.duckdb.building-999999999"
    left.write_text("half a file", encoding="utf-8")
    build_warehouse(folder, "csv", target)
    assert not left.exists()


@pytest.mark.parametrize("header", ["id,colour\n1,2\n", "\n"])
def test_a_csv_that_does_not_fit_names_file_and_line(folder: Path, tmp_path: Path, header: str) -> None:
    (folder / "warehouse" / "person.csv").write_text(header, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"person\.csv:1"):
        build_warehouse(folder, "csv", warehouse_path(tmp_path))


def test_unknown_seed_and_missing_schema(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="不认识的数据种子"):
        build_warehouse(folder, "magic", warehouse_path(tmp_path))
    (folder / "warehouse" / "schema.sql").unlink()
    with pytest.raises(ConfigurationError, match=r"schema\.sql"):
        build_warehouse(folder, "csv", warehouse_path(tmp_path))


def test_a_place_that_cannot_be_written_is_told_with_the_way_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="GOVDATA_STATE"):
        build_warehouse(folder, "csv", warehouse_path(tmp_path / "state"))


def test_a_reader_of_the_old_file_is_not_disturbed(folder: Path, tmp_path: Path) -> None:
    target = warehouse_path(tmp_path)
    build_warehouse(folder, "csv", target)
    with duckdb.connect(str(target), read_only=True) as reader:
        assert build_warehouse(folder, "csv", target, force=True).built
        assert reader.execute("select count(*) from person").fetchall() == [(2,)]


@pytest.mark.demo
def test_the_demo_city_fits_its_schema(tmp_path: Path) -> None:
    corpora = Path(__file__).parents[2] / "corpora"
    done = build_warehouse(corpora, "demo_city", warehouse_path(tmp_path))
    assert dict(done.rows)["pop_resident"] >= 320_000
    assert done.elapsed_s < 120


def test_the_state_is_not_for_every_account_and_doctor_says_where_it_is(folder: Path, tmp_path: Path) -> None:
    (folder / "workspace.yaml").write_text("name: 云澜市\n", encoding="utf-8")
    settings = load_settings({"GOVDATA_STATE": str(tmp_path / "state")}, workspace=folder)
    build_warehouse(folder, "csv", warehouse_path(settings.state))
    assert settings.state.stat().st_mode & 0o007 == 0
    assert {one.name: one.ok for one in examine(settings)}["private"]
    settings.state.chmod(0o755)
    [told] = [one for one in examine(settings) if one.name == "private"]
    assert not told.ok
    assert f"chmod o-rwx {settings.state}" in told.text.en
