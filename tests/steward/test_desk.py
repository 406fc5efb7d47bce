"""The desk over the demo city as the commands and the web app use it: identity, visibility, audit, export."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.assembly import audit_paths, build
from assistant.audit import tail
from assistant.cli import main
from assistant.domain import Level
from assistant.errors import UserError
from assistant.settings import load_settings
from assistant.steward.dcat import from_dcat
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject, filter_from_json
from assistant.steward.proposals import LabelProposal
from assistant.web.steward_desk import StewardDesk
from tests.steward.conftest import CONFIRMED

pytestmark = pytest.mark.demo


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> StewardDesk:
    from tests.conftest import BUILT

    if not (BUILT / "warehouse.duckdb").is_file():
        pytest.skip("the demo city is not built: run `govdata index`")
    state = tmp_path_factory.mktemp("state")
    for name in ("warehouse.duckdb", "warehouse.duckdb.json", "index", "values.json"):
        if (BUILT / name).exists():
            (state / name).symlink_to(BUILT / name)
    return StewardDesk(build(replace(load_settings({}), state=state)))


EXAMPLES = (  # of the issue, word for word, with what the rows are
    ("哪些资源含身份证号但未标敏感", Subject.RESOURCE),
    ("更新周期超期的目录", Subject.RESOURCE),
    ("没有口径说明的指标", Subject.METRIC),
    ("与“统一社会信用代码”同义而名称不同的数据项", Subject.ELEMENT),
    ("一数一源: 同一数据项由几个部门采集", Subject.ELEMENT),
    ("哪些数据项没有责任处室", Subject.ELEMENT),
    ("两个部门对“常住人口”的定义有何不同", Subject.DEFINITION),
    ("不予共享却没有写依据的资源", Subject.RESOURCE),
    ("按六大基础库统计资源数和挂载率", Subject.RESOURCE),
    ("谁在用人口库", Subject.REQUEST),
    ("被拒最多的请求", Subject.REQUEST),
)


class _NoRows:
    """A warehouse that nobody may run anything on."""

    dialect = "duckdb"

    def schema(self) -> dict[str, dict[str, str]]:
        return {}

    def run(self, query: object) -> object:
        raise AssertionError("the steward's conversation ran a query on rows")


@pytest.mark.parametrize(("question", "subject"), EXAMPLES)
def test_the_conversation_answers_from_the_catalog_and_never_touches_rows(
    question: str, subject: Subject, desk: StewardDesk
) -> None:
    blind = StewardDesk(replace(desk.parts, warehouse=_NoRows()))  # type: ignore[arg-type]
    answer = blind.ask(question, user_id="steward")
    assert answer.filter.subject is subject
    assert answer.filter.conditions or answer.filter.group_by
    assert not answer.unread
    assert answer.table.columns
    again = blind.apply(filter_from_json(answer.filter.as_json()), user_id="steward")
    assert again.table == answer.table  # the filter that is shown is the whole of the question
    head, *lines = answer.table.as_csv().decode("utf-8-sig").splitlines()
    assert head.count(",") == len(answer.table.columns) - 1
    assert len(lines) == len(answer.table.rows)


def test_words_that_no_filter_takes_in_are_asked_back_without_a_table(
    desk: StewardDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = desk.ask("市教育局的资源占用多少存储空间", user_id="steward")
    assert "存储空间" in answer.asks_back
    assert answer.table.rows == ()
    assert answer.fixes.diff == ""
    assert answer.as_json()["asks_back"] == answer.asks_back
    applied = desk.apply(answer.filter, user_id="steward")  # the rest of the question, on the steward's word
    assert applied.table.rows
    assert not applied.asks_back
    main(["steward", "市教育局的资源占用多少存储空间", "--as", "steward"])
    assert "存储空间" in capsys.readouterr().out


def test_codes_are_shown_in_words_and_kept_as_codes(desk: StewardDesk) -> None:
    answer = desk.ask("公安局的直接标识符字段", user_id="steward")
    at = answer.table.columns.index("role")
    assert {row[at] for row in answer.table.rows} == {"direct_id"}
    assert "direct_id" not in answer.table.as_csv().decode("utf-8-sig")
    assert "direct_id" not in answer.interpretation


def test_a_resource_says_which_of_its_items_make_it_fit(desk: StewardDesk) -> None:
    answer = desk.ask("含有出生日期的资源", user_id="steward")
    at = answer.table.columns.index("item")
    assert answer.table.rows
    assert all("出生" in str(row[at]) for row in answer.table.rows)


def test_an_answer_shows_its_filter_and_its_follow_up_edits_it(desk: StewardDesk) -> None:
    first = desk.ask("更新周期超期的目录", user_id="steward")
    assert first.filter == CatalogFilter(conditions=(Condition(field="overdue", op=Op.IS, values=("yes",)),))
    assert first.table.rows
    second = desk.ask("按提供方统计", user_id="steward", after=first.filter)
    assert second.follow_up
    assert sum(int(str(row[1])) for row in second.table.rows) == len(first.table.rows)
    edited = desk.apply(second.filter.without(["overdue"]), user_id="steward")
    assert sum(int(str(row[1])) for row in edited.table.rows) > len(first.table.rows)


def test_the_languages_give_the_same_table(desk: StewardDesk) -> None:
    asked = (
        "按六大基础库统计资源数和挂载率",
        "按六大基礎庫統計資源數和掛載率",
        "number of resources and mounted rate by base database",
    )
    answers = [desk.ask(question, user_id="steward") for question in asked]
    assert [one.lang for one in answers] == ["zh", "zh-Hant", "en"]
    assert len({one.table.rows for one in answers}) == 1


def test_what_a_user_may_not_know_is_in_no_answer(desk: StewardDesk) -> None:
    hidden = [one for one in desk.parts.catalog.resources if one.level >= Level.IMP]
    assert hidden
    for user in ("steward", "public"):
        for question in ("所有资源", "按级别统计数据项", "更新周期超期的目录"):
            said = json.dumps(desk.ask(question, user_id=user).as_json(), ensure_ascii=False)
            assert not [one.resource_id for one in hidden if one.resource_id in said or one.name in said]


def test_counts_of_requests_are_for_stewards_and_auditors(desk: StewardDesk) -> None:
    for user in ("steward", "auditor"):
        assert desk.ask("谁在用人口库", user_id=user).filter.subject is Subject.REQUEST
    with pytest.raises(UserError):
        desk.ask("谁在用人口库", user_id="analyst")


def test_looking_is_recorded_without_words(desk: StewardDesk) -> None:
    desk.ask("含有“张三丰”的资源", user_id="steward")
    trail, _ = audit_paths(desk.parts.settings)
    (last,) = tail(trail, 1)
    assert last["kind"] == "steward"
    assert last["subject"]["id"] == "steward"
    assert "张三丰" not in json.dumps(last, ensure_ascii=False)


def test_quality_reads_rule_results_through_the_gate(desk: StewardDesk) -> None:
    assessed = desk.quality(user_id="steward")
    assert any(one.rules is not None and 0 < one.rules <= 1 for one in assessed)
    assert len(desk.maturity(user_id="steward")) == 17


def test_only_a_steward_answers_the_self_assessment(desk: StewardDesk) -> None:
    with pytest.raises(UserError):
        desk.answer_maturity("backup", 4, "演练记录", user_id="analyst")
    assert next(one for one in desk.maturity(user_id="steward") if one.ability.id == "computing").level is None
    desk.answer_maturity("backup", 4, "演练记录", user_id="steward")
    assert next(one for one in desk.maturity(user_id="steward") if one.ability.id == "computing").level == 4
    assert "演练记录" in str(desk.view("maturity", user_id="steward").rows)
    assert "演练记录" not in str(desk.view("maturity", user_id="public").rows)


def test_only_a_steward_decides_on_a_proposal(desk: StewardDesk) -> None:
    proposal = LabelProposal(
        resource_id="990100-ZR-003",
        element_id="990100-ZR-003.不动产单元号",
        name="不动产单元号",
        label=replace(CONFIRMED, mask="full"),
        confidence=0.9,
        clues=(),
    )
    with pytest.raises(UserError):
        desk.decide(proposal, "accepted", user_id="analyst")
    before = (desk.parts.settings.workspace / "catalog" / "990100-ZR-003.yaml").read_bytes()
    diff = desk.decide(proposal, "accepted", user_id="steward")
    assert "+++ b/catalog/990100-ZR-003.yaml" in diff
    assert (desk.parts.settings.workspace / "catalog" / "990100-ZR-003.yaml").read_bytes() == before


def test_an_export_holds_what_its_user_may_see(desk: StewardDesk) -> None:
    whole = {one.resource_id for one in from_dcat(json.loads(desk.export("dcat", user_id="steward")))}
    public = {one.resource_id for one in from_dcat(json.loads(desk.export("dcat", user_id="public")))}
    assert public < whole < set(desk.parts.catalog.by_id)


def test_the_commands_keep_a_conversation_and_exchange_files(
    desk: StewardDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOVDATA_STATE", str(desk.parts.settings.state))
    asked = ["--as", "steward", "--conversation", "c1", "--json"]
    assert main(["steward", "更新周期超期的目录", *asked]) == 0
    capsys.readouterr()
    assert main(["steward", "只看市教育局的", *asked]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["follow_up"]
    assert {one["field"] for one in answer["filter"]["conditions"]} == {"overdue", "provider"}
    assert main(["steward", "--as", "steward", "--filter", json.dumps(answer["filter"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["table"] == answer["table"]
    table = str(tmp_path / "catalog.xlsx")
    assert main(["catalog", "export", table, "--format", "xlsx", "--as", "steward"]) == 0
    assert main(["catalog", "import", table, "--format", "xlsx", "--out", str(tmp_path / "drafts")]) == 0
    assert main(["catalog", "import", table, "--format", "xlsx", "--out", str(tmp_path / "drafts")]) == 2
    assert list((tmp_path / "drafts").glob("*.yaml"))
