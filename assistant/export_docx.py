"""ADAPTER python-docx: a brief in the layout of official documents (GB/T 9704-2012).

A4, margins 37/35/28/26 mm, text 仿宋 三号 at 28 pt, headings 黑体, title 小标宋 二号, page number — 1 —.
"""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import quoteattr

from assistant.domain import Answer, Column, ReleasedTable, Scalar, Text
from assistant.export_particulars import SUPPRESSED, Particulars, clean, heading, suppressed_cells, typed
from assistant.language import render
from assistant.numbers import ABSENT, is_number
from assistant.numbers import cell as cell_words

_BODY, _HEADING, _TITLE, _LATIN = "仿宋_GB2312", "黑体", "方正小标宋简体", "Times New Roman"
_SIZE_TITLE, _SIZE_BODY, _SIZE_TABLE, _SIZE_SMALL = 22, 16, 10.5, 9  # pt: 二号, 三号, 五号, 小五
_LINE = 28  # pt
_LONGEST_SQL = 4_000  # characters
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WATERMARK = (
    f'<w:pict xmlns:w="{_W}" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">'
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" path="m@7,l@8,m@5,21600l@6,21600e">'
    '<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
    '<v:shape id="watermark" type="#_x0000_t136" style="position:absolute;width:460pt;height:36pt;rotation:315;'
    "z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    'mso-position-vertical:center;mso-position-vertical-relative:margin" fillcolor="#d0d0d0" stroked="f">'
    '<v:fill opacity=".5"/><v:textpath style="font-family:&quot;Times New Roman&quot;;font-size:1pt" string={text}/>'
    "</v:shape></w:pict>"
)


def brief(answer: Answer, table: ReleasedTable, facts: Particulars) -> bytes:
    """The bytes of the docx file."""
    import docx

    document = docx.Document()
    _page(document)
    _running_lines(document, facts)
    _text(document, facts.level, font=_HEADING, indent=False)
    _title(document, answer, facts)
    for heading_text, body in _sections(answer, facts):
        _text(document, heading_text, font=_HEADING)
        for line in body.splitlines():
            _text(document, line)
    _text(document, _numbered(3, Text(zh="数据", en="Data"), facts), font=_HEADING)
    _table(document, table, facts)
    for note in facts.notes:
        _text(document, note, size=_SIZE_TABLE)
    _text(document, _numbered(4, Text(zh="来源、依据与说明", en="Source, rules and particulars"), facts), font=_HEADING)
    separator = ": " if facts.lang == "en" else "："
    for label, value in facts.lines:
        _text(document, f"{label}{separator}{value[:_LONGEST_SQL]}", size=_SIZE_TABLE)
    properties = document.core_properties
    properties.author, properties.comments, properties.keywords = facts.watermark[:250], facts.ai_metadata, "AIGC"
    properties.title = clean(answer.question)[:250]
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _sections(answer: Answer, facts: Particulars) -> tuple[tuple[str, str], ...]:
    return (
        (_numbered(1, Text(zh="问题与口径", en="Question and definition"), facts), answer.interpretation),
        (_numbered(2, Text(zh="主要情况", en="Findings"), facts), answer.text),
    )


def _numbered(number: int, text: Text, facts: Particulars) -> str:
    return f"{number}. {text.en}" if facts.lang == "en" else f"{'一二三四'[number - 1]}、{render(text, facts.lang)}"


def _page(document: Any) -> None:
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    _set_font(document.styles["Normal"], _BODY, _SIZE_BODY)


def _running_lines(document: Any, facts: Particulars) -> None:
    """Watermark behind every page, account and audit number above it, AI label and page number below."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml

    section = document.sections[0]
    header = section.header.paragraphs[0]
    _run(header, facts.watermark, _BODY, _SIZE_SMALL)
    header.add_run()._r.append(parse_xml(_WATERMARK.format(text=quoteattr(clean(facts.watermark)))))
    footer = section.footer.paragraphs[0]
    _run(footer, facts.ai_label, _BODY, _SIZE_SMALL)
    number = section.footer.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(number, "— ", _BODY, 14)
    field = f'<w:fldSimple xmlns:w="{_W}" w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    number._p.append(parse_xml(field))
    _run(number, " —", _BODY, 14)


def _title(document: Any, answer: Answer, facts: Particulars) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    name = render(Text(zh="数据简报", en="Data brief"), facts.lang)
    for line in (name, answer.question):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraph, line, _TITLE, _SIZE_TITLE if line == name else _SIZE_BODY)


def _text(document: Any, words: str, *, font: str = _BODY, size: float = _SIZE_BODY, indent: bool = True) -> None:
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    if not words.strip():
        return
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(_LINE if size > 12 else 18)
    if indent:
        layout.first_line_indent = Pt(2 * size)
    _run(paragraph, words, font, size)


def _table(document: Any, table: ReleasedTable, facts: Particulars) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    grid = document.add_table(rows=len(table.rows) + 1, cols=len(table.columns), style="Table Grid")
    hidden = suppressed_cells(table)
    cells = iter(grid._cells)
    for column in table.columns:
        _run(next(cells).paragraphs[0], heading(column, facts.lang), _HEADING, _SIZE_TABLE)
    for index, row in enumerate(table.rows):
        for position, value in enumerate(row):
            withheld = (index, position) in hidden
            words = SUPPRESSED if withheld else _shown(value, table.columns[position], facts)
            paragraph = next(cells).paragraphs[0]
            if withheld or is_number(value):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _run(paragraph, words, _BODY, _SIZE_TABLE)


def _shown(value: Scalar, column: Column, facts: Particulars) -> str:
    """Keys as they are (a year is no quantity), quantities as a table shows them."""
    if typed(value) is None:
        return ABSENT
    if column.role == "key":
        return str(value)
    return cell_words(value, column.unit, facts.lang)


def _run(paragraph: Any, words: str, font: str, size: float) -> None:
    run = paragraph.add_run(clean(words))
    _set_font(run, font, size)


def _set_font(target: Any, east_asian: str, size: float) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    target.font.name, target.font.size = _LATIN, Pt(size)
    target.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), east_asian)
