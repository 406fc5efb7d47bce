"""A database whose tables, columns and values are Chinese, read without a model and executed; English asks the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext, ValueHit
from assistant.nl2sql.drafts.sketch import Sketch
from assistant.nl2sql.drafts.sketch_sql import compile_sketch
from assistant.nl2sql.drafts.sketching import sketch, unexplained
from assistant.nl2sql.drafts.stored_words import StoredWords, stored_words

TABLES: dict[str, dict[str, str]] = {
    "码头": {"码头编号": "number", "码头名称": "text", "所属区县": "text", "泊位数": "number", "是否对外开放": "text"},
    "船舶": {"船舶编号": "number", "船名": "text", "船舶类型": "text", "载重吨": "number", "码头编号": "number"},
    "安检记录": {
        "流水号": "number",
        "船舶编号": "number",
        "安检日期": "text",
        "安检结论": "text",
        "罚款金额元": "number",
    },
}
KEYS = {"码头": "码头编号", "船舶": "船舶编号", "安检记录": "流水号"}
JOINS = (JoinPair.of("船舶.码头编号", "码头.码头编号"), JoinPair.of("安检记录.船舶编号", "船舶.船舶编号"))
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "码头": [
        (1, "东港码头", "海城区", 8, "是"),
        (2, "芦花码头", "海城区", 3, "否"),
        (3, "石岩码头", "山阳县", 5, "是"),
    ],
    "船舶": [
        (1, "顺达一号", "货船", 3000, 1),
        (2, "白鹭", "客船", 200, 1),
        (3, "远帆", "货船", 5200, 2),
        (4, "静海", "客船", 90, 2),
    ],
    "安检记录": [
        (1, 1, "2024-03-01", "不合格", 800.0),
        (2, 1, "2025-04-02", "合格", 0.0),
        (3, 3, "2025-06-09", "不合格", 1500.0),
    ],
}
TEXTS = {"码头": (1, 2, 4), "船舶": (1, 2), "安检记录": (3,)}


def stored() -> StoredWords:
    return stored_words(
        ValueHit(span=row[at], table=table, column=list(TABLES[table])[at], value=row[at])
        for table, places in TEXTS.items()
        for row in ROWS[table]
        for at in places
    )


def column(table: str, place: int, name: str, kind: str) -> ContextColumn:
    values = {str(row[place]) for row in ROWS[table]} if place in TEXTS[table] else set()
    codes = tuple((value, value) for value in sorted(values))
    return ContextColumn(name=name, type=kind, label=name, codes=codes, primary=name == KEYS[table])


def context() -> SchemaContext:
    tables = tuple(
        ContextTable(
            name=table,
            label=table,
            columns=tuple(column(table, place, name, kind) for place, (name, kind) in enumerate(columns.items())),
        )
        for table, columns in TABLES.items()
    )
    return SchemaContext(tables=tables, joins=JOINS)


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for table, columns in TABLES.items():
        connection.execute(f'create table "{table}" ({", ".join(f"{name!r}" for name in columns)})')
        connection.executemany(f'insert into "{table}" values ({", ".join("?" * len(columns))})', ROWS[table])
    yield connection
    connection.close()


def read(text: str) -> Sketch | None:
    return sketch(text, context(), stored().by_words, chinese=not text.isascii())


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("对外开放的码头有几个？", {(2,)}),
        ("不对外开放的码头有哪些？", {("芦花码头",)}),
        ("各区县分别有几个码头？", {("海城区", 2), ("山阳县", 1)}),
        ("每个区县各有多少个码头？", {("海城区", 2), ("山阳县", 1)}),
        ("泊位超过4个的码头名称", {("东港码头",), ("石岩码头",)}),
        ("按泊位数从多到少列出码头名称", {("东港码头",), ("石岩码头",), ("芦花码头",)}),
        ("2025年安检不合格的记录有多少条？", {(1,)}),
        ("安检不合格最多的船舶类型是哪个？", {("货船",)}),
        ("没有船舶的码头叫什么？", {("石岩码头",)}),
        ("每个码头的船舶数量", {("东港码头", 2), ("芦花码头", 2)}),
        ("罚款金额合计是多少？", {(2300.0,)}),
        ("货船的平均载重是多少吨？", {(4100.0,)}),
        ("How many docks are there?", {(3,)}),
    ],
)
def test_chinese_names_are_read_like_english_ones(database: sqlite3.Connection, text: str, rows: set[Any]) -> None:
    made = read(text)
    sql = compile_sketch(made, context(), dialect="sqlite") if made is not None else None
    assert sql is not None, text
    assert set(database.execute(sql).fetchall()) == rows, sql


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("哪些船东有三艘以上的船舶？", ("船东",)),
        ("有多少名引航员在东港码头？", ("引航员",)),
        ("Which captains have ships?", ("captains",)),
    ],
)
def test_a_head_that_nothing_explains_is_named(text: str, left: tuple[str, ...]) -> None:
    assert unexplained(text, context(), stored().by_words, chinese=not text.isascii()) == left


@pytest.mark.parametrize("text", ["哪个码头的泊位最多？", "东港码头有几艘货船？", "How many ships are there?"])
def test_nothing_is_named_where_the_head_is_known(text: str) -> None:
    made = read(text)
    assert made is not None
    assert made.left == ()


def test_a_denial_that_the_reading_does_not_carry_is_named() -> None:
    made = read("从来没有人登上过的船舶")
    assert made is None or made.left, "the opposite would be shown"
