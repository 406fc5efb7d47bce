"""The desk's answer: a table of metadata or of counts, with what stands behind each row, as CSV or JSON."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from assistant.domain import Lang, Scalar, Text
from assistant.language import render, to_traditional
from assistant.steward.vocabulary import value_label

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardTable:
    """`ids[i]` is the resource or element id behind rows[i], "" for a count. Rates are 0-1."""

    columns: tuple[str, ...]  # field, measure or column ids
    labels: tuple[Text, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    ids: tuple[str, ...]

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """{"columns": [{"name","label"}], "rows": [[...]], "ids": [...]}; dates as ISO days."""
        heads = [
            {"name": name, "label": render(label, lang)} for name, label in zip(self.columns, self.labels, strict=True)
        ]
        return {"columns": heads, "rows": [[plain(value) for value in row] for row in self.rows], "ids": list(self.ids)}

    def as_csv(self, lang: Lang = "zh") -> bytes:
        """UTF-8 with byte order mark; cells that a spreadsheet would run are quoted away."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerow([render(label, lang) for label in self.labels])
        for row in self.rows:
            cells = [cell(value, lang, name) for name, value in zip(self.columns, row, strict=True)]
            writer.writerow([_inert(text) for text in cells])
        return stream.getvalue().encode("utf-8-sig")


def plain(value: Scalar) -> Any:
    """A JSON value."""
    return value if isinstance(value, str | int | float | bool | None) else value.isoformat()


def cell(value: Scalar, lang: Lang, column: str = "") -> str:
    """What a person reads in a cell; a code of `column` (direct_id, refuse, yes) in words."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.1%}" if column != "confidence" else f"{value:.2f}"
    said = value_label(column, str(value))
    if said is not None:
        return render(said, lang)
    text = str(value)
    return to_traditional(text) if lang == "zh-Hant" else text


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
