"""The third link strength: asked only for uncovered words, never an answer by itself, kept in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from city_words import city_model, city_values

from assistant.domain import Text
from assistant.errors import ModelUnavailable
from assistant.language import detect
from assistant.nl2sql.plans.linking import Linked, link
from assistant.nl2sql.plans.nearness import NearNames
from assistant.ports import Vector


class Topics:
    """An encoder that knows three topics by a word of each, and counts how often it is asked."""

    model_id = "topics"
    dimension = 4

    def __init__(self) -> None:
        self.passages = 0
        self.queries: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> list[Vector]:
        self.passages += len(texts)
        return [_vector(text) for text in texts]

    def encode_query(self, text: str) -> Vector:
        self.queries.append(text)
        return _vector(text)


class Broken(Topics):
    def encode_query(self, text: str) -> Vector:
        raise ModelUnavailable(Text(zh="没有编码模型。", en="No encoder."))


def _vector(text: str) -> Vector:
    words = (("辞世", "死亡", "deaths"), ("出生", "births", "降生"), ("渠道", "channel", "门路"))
    hits = [1.0 if any(word in text.lower() for word in topic) else 0.0 for topic in words]
    whole = sum(hits) or 1.0
    return [hit / whole for hit in hits] + [0.0 if sum(hits) else 1.0]


def read(text: str, near: NearNames) -> Linked:
    model = city_model()
    return link(text, model=model, values=city_values(), as_of=model.as_of, lang=detect(text), near=near)


def near_with(encoder: Topics, folder: Path | None = None) -> NearNames:
    return NearNames(city_model(), encoder, folder)


@pytest.mark.parametrize("text", ["2024年各区新设企业数", "births by district in 2024", "2024年热线工单量同比", "人口"])
def test_a_question_in_the_models_words_never_loads_the_encoder(text: str) -> None:
    encoder = Topics()
    read(text, near_with(encoder))
    assert encoder.passages == 0
    assert encoder.queries == []


def test_an_uncovered_word_becomes_readings_and_not_an_answer() -> None:
    encoder = Topics()
    linked = read("2024年各区辞世的人", near_with(encoder))
    assert linked.outcome == "unlinked"
    assert linked.clarification is not None
    questions = [option.question for option in linked.clarification.options]
    assert questions[0] == "2024年各区死亡人口"
    assert 2 <= len(questions) <= 4
    assert "词义" in linked.clarification.prompt.zh
    assert all("：" in option.label for option in linked.clarification.options)  # what it would mean
    assert "2024" not in encoder.queries[0]  # times and places are not what names a figure


@pytest.mark.parametrize("place", [0, 1])
def test_a_reading_offered_links_without_the_encoder(place: int) -> None:
    linked = read("2024年各区辞世的人", near_with(Topics()))
    assert linked.clarification is not None
    model = city_model()
    again = link(
        linked.clarification.options[place].question, model=model, values=city_values(), as_of=model.as_of, lang="zh"
    )
    assert again.outcome == "plan"


def test_where_everything_is_equally_far_nothing_is_offered() -> None:
    linked = read("2024年各区地铁客流量", near_with(Topics()))
    assert linked.outcome == "unlinked"
    assert linked.clarification is None


def test_an_unknown_split_is_offered_beside_leaving_it_aside() -> None:
    linked = read("2024年按门路看办件量", near_with(Topics()))
    assert linked.outcome == "unlinked"
    assert linked.clarification is not None
    questions = [option.question for option in linked.clarification.options]
    assert questions[-1] == "2024年办件量"
    assert "2024年各办理渠道办件量" in questions


def test_without_an_encoder_the_question_is_just_not_understood() -> None:
    linked = read("2024年各区辞世的人", near_with(Broken()))
    assert linked.outcome == "unlinked"
    assert linked.clarification is None


def test_the_vectors_are_made_once_and_kept(tmp_path: Path) -> None:
    first, second = Topics(), Topics()
    near_with(first, tmp_path).prepare()
    assert first.passages > len(city_model().metrics)
    again = near_with(second, tmp_path)
    assert again.near_metrics("辞世", lambda metric: True)[0][0] == "deaths"
    assert second.passages == 0


def test_a_figure_that_cannot_be_split_so_is_not_offered() -> None:
    near = near_with(Topics())
    assert near.near_metrics("辞世", lambda metric: metric.id != "deaths")[:1] != (("deaths", 1.0),)
