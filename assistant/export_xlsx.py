"""ADAPTER openpyxl: the spreadsheet. Sheet 1 is the table with typed cells, sheet 2 says what it is."""

from __future__ import annotations

import io
from typing import Any

from assistant.domain import Column, ReleasedTable, Text
from assistant.export_particulars import (
    SUPPRESSED,
    Particulars,
    heading,
    is_share,
    neutral,
    suppressed_cells,
    typed,
)
from assistant.language import render
from assistant.numbers import is_number

_TEN_THOUSANDS = '0!.0,"万"'  # shows 123456 as 12.3万, keeps 123456 (GB/T 15835-2011)
_FROM = 100_000
_WIDEST = 48  # characters


def workbook(table: ReleasedTable, facts: Particulars) -> bytes:
    """The bytes of the xlsx file."""
    from openpyxl import Workbook

    book = Workbook()
    _data_sheet(book.active, table, facts)
    _about_sheet(book.create_sheet(), facts)
    properties = book.properties
    properties.creator = facts.watermark
    properties.description = facts.ai_metadata
    properties.keywords = "AIGC"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _data_sheet(sheet: Any, table: ReleasedTable, facts: Particulars) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = render(Text(zh="数据", en="Data"), facts.lang)
    for position, column in enumerate(table.columns, start=1):
        head = sheet.cell(row=1, column=position, value=neutral(heading(column, facts.lang)))
        head.data_type, head.font = "s", Font(bold=True)
    hidden = suppressed_cells(table)
    for index, row in enumerate(table.rows):
        for position, value in enumerate(row):
            cell = sheet.cell(row=index + 2, column=position + 1)
            if (index, position) in hidden:
                cell.value, cell.alignment = SUPPRESSED, Alignment(horizontal="right")
                continue
            cell.value = typed(value)
            if isinstance(cell.value, str):
                cell.data_type = "s"
    for position, column in enumerate(table.columns):
        _format_column(sheet, position, column, table, facts)
    sheet.freeze_panes = "A2"
    _print_labels(sheet, facts)


def _format_column(sheet: Any, position: int, column: Column, table: ReleasedTable, facts: Particulars) -> None:
    from openpyxl.utils import get_column_letter

    values = [row[position] for row in table.rows]
    number_format = _number_format(column, values, facts.lang)
    cells = sheet[get_column_letter(position + 1)]
    for cell in cells[1:]:
        if number_format and is_number(cell.value):
            cell.number_format = number_format
    widest = max(_width(str(cell.value)) for cell in cells if cell.value is not None)
    sheet.column_dimensions[get_column_letter(position + 1)].width = min(_WIDEST, widest + 4)


def _number_format(column: Column, values: list[Any], lang: str) -> str | None:
    """None where the column holds no quantities: keys such as years stay as they are."""
    quantities = [value for value in values if is_number(value)]
    if not quantities or column.role == "key":
        return None
    if is_share(column):
        return "0.00%"
    largest = max(abs(value) for value in quantities)
    if lang != "en" and largest >= _FROM and not (column.unit or "").startswith(("万", "亿")):
        return _TEN_THOUSANDS
    return "#,##0" if all(float(value).is_integer() for value in quantities) else "#,##0.00"


def _about_sheet(sheet: Any, facts: Particulars) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = render(Text(zh="说明", en="About"), facts.lang)
    notes = tuple((render(Text(zh="说明", en="Note"), facts.lang), note) for note in facts.notes)
    for index, (label, value) in enumerate((*facts.lines, *notes), start=1):
        head = sheet.cell(row=index, column=1, value=neutral(label))
        head.font = Font(bold=True)
        body = sheet.cell(row=index, column=2, value=neutral(value))
        body.data_type, body.alignment = "s", Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 16
    sheet.column_dimensions["B"].width = 100
    _print_labels(sheet, facts)


def _print_labels(sheet: Any, facts: Particulars) -> None:
    """Classification, watermark and AI label on every printed page; & is a command there and is doubled."""
    sheet.oddHeader.left.text = facts.level.replace("&", "&&")
    sheet.oddHeader.right.text = facts.watermark.replace("&", "&&")
    sheet.oddFooter.center.text = facts.ai_label.replace("&", "&&")


def _width(text: str) -> int:
    """Columns that the first line of a text takes; a Chinese character takes two."""
    return sum(2 if char > "⺀" else 1 for char in text.split("\n")[0])
