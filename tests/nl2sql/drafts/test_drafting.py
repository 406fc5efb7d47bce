"""Prompts, grammar and repair of the model path, with a scripted model; two questions with the real one."""

from __future__ import annotations

import json
import re
from typing import Literal

import pytest

from assistant.domain import (
    CatalogResource,
    Classification,
    ColumnRole,
    DataElement,
    Evidence,
    Finding,
    Level,
    SqlDraft,
    Text,
)
from assistant.errors import ModelUnavailable
from assistant.nl2sql.drafts.drafting import draft, formulations, request
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import quoted
from assistant.nl2sql.drafts.query_parts import schema_of
from assistant.nl2sql.drafts.schema_context import (
    SchemaContext,
    ValueHit,
    build_context,
    context_from_schema,
    simple_type,
)
from assistant.nl2sql.drafts.sql_grammar import grammar_for
from assistant.nl2sql.drafts.word_overlap import similarity, split_words
from tests.fakes import ScriptedChat

LABEL = Classification(level=Level.G2, role=ColumnRole.NEUTRAL)
SCHEMA = {
    "singer": {"id": "INT", "name": "TEXT", "age": "INT"},
    "concert": {"id": "INT", "singer_id": "INT", "year": "INT"},
}
JOIN = JoinPair.of("concert.singer_id", "singer.id")


def context(*values: ValueHit) -> SchemaContext:
    return context_from_schema("", schema=SCHEMA, primary_keys={"singer": ["id"]}, joins=(JOIN,), values=values)


def _unquoted(rule: str) -> str:
    return re.sub(r"\[[^]]*\]", "", re.sub(r'"(?:[^"\\]|\\.)*"', "", rule))


def element(
    table: str, column: str, name: str, *, served: bool = True, codes: tuple[tuple[str, str], ...] = ()
) -> DataElement:
    return DataElement(
        element_id=f"{table}.{column}", name=name, column=column, label=LABEL if served else None, code_list=codes
    )


def resource(table: str, name: str, *elements: DataElement) -> CatalogResource:
    return CatalogResource(resource_id=f"R-{table}", name=name, table=table, elements=elements)


def wide(table: str, name: str, *more: DataElement) -> CatalogResource:
    fillers = tuple(element(table, f"filler_{n}", f"备用项目第{n}号") for n in range(30))
    return resource(table, name, element(table, "id", "编号"), *more, *fillers)


def test_a_reply_becomes_a_bound_draft() -> None:
    chat = ScriptedChat("SELECT name FROM singers WHERE age > 20;")
    made = draft("older than 20", context(), chat, dialect="sqlite")
    assert made == SqlDraft(
        text="SELECT singer.name FROM singer WHERE singer.age > 20", drafter="scripted", attempt=1, confidence=0.5
    )


def test_the_prompt_puts_the_schema_first_and_the_question_last() -> None:
    chat = ScriptedChat("SELECT 1", "SELECT 2")
    draft("first question", context(), chat)
    draft("second question", context(), chat)
    assert chat.asked[0].system == chat.asked[1].system, "the prefix is reused by the engine"
    assert "foreign key (singer_id) references singer(id)" in chat.asked[0].system
    assert chat.asked[1].user.endswith("second question")
    assert "question" not in chat.asked[0].system.partition("CREATE")[2]


def test_every_formulation_is_held_to_existing_names() -> None:
    chat = ScriptedChat("SELECT 1", "SELECT 1", "{}")
    for formulation in formulations(takes_grammar=True):
        draft("q", context(), chat, formulation=formulation)
    for formulation in formulations(takes_grammar=False):
        draft("q", context(), chat, formulation=formulation)
    by_grammar = [asked.grammar for asked in chat.asked[:2]]
    assert len({text for text in by_grammar if text and 'table ::= "singer" | "concert"' in text}) == 2
    assert chat.asked[2].grammar is None
    assert chat.asked[2].schema == schema_of(context())


def test_an_engine_without_grammars_is_never_asked_for_free_text() -> None:
    chat = ScriptedChat('{"select": [], "tables": []}', takes_grammar=False)
    assert draft("q", context(), chat, formulation="wide") is None
    assert chat.asked[0].schema is not None
    assert "singer.age" in json.dumps(chat.asked[0].schema)


@pytest.mark.parametrize("width", ["wide", "plain"])
def test_every_word_of_a_grammar_is_sql_or_an_existing_name(width: Literal["wide", "plain"]) -> None:
    """Only the terminals `table` and `name` hold identifiers; what a query calls its own results is a closed list."""
    rules = dict(line.split(" ::= ", 1) for line in grammar_for(context(), width=width).splitlines())
    used = {word for body in rules.values() for word in re.findall(r"(?<![\"\w])[a-z]+(?![\"\w])", _unquoted(body))}
    assert used <= set(rules), "every rule that is used is there"
    assert rules["column"] in ('((alias | table) ".")? (name | output)', '((alias | table) ".")? name')
    assert rules["output"] == 'made ("_" name)?'
    assert "[" not in rules["made"] + rules["table"] + rules["name"]


def test_the_grammar_knows_only_the_names_of_the_context() -> None:
    grammar = grammar_for(context())
    assert 'table ::= "singer" | "concert"' in grammar
    assert 'name ::= "id" | "name" | "age" | "singer_id" | "year"' in grammar
    assert '"quarter"' not in grammar
    assert '"quarter"' in grammar_for(context(), date_parts=True)


def test_both_written_forms_of_a_name_are_offered_and_mean_the_same() -> None:
    camel = context_from_schema("", schema={"Pets": {"PetType": "TEXT"}})
    assert 'name ::= "PetType" | "pet_type"' in grammar_for(camel)
    made = draft("q", camel, ScriptedChat("SELECT pet_type FROM Pets"), dialect="sqlite")
    assert made is not None
    assert made.text == "SELECT Pets.PetType FROM Pets"


def test_both_formulations_share_one_prompt() -> None:
    chat = ScriptedChat("SELECT 1", "SELECT 1")
    for formulation in formulations(takes_grammar=True):
        draft("q", context(), chat, formulation=formulation)
    assert chat.asked[0].system + chat.asked[0].user == chat.asked[1].system + chat.asked[1].user


def test_tables_listed_with_commas_are_joined_by_the_key_graph() -> None:
    chat = ScriptedChat(
        "SELECT singer.name, COUNT(*) FROM concert, singer WHERE concert.year = 2014 GROUP BY singer.id"
    )
    made = draft("q", context(), chat, dialect="sqlite")
    assert made is not None
    assert made.text == (
        "SELECT singer.name, COUNT(*) AS count FROM concert JOIN singer ON concert.singer_id = singer.id "
        "WHERE concert.year = 2014 GROUP BY singer.id, singer.name"
    )


def test_odd_names_are_quoted_in_grammar_and_prompt() -> None:
    odd = context_from_schema("", schema={"order": {"18_49 share": "REAL", "人口数": "INT"}})
    assert '"\\"order\\""' in grammar_for(odd)
    assert '"18_49 share" number' in odd.prompt()
    assert quoted("人口数") == "人口数"


def test_a_repair_carries_what_was_wrong_and_stops() -> None:
    finding = Finding(code="unknown_column", message=Text(zh="列名无法解析：x。", en="A column cannot be resolved: x."))
    first = SqlDraft(text="SELECT x FROM singer", drafter="scripted")
    asked = request("q", context(), ((first, (finding,)),))
    assert "-- rejected: SELECT x FROM singer" in asked
    assert "A column cannot be resolved: x." in asked
    second = draft("q", context(), ScriptedChat("SELECT age FROM singer"), previous=((first, (finding,)),))
    assert second is not None
    assert second.attempt == 2
    same = draft("q", context(), ScriptedChat("SELECT singer.age FROM singer"), previous=((second, (finding,)),))
    assert same is None, "a repair that changes nothing is none"
    assert draft("q", context(), ScriptedChat(), previous=((first, ()),) * 3) is None, "at most two repairs"


@pytest.mark.parametrize("reply", ["I am sorry.", "", "DROP TABLE singer", "SELECT 1; SELECT 2"])
def test_what_is_no_query_is_no_draft(reply: str) -> None:
    assert draft("q", context(), ScriptedChat(reply)) is None


def test_a_fenced_reply_is_unwrapped() -> None:
    made = draft("q", context(), ScriptedChat("Here:\n```sql\nSELECT age FROM singer;\n```\nDone."))
    assert made is not None
    assert made.text == "SELECT singer.age FROM singer"


def test_nothing_linked_means_nothing_drafted() -> None:
    chat = ScriptedChat()
    assert draft("q", SchemaContext(tables=()), chat) is None
    assert chat.asked == []


def test_an_engine_failure_is_not_swallowed() -> None:
    with pytest.raises(ModelUnavailable):
        draft("q", context(), ScriptedChat(ModelUnavailable(Text(zh="无", en="none"))))


def test_values_of_the_question_stand_before_it() -> None:
    hit = ValueHit(span="法国", table="singer", column="name", value="France")
    assert request("法国?", context(hit)).splitlines()[0] == "-- singer.name = 'France' (法国)"


def test_the_catalog_context_keeps_linked_tables_and_what_joins_them() -> None:
    resources = (
        wide(
            "ticket",
            "热线工单",
            element("ticket", "district_code", "区划代码"),
            element("ticket", "satisfaction", "满意度"),
        ),
        wide(
            "district",
            "行政区划",
            element("district", "district_code", "区划代码"),
            element("district", "area", "面积"),
        ),
        wide("salary", "工资发放"),
    )
    joins = (JoinPair.of("ticket.district_code", "district.district_code"),)
    made = build_context("各行政区划的热线工单满意度", resources=resources, joins=joins)
    assert [table.name for table in made.tables] == ["ticket", "district"]
    assert made.joins == joins
    ticket = made.table("ticket")
    assert ticket is not None
    assert ticket.column("satisfaction") is not None
    assert ticket.column("district_code") is not None, "keys stay"
    assert len(ticket.columns) < 30


def test_evidence_pulls_a_table_in() -> None:
    resources = (wide("ticket", "热线工单"), wide("district", "行政区划"), wide("salary", "工资发放"))
    cited = Evidence(
        passage_id="p",
        kind="catalog",
        id="R-district",
        title="",
        section="",
        quote="",
        score=1,
        as_of=None,
        in_force=True,
    )
    assert [table.name for table in build_context("别的问题", resources=resources, evidence=(cited,)).tables] == [
        "district"
    ]
    assert build_context("别的问题", resources=resources).tables == ()


def test_an_unclassified_element_is_not_offered() -> None:
    made = build_context(
        "工单", resources=(resource("t", "工单", element("t", "a", "甲"), element("t", "b", "乙", served=False)),)
    )
    assert "乙" not in made.prompt()
    assert "甲" in made.prompt()


def test_code_lists_are_offered_with_their_names() -> None:
    made = build_context("工单", resources=(resource("t", "工单", element("t", "s", "状态", codes=(("1", "办结"),))),))
    assert "1=办结" in made.prompt()


def test_names_are_split_into_words_and_compared_by_stem() -> None:
    assert split_words("custAddrLine_1") == ("cust", "addr", "line", "1")
    assert similarity("how many countries", "country_name") > 0
    assert similarity("各区新设企业", "企业登记") > 0
    assert similarity("abc", "xyz") == 0


@pytest.mark.parametrize(
    ("engine", "simple"),
    [
        ("VARCHAR(20)", "text"),
        ("DOUBLE", "number"),
        ("numeric(10,2)", "number"),
        ("TIMESTAMP", "date"),
        ("BOOLEAN", "boolean"),
    ],
)
def test_engine_types(engine: str, simple: str) -> None:
    assert simple_type(engine) == simple


@pytest.mark.llm
@pytest.mark.parametrize("question", ["How many singers are older than 30?", "30岁以上的歌手有多少？"])
def test_the_embedded_model_counts_singers(question: str) -> None:
    from assistant.llm import load_chat_model
    from assistant.settings import load_settings

    try:
        chat = load_chat_model(load_settings({"GOVDATA_THREADS": "1"}))
    except ModelUnavailable as missing:
        pytest.skip(str(missing))
    assert chat is not None
    made = draft(question, context(), chat, dialect="sqlite")
    assert made is not None
    assert made.text == "SELECT COUNT(*) AS count FROM singer WHERE singer.age > 30"
    assert made.drafter == chat.model_id
