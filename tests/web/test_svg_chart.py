"""A chart is a picture with its unit, source and withheld points in it, and it loads nothing."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from assistant.web.svg_chart import _ticks, draw

SVG = "{http://www.w3.org/2000/svg}"


def _chart(kind: str, values: list[float | None], suppressed: list[list[int]] | None = None) -> dict[str, Any]:
    return {
        "type": kind,
        "title": "新设企业数 <2025>",
        "x": {"label": "区", "values": [f"区{number}" for number in range(len(values))]},
        "y": {"label": "新设企业数", "unit": "家", "zero_based": kind == "bar"},
        "series": [{"name": "新设企业数", "values": values}],
        "suppressed": suppressed or [],
        "source": "来源：市市场监督管理局",
        "alt": '新设企业数 "按区"',
    }


def _texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("kind", ["bar", "line"])
def test_the_picture_says_unit_and_source(kind: str) -> None:
    texts = _texts(draw(_chart(kind, [3.0, 5.0, 4.0]), "zh"))
    assert any("家" in text for text in texts)
    assert any("市市场监督管理局" in text for text in texts)


@pytest.mark.parametrize("kind", ["bar", "line"])
def test_a_withheld_point_is_marked_and_has_no_number(kind: str) -> None:
    texts = _texts(draw(_chart(kind, [3.0, None, 4.0], [[0, 1]]), "zh"))
    assert "c" in texts


def test_bars_start_at_zero_and_keep_their_proportions() -> None:
    root = ElementTree.fromstring(draw(_chart("bar", [10.0, 20.0]), "zh"))
    widths = [float(node.get("width", 0)) for node in root.iter(f"{SVG}rect") if node.get("fill", "").startswith("#2f")]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)


def test_a_falling_value_is_drawn_to_the_left_of_zero() -> None:
    root = ElementTree.fromstring(draw(_chart("bar", [-10.0, 20.0]), "zh"))
    bars = [node for node in root.iter(f"{SVG}rect") if node.get("fill", "").startswith("#2f")]
    assert float(bars[0].get("x", 0)) < float(bars[1].get("x", 0))


def test_nothing_is_loaded_from_elsewhere() -> None:
    svg = draw(_chart("line", [1.0, 2.0]), "en").replace("http://www.w3.org/2000/svg", "")
    assert "http" not in svg
    assert "<script" not in svg


@pytest.mark.parametrize(
    ("low", "high"), [(5953, 9618), (0, 1), (0.12, 0.13), (-11, 90), (41, 41), (0, 0), (1e8, 1.2e8)]
)
def test_ticks_are_round_and_hold_the_data(low: float, high: float) -> None:
    ticks = _ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 8
