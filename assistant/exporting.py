"""An answer as a file that can be handed up: xlsx, csv or a docx brief, labelled, traceable and inert (UX row 11).

Only a ReleasedTable is written. The file names its classification, definition, source, SQL, rules, account, time and
audit number, and says that AI had a hand in it (人工智能生成合成内容标识办法; 云澜市政务数据安全审计规定第二十三条).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal, TypeAlias, assert_never

from assistant.domain import Answer, Column, Level, ReleasedTable, Scalar, Status, Text, User
from assistant.errors import UserError
from assistant.export_particulars import (
    SUPPRESSED,
    Particulars,
    clean,
    heading,
    is_share,
    neutral,
    particulars,
    suppressed_cells,
    typed,
)
from assistant.numbers import is_number

Format: TypeAlias = Literal["xlsx", "csv", "docx"]

_BEIJING = timezone(timedelta(hours=8))
_EXPORTABLE = frozenset({Status.ANSWERED, Status.PARTLY_SUPPRESSED})


def export(answer: Answer, format: Format, *, exported_by: User, at: datetime | None = None) -> bytes:
    """The file's bytes, in the answer's language.

    `exported_by` is who asks for the file now; `at` is the time of export (default: now). Raises UserError where the
    answer holds no released table, is not in the audit trail, or is classified above what this user may take away.
    """
    table = _exportable(answer, exported_by)
    facts = particulars(answer, exported_by, (at or datetime.now(UTC)).astimezone(_BEIJING))
    match format:
        case "csv":
            return _csv(table, facts)
        case "xlsx":
            from assistant.export_xlsx import workbook

            return workbook(table, facts)
        case "docx":
            from assistant.export_docx import brief

            return brief(answer, table, facts)
        case _:
            assert_never(format)


def _exportable(answer: Answer, user: User) -> ReleasedTable:
    """The released table, checked again on its way out."""
    table = answer.table
    if table is None or answer.status not in _EXPORTABLE:
        raise UserError(
            Text(
                zh="该答复没有可以导出的数据表。请先提出能够得到数据的问题。", en="This answer has no table to export."
            )
        )
    if answer.audit_seq < 1:
        raise UserError(
            Text(
                zh="该答复没有审计记录，不能导出。请重新提问。",
                en="This answer is not in the audit trail and cannot be exported. Please ask again.",
            )
        )
    if answer.level > min(user.clearance, Level.G4):  # important data never leave the system
        raise UserError(
            Text(
                zh="该答复的密级高于您可以导出的级别，不能导出（云澜市公共数据分类分级管理办法第二十三条）。",
                en="This answer is classified above what you may export (云澜市公共数据分类分级管理办法第二十三条).",
            )
        )
    if any(table.rows[row][column] is not None for row, column in suppressed_cells(table)):
        raise UserError(
            Text(
                zh="该答复未通过导出前的复核，不能导出。请联系管理员。",
                en="This answer did not pass the check before export. Please tell the administrator.",
            )
        )
    return table


def _csv(table: ReleasedTable, facts: Particulars) -> bytes:
    """UTF-8 with byte order mark; lines that begin with # carry the labels, the table follows."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    for line in _label_lines(facts):
        writer.writerow([line])
    writer.writerow([neutral(heading(column, facts.lang)) for column in table.columns])
    writer.writerows(_csv_rows(table))
    return stream.getvalue().encode("utf-8-sig")


def _label_lines(facts: Particulars) -> Iterator[str]:
    separator = ": " if facts.lang == "en" else "："
    for label, value in facts.lines:
        yield f"# {label}{separator}{_one_line(value)}"
    for note in facts.notes:
        yield f"# {note}"
    yield f"# {facts.watermark}"


def _csv_rows(table: ReleasedTable) -> Iterator[list[str]]:
    hidden = suppressed_cells(table)
    for index, row in enumerate(table.rows):
        yield [
            SUPPRESSED if (index, position) in hidden else _csv_cell(value, table.columns[position])
            for position, value in enumerate(row)
        ]


def _csv_cell(value: Scalar, column: Column) -> str:
    """The plain value; a ratio times a hundred, because the head of its column says percent."""
    written = typed(value)
    if written is None:
        return ""
    if isinstance(written, date | datetime):
        return written.isoformat()
    if is_share(column) and is_number(written):
        return str(round(float(written) * 100, 10))
    return str(written)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
