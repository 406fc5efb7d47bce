"""A drafted query in words: said from the SQL, in both languages."""

from __future__ import annotations

import pytest

from assistant.domain import Lang
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext
from assistant.nl2sql.drafts.restating import output_labels, restate


def context(english: bool) -> SchemaContext:
    def named(zh: str, en: str) -> str:
        return en if english else zh

    return SchemaContext(
        tables=(
            ContextTable(
                name="ticket",
                label=named("热线工单", "hotline tickets"),
                columns=(
                    ContextColumn(
                        name="channel",
                        type="text",
                        label=named("渠道", "channel"),
                        codes=(("1", named("电话", "phone")),),
                    ),
                    ContextColumn(name="days", type="number", label=named("办结天数", "days to close")),
                    ContextColumn(name="dept_code", type="text", label=named("部门代码", "department code")),
                ),
            ),
            ContextTable(
                name="dept",
                label=named("部门", "departments"),
                columns=(
                    ContextColumn(name="code", type="text", label=named("代码", "code")),
                    ContextColumn(name="name", type="text", label=named("部门名称", "department")),
                ),
            ),
        ),
        joins=(JoinPair.of("ticket.dept_code", "dept.code"),),
    )


CASES: list[tuple[str, str, str]] = [
    (
        "SELECT dept.name, AVG(ticket.days) AS a FROM ticket JOIN dept ON ticket.dept_code = dept.code "
        "WHERE ticket.channel = '1' GROUP BY dept.name ORDER BY a DESC LIMIT 5",
        "从热线工单、部门中，筛选渠道为电话，按部门名称，统计办结天数平均值，按办结天数平均值从高到低，取前5",
        "From hotline tickets, departments, where channel is phone, by department, average days to close, "
        "ordered by average days to close, highest first, the first 5",
    ),
    (
        "SELECT COUNT(*) AS n FROM ticket WHERE ticket.days > 5 AND ticket.days <= 9 OR ticket.channel IS NULL",
        "从热线工单中，筛选办结天数大于5且办结天数不大于9或渠道为空，统计记录数",
        "From hotline tickets, where days to close above 5 and days to close at most 9 or channel is missing, "
        "number of records",
    ),
    (
        "SELECT t.channel, COUNT(DISTINCT t.dept_code) AS n FROM ticket AS t GROUP BY t.channel HAVING COUNT(*) >= 3",
        "从热线工单中，按渠道，统计不同部门代码的个数，只留记录数不小于3",
        "From hotline tickets, by channel, number of different department code, keeping number of records at least 3",
    ),
    (
        "SELECT dept.name FROM dept WHERE NOT dept.code IN (SELECT ticket.dept_code FROM ticket)",
        "从部门中，筛选并非（代码属于（子查询，见 SQL）），列出部门名称",
        "From departments, where not (code among (a subquery, see the SQL)), department",
    ),
    (
        "SELECT DISTINCT dept.name FROM dept EXCEPT SELECT dept.name FROM dept WHERE dept.code = 'x'",
        "从部门中，列出不同的部门名称；除去从部门中，筛选代码为x，列出部门名称",
        "From departments, the different department; except From departments, where code is x, department",
    ),
]


@pytest.mark.parametrize(("sql", "zh", "en"), CASES)
def test_words(sql: str, zh: str, en: str) -> None:
    languages: tuple[tuple[Lang, str], ...] = (("zh", zh), ("en", en))
    for lang, expected in languages:
        assert restate(sql, context(lang == "en"), dialect="duckdb", lang=lang) == expected


def test_outputs_are_labelled() -> None:
    assert output_labels(CASES[0][0], context(False), dialect="duckdb", lang="zh") == {
        "name": "部门名称",
        "a": "办结天数平均值",
    }
