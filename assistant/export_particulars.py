"""What a file must say about itself: classification, definition, source, rules, who exported it and when.

Also the two things that every cell needs on its way out: neutral text, and `c` for what is suppressed.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from assistant.domain import Answer, Column, Evidence, Lang, Level, Outcome, ReleasedTable, Text, User
from assistant.language import render
from assistant.narration_sentences import ROUNDED
from assistant.numbers import is_ratio, unit_word

SUPPRESSED = "c"
LONGEST_TEXT = 32_000  # characters: below what a spreadsheet cell holds (32,767)

# A spreadsheet reads text that begins so as a formula (full-width forms too); leading blanks do not protect.
_FORMULA = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

AI_LABEL = Text(
    zh="人工智能生成：本文件的文字和查询语句由人工智能辅助生成，数字由查询结果直接得出，正式使用前请人工核对。",
    en="AI-generated: words and query of this file were produced with the help of artificial intelligence; "
    "the figures come straight from the query result. Have a person check it before official use.",
)
PROTECTED = Text(
    zh="标“c”的单元因保护个体信息不予显示；不足以保护个体信息的分组可能未列出。",
    en="Cells marked “c” are withheld to protect individuals; groups that could not be protected may be left out.",
)
TRUNCATED = Text(
    zh="结果行数较多，本文件只包含前若干行。", en="The result has more rows; this file holds the first of them."
)

LEVELS = {
    Level.G1: Text(zh="一般数据1级（G1）", en="General data, grade 1 (G1)"),
    Level.G2: Text(zh="一般数据2级（G2）", en="General data, grade 2 (G2)"),
    Level.G3: Text(zh="一般数据3级（G3）", en="General data, grade 3 (G3)"),
    Level.G4: Text(zh="一般数据4级（G4）", en="General data, grade 4 (G4)"),
}
_OUTCOMES = {
    Outcome.ALLOW: Text(zh="准予提供", en="allowed"),
    Outcome.MASK: Text(zh="遮蔽后提供", en="allowed with masking"),
    Outcome.SUPPRESS: Text(zh="披露控制后提供", en="allowed after disclosure control"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """The file's own words in the reader's language: (label, value) lines, label, mark and watermark."""

    lang: Lang
    level: str
    lines: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    ai_label: str
    ai_metadata: str  # implicit label for the file's properties
    watermark: str  # account, time and audit number
    exported_at: datetime


def particulars(answer: Answer, exported_by: User, at: datetime) -> Particulars:
    """Everything a file says about `answer`; `at` in the zone in which it is to be shown."""
    lang = answer.lang
    table = answer.table
    notes = []
    if table and (table.suppressions or table.rows_withheld):
        notes.append(render(PROTECTED, lang))
    if table and table.rounded:
        notes.append(render(ROUNDED, lang))
    if table and table.truncated:
        notes.append(render(TRUNCATED, lang))
    when = at.strftime("%Y-%m-%d %H:%M:%S")
    return Particulars(
        lang=lang,
        level=render(LEVELS[answer.level], lang),
        lines=tuple((render(label, lang), value) for label, value in _lines(answer, exported_by, when) if value),
        notes=tuple(notes),
        ai_label=render(AI_LABEL, lang),
        ai_metadata=_ai_metadata(answer),
        watermark=f"{exported_by.user_id} {when} #{answer.audit_seq}",
        exported_at=at,
    )


def _lines(answer: Answer, user: User, when: str) -> list[tuple[Text, str]]:
    lang = answer.lang
    reasons = [f"{one.rule} {one.clause} {render(one.text, lang)}".strip() for one in answer.decision.reasons]
    outcome = _OUTCOMES.get(answer.decision.outcome)
    return [
        (Text(zh="问题", en="Question"), answer.question),
        (Text(zh="口径", en="Definition"), answer.interpretation),
        (Text(zh="密级", en="Classification"), render(LEVELS[answer.level], lang)),
        (Text(zh="来源", en="Source"), "\n".join(_source(one, lang) for one in answer.evidence)),
        (Text(zh="提供方式", en="Decision"), render(outcome, lang) if outcome else ""),
        (Text(zh="适用规则", en="Rules"), "\n".join(reasons)),
        (Text(zh="规则版本", en="Policy version"), answer.policy_version),
        (Text(zh="目录版本", en="Catalog version"), answer.catalog_version),
        (Text(zh="查询语句", en="SQL"), answer.sql or ""),
        (Text(zh="语句来源", en="Drafted by"), answer.drafter),
        (Text(zh="模型", en="Model"), answer.model.id or ""),
        (Text(zh="导出人", en="Exported by"), f"{render(user.name, lang)}（{user.user_id}，{user.department}）"),
        (Text(zh="导出时间", en="Exported at"), f"{when} (UTC+8)"),
        (Text(zh="审计号", en="Audit number"), str(answer.audit_seq)),
        (Text(zh="标识", en="Label"), render(AI_LABEL, lang)),
    ]


def _source(evidence: Evidence, lang: Lang) -> str:
    words = [evidence.title, evidence.section]
    if evidence.as_of:
        words.append(evidence.as_of.isoformat())
    if not evidence.in_force:
        words.append(render(Text(zh="已失效", en="no longer in force"), lang))
    return " ".join(word for word in words if word)


def _ai_metadata(answer: Answer) -> str:
    """The implicit label of GB 45438-2025: who produced the content and under which number."""
    return json.dumps(
        {"AIGC": {"Label": "1", "ContentProducer": "GovData Assistant", "ProduceID": answer.question_id}},
        ensure_ascii=False,
    )


def heading(column: Column, lang: Lang) -> str:
    """The head of a column with its unit: 新设企业（家）."""
    name = render(Text(zh=column.label or column.name, en=column.label or column.name), lang)
    unit = unit_word(column.unit, lang)
    if not unit:
        return name
    return f"{name} ({unit})" if lang == "en" else f"{name}（{unit}）"


def is_share(column: Column) -> bool:
    """Whether the values are ratios, to be written as percent."""
    return is_ratio(column.unit)


def suppressed_cells(table: ReleasedTable) -> frozenset[tuple[int, int]]:
    return frozenset((one.row, one.column) for one in table.suppressions)


def clean(text: str) -> str:
    """Text without the characters that no file format can hold."""
    return _CONTROL.sub("", text)[:LONGEST_TEXT]


def neutral(text: str) -> str:
    """Clean text that no spreadsheet takes for a formula."""
    kept = clean(text)
    return f"'{kept}" if _FORMULA.match(kept) else kept


def typed(value: object) -> str | int | float | bool | date | datetime | None:
    """The value as a spreadsheet holds it: numbers and dates as such, anything else as neutral text."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | date):
        return value
    return neutral(str(value))
