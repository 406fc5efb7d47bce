"""Asking back through the front door: a harvested database, choices that are clicked, and outcomes told apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asked_library import make_database

from assistant import asking, model_path, pipeline
from assistant.domain import Answer, Lang, ModelUse, Outcome, Question, Status, Text
from assistant.errors import ModelUnavailable
from assistant.model_path import Undrafted
from assistant.nl2sql.drafts.choosing import PLANNED
from assistant.parts import Parts
from assistant.ports import ModelReply
from assistant.settings import Settings
from evals.open_workspace import PURPOSE, USER, harvest, write_workspace
from evals.workbench import Bench, prepare

EACH = "Which services are offered at each branch?"
BOTH = "Show workshops and lectures held in Welsh."
FEES = "How many courses have each fee?"


def noting(drafted: list[str]) -> Callable[..., Undrafted]:
    """A model path that notes what it is asked to draft, and drafts nothing."""

    def draft(asked: Question, *more: Any) -> Undrafted:
        drafted.append(asked.text)
        return Undrafted(use=ModelUse(id=""))

    return draft


class StubModel:
    """Always writes the same statement, and notes what it was asked."""

    model_id = "stub"
    takes_grammar = True

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.asked: list[str] = []

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 512,
    ) -> ModelReply:
        self.asked.append(user)
        return ModelReply(text=self.sql, prompt_tokens=1, completion_tokens=1)


def written(folder: Path) -> Path:
    file = make_database(folder / "library.sqlite")
    write_workspace(harvest(file), file, folder / "workspace", "library")
    return folder / "workspace"


def opened(workspace: Path) -> Bench:
    folder = workspace.parent
    settings = Settings(workspace=workspace, state=folder / "state", models=folder / "models", llm="none", threads=1)
    return Bench(prepare(settings, lambda label, done, total: None, dense=False))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = opened(written(tmp_path_factory.mktemp("library")))
    yield made
    made.close()


@pytest.fixture
def parts(bench: Bench) -> Iterator[Parts]:
    with bench.case() as fresh:
        yield fresh


def ask(text: str, parts: Parts, lang: Lang = "en", conversation: str = "c") -> Answer:
    return asking.ask(text, user_id=USER, purpose_code=PURPOSE, parts=parts, lang=lang, conversation_id=conversation)


def rows(answer: Answer) -> list[tuple[Any, ...]]:
    assert answer.table is not None
    return sorted(answer.table.rows)


@pytest.mark.parametrize("question", [EACH, BOTH, "What is the branch name and opening date?"])
@pytest.mark.parametrize("lang", ["en", "zh", "zh-Hant"])
def test_it_asks_back_with_two_to_four_readings(question: str, lang: Lang, parts: Parts) -> None:
    answer = ask(question, parts, lang)
    assert answer.status is Status.CLARIFY
    assert 2 <= len(answer.options) <= 4
    assert len({option.label for option in answer.options}) == len(answer.options)
    assert answer.sql is None
    assert answer.table is None
    assert answer.model.calls == 0


def test_each_choice_answers_with_its_own_rows(parts: Parts) -> None:
    own, shared = (ask(option.question, parts) for option in ask(EACH, parts).options)
    assert own.status is shared.status is Status.ANSWERED
    assert rows(own) == [
        ("North Hall", "Copying"),
        ("North Hall", "Reading Aloud"),
        ("South Hall", "Archive"),
        ("South Hall", "Copying"),
    ]
    assert rows(shared) == [("Copying",)]
    assert own.interpretation != shared.interpretation
    assert own.drafter == shared.drafter == "compiled"
    assert own.audit_seq > 0


@pytest.mark.parametrize("lang", ["zh", "zh-Hant"])
def test_a_choice_made_in_chinese_answers(lang: Lang, parts: Parts) -> None:
    both, one = (ask(option.question, parts, lang) for option in ask(BOTH, parts, lang).options)
    assert rows(both) == [("Bird Calls",), ("Bookbinding",)]
    assert rows(one) == [("Bird Calls",), ("Bookbinding",), ("Pottery for All",)]
    assert "Welsh" in one.interpretation


def test_a_choice_needs_no_memory_of_the_conversation(parts: Parts) -> None:
    option = ask(EACH, parts, conversation="one").options[1]
    assert rows(ask(option.question, parts, conversation="another")) == [("Copying",)]


def test_a_reading_without_sql_of_its_own_is_drafted_as_the_plainer_question(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted: list[str] = []
    monkeypatch.setattr(pipeline, "draft_with_model", noting(drafted))
    first = ask(FEES, parts)
    assert first.status is Status.CLARIFY
    assert drafted == []
    chosen = next(option for option in first.options if option.label.startswith("“fee” means evening fee:"))
    ask(chosen.question, parts)
    assert drafted == ["How many courses have each evening fee?"]


def test_a_plain_question_goes_on_unchanged(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    drafted: list[str] = []
    monkeypatch.setattr(pipeline, "draft_with_model", noting(drafted))
    assert ask("List the titles of the courses.", parts).options == ()
    assert drafted == ["List the titles of the courses."]


def test_talk_is_out_of_scope_and_no_model_is_asked(parts: Parts) -> None:
    model = StubModel("select course_title from course")
    answer = ask("did you watch the game last night?", replace(parts, chat=lambda: model))
    assert answer.status is Status.OUT_OF_SCOPE
    assert model.asked == []
    assert "course" in answer.text


def test_what_is_not_kept_is_no_data_and_says_so(parts: Parts) -> None:
    model = StubModel("select course_title from course")
    answer = ask("What is the nationality of the caretaker with a salary of 900?", replace(parts, chat=lambda: model))
    assert answer.status is Status.NO_DATA
    assert "nationality" in answer.text
    assert model.asked == []


def test_without_a_draft_an_answerable_question_failed_and_is_not_called_out_of_scope(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "draft_with_model", noting([]))
    answer = ask("List the titles of the courses.", parts)
    assert answer.status is Status.FAILED
    assert "language model" in answer.text


class SlowModel(StubModel):
    """Never replies within its time."""

    def reply(self, system: str, user: str, **wanted: Any) -> ModelReply:
        raise ModelUnavailable(Text(zh="没有答复。请稍后再试。", en="No reply in time. Try again."))


def test_a_model_that_is_too_slow_leaves_what_was_read_without_it(parts: Parts) -> None:
    answer = ask("List the titles of the courses.", replace(parts, chat=lambda: SlowModel("")))
    assert answer.status is Status.ANSWERED
    assert answer.drafter == PLANNED


def test_a_model_that_is_too_slow_says_what_to_do_where_nothing_was_read(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_path, "sketch", lambda *everything, **more: None)
    answer = ask("List the titles of the courses.", replace(parts, chat=lambda: SlowModel("")))
    assert answer.status is Status.FAILED
    assert answer.text == "No reply in time. Try again."
    assert answer.decision.outcome is Outcome.ALLOW


def test_no_rows_are_no_data_and_no_question_back(parts: Parts) -> None:
    model = StubModel("select course_title from course where seats > 1000")
    answer = ask("List the titles of the courses with more than 1000 seats.", replace(parts, chat=lambda: model))
    assert answer.status is Status.NO_DATA


def test_who_may_not_see_a_table_is_not_offered_it(parts: Parts) -> None:
    """Without a grant for branches and services nothing of them is named, in an option or in a text."""
    hidden = ("branch", "service", "branch_service")
    served = tuple(
        replace(one, level=type(one.level).CORE) if one.table in hidden else one for one in parts.catalog.resources
    )
    narrow = replace(parts, catalog=replace(parts.catalog, resources=served))
    answer = ask(EACH, narrow)
    assert answer.status is not Status.CLARIFY
    assert answer.options == ()
    assert "branch_service" not in answer.text
    talk = ask("did you watch the game last night?", narrow)
    assert "branch" not in talk.text
    assert "course" in talk.text


def test_a_chosen_reading_says_no_less_than_the_question(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own SQL only lists: a question that also counts or narrows is drafted with the reading in words."""
    drafted: list[str] = []
    monkeypatch.setattr(pipeline, "draft_with_model", noting(drafted))
    for question in (
        "How many workshops and lectures are held in Welsh?",
        "Which popular services with few hours are offered at each branch?",
    ):
        options = ask(question, parts).options
        assert len(options) == 2
        answer = ask(options[1].question, parts)
        assert answer.table is None
        assert drafted[-1].startswith(question)
        assert len(drafted[-1]) > len(question)


def test_a_choice_that_is_not_permitted_says_so(tmp_path: Path) -> None:
    """The titles are made direct identifiers of a dataset that is shared on conditions."""
    workspace = written(tmp_path)
    for path in (workspace / "catalog").glob("*.yaml"):
        resource = json.loads(path.read_text(encoding="utf-8"))
        if resource["table"] != "course":
            continue
        resource |= {"sharing_type": "有条件共享", "sharing_condition": "经审批", "sharing_method": "库表"}
        resource |= {"open_type": "不予开放", "level": "G3", "categories": ["personal"]}
        title = next(one for one in resource["elements"] if one["column"] == "course_title")
        title |= {"role": "direct_id", "level": "G3", "categories": ["personal"]}
        path.write_text(json.dumps(resource, ensure_ascii=False), encoding="utf-8")
    made = opened(workspace)
    with made.case() as parts:
        options = ask(BOTH, parts).options
        chosen = ask(options[0].question, parts)
    made.close()
    assert len(options) == 2
    assert chosen.status in (Status.REFUSED, Status.NEEDS_APPROVAL)
    assert chosen.table is None
    assert "Bookbinding" not in chosen.text


UNKNOWN_HEAD = "哪些馆员在“North Hall”？"


def test_what_is_asked_for_and_known_nowhere_is_named_and_not_passed_over(parts: Parts) -> None:
    answer = ask(UNKNOWN_HEAD, parts, "zh")
    assert answer.status is Status.OUT_OF_SCOPE
    assert "馆员" in answer.text
    assert "branch" in answer.text, "it says what can be asked about"
    assert answer.table is None


def test_a_model_outweighs_a_reading_that_left_out_what_is_asked_for(parts: Parts) -> None:
    stub = StubModel("SELECT course.course_title FROM course WHERE course.seats > 20")
    answer = ask(UNKNOWN_HEAD, replace(parts, chat=lambda: stub), "zh", "with-model")
    assert answer.drafter == "stub"
    assert rows(answer) == [("Bird Calls",), ("Old Maps",)]
