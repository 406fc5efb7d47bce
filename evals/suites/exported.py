"""Text that a spreadsheet would run, put into the cells, the question and the headings of an exported answer.

The answer itself is one that the product gave; what is replaced is what an attacker can write: a cell of the warehouse,
the words of a question. Each of the three files is read back, and nothing in it may be a formula or a field.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from assistant.domain import Answer, ReleasedTable, User
from assistant.errors import UserError
from assistant.exporting import export

# The first character that makes a spreadsheet calculate (OWASP, "CSV Injection"), full-width forms included; blanks
# before it do not protect, and a tab or line end at the start moves the rest into a cell of its own.
_RUNS = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?%?$")
_FIELD = re.compile(r"<w:instrText[^>]*>(.*?)</w:instrText>", re.DOTALL)
_MOST_ROWS = 3


def export_leaks(payload: str, answer: Answer, user: User) -> list[str]:
    """Which file holds the payload as something that runs; `answer` must have a released table."""
    planted = planted_answer(payload, answer)
    found = []
    try:
        found += [f"csv: a cell runs: {cell[:20]!r}" for cell in csv_cells(export(planted, "csv", exported_by=user))]
        found += [f"xlsx: {what}" for what in xlsx_cells(export(planted, "xlsx", exported_by=user))]
        found += [f"docx: {what}" for what in docx_fields(export(planted, "docx", exported_by=user), payload)]
    except UserError:  # not handed out at all
        return []
    return found


def planted_answer(payload: str, answer: Answer) -> Answer:
    """The answer with the payload in its question, words, interpretation, a column's label and every text cell."""
    table = answer.table
    assert table is not None
    rows = tuple(
        tuple(payload if isinstance(value, str) or not table.columns else value for value in row)
        for row in table.rows[:_MOST_ROWS]
    )
    columns = tuple(replace(column, label=payload) for column in table.columns)
    made: ReleasedTable = replace(table, rows=rows, columns=columns, suppressions=())
    return replace(
        answer, table=made, question=payload, text=payload, interpretation=payload, sql=f"select '{payload}'"
    )


def csv_cells(content: bytes) -> Iterator[str]:
    """Cells of a CSV file that a spreadsheet would calculate."""
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        yield from (cell for cell in row if _RUNS.match(cell) and not _NUMBER.match(cell))


def xlsx_cells(content: bytes) -> Iterator[str]:
    """Formulas of a workbook, and text cells that become one when they are edited or saved as CSV."""
    from openpyxl import load_workbook

    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield f"a formula in {sheet.title}!{cell.coordinate}"
                elif isinstance(cell.value, str) and _RUNS.match(cell.value):
                    yield f"text that runs in {sheet.title}!{cell.coordinate}"


def docx_fields(content: bytes, payload: str) -> Iterator[str]:
    """Field codes (DDE, INCLUDETEXT, HYPERLINK) that hold words of the payload."""
    words = payload.strip()[:20]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.endswith(".xml"):
                codes = re.findall(
                    r"<w:instrText[^>]*>(.*?)</w:instrText>", package.read(name).decode("utf-8"), re.DOTALL
                )
                yield from (f"a field in {name}" for code in codes if words and words in code)
