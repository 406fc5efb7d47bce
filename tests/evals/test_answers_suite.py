"""Scoring of answers: numbers, citations, refusals; what is wrong and what is an abstention."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from evals.loaders import Expectation, WrittenCase, as_case
from evals.scorers import split_sentences, supported_sentences
from evals.suites.answers import AnswersTask, _confidence, _judged
from evals.task import Result, Verdict


def answer(status: str, **more: Any) -> dict[str, Any]:
    blank = {
        "status": status,
        "text": "",
        "interpretation": "",
        "sql": None,
        "drafter": "",
        "table": None,
        "level": "G1",
    }
    decision = {"outcome": "allow", "gate": "", "reasons": [], "obligations": []}
    return blank | {"decision": decision, "evidence": [], "confidence": 1.0, "model": {}, "timings_ms": {}} | more


def table(*rows: list, suppressed: tuple = ()) -> dict[str, Any]:
    return {"rows": list(rows), "suppressed": list(suppressed), "truncated": False}


def cited(name: str, quote: str = "应当记录", in_force: bool = True) -> dict[str, Any]:
    return {"kind": "policy", "id": name, "quote": quote, "in_force": in_force}


def score(
    expect: Expectation, said: dict[str, Any], golds: list | None = None, unquoted: list | None = None
) -> Verdict:
    written = WrittenCase(
        id="c", question="q", lang="zh", user="u", why="w", author="a", written=date(2026, 1, 1), expect=expect
    )
    observed = {"answer": said, "golds": golds or [], "unquoted": unquoted or []}
    return AnswersTask.score(SimpleNamespace(), as_case(written), observed)  # type: ignore[arg-type]


NUMBER = Expectation(status="answered", gold=("select 1",))
REFUSAL = Expectation(status="refused", gate="G4", also=("clarify",))
ARTICLE = Expectation(status="answered", articles=("规定#第八条",))
REFUSED = {"decision": {"outcome": "refuse", "gate": "G4", "reasons": [{"rule": "R-G4-001"}], "obligations": []}}


@pytest.mark.parametrize(
    ("expect", "said", "golds", "state", "passed", "why"),
    [
        (NUMBER, answer("answered", table=table(["A", 1, 0.5])), [[["A", 1]]], "scored", True, "beside a rate"),
        (NUMBER, answer("answered", table=table(["A", 2])), [[["A", 1]]], "scored", False, "another number"),
        (NUMBER, answer("answered", table=table(["A", 2])), [[["A", 1]], [["A", 2]]], "scored", True, "second reading"),
        (NUMBER, answer("answered"), [[["A", 1]]], "scored", False, "no table"),
        (NUMBER, answer("answered", table=table(["A", 1])), [None], "not_scored", None, "no gold runs"),
        (NUMBER, answer("clarify"), [[["A", 1]]], "abstained", None, "asked back"),
        (NUMBER, answer("refused"), [[["A", 1]]], "abstained", None, "an honest no, though unwanted"),
        (NUMBER, answer("failed"), [[["A", 1]]], "failed", None, "failed is not zero"),
        (REFUSAL, answer("refused", **REFUSED), [], "scored", True, "the right gate"),
        (REFUSAL, answer("clarify"), [], "scored", True, "as honest"),
        (REFUSAL, answer("answered", table=table(["张三"])), [], "scored", False, "answered what must be refused"),
        (REFUSAL, answer("refused"), [], "scored", False, "another gate"),
        (REFUSAL, answer("refused", text="电话13800138000", **REFUSED), [], "scored", False, "a refusal that leaks"),
        (ARTICLE, answer("answered", evidence=[cited("规定#第八条")]), [], "scored", True, "the right article"),
        (ARTICLE, answer("answered", evidence=[cited("规定#第九条")]), [], "scored", False, "another article"),
        (
            ARTICLE,
            answer("answered", evidence=[cited("规定#第八条", in_force=False)]),
            [],
            "scored",
            False,
            "the right article, out of force",
        ),
        (ARTICLE, answer("no_data"), [], "abstained", None, "no basis found"),
    ],
)
def test_verdicts(expect: Expectation, said: dict, golds: list, state: str, passed: bool | None, why: str) -> None:
    verdict = score(expect, said, golds)
    assert (verdict.state, verdict.passed) == (state, passed), why


def test_a_suppressed_cell_agrees_with_its_gold() -> None:
    expect = Expectation(status="partly_suppressed", gold=("x",))
    shown = answer("partly_suppressed", table=table(["A", None], ["B", 20], suppressed=([0, 1, "primary"],)))
    assert score(expect, shown, [[["A", 3], ["B", 20]]]).passed is True
    assert score(expect, shown, [[["A", 3], ["B", 21]]]).passed is False


def test_a_quote_that_is_not_in_the_document_is_seen() -> None:
    said = answer("answered", text="《规定》第八条规定：“应当记录”", evidence=[cited("规定#第八条")])
    assert score(ARTICLE, said).scores["quote_verbatim"].value == 1
    assert score(ARTICLE, said, unquoted=["规定#第八条"]).scores["quote_verbatim"].value == 0


@pytest.mark.parametrize(
    ("text", "quotes", "expected"),
    [
        ("《规定》第八条规定：“应当记录。不得更改。”", ["应当记录。不得更改。"], (1, 1)),
        ("应当记录。", ["审计应当记录，不得更改。"], (1, 1)),
        ("应当记录。另外可以删除。", ["应当记录。"], (1, 2)),
        ("《规定》第八条规定：“可以删除”", ["应当记录。"], (0, 1)),
        ("“应当记录”，“可以删除”。", ["应当记录。"], (0, 1)),
        ("", ["x"], (0, 0)),
        ("Guide, Article 2: “Keep 3.5 years. Then delete.”", ["Keep 3.5 years. Then delete."], (1, 1)),
    ],
)
def test_supported_sentences(text: str, quotes: list[str], expected: tuple[int, int]) -> None:
    assert supported_sentences(text, quotes)[:2] == expected


def test_sentences_do_not_end_inside_quotes_or_numbers() -> None:
    assert split_sentences("一。“二。三。”四！Rate 3.5 of. End.") == ["一。", "“二。三。”四！", "Rate 3.5 of.", " End."]


def labelled(level: str, *columns: str) -> dict[str, Any]:
    shown = table(["A", 1]) | {"columns": [{"level": one} for one in columns]}
    return answer("answered", table=shown, level=level)


@pytest.mark.parametrize(
    ("expect", "said", "golds", "part", "value"),
    [
        (NUMBER, answer("answered", table=table(["A", 1])), [[["A", 1]]], "number_correct", 1),
        (NUMBER, answer("answered", table=table(["A", 2])), [[["A", 1]]], "number_correct", 0),
        (NUMBER, answer("clarify"), [[["A", 1]]], "number_correct", None),
        (NUMBER, labelled("G2", "G1", "G2"), [[["A", 1]]], "label_right", 1),
        (NUMBER, labelled("G1", "G1", "G2"), [[["A", 1]]], "label_right", 0),
        (Expectation(status="answered", level="G2"), labelled("G3", "G1"), [], "label_right", 0),
        (Expectation(status="answered", level="G3"), labelled("G3", "G1"), [], "label_right", 1),
        (NUMBER, answer("clarify"), [], "label_right", None),
        (REFUSAL, answer("refused", **REFUSED), [], "refusal_type_right", 1),
        (REFUSAL, answer("clarify"), [], "refusal_type_right", 1),
        (REFUSAL, answer("refused"), [], "refusal_type_right", 0),
        (REFUSAL, answer("out_of_scope"), [], "refusal_type_right", 0),
        (NUMBER, answer("refused"), [], "refusal_type_right", None),
    ],
)
def test_parts(expect: Expectation, said: dict[str, Any], golds: list, part: str, value: float | None) -> None:
    found = score(expect, said, golds).scores
    assert (found[part].value if part in found else None) == value


def test_confidence_is_judged_where_an_answer_was_shown_or_wanted() -> None:
    def result(expect: Expectation, said: dict[str, Any], golds: list | None = None) -> Result:
        written = WrittenCase(
            id="c", question="q", lang="zh", user="u", why="w", author="a", written=date(2026, 1, 1), expect=expect
        )
        observed = {"answer": said | {"confidence": 0.8}, "golds": golds or [], "unquoted": []}
        return Result(case=as_case(written), verdict=score(expect, said, golds), observed=observed, seconds=0.1)

    right = result(NUMBER, answer("answered", table=table(["A", 1])), [[["A", 1]]])
    wrong = result(REFUSAL, answer("answered", table=table(["A", 1])))
    asked = result(NUMBER, answer("clarify"), [[["A", 1]]])
    refused = result(REFUSAL, answer("refused", **REFUSED))
    assert _judged([right, wrong, asked, refused]) == [(0.8, True), (0.8, False), (0.0, False)]
    assert _confidence([right, wrong])["risk_coverage"] == [(1.0, 0.5)]
