"""Exported files: opened again and read, because what counts is what the receiver sees."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain import (
    Answer,
    Column,
    Decision,
    Evidence,
    Level,
    ModelUse,
    Outcome,
    Reason,
    ReleasedTable,
    Status,
    Suppression,
    Text,
    User,
)
from assistant.errors import UserError
from assistant.export_particulars import neutral
from assistant.exporting import Format, export

AT = datetime(2025, 10, 31, 2, 30, 5, tzinfo=UTC)
USER = User(user_id="analyst", name=Text(zh="分析员", en="Analyst"), department="市大数据局", clearance=Level.G3)
FORMATS: tuple[Format, ...] = ("xlsx", "csv", "docx")
HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1+1",
    '=HYPERLINK("http://x","y")',
]


def table(**changed: Any) -> ReleasedTable:
    fields: dict[str, Any] = {
        "columns": (
            Column(name="district", label="区", role="key"),
            Column(name="firms", label="新设企业", unit="家"),
            Column(name="rate", label="同比增速", unit="比率", derived="rate"),
            Column(name="day", label="截止日"),
        ),
        "rows": (
            ("临江区", 123456, -0.1234, date(2025, 9, 30)),
            ("云台区", None, None, date(2025, 9, 30)),
            ("=1+1", 7, 0.5, None),
        ),
        "suppressions": (Suppression(row=1, column=1, kind="primary", rule="R-G5-001"),),
    }
    return ReleasedTable(**(fields | changed))


def answer(**changed: Any) -> Answer:
    decision = Decision(
        outcome=Outcome.SUPPRESS,
        reasons=(
            Reason(
                rule="R-G5-001",
                clause="云澜市政务数据统计披露控制规则第五条",
                text=Text(zh="单元过小不予显示", en="small cells are withheld"),
            ),
        ),
    )
    source = Evidence(
        passage_id="p",
        kind="catalog",
        id="990100-SC-001",
        title="企业登记基本信息",
        section="",
        quote="",
        score=1.0,
        as_of=date(2025, 10, 31),
        in_force=True,
    )
    fields: dict[str, Any] = {
        "question_id": "q-7",
        "conversation_id": "c",
        "status": Status.PARTLY_SUPPRESSED,
        "text": "2025年临江区新设企业12.35万家。",
        "lang": "zh",
        "question": "2025年各区新设企业数",
        "interpretation": "新设企业数，按区，2025年",
        "sql": "SELECT district, COUNT(*) FROM ent_registration GROUP BY 1",
        "drafter": "compiled",
        "table": table(),
        "level": Level.G2,
        "decision": decision,
        "evidence": (source,),
        "model": ModelUse(id="qwen"),
        "policy_version": "abc123",
        "catalog_version": "def456",
        "audit_seq": 42,
    }
    return Answer(**(fields | changed))


def xlsx(one: Answer) -> Any:
    return openpyxl.load_workbook(io.BytesIO(export(one, "xlsx", exported_by=USER, at=AT)))


def csv_rows(one: Answer) -> list[list[str]]:
    text = export(one, "csv", exported_by=USER, at=AT).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def docx_file(one: Answer) -> Any:
    return docx.Document(io.BytesIO(export(one, "docx", exported_by=USER, at=AT)))


def docx_text(document: Any) -> str:
    section = document.sections[0]
    parts = [*document.paragraphs, *section.header.paragraphs, *section.footer.paragraphs]
    return "\n".join(paragraph.text for paragraph in parts)


def everything(one: Answer, format: Format) -> str:
    """All words a receiver can see."""
    if format == "docx":
        document = docx_file(one)
        cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
        return "\n".join([docx_text(document), *cells])
    if format == "csv":
        return "\n".join(",".join(row) for row in csv_rows(one))
    return "\n".join(str(cell.value) for sheet in xlsx(one) for row in sheet.iter_rows() for cell in row)


# ----------------------------------------------------------------------------- content


def test_a_spreadsheet_holds_typed_cells_and_c():
    sheet = xlsx(answer()).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["区", "新设企业（家）", "同比增速（%）", "截止日"]
    assert rows[1] == ["临江区", 123456, -0.1234, datetime(2025, 9, 30)]
    assert rows[2] == ["云台区", "c", None, datetime(2025, 9, 30)]
    assert sheet["B2"].number_format == '0!.0,"万"'
    assert sheet["C2"].number_format == "0.00%"
    assert sheet["A4"].data_type == "s"
    assert sheet.freeze_panes == "A2"


def test_small_numbers_and_english_sheets_group_by_thousands_and_keys_keep_their_form():
    columns = (
        Column(name="year", label="年份", role="key"),
        Column(name="n", label="数量"),
        Column(name="avg", label="均值"),
    )
    small = table(columns=columns, rows=((2025, 99999, 1.5),), suppressions=())
    sheet = xlsx(answer(table=small)).worksheets[0]
    assert [cell.number_format for cell in sheet[2]] == ["General", "#,##0", "#,##0.00"]
    english = xlsx(answer(lang="en")).worksheets[0]
    assert english["B2"].number_format == "#,##0"
    assert english["B1"].value == "新设企业 (firms)"


def test_the_second_sheet_says_what_the_table_is():
    about = xlsx(answer()).worksheets[1]
    said = {row[0].value: row[1].value for row in about.iter_rows()}
    assert said["口径"] == "新设企业数，按区，2025年"
    assert said["来源"] == "企业登记基本信息 2025-10-31"
    assert said["密级"] == "一般数据2级（G2）"
    assert said["查询语句"].startswith("SELECT district")
    assert said["导出人"] == "分析员（analyst，市大数据局）"
    assert said["导出时间"] == "2025-10-31 10:30:05 (UTC+8)"
    assert said["审计号"] == "42"
    assert said["适用规则"] == "R-G5-001 云澜市政务数据统计披露控制规则第五条 单元过小不予显示"
    assert "“c”" in said["说明"]


def test_csv_has_a_byte_order_mark_labels_and_the_table():
    raw = export(answer(), "csv", exported_by=USER, at=AT)
    assert raw.startswith(b"\xef\xbb\xbf# ")
    rows = csv_rows(answer())
    labels = [row[0] for row in rows if row[0].startswith("# ")]
    assert "# 密级：一般数据2级（G2）" in labels
    assert rows[len(labels) :] == [
        ["区", "新设企业（家）", "同比增速（%）", "截止日"],
        ["临江区", "123456", "-12.34", "2025-09-30"],
        ["云台区", "c", "", "2025-09-30"],
        ["'=1+1", "7", "50.0", ""],
    ]


def test_a_brief_follows_the_layout_of_official_documents():
    document = docx_file(answer())
    section = document.sections[0]
    assert [round(one.mm) for one in (section.top_margin, section.bottom_margin)] == [37, 35]
    assert [round(one.mm) for one in (section.left_margin, section.right_margin)] == [28, 26]
    assert [round(one.mm) for one in (section.page_width, section.page_height)] == [210, 297]
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[0] == "一般数据2级（G2）"
    assert lines[1:3] == ["数据简报", "2025年各区新设企业数"]
    for heading in ("一、问题与口径", "二、主要情况", "三、数据", "四、来源、依据与说明"):
        assert heading in lines
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert cells[1][:3] == ["临江区", "123456", "-12.34%"]
    assert cells[2][1] == "c"
    body = next(paragraph for paragraph in document.paragraphs if paragraph.text.startswith("2025年临江区"))
    assert body.paragraph_format.line_spacing.pt == 28
    assert body.runs[0].font.size.pt == 16
    assert 'eastAsia="仿宋_GB2312"' in body._p.xml
    assert "PAGE" in section.footer._element.xml


# ----------------------------------------------------------------------------- labels and traces


@pytest.mark.parametrize("format", FORMATS)
def test_every_file_says_that_ai_had_a_hand_in_it_and_whose_it_is(format: Format):
    said = everything(answer(), format)
    assert "人工智能生成" in said
    assert "一般数据2级（G2）" in said
    for trace in ("analyst", "42", "2025-10-31 10:30:05"):
        assert trace in said


def test_watermark_and_implicit_label_are_in_the_files_themselves():
    book = xlsx(answer())
    assert json.loads(book.properties.description)["AIGC"]["ProduceID"] == "q-7"
    assert book.properties.creator == "analyst 2025-10-31 10:30:05 #42"
    for sheet in book:
        assert "analyst" in sheet.oddHeader.right.text
        assert "人工智能生成" in sheet.oddFooter.center.text
    document = docx_file(answer())
    assert json.loads(document.core_properties.comments)["AIGC"]["Label"] == "1"
    header = document.sections[0].header._element.xml
    assert 'string="analyst 2025-10-31 10:30:05 #42"' in header
    assert "analyst 2025-10-31 10:30:05 #42" in docx_text(document)


@pytest.mark.parametrize(
    ("lang", "label", "level"),
    [("en", "AI-generated", "General data, grade 2 (G2)"), ("zh-Hant", "人工智能生成", "一般數據2級（G2）")],
)
@pytest.mark.parametrize("format", FORMATS)
def test_files_speak_the_language_of_the_answer(format: Format, lang: Any, label: str, level: str):
    said = everything(answer(lang=lang), format)
    assert label in said
    assert level in said
    if lang == "en":
        assert "Exported by" in said
        assert "Analyst" in said


def test_a_cut_result_says_so():
    assert "前若干行" in everything(answer(table=table(truncated=True)), "csv")
    assert "前若干行" not in everything(answer(), "csv")


# ----------------------------------------------------------------------------- nothing that must not leave


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "changed",
    [
        {"table": None},
        {"status": Status.REFUSED},
        {"status": Status.NEEDS_APPROVAL},
        {"status": Status.FAILED},
        {"audit_seq": 0},
        {"level": Level.G4},
        {"level": Level.IMP},
        {"level": Level.SS},
    ],
    ids=str,
)
def test_what_may_not_leave_is_not_written(format: Format, changed: dict[str, Any]):
    with pytest.raises(UserError):
        export(answer(**changed), format, exported_by=USER)


def test_important_data_stay_inside_whoever_asks():
    cleared = replace(USER, clearance=Level.SS)
    with pytest.raises(UserError):
        export(answer(level=Level.IMP), "csv", exported_by=cleared)
    assert export(answer(level=Level.G4), "csv", exported_by=cleared)


@pytest.mark.parametrize("format", FORMATS)
def test_a_value_under_a_suppression_stops_the_export(format: Format):
    leaky = table(suppressions=(Suppression(row=0, column=1, kind="secondary", rule="R"),))
    with pytest.raises(UserError):
        export(answer(table=leaky), format, exported_by=USER)


# ----------------------------------------------------------------------------- inert files


def inert(text: str) -> bool:
    return not text.lstrip(" \t\r\n\ufeff").startswith(tuple("=+-@＝＋－＠")) and not text.startswith(
        ("\t", "\r", "\n")
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_spreadsheet_is_a_formula(text: str):
    hostile = answer(
        question=text,
        interpretation=text,
        sql=text,
        table=table(
            columns=(Column(name="k", label=text, role="key"), Column(name="v")), rows=((text, text),), suppressions=()
        ),
    )
    for sheet in xlsx(hostile):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.value is None or inert(str(cell.value))
    assert all(inert(cell) for row in csv_rows(hostile) for cell in row)


def test_numbers_below_zero_stay_numbers():
    rows = csv_rows(answer(table=table(rows=(("临江区", -5, -0.5, None),), suppressions=())))
    assert rows[-1] == ["临江区", "-5", "-50.0", ""]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_neutral_text_is_inert_and_otherwise_unchanged(text: str):
    safe = neutral(text)
    assert inert(safe)
    printable = all(character.isprintable() for character in text)
    if printable and inert(text):
        assert safe == text


@pytest.mark.parametrize("format", FORMATS)
def test_characters_that_no_file_can_hold_do_not_stop_the_export(format: Format):
    odd = "正常\x00\x0b\ud800\uffff & <b> \"引号\" '单引号' \U0001f600"
    user = replace(USER, user_id='a"&<b>')
    one = answer(text=odd, question=odd, table=table(rows=((odd, 1, 0.1, None),), suppressions=()))
    assert export(one, format, exported_by=user, at=AT)


@pytest.mark.parametrize("format", FORMATS)
def test_numbers_that_are_none_leave_an_empty_cell(format: Format):
    odd = table(rows=(("甲区", float("nan"), float("inf"), None),), suppressions=())
    assert "inf" not in everything(answer(table=odd), format)
    assert "nan" not in everything(answer(table=odd), format)


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_table_is_a_file_too(format: Format):
    assert export(answer(table=table(rows=(), suppressions=())), format, exported_by=USER, at=AT)
