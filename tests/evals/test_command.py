"""`govdata eval`: usage, exit codes, files, resuming."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assistant.cli import main
from assistant.errors import UserError
from assistant.settings import Settings
from evals.environment import ROOT
from evals.evaluating import remember_choice, resumed
from evals.suites.choosing import Choice

FIXTURE = ROOT / "tests" / "workspaces" / "policy_fixture"
CASES = [
    {"id": "refused", "sql": "select name from pop_resident", "expected": "refuse"},
    {"id": "allowed", "sql": "select count(*) as n from pop_resident", "expected": "allow"},
    {"id": "wrong", "sql": "select count(*) as n from pop_resident", "expected": "refuse"},
]


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOVDATA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("GOVDATA_LLM", "none")
    rows = [{**case, "role": "bd_analyst", "purpose": "宏观统计分析", "attack": "x"} for case in CASES]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    return file


def evaluate(*words: str) -> int:
    return main(["eval", *words, "--workspace", str(FIXTURE)])


def test_a_suite_prints_one_document_and_writes_its_files(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert evaluate("policy", "--data", str(cases), "--json", "--out", str(out)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["metrics"] == {"false_permits": 1, "false_refusals": 0, "exact": pytest.approx(2 / 3, abs=1e-6)}
    assert set(document["by"]) == {"attack", "role", "expected"}
    assert document["environment"]["policy_version"]
    assert {path.name for path in out.iterdir()} == {"policy.json", "policy.html", "policy.junit.xml"}
    # the second run finds what the first one saw, and says so
    evaluate("policy", "--data", str(cases), "--json", "--out", str(out))
    assert json.loads(capsys.readouterr().out)["environment"]["cached"] == 3


def test_gates_decide_the_exit_code(cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("policy", "--data", str(cases), "--gate", "--junit", str(tmp_path / "j.xml")) == 1
    assert "false_permits = 1" in capsys.readouterr().err
    assert "<failure" in (tmp_path / "j.xml").read_text()


def test_an_evaluation_leaves_no_trace_in_the_workspace_state(cases: Path, tmp_path: Path) -> None:
    evaluate("policy", "--data", str(cases))
    trail = tmp_path / "state" / "audit" / "trail.jsonl"
    assert not trail.exists() or not trail.read_text().strip()
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.sqlite")) as ledger:
        tables = [row[0] for row in ledger.execute("select name from sqlite_master where type = 'table'")]
        counts = [ledger.execute(f"select count(*) from {table}").fetchone()[0] for table in tables]
    assert sum(counts) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("policy", "report.json"), "compare"),
        (("all", "--data", "x"), "one by one"),
        (("compare", "one.json"), "OLD.json"),
        (("policy", "--resume"), "no policy run to go on with"),
        (("policy", "--data", "absent.jsonl"), "no such file"),
        (("policy", "--limit", "0"), "1 or more"),
        (("policy", "--limit", "-3"), "1 or more"),
        (("policy", "--workers", "0"), "1 or more"),
        (("policy", "--baseline", "zero-shot"), "nl2sql only"),
        (("nl2sql", "--resume", "--limit", "3"), "Leave out --limit"),
        (("policy", "--out", "/proc/none"), "cannot be written"),
        (("policy", "--junit", "/proc/none/j.xml"), "cannot be written"),
        (("compare", "absent.json", "absent.json"), "no such file"),
    ],
)
def test_bad_usage_is_told_and_exits_2(
    cases: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert evaluate(*words) == 2
    assert said in capsys.readouterr().err


def test_compare(cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate("policy", "--data", str(cases), "--out", str(tmp_path / "a"))
    cases.write_text(cases.read_text().replace('"expected": "allow"', '"expected": "refuse"'))
    evaluate("policy", "--data", str(cases), "--out", str(tmp_path / "b"))
    capsys.readouterr()
    files = [str(tmp_path / name / "policy.json") for name in "ab"]
    assert main(["eval", "compare", *files, "--json", "--out", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["newly_broken"] == []  # another expectation is another case, and no answer got worse
    assert (document["edited"], document["shared"]) == (["allowed"], 2)
    assert set(document["conditions"]) == set()  # the same code, models and data
    assert (tmp_path / "compare-policy.html").is_file()


def test_a_report_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in ('{"schema_version": 1}', "[]", "{", '{"schema_version": 1, "suite": "x", "cases": [3]}'):
        (tmp_path / "r.json").write_text(content)
        assert main(["eval", "compare", str(tmp_path / "r.json"), str(tmp_path / "r.json")]) == 2
        assert "r.json" in capsys.readouterr().err


def test_a_benchmark_of_another_is_not_compared_with_ours(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The published report is of our cases: with none in common there is nothing to say about what changed."""
    evaluate("policy", "--data", str(cases), "--out", str(tmp_path))
    page = (tmp_path / "policy.html").read_text()
    assert "no earlier report" in page


def test_a_purpose_that_is_not_registered_is_refused_at_the_door_and_said(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases.write_text(cases.read_text().replace("宏观统计分析", "商业营销"))
    evaluate("policy", "--data", str(cases), "--json")
    document = json.loads(capsys.readouterr().out)
    assert document["states"]["failed"] == 0
    assert document["metrics"]["false_refusals"] == 1  # of the one that ought to be allowed
    assert any("3 turned away at the door" in note for note in document["notes"])


def test_the_baseline_needs_a_model_before_anything_is_asked(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert evaluate("nl2sql", "--data", str(tmp_path), "--baseline", "zero-shot") == 2
    assert "no zero-shot baseline" in capsys.readouterr().err


def test_a_leak_fails_its_testcase_without_any_gate(cases: Path, tmp_path: Path) -> None:
    """`wrong` expects a refusal and is answered: a false permit."""
    evaluate("policy", "--data", str(cases), "--junit", str(tmp_path / "new" / "j.xml"))
    suite = ElementTree.parse(tmp_path / "new" / "j.xml").getroot()[0]
    failed = [one.get("name") for one in suite if one.find("failure") is not None]
    assert (failed, suite.get("failures"), suite.get("skipped")) == (["wrong"], "1", "0")


def test_resume_asks_for_the_same_again(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, state=tmp_path / "state", models=tmp_path)
    choice = Choice(
        suite="nl2sql", settings=settings, notice=lambda a, b, c: None, data=tmp_path / "d", lang="zh", limit=9, seed=3
    )
    remember_choice(choice)
    bare = replace(choice, data=None, lang=None, limit=None, seed=7)
    assert resumed(bare) == choice
    with pytest.raises(UserError):
        resumed(replace(bare, suite="policy"))
