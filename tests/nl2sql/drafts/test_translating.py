"""Names said in one language and stored in another: the translation only finds what is stored."""

from __future__ import annotations

from assistant.nl2sql.drafts.offered_schema import ValueHit
from assistant.nl2sql.drafts.stored_words import StoredWords, stored_words
from assistant.nl2sql.drafts.translating import foreign_names, translated
from tests.fakes import ScriptedChat


def stored() -> StoredWords:
    return stored_words(
        ValueHit(span=value, table="strait", column="name", value=value)
        for value in ("Bering Strait", "Strait of Dover", "北京")
    )


def test_only_quoted_names_that_are_stored_nowhere_are_foreign() -> None:
    assert foreign_names("“白令海峡”有多深？", stored()) == ("白令海峡",)
    assert foreign_names("白令海峡有多深？", stored()) == ()
    assert foreign_names("“北京”有多大？", stored()) == ()
    assert foreign_names("“Bering Strait”有多深？", stored()) == ()


def test_nothing_is_translated_where_the_data_are_chinese() -> None:
    chinese = stored_words(ValueHit(span=v, table="t", column="c", value=v) for v in ("北京", "上海", "Dover"))
    assert foreign_names("“白令海峡”有多深？", chinese) == ()


def test_a_translation_finds_the_stored_spelling() -> None:
    found = translated(("白令海峡",), stored(), ScriptedChat("The Bering Straits."))
    assert [(hit.span, hit.value) for hit in found] == [("白令海峡", "Bering Strait")]
    found = translated(("多佛尔",), stored(), ScriptedChat("Dover Strait"))
    assert [hit.value for hit in found] == ["Strait of Dover"]


def test_a_translation_that_is_stored_nowhere_finds_nothing() -> None:
    assert translated(("珠穆朗玛峰",), stored(), ScriptedChat("Mount Everest")) == ()
    assert translated(("空",), stored(), ScriptedChat("")) == ()
