"""A filter in words, so that a steward sees what was understood before reading the table."""

from __future__ import annotations

from assistant.domain import Lang, Text
from assistant.language import render
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.vocabulary import label, value_label

_SUBJECTS = {
    Subject.RESOURCE: Text(zh="信息资源", en="Resources"),
    Subject.ELEMENT: Text(zh="数据项", en="Data items"),
    Subject.METRIC: Text(zh="指标", en="Metrics"),
    Subject.DEFINITION: Text(zh="定义对照", en="Definitions"),
    Subject.REQUEST: Text(zh="请求次数（审计统计）", en="Requests (audit counts)"),
}
_OPS = {
    Op.IS: Text(zh="为", en="is"),
    Op.IS_NOT: Text(zh="不为", en="is not"),
    Op.HAS: Text(zh="有", en="has"),
    Op.HAS_NOT: Text(zh="没有", en="has no"),
    Op.MISSING: Text(zh="未填写", en="is not filled in"),
    Op.PRESENT: Text(zh="已填写", en="is filled in"),
    Op.SAME_MEANING: Text(zh="同义于", en="means the same as"),
    Op.ABOUT: Text(zh="", en="to"),
    Op.CONTAINS: Text(zh="含有", en="contains"),
    Op.CONTAINS_NOT: Text(zh="不含", en="does not contain"),
    Op.AT_LEAST: Text(zh="≥", en="≥"),
    Op.AT_MOST: Text(zh="≤", en="≤"),
    Op.BELOW: Text(zh="<", en="<"),
    Op.ABOVE: Text(zh=">", en=">"),
}


def describe(asked: CatalogFilter, lang: Lang) -> str:
    """One sentence: rows; conditions; groups and measures; order."""
    parts = [render(_SUBJECTS[asked.subject], lang)]
    parts += [_condition(one, lang) for one in asked.conditions]
    if asked.group_by:
        names = _list([render(label("fields", one), lang) for one in asked.group_by], lang)
        parts.append(render(Text(zh=f"按{names}", en=f"by {names}"), lang))
    if asked.measures:
        names = _list([render(label("measures", one), lang) for one in asked.measures], lang)
        parts.append(render(Text(zh=f"统计{names}", en=f"showing {names}"), lang))
    if asked.order:
        name = render(_named(asked.order[0]), lang)
        down = asked.order[1] == "desc"
        parts.append(
            render(
                Text(
                    zh=f"{name}{'从高到低' if down else '从低到高'}",
                    en=f"{name} {'descending' if down else 'ascending'}",
                ),
                lang,
            )
        )
    if asked.limit:
        parts.append(render(Text(zh=f"前 {asked.limit} 项", en=f"first {asked.limit}"), lang))
    return ("; " if lang == "en" else "；").join(parts)


def _condition(one: Condition, lang: Lang) -> str:
    name = render(_named(one.field), lang)
    said = render(_OPS[one.op], lang)
    values = _list([render(_value(one.field, value), lang) for value in one.values], lang)
    return " ".join(part for part in (name, said, values) if part)


def _named(field: str) -> Text:
    found = label("fields", field)
    return found if found.zh != field else label("measures", field)


def _value(field: str, value: str) -> Text:
    return value_label(field, value) or Text(zh=value, en=value)


def _list(words: list[str], lang: Lang) -> str:
    return (", " if lang == "en" else "、").join(words)
