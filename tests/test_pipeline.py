"""One test a status, through the real pipeline on the demo city, without a language model."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from demo import open_demo

from assistant.answer_format import answer_json
from assistant.asking import ask
from assistant.audit import verify
from assistant.domain import Answer, Outcome, Status
from assistant.errors import AuditUnavailable, UserError
from assistant.narration import unsupported_numbers
from assistant.parts import Parts
from assistant.policies.ledger import SqliteLedger
from assistant.stages import Stage, StageEvent

pytestmark = pytest.mark.demo

CONTRACT_KEYS = {
    "question_id",
    "conversation_id",
    "status",
    "text",
    "interpretation",
    "sql",
    "dialect",
    "drafter",
    "table",
    "chart",
    "level",
    "decision",
    "evidence",
    "confidence",
    "options",
    "next",
    "model",
    "timings_ms",
    "policy_version",
    "catalog_version",
    "audit_seq",
}


@pytest.fixture(scope="module")
def parts(demo_state: Path) -> Parts:
    return open_demo(demo_state)


def _rows(answer: Answer) -> dict[object, tuple[object, ...]]:
    assert answer.table is not None
    return {row[0]: row[1:] for row in answer.table.rows}


def _by_hand(parts: Parts, sql: str) -> dict[object, tuple[object, ...]]:
    """A query written by hand, on a copy of the file: the engine keeps its own connection to itself."""
    import duckdb

    copy = parts.settings.state / "by-hand.duckdb"
    if not copy.exists():
        shutil.copy(parts.settings.state / "warehouse.duckdb", copy)
    with duckdb.connect(str(copy), read_only=True) as connection:
        return {row[0]: row[1:] for row in connection.execute(sql).fetchall()}


def test_answered_with_the_right_numbers_and_their_sources(parts: Parts) -> None:
    answer = ask("2025年各区新设企业数，和上年同期比", user_id="analyst", parts=parts)
    assert answer.status is Status.ANSWERED
    expected = _by_hand(
        parts,
        """select d.district_name,
                  count(*) filter (established_on between '2025-01-01' and '2025-10-31'),
                  count(*) filter (established_on between '2024-01-01' and '2024-10-31')
           from ent_registration join dim_district d using (district_code) group by 1""",
    )
    assert {name: values[:2] for name, values in _rows(answer).items()} == expected
    assert {item.kind for item in answer.evidence} >= {"catalog", "policy"}
    assert all(item.quote for item in answer.evidence)
    assert answer.decision.reasons[0].clause
    assert answer.audit_seq > 0


def test_the_json_is_the_contract(parts: Parts) -> None:
    answer = answer_json(ask("各区2024年新设企业数", user_id="analyst", parts=parts))
    assert set(answer) >= CONTRACT_KEYS
    assert set(answer["decision"]) >= {"outcome", "reasons", "obligations"}
    assert set(answer["table"]["columns"][0]) == {"name", "label", "unit", "element_id", "level"}


@pytest.mark.parametrize(
    "text",
    ["2025年各区新设企业数", "各區2025年新設企業數", "New firms by district in 2025"],
    ids=["zh", "zh-Hant", "en"],
)
def test_three_languages_one_plan(parts: Parts, text: str) -> None:
    answer = ask(text, user_id="analyst", parts=parts)
    assert answer.plan is not None
    assert (answer.plan.metrics, answer.plan.dimensions) == (("new_firms",), ("district",))
    assert answer.plan.period is not None
    assert answer.plan.period.start.isoformat() == "2025-01-01"


def test_every_number_of_the_prose_stands_in_the_table(parts: Parts) -> None:
    for text in ("2025年各区新设企业数，和上年同期比", "2024年每月热线工单量", "各区常住人口占比"):
        answer = ask(text, user_id="analyst", parts=parts)
        assert answer.table is not None
        assert unsupported_numbers(answer.text, answer.table, given=text + answer.interpretation) == ()


def test_refused_with_a_clause_and_a_neighbour(parts: Parts) -> None:
    answer = ask("列出临江区居民的姓名和身份证号", user_id="analyst", parts=parts)
    assert answer.status is Status.REFUSED
    assert answer.decision.outcome is Outcome.REFUSE
    assert "第" in answer.decision.reasons[0].clause
    assert answer.decision.offer is not None
    assert answer.table is None
    assert answer.sql is None


def test_an_administrator_has_no_data_purpose(parts: Parts) -> None:
    answer = ask("各区常住人口", user_id="admin", parts=parts)
    assert answer.status is Status.REFUSED
    assert answer.decision.gate == "G2"


def test_tiny_groups_are_left_out_and_the_answer_says_why(parts: Parts) -> None:
    answer = ask("各区各民族常住人口", user_id="analyst", parts=parts)
    assert answer.status is Status.PARTLY_SUPPRESSED
    assert answer.table is not None
    assert answer.table.rows
    assert all(row[-1] is None or int(str(row[-1])) >= 10 for row in answer.table.rows)
    assert any(reason.rule.startswith("R-G5") for reason in answer.decision.reasons)


def test_a_dominated_figure_is_withheld_and_not_alone(parts: Parts) -> None:
    answer = ask("2025年第二季度各区各行业规上工业总产值", user_id="analyst", parts=parts)
    assert answer.status is Status.PARTLY_SUPPRESSED
    assert answer.table is not None
    assert len(answer.table.suppressions) > 1
    assert all(answer.table.rows[one.row][one.column] is None for one in answer.table.suppressions)


def test_a_follow_up_becomes_a_complete_question(parts: Parts) -> None:
    first = ask("2025年各区新设企业数，和上年同期比", user_id="analyst", parts=parts)
    second = ask("只看临江区", user_id="analyst", parts=parts, conversation_id=first.conversation_id)
    third = ask("按行业拆开", user_id="analyst", parts=parts, conversation_id=first.conversation_id)
    assert "临江区" in second.question
    assert second.table is not None
    assert len(second.table.rows) == 1
    assert third.table is not None
    assert len(third.table.rows) > 5


def test_a_conversation_belongs_to_its_owner(parts: Parts) -> None:
    first = ask("2025年各区新设企业数", user_id="analyst", parts=parts)
    stranger = ask("只看临江区", user_id="stats", parts=parts, conversation_id=first.conversation_id, purpose_code=None)
    assert "新设企业" not in stranger.question


def test_policy_questions_are_answered_in_the_documents_words(parts: Parts) -> None:
    answer = ask("有条件共享的数据怎么申请", user_id="analyst", parts=replace(parts, retriever=parts.retriever))
    assert answer.status is Status.ANSWERED
    assert answer.drafter == "quotes"
    assert any(item.section in answer.text for item in answer.evidence)


@pytest.mark.parametrize("text", ["身份证号属于哪一级数据", "低保核对报告要留多久"])
def test_a_rule_about_what_the_data_hold_is_quoted(parts: Parts, text: str) -> None:
    assert ask(text, user_id="analyst", parts=parts).drafter == "quotes"


@pytest.mark.parametrize("text", ["怎么查到临江区居民的身份证号", "怎么才能看到王芳的电话"])
def test_asking_how_does_not_open_a_row(parts: Parts, text: str) -> None:
    answer = ask(text, user_id="analyst", parts=parts)
    assert answer.status in (Status.REFUSED, Status.NO_DATA)
    assert answer.table is None


def test_other_topics_are_out_of_scope(parts: Parts) -> None:
    assert ask("明天天气怎么样", user_id="analyst", parts=parts).status is Status.OUT_OF_SCOPE


def test_no_audit_no_answer(parts: Parts) -> None:
    class Unwritable:
        keys = parts.audit.keys

        def check_writable(self) -> None:
            self.append({})

        def append(self, entry: object) -> int:
            from assistant.domain import Text

            raise AuditUnavailable(Text(zh="审计日志无法写入", en="the audit log cannot be written"))

    answer = ask("各区常住人口", user_id="analyst", parts=replace(parts, audit=Unwritable()))
    assert answer.status is Status.FAILED
    assert answer.table is None
    assert answer.text.count("审计") == 1


@pytest.mark.parametrize(
    ("text", "user", "purpose", "said"),
    [
        ("", "analyst", None, "请输入问题"),
        ("各区人口" * 3000, "analyst", None, "超过"),
        ("各区人口", "nobody", None, "没有这个用户"),
        ("各区人口", "analyst", "not-registered", "用途"),
    ],
    ids=["empty", "too long", "unknown user", "purpose not registered"],
)
def test_bad_input_gets_a_sentence_that_helps(
    parts: Parts, text: str, user: str, purpose: str | None, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        ask(text, user_id=user, purpose_code=purpose, parts=parts)


def test_raw_results_are_shown_to_no_observer(parts: Parts) -> None:
    events: list[StageEvent] = []
    own = replace(parts, ledger=SqliteLedger(":memory:"))
    ask("各区常住人口", user_id="analyst", parts=own, observe=events.append)
    assert [event.value for event in events if event.stage is Stage.RUN] == [None, None]


def test_the_question_asked_again_shows_the_same_release_without_a_run(parts: Parts) -> None:
    own = replace(parts, ledger=SqliteLedger(":memory:"))
    events: list[StageEvent] = []
    first = ask("各区常住人口", user_id="analyst", parts=own)
    again = ask("各区常住人口", user_id="analyst", parts=own, observe=events.append)
    assert (again.table, again.text) == (first.table, first.text)
    assert Stage.RUN not in {event.stage for event in events}
    (released,) = (event.value for event in events if event.stage is Stage.RELEASE and event.done)
    assert first.table is not None
    assert released.table.rows == first.table.rows  # type: ignore[attr-defined]


def test_the_trail_is_intact_after_all_of_it(parts: Parts) -> None:
    ask("各区常住人口", user_id="analyst", parts=parts)
    assert verify(parts.audit.files.trail).ok  # type: ignore[attr-defined]
