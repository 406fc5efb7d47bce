"""Chart spec (charts.py) -> one SVG picture, drawn here: no script, no font and no tile from anywhere else.

A suppressed point is hatched and marked "c"; bars start at zero; unit and source stand in the picture, because a
screenshot is the real export. Colours come from CSS variables, so light and dark both work.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

from assistant.domain import Lang
from assistant.numbers import cell, headed, prose

_WIDTH = 600
_PLOT_TOP, _PLOT_HEIGHT = 62, 240
_BAR_ROW = 28  # px a horizontal bar
_LABEL_WIDTH = 130
_COLOURS = ("#2f6fb7", "#c8742c", "#3d8f6d", "#8a5aa8", "#b0413e", "#5f6b7a", "#a58b1f", "#2a9aa0")
_STYLE = (
    "<style>.t{fill:var(--body-text-color,#1f2937);font:13px sans-serif}.h{font-weight:600;font-size:15px}"
    ".s{fill:var(--body-text-color-subdued,#6b7280);font-size:11px}.a{stroke:var(--border-color-primary,#d1d5db)}</style>"
    "<defs><pattern id='withheld' width='6' height='6' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'>"
    "<rect width='2' height='6' fill='#9ca3af'/></pattern></defs>"
)


def draw(chart: dict[str, Any], lang: Lang) -> str:
    """The picture as an SVG element with its text alternative."""
    body, height = _bars(chart, lang) if chart["type"] == "bar" else _lines(chart, lang)
    title = _text(8, 22, chart["title"], "t h")
    unit = headed(chart["y"]["label"], chart["y"]["unit"], lang)
    foot = " · ".join(part for part in (chart.get("source", ""),) if part)
    return (
        f"<svg viewBox='0 0 {_WIDTH} {height + 24}' role='img' aria-label='{escape(chart['alt'], quote=True)}' "
        f"xmlns='http://www.w3.org/2000/svg' style='width:100%;height:auto'>{_STYLE}{title}"
        f"{_text(8, 40, unit, 't s')}{body}{_text(8, height + 14, foot, 't s')}</svg>"
    )


def _bars(chart: dict[str, Any], lang: Lang) -> tuple[str, int]:
    """Horizontal bars, one group a category: long Chinese names stay readable."""
    series, names = chart["series"], chart["x"]["values"]
    withheld = {(number, place) for number, place in chart["suppressed"]}
    numbers = [value for one in series for value in one["values"] if value is not None]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    scale = (_WIDTH - _LABEL_WIDTH - 110) / ((high - low) or 1.0)
    zero = _LABEL_WIDTH + (0 - low) * scale
    thickness = max(6, (_BAR_ROW - 8) // len(series))
    row_height = thickness * len(series) + 8
    pieces, y = [_legend(series, _PLOT_TOP - 8)], _PLOT_TOP + (10 if len(series) > 1 else 0)
    for place, name in enumerate(names):
        pieces.append(_text(_LABEL_WIDTH - 8, y + row_height / 2, name, "t", "end"))
        for number, one in enumerate(series):
            value, top = one["values"][place], y + number * thickness
            if (number, place) in withheld:
                pieces.append(_rect(zero, top, 60, thickness - 2, "url(#withheld)"))
                pieces.append(_text(zero + 66, top + thickness - 4, "c", "t s"))
            elif value is not None:
                left, length = min(zero, zero + value * scale), abs(value) * scale
                pieces.append(_rect(left, top, max(length, 1), thickness - 2, _COLOURS[number % len(_COLOURS)]))
                at = max(zero, zero + value * scale) + 6
                pieces.append(_text(at, top + thickness - 4, _number(value, chart, lang), "t s"))
        y += row_height
    pieces.append(f"<line class='a' x1='{zero:.1f}' x2='{zero:.1f}' y1='{_PLOT_TOP - 2}' y2='{y}'/>")
    return "".join(pieces), int(y + 8)


def _lines(chart: dict[str, Any], lang: Lang) -> tuple[str, int]:
    series, names = chart["series"], chart["x"]["values"]
    withheld = {(number, place) for number, place in chart["suppressed"]}
    numbers = [value for one in series for value in one["values"] if value is not None] or [0.0]
    zero = chart["y"]["zero_based"] or 0 < min(numbers) < max(numbers) * 0.6
    ticks = _ticks(0.0 if zero else min(numbers), max(numbers))
    low, high = ticks[0], ticks[-1]
    left, right, bottom = 76, _WIDTH - 24, _PLOT_TOP + _PLOT_HEIGHT
    step = (right - left) / max(1, len(names) - 1)

    def at(place: int, value: float) -> tuple[float, float]:
        return left + place * step, bottom - (value - low) / (high - low) * _PLOT_HEIGHT

    pieces = [_legend(series, _PLOT_TOP - 8)]
    for value in ticks:
        y = at(0, value)[1]
        pieces.append(f"<line class='a' x1='{left}' x2='{right}' y1='{y:.1f}' y2='{y:.1f}' stroke-dasharray='2 4'/>")
        pieces.append(_text(left - 8, y + 4, _number(value, chart, lang), "t s", "end"))
    every = max(1, len(names) // 10 + (len(names) % 10 > 0 and len(names) > 10))
    pieces += [
        _text(at(place, low)[0], bottom + 18, name, "t s", "middle")
        for place, name in enumerate(names)
        if place % every == 0
    ]
    for number, one in enumerate(series):
        colour = _COLOURS[number % len(_COLOURS)]
        pieces += [_polyline(points, colour) for points in _runs(one["values"], at)]
        for place, value in enumerate(one["values"]):
            if (number, place) in withheld:
                x = at(place, low)[0]
                pieces.append(_rect(x - 4, bottom - 14, 8, 14, "url(#withheld)"))
                pieces.append(_text(x, bottom - 18, "c", "t s", "middle"))
            elif value is not None:
                x, y = at(place, value)
                tip = escape(f"{names[place]} {_number(value, chart, lang)}")
                pieces.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'><title>{tip}</title></circle>")
    return "".join(pieces), bottom + 28


def _ticks(low: float, high: float) -> list[float]:
    """Four to seven round numbers from at most `low` to at least `high`."""
    span = (high - low) or abs(high) or 1.0
    unit = 10.0 ** math.floor(math.log10(span))
    step = next(unit * factor for factor in (0.2, 0.5, 1, 2) if span / (unit * factor) <= 6)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def _runs(values: list[float | None], at: Any) -> list[list[tuple[float, float]]]:
    """The unbroken stretches: no line is drawn across a point that is withheld or absent."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(at(place, value))
    return [run for run in runs if len(run) > 1]


def _polyline(points: list[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>"


def _legend(series: list[dict[str, Any]], y: float) -> str:
    if len(series) < 2:
        return ""
    pieces, x = [], float(_LABEL_WIDTH)
    for number, one in enumerate(series):
        pieces.append(_rect(x, y - 9, 10, 10, _COLOURS[number % len(_COLOURS)]))
        pieces.append(_text(x + 14, y, one["name"], "t s"))
        x += 26 + 12 * len(str(one["name"]))
    return "".join(pieces)


def _number(value: float, chart: dict[str, Any], lang: Lang) -> str:
    unit = chart["y"]["unit"]
    return cell(value, unit, lang) if unit == "%" or abs(value) < 10_000 else prose(value, None, lang)


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{fill}'/>"


def _text(x: float, y: float, text: object, css: str, anchor: str = "start") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' class='{css}' text-anchor='{anchor}'>{escape(str(text))}</text>"
