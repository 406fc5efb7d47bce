"""What a person reads: suppressed cells stay `c`, and text from data is never markup."""

from __future__ import annotations

from dataclasses import replace

from assistant.domain import Answer, Column, Decision, Outcome, Reason, ReleasedTable, Status, Suppression, Text
from assistant.web import presenting


def _answer(**more: object) -> Answer:
    table = ReleasedTable(  # a test makes what only disclosure.py may make in the product
        columns=(Column(name="d", label="区", role="key"), Column(name="n", label="人数", unit="人")),
        rows=(("<b>临江区</b>|", 1234), ("白鹭县", None)),
        suppressions=(Suppression(row=1, column=1, kind="primary", rule="R-G5-001"),),
    )
    answer = Answer(
        question_id="q",
        conversation_id="c",
        status=Status.PARTLY_SUPPRESSED,
        text="共 *两* 个区。",
        lang="zh",
        table=table,
        decision=Decision(
            outcome=Outcome.SUPPRESS,
            gate="G5",
            reasons=(Reason(rule="R-G5-001", clause="个人信息保护法第四条", text=Text(zh="人数过少", en="too few")),),
        ),
    )
    return replace(answer, **more)  # type: ignore[arg-type]


def test_a_suppressed_cell_is_c_in_every_form() -> None:
    answer = _answer()
    assert "| c |" in presenting.bubble(answer)
    assert presenting.grid(answer.table, "zh")["data"][1][1] == "c"  # type: ignore[arg-type, index]
    assert "白鹭县\tc" in presenting.plain_text(answer)


def test_text_from_data_is_never_markup() -> None:
    shown = presenting.bubble(_answer())
    assert "<b>" not in shown
    assert "共 &#42;两&#42; 个区" in shown


def test_the_reason_names_rule_and_clause() -> None:
    shown = presenting.decision_markdown(_answer())
    assert "R-G5-001" in shown
    assert "个人信息保护法第四条" in shown


def test_the_words_follow_the_readers_language() -> None:
    assert "Partly suppressed" in presenting.bubble(_answer(lang="en"))
    assert "部分數據不予公佈" in presenting.bubble(_answer(lang="zh-Hant"))


def test_where_no_query_was_made_there_is_no_verdict_on_one() -> None:
    nothing = Decision(outcome=Outcome.ALLOW)
    asked_back = replace(_answer(), status=Status.CLARIFY, decision=nothing)
    assert presenting.decision_markdown(asked_back) == "**没有查询数据**"
    assert "没有查询数据" in presenting.plain_text(asked_back)
    assert "允许" in presenting.decision_markdown(replace(_answer(), decision=nothing))
