"""Answer -> the Markdown of the chat and its side panel. No logic of its own, no gradio: tested as text."""

from __future__ import annotations

from assistant.answer_format import obligation_words
from assistant.domain import Answer, Evidence, Lang, Level, Outcome, ReleasedTable, Scalar, Status, Text
from assistant.language import render
from assistant.numbers import cell, headed, is_number

MAX_ROWS_IN_BUBBLE = 5  # the whole table stands in the panel; the headline must stay in sight
MAX_QUOTE = 600  # characters

_MARKS = str.maketrans({mark: f"&#{ord(mark)};" for mark in "&<>\\`*_[]|#~"})
_STATUS = {
    Status.ANSWERED: Text(zh="已答复", en="Answered"),
    Status.PARTLY_SUPPRESSED: Text(zh="部分数据不予公布", en="Partly suppressed"),
    Status.CLARIFY: Text(zh="请先确认", en="Please choose"),
    Status.REFUSED: Text(zh="不能提供", en="Refused"),
    Status.NEEDS_APPROVAL: Text(zh="需要审批", en="Needs approval"),
    Status.NO_DATA: Text(zh="没有数据", en="No data"),
    Status.OUT_OF_SCOPE: Text(zh="超出范围", en="Out of scope"),
    Status.FAILED: Text(zh="未能完成", en="Failed"),
}
_OUTCOME = {
    Outcome.ALLOW: Text(zh="允许", en="Allowed"),
    Outcome.MASK: Text(zh="脱敏后允许", en="Allowed with masking"),
    Outcome.SUPPRESS: Text(zh="允许，个别数据按规则不予公布", en="Allowed; unsafe cells suppressed"),
    Outcome.AGGREGATE_ONLY: Text(zh="仅可提供汇总", en="Aggregates only"),
    Outcome.NEEDS_APPROVAL: Text(zh="需要审批", en="Needs approval"),
    Outcome.REFUSE: Text(zh="不予提供", en="Refused"),
}
_NOTHING_DECIDED = (Status.CLARIFY, Status.OUT_OF_SCOPE, Status.FAILED)  # no query, so no verdict on one
_NOT_ASKED = Text(zh="没有查询数据", en="No data were queried")
_LEVELS = {
    Level.G1: Text(zh="一般数据1级", en="general data, grade 1"),
    Level.G2: Text(zh="一般数据2级", en="general data, grade 2"),
    Level.G3: Text(zh="一般数据3级", en="general data, grade 3"),
    Level.G4: Text(zh="一般数据4级", en="general data, grade 4"),
    Level.IMP: Text(zh="重要数据", en="important data"),
    Level.CORE: Text(zh="核心数据", en="core data"),
    Level.WS: Text(zh="工作秘密", en="work secret"),
    Level.SS: Text(zh="国家秘密", en="state secret"),
}


def say(text: Text, lang: Lang) -> str:
    return render(text, lang)


def bubble(answer: Answer) -> str:
    """What stands in the conversation: status, the question as understood, the words, the table."""
    lang = answer.lang
    parts = [f"**{say(_STATUS[answer.status], lang)}**"]
    if answer.interpretation:
        parts.append(f"> {say(Text(zh='理解为：', en='Understood as: '), lang)}{escape(answer.interpretation)}")
    parts.append(escape(answer.text).replace("\n", "  \n"))
    if answer.table and answer.table.rows:
        parts.append(table_markdown(answer.table, lang))
    if answer.table:
        parts.append(f"<small>{escape(label_line(answer))}</small>")
    return "\n\n".join(parts)


def plain_text(answer: Answer) -> str:
    """The same answer for a terminal."""
    lang = answer.lang
    lines = [f"[{say(_STATUS[answer.status], lang)}] {answer.text}"]
    if answer.interpretation:
        lines.insert(0, f"{say(Text(zh='理解为', en='Understood as'), lang)}: {answer.interpretation}")
    if answer.table and answer.table.rows:
        shown = grid(answer.table, lang)
        lines += ["", "\t".join(str(head) for head in shown["headers"])]
        lines += ["\t".join(str(value) for value in row) for row in shown["data"]]  # type: ignore[attr-defined]
    lines += [f"  {number}. {option.label}: {option.question}" for number, option in enumerate(answer.options, 1)]
    lines += ["", f"{say(_verdict(answer), lang)}  {answer.decision.gate}".rstrip()]
    lines += [f"  {one.rule}  {one.clause}  {say(one.text, lang)}" for one in answer.decision.reasons]
    lines += [f"  + {obligation_words(one)}" for one in dict.fromkeys(answer.decision.obligations)]
    lines += [f"  《{one.title}》{one.section}  {one.id if one.kind != 'policy' else ''}" for one in answer.evidence]
    if answer.request is not None:
        named = "、".join(f"{say(item.name, lang)}（{item.provider}）" for item in answer.request.items)
        told = Text(zh="可以申请（govdata request file）", en="A request can be filed (govdata request file)")
        lines.append(f"{say(told, lang)}: {named}")
    return "\n".join([*lines, label_line(answer)])


def label_line(answer: Answer) -> str:
    """Level, audit number and the mark that AI wrote the words (人工智能生成合成内容标识办法)."""
    level = say(_LEVELS[answer.level], answer.lang)
    told = Text(
        zh=f"数据级别：{level}（{answer.level.name}）· 审计号 {answer.audit_seq} · 人工智能辅助生成，数字取自查询结果",
        en=f"Level: {level} ({answer.level.name}) · audit no. {answer.audit_seq} · AI-assisted, numbers as queried",
    )
    return say(told, answer.lang)


def table_markdown(table: ReleasedTable, lang: Lang, rows: int = MAX_ROWS_IN_BUBBLE) -> str:
    """A Markdown table; a suppressed cell is `c`."""
    hidden = {(cell_.row, cell_.column) for cell_ in table.suppressions}
    heads = [escape(headed(column.label or column.name, column.unit, lang)) for column in table.columns]
    lines = ["| " + " | ".join(heads) + " |"]
    numeric = [any(is_number(row[index]) for row in table.rows) for index in range(len(heads))]
    lines.append("| " + " | ".join("---:" if right else "---" for right in numeric) + " |")
    for index, row in enumerate(table.rows[:rows]):
        shown = [
            "c" if (index, position) in hidden else _cell(value, table.columns[position].unit, lang)
            for position, value in enumerate(row)
        ]
        lines.append("| " + " | ".join(shown) + " |")
    if len(table.rows) > rows:
        more = Text(zh=f"共 {len(table.rows)} 行，全部见右侧“结果”", en=f"{len(table.rows)} rows in all: see “Result”")
        lines.append(f"\n{say(more, lang)}")
    return "\n".join(lines)


def grid(table: ReleasedTable, lang: Lang) -> dict[str, list[object]]:
    """The whole table for the result tab: heads with units, a suppressed cell as `c`."""
    hidden = {(cell_.row, cell_.column) for cell_ in table.suppressions}
    return {
        "headers": [headed(column.label or column.name, column.unit, lang) for column in table.columns],
        "data": [
            [
                "c" if (index, position) in hidden else _shown(value, table.columns[position].unit, lang)
                for position, value in enumerate(row)
            ]
            for index, row in enumerate(table.rows)
        ],
    }


def _verdict(answer: Answer) -> Text:
    nothing = answer.status in _NOTHING_DECIDED and not answer.decision.reasons
    return _NOT_ASKED if nothing else _OUTCOME[answer.decision.outcome]


def decision_markdown(answer: Answer) -> str:
    """Why this was allowed, suppressed or refused: rule, clause, obligations, and what to do next."""
    lang, decision = answer.lang, answer.decision
    lines = [f"**{say(_verdict(answer), lang)}**" + (f" · {decision.gate}" if decision.gate else "")]
    for reason in decision.reasons:
        lines.append(f"- {escape(say(reason.text, lang))}  \n  `{reason.rule}` {escape(reason.clause)}")
    if decision.obligations:
        lines.append(f"\n**{say(Text(zh='附带义务', en='Obligations'), lang)}**\n")
        lines += [f"- `{obligation_words(item)}`" for item in dict.fromkeys(decision.obligations)]
    if decision.offer:
        lines.append(f"\n**{escape(say(decision.offer, lang))}**")
    return "\n".join(lines)


def evidence_markdown(evidence: tuple[Evidence, ...], lang: Lang) -> str:
    """Each source with its quote, its date and whether it is in force."""
    if not evidence:
        return say(Text(zh="（无）", en="(none)"), lang)
    blocks = []
    for item in evidence:
        force = Text(zh="现行有效", en="in force") if item.in_force else Text(zh="已失效或被替代", en="not in force")
        dated = f" · {item.as_of.isoformat()}" if item.as_of else ""
        title = f"**{escape(item.title)}** {escape(item.section)}{dated} · {say(force, lang)}"
        quote = item.quote if len(item.quote) <= MAX_QUOTE else item.quote[:MAX_QUOTE] + "……"
        blocks.append(title + "\n\n" + "\n".join(f"> {escape(line)}" for line in quote.splitlines() if line.strip()))
    return "\n\n".join(blocks)


def escape(text: str) -> str:
    """Text from data, documents and models is data: no Markdown, no HTML."""
    return text.translate(_MARKS)


def _cell(value: Scalar, unit: str | None, lang: Lang) -> str:
    return escape(_shown(value, unit, lang))


def _shown(value: Scalar, unit: str | None, lang: Lang) -> str:
    if value is None:
        return "—"
    return cell(value, unit, lang) if is_number(value) else str(value)
