"""Which language, and the edge between Simplified and Traditional."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assistant.domain import Text
from assistant.language import detect, render, to_simplified, to_traditional


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("各区新设企业数", "zh"),
        ("各區新設企業數", "zh-Hant"),
        ("New firms by district", "en"),
        ("优良天数比例 by district", "zh"),
        ("How many hotline tickets in 临江区 last year?", "en"),
        ("後年", "zh-Hant"),
        ("镕基喆", "zh"),
        ("", "en"),
        ("12345", "en"),
        ("PM2.5平均浓度", "zh"),
    ],
)
def test_language_of_a_text(text: str, lang: str) -> None:
    assert detect(text) == lang


def test_there_and_back() -> None:
    text = "各区2025年新设企业数，后台与里程"
    assert to_simplified(to_traditional(text)) == text
    assert to_simplified(text) is text  # nothing to do: the same object


def test_a_sentence_is_rendered_for_its_reader() -> None:
    sentence = Text(zh="数据截至10月31日。", en="The data end on 31 October.")
    assert render(sentence, "zh") == "数据截至10月31日。"
    assert render(sentence, "zh-Hant") == "數據截至10月31日。"
    assert render(sentence, "en") == "The data end on 31 October."


def test_simplified_text_does_not_import_opencc() -> None:
    code = (
        "import sys; from assistant.language import detect, to_simplified;"
        "detect('各区新设企业数'); to_simplified('热线工单量'); print('opencc' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
