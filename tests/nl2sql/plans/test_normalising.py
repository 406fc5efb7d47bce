"""One spelling for one thing: tests/cases/numerals.yaml and what must hold for every text."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from city_words import CASES
from hypothesis import given
from hypothesis import strategies as st

from assistant.nl2sql.plans import numerals
from assistant.nl2sql.plans.normalising import MAX_CHARACTERS, normalise, same_word

CASE_LIST = yaml.safe_load((CASES / "numerals.yaml").read_text(encoding="utf-8"))
_UNITS = ("", "十", "百", "千")
_DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize("case", CASE_LIST, ids=lambda case: case["id"])
def test_normal_form(case: dict[str, Any]) -> None:
    assert normalise(case["text"]) == case["normal"]


@given(st.text(max_size=80))
def test_normalising_never_fails_and_stays_short(text: str) -> None:
    assert isinstance(normalise(text), str)


def test_a_long_text_is_cut() -> None:
    assert len(normalise("各区" * MAX_CHARACTERS)) == MAX_CHARACTERS


def _written(number: int) -> str:
    """1-9999 in Chinese, as one writes it."""
    digits = [int(d) for d in str(number)]
    parts: list[str] = []
    for position, digit in enumerate(digits):
        place = len(digits) - position - 1
        if digit:
            parts.append(_DIGITS[digit] + _UNITS[place])
        elif parts and not parts[-1].endswith("零") and any(digits[position:]):
            parts.append("零")
    return "".join(parts)


@given(st.integers(min_value=1, max_value=9999))
def test_number_words_have_their_value(number: int) -> None:
    assert numerals.value_of(_written(number)) == number
    assert numerals.value_of(_written(number) + "万") == number * 10_000


@pytest.mark.parametrize("words", ["", "三农", "abc"])
def test_what_is_no_number_is_an_error(words: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        numerals.value_of(words)


def test_spellings_of_one_word() -> None:
    assert same_word("臨江區", "临江区")
    assert same_word("ＡＰＰ", "app")
    assert not same_word("临江区", "澜湾区")
