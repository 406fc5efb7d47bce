"""Words that nobody explains become a question back, and a reply that chooses nothing gets the readings again."""

from __future__ import annotations

import pytest
from city_words import city_model, city_values

from assistant.conversation import Turn, complete
from assistant.domain import Lang, Text
from assistant.language import detect
from assistant.nl2sql.plans.answering_back import is_unsure
from assistant.nl2sql.plans.linking import Linked, link
from assistant.nl2sql.plans.unpublished import left_out


def read(text: str) -> Linked:
    model = city_model()
    return link(text, model=model, values=city_values(), as_of=model.as_of, lang=detect(text))


@pytest.mark.parametrize(
    ("text", "word"),
    [("2024年关于井喷的热线工单有多少", "井喷"), ("hotline tickets about zeppelins in 2024", "zeppelins")],
)
def test_an_unknown_word_is_named_with_readings_and_never_passed_over(text: str, word: str) -> None:
    linked = read(text)
    assert linked.outcome == "unlinked"  # documents are looked at first
    assert linked.clarification is not None
    assert 2 <= len(linked.clarification.options) <= 4
    assert word in linked.clarification.prompt.zh
    for option in linked.clarification.options:
        assert read(option.question).outcome == "plan", option.question
        assert word not in option.question


@pytest.mark.parametrize("text", ["查一下19912345678这个号码2024年的热线工单", "2024年19912345678打来的热线工单有几件"])
def test_nothing_is_counted_without_somebody_s_number(text: str) -> None:
    assert read(text).clarification is None


@pytest.mark.parametrize(
    "reply", ["不知道", "我也不清楚", "随便", "都行吧", "I don't know", "no idea", "Not sure.", "whatever"]
)
def test_a_reply_that_chooses_nothing_gets_the_readings_again(reply: str) -> None:
    model, values = city_model(), city_values()
    english: Lang = "en" if reply.isascii() else "zh"
    asked = "firms in 2023" if english == "en" else "2023年有多少企业"
    first = complete(asked, (), model=model, values=values, as_of=model.as_of, lang=english)
    history = (Turn(question=first.text, plan=None, asked_back=True),)
    again = complete(reply, history, model=model, values=values, as_of=model.as_of, lang=english)
    assert is_unsure(reply)
    assert again.linked.outcome == "clarify"
    assert first.linked.clarification is not None
    assert again.linked.clarification is not None
    assert again.linked.clarification.options == first.linked.clarification.options
    prompt = again.linked.clarification.prompt
    said = prompt.en if english == "en" else prompt.zh
    assert all(option.label in said for option in first.linked.clarification.options)


@pytest.mark.parametrize("reply", ["不知道的有多少件", "存续的", "第二个", "unknown firms in 2024"])
def test_other_replies_are_read(reply: str) -> None:
    assert not is_unsure(reply)


def test_quarters_that_are_not_published_are_said_to_be_left_out() -> None:
    """今年前三季度 of a survey whose third quarter is not out: the half year, and a sentence that says so."""
    model = city_model()
    linked = read("2025年前三季度规上工业产值")
    assert linked.plan is not None
    assert linked.plan.period is not None
    if "stat_survey" not in model.releases:
        pytest.skip("no catalog with days of release")
    assert linked.plan.period.label.zh == "2025年上半年"
    said = left_out(linked.plan, model, model.as_of)
    assert isinstance(said, Text)
    assert "2025年上半年" in said.zh
    whole = read("2024年规上工业产值").plan
    assert whole is not None
    assert left_out(whole, model, model.as_of) is None
