"""`govdata harvest`, as an operator uses it: draft, check, classify by hand, index, ask (docs/operations.md)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import asking, assembly
from assistant.cli import main
from assistant.domain import Answer, Status
from assistant.errors import StoreUnavailable
from assistant.indexing import build_index
from assistant.settings import Settings
from assistant.workspace_checks import check_workspace
from tests.harvest.databases import DISTRICTS, HANDLERS, STATES, duckdb_file, residents, sqlite_file

ROOT = Path(__file__).resolve().parents[2]
MAKERS = {"sqlite": sqlite_file, "duckdb": duckdb_file}
OPEN = "role: neutral, level: G1, categories: [open], basis: 政府信息公开条例第二十条"
PERSON = "role: direct_id, level: G4, categories: [personal], basis: 个人信息保护法第四条"
LABELS = {
    "resident_id": "role: surrogate_key, level: G3, categories: [personal], basis: 个人信息保护法第四条",
    "birth_date": "role: quasi_id, level: G3, categories: [personal], basis: 个人信息保护法第四条",
    "full_name": PERSON,
    "phone": PERSON,
    "handler": PERSON,
}
PURPOSES = "purposes:\n  - {code: macro, name: {zh: 统计分析, en: Statistics}, kind: data}\n"
USERS = """users:
  - user_id: analyst
    name: {zh: 分析员, en: Analyst}
    department: 市大数据局
    roles: [analyst]
    clearance: G3
    purposes: [macro]
    grants: [{grant_id: A-1, dataset: "*", mode: aggregate, purposes: [macro]}]
"""


@pytest.fixture(params=MAKERS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return MAKERS[request.param](tmp_path / f"office.{request.param}")


@pytest.fixture
def draft(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "draft"
    assert main(["harvest", str(database), "--out", str(folder), "--title", "试点"]) == 0
    capsys.readouterr()
    return folder


def settings_of(folder: Path) -> Settings:
    return Settings(workspace=folder, state=folder / ".state", models=folder / "models", llm="none", threads=1)


def classify(folder: Path, leave: tuple[str, ...] = ()) -> None:
    """What a steward writes by hand; the items named in `leave` stay as they are."""
    for file in sorted((folder / "catalog").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        text = text.replace("category: ''", "category: 政务服务").replace("provider: ''", "provider: 市政务服务局")
        text = text.replace('update_cycle: ""', "update_cycle: 每月")
        text = re.sub(r'sharing_type: .*\nsharing_basis: ""', "sharing_type: 无条件共享", text)
        text = re.sub(
            r"\{column: (\w+), ",
            lambda found: found[0] if found[1] in leave else f"{found[0]}{LABELS.get(found[1], OPEN)}, ",
            text,
        )
        if "resident" in file.name:
            text = text.replace("elements:", "unit: person\nunit_column: resident_id\nelements:")
        else:
            text = text.replace("level: G4 ", "level: G1 ")
        file.write_text(text, encoding="utf-8")
    (folder / "policies" / "purposes.yaml").write_text(PURPOSES, encoding="utf-8")
    (folder / "policies" / "users.yaml").write_text(USERS, encoding="utf-8")
    shutil.copy(ROOT / "corpora" / "policies" / "laws.yaml", folder / "policies")


def indexed(folder: Path) -> None:
    build_index(settings_of(folder), lambda label, done, total: None, dense=False)


def ask(folder: Path, text: str) -> Answer:
    return asking.ask(text, user_id="analyst", parts=assembly.build(settings_of(folder)), lang="en")


def everything_written(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_value_of_a_person_is_in_the_draft(draft: Path) -> None:
    written = everything_written(draft)
    secrets = {str(value) for row in residents() for value in row[1:4]} | set(HANDLERS)
    assert [value for value in secrets if value in written] == []
    assert all(state in written for state in STATES), "codes that are plainly codes help the steward"
    assert not any(name in written for _, name in DISTRICTS), "values of fewer than five rows are not written"


def test_without_values_none_is_written(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "bare"
    assert main(["harvest", str(database), "--out", str(folder), "--no-values"]) == 0
    assert "code_list" not in everything_written(folder)


def test_check_names_what_a_steward_must_fill_in(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--workspace", str(draft)]) == 2
    lines = capsys.readouterr().out.splitlines()
    places = [line for line in lines if re.match(r".+/catalog/\d+-\w+\.yaml:\d+ \[[\w\[\]]+\] .+", line)]
    for key in ("category", "provider", "update_cycle", "sharing_basis"):
        assert sum(f"[{key}]" in line for line in places) == 3
    assert sum("未分类分级" in line for line in places) == 14
    assert sum("users.yaml" in line for line in lines) == 1
    assert sum("laws.yaml" in line for line in lines) == 1
    assert len(lines) == 3 * 4 + 14 + 2, "nothing is said twice, and nothing else"
    number = next(int(line.split(":")[1].split()[0]) for line in places if "resident.phone" in line)
    (file,) = (draft / "catalog").glob("*-resident.yaml")
    assert "column: phone" in file.read_text(encoding="utf-8").splitlines()[number - 1]


def test_a_draft_answers_nobody(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "how many residents are there", "--as", "analyst", "--workspace", str(draft)]) == 2
    assert capsys.readouterr().out == ""


def test_after_the_levels_are_filled_in_a_question_is_answered(draft: Path) -> None:
    classify(draft)
    assert check_workspace(settings_of(draft)) == ()
    indexed(draft)
    answer = ask(draft, "how many service cases in each district")
    assert answer.status is Status.ANSWERED
    assert answer.table is not None
    assert sorted((row[0], row[1]) for row in answer.table.rows) == sorted((name, 200) for _, name in DISTRICTS)
    refused = ask(draft, "show the phone of every resident")
    assert refused.status in (Status.REFUSED, Status.NEEDS_APPROVAL)


def test_what_is_not_classified_is_neither_copied_nor_served(draft: Path) -> None:
    import duckdb

    classify(draft, leave=("phone", "fee"))
    indexed(draft)
    with duckdb.connect(str(draft / ".state" / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*), count(phone), count(full_name) from resident").fetchall() == [
            (300, 0, 300)
        ]
        assert connection.execute("select count(fee) from service_case").fetchall() == [(0,)]
    asked = ask(draft, "average fee of service cases by status")
    assert "fee" not in (asked.sql or ""), "an unclassified column is never offered"
    told = [one.zh for one in check_workspace(settings_of(draft))]
    assert len(told) == 2
    assert all("未分类分级" in one for one in told)


def test_a_classification_made_after_filling_asks_for_a_new_index(draft: Path) -> None:
    classify(draft, leave=("fee",))
    indexed(draft)
    (file,) = (draft / "catalog").glob("*-service_case.yaml")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("{column: fee, ", f"{{column: fee, {OPEN}, "), encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="govdata index"):
        assembly.build(settings_of(draft))
    indexed(draft)
    assert ask(draft, "average fee of service cases by status").status is Status.ANSWERED


def test_work_of_a_steward_is_not_overwritten(draft: Path, database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classify(draft)
    before = everything_written(draft)
    assert main(["harvest", str(database), "--out", str(draft)]) == 2
    said = capsys.readouterr().err
    assert "不会覆盖" in said
    assert "--overwrite" in said
    assert everything_written(draft) == before
    assert main(["harvest", str(database), "--out", str(draft), "--overwrite"]) == 0
    assert everything_written(draft) != before


def test_the_database_itself_is_untouched(draft: Path, database: Path) -> None:
    before = database.read_bytes()
    classify(draft)
    indexed(draft)
    assert database.read_bytes() == before


def _wrong(folder: Path) -> Iterator[tuple[list[str], str]]:
    (folder / "a file").write_text("x", encoding="utf-8")
    good = str(sqlite_file(folder / "good.sqlite"))
    (folder / "empty.sqlite").touch()
    yield [str(folder / "none.db"), "--out", str(folder / "o")], "没有文件"
    yield [str(folder / "empty.sqlite"), "--out", str(folder / "o")], "既不是"
    yield ["oracle://x/y", "--out", str(folder / "o")], "不支持 oracle://"
    yield [good, "--out", str(folder / "a file")], "不是目录"
    yield [good, "--out", str(folder / "a file" / "below")], "无法写入"


def test_wrong_input_is_one_sentence_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in _wrong(tmp_path):
        assert main(["harvest", *arguments]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        sentence = shown.err.splitlines()[-1]
        assert said in sentence


def test_json_is_one_document(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["harvest", str(database), "--out", str(tmp_path / "j"), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["tables"], document["columns"]) == (3, 14)
    assert (document["joins_declared"], document["joins_inferred"]) == (1, 2)
    assert all(Path(name).is_file() for name in document["files"])
