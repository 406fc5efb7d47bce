"""How the names of a schema may be said: in words, by initials, by what names or identifies a row. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.nl2sql.drafts.asked_words import Word
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext
from assistant.nl2sql.drafts.schema_names import name_words, spelled
from assistant.nl2sql.drafts.word_overlap import stem

GENERIC = frozenset({"ref", "reference", "data", "list", "info", "information", "detail", "table", "record"})
_DONE = frozenset({"paid", "sold", "spent", "won", "lost", "made", "given", "taken", "kept", "held", "built", "sent"})
_AMOUNTS = frozenset({"number", "num", "no", "count", "total", "amount", "sum", "average"})
_UNITS = frozenset({"km", "mw", "kw", "kg", "cm", "mm", "ft", "usd", "eur", "rmb", "cny", "pct", "percent", "million",
                    "billion", "thousand", "dollar", "yuan", "hectare", "acre", "sqm", "sqft"})  # fmt: skip
_FUNCTION_STEMS = frozenset(
    ["average", "avg", "mean", "total", "sum", "maximum", "max", "minimum", "min", "number", "num", "count", "order"]
)
_WORKING = frozenset({"average", "total", "maximum", "minimum", "count", "ordered"})  # name no column by themselves
_UNSAID = frozenset({"number", "amount", "date", "time", "year"})
_ORDINAL = frozenset({"first", "last"})  # tell a name only beside its other words
_HAN = re.compile(r"[\u4e00-\u9fff]")


def name_parts(name: str, label: str) -> list[tuple[str, ...]]:
    made = [_head_last(name), _without_unit(stems_of(name))]
    if label and _HAN.search(label):
        made += [(label,), stems_of(label)]
    elif label:
        made.append(stems_of(label))
    return list(dict.fromkeys(parts for parts in made if parts))


def bare_parts(name: str) -> tuple[str, ...]:
    """amount_claimed -> claim, amount: with its verb as a word of another language stands for it; () without one."""
    parts = _head_last(name)
    bare = tuple(_plain(part) for part in parts)
    return bare if bare != parts and len(parts) > 1 else ()


def _plain(part: str) -> str:
    """claimed -> claim."""
    return part[:-2] if part.endswith("ed") and len(part) > 5 else part


def _head_last(name: str) -> tuple[str, ...]:
    """level_of_membership is a membership level; a number of something stays called after the thing."""
    parts = name_words(name)
    if len(parts) == 2 and (parts[1].endswith("ed") or parts[1] in _DONE) and not parts[0].endswith(("date", "year")):
        return stems_of(f"{parts[1]}_{parts[0]}")  # amount paid is an amount
    if "of" not in parts[1:-1] or stem(parts[0]) in _AMOUNTS:
        return stems_of(name)
    at = parts.index("of")
    return stems_of("_".join((*parts[at + 1 :], *parts[:at])))


def _without_unit(parts: tuple[str, ...]) -> tuple[str, ...]:
    """revenue_in_millions and capacity_mw are called revenue and capacity."""
    kept = parts
    while len(kept) > 1 and (kept[-1] in _UNITS or (kept[-1] == "in" and kept != parts)):
        kept = kept[:-1]
    if len(kept) > 2 and kept[-1] in ("2", "3") and kept[-2] in ("km", "m", "cm"):
        kept = kept[:-2]  # area_km2, volume_m3
    return kept


def stems_of(name: str) -> tuple[str, ...]:
    return tuple(stem(part) for part in name_words(name) if part not in ("of", "the", "by"))


def stand_ins(table: ContextTable, column: ContextColumn) -> list[tuple[str, ...]]:
    """`continent name` and `continent id` of a table without such columns: what names and what identifies its rows."""
    own = tuple(stem(part) for part in name_words(table.name) if part not in GENERIC)
    made = []
    if column.primary or column is key_column(table):
        made.append((*own, "id"))
    if column is display_column(table):
        made.append((*own, "name"))
    return made


def key_column(table: ContextTable) -> ContextColumn:
    """What identifies a row: the declared key, else the first column that ends in id, else the first."""
    named = [column for column in table.columns if spelled(column.name).endswith("id")]
    primary = [column for column in table.columns if column.primary]
    return (primary or named or list(table.columns))[0]


def display_column(table: ContextTable) -> ContextColumn | None:
    """What people call a row by: name, title, or the column called as the table is."""
    own = {stem(part) for part in name_words(table.name)} - GENERIC
    ranked: list[tuple[int, ContextColumn]] = []
    for column in table.columns:
        low, parts = spelled(column.name), {stem(part) for part in name_words(column.name)}
        named = low.endswith("name")
        rank = (
            0 if low == "name" else
            1 if named and any(low.startswith(part) for part in own) else
            2 if parts <= own else
            3 if named or low.endswith("title") else None
        )  # fmt: skip
        if column.type == "text" and rank is not None:
            ranked.append((rank, column))
    several = sum(1 for rank, _ in ranked if rank == 3) > 1  # first and last name: neither alone
    best = min(ranked, key=lambda one: one[0], default=None)
    return best[1] if best is not None and not (several and best[0] == 3) else None


def initials(words: Sequence[Word], at: int, name: str) -> int:
    """mpg for miles per gallon; 0 where the words do not spell `name`."""
    run = words[at : at + len(name)]
    if not 3 <= len(name) <= 5 or len(run) < len(name) or not all(word.text.isascii() for word in run):
        return 0
    spelled = "".join(word.text[0].lower() for word in run) == name.lower() and not run[0].filler
    return at + len(name) if spelled else 0


def tells(said: set[str], parts: Sequence[str], *, latin: bool) -> bool:
    """A part of a name is enough where it is its last word, in English also its first; `id` alone is not."""
    if parts[-1] in ("id", "no") and parts[-1] not in said:
        return False
    if parts[-1] == "name" and not latin and set(parts[:-1]) == said:
        return not said & _ORDINAL  # 系列 is the series name
    if parts[-1] in _UNSAID and set(parts[:-1]) == said and any(_HAN.search(part) for part in said):
        return True  # 员工 is 员工数, 签订 is 签订日期
    return bool(said - {"id", "code"} - _ORDINAL) and (parts[-1] in said or (latin and parts[0] in said))


def labels(table: ContextTable) -> list[str]:
    return [table.label, table.name, *(word for column in table.columns for word in (column.label, column.name))]


def schema_words(context: SchemaContext) -> frozenset[str]:
    return frozenset(stem(part) for table in context.tables for word in labels(table) for part in name_words(word))


def only_works(by: Sequence[Word], said: set[str]) -> bool:
    """minimum, and nothing else of the name: it says what to do and not with which column."""
    return said <= _FUNCTION_STEMS and all(word.cues & _WORKING for word in by)


def only_counts(said: Sequence[Word], words: Sequence[Word], end: int, column: ContextColumn) -> bool:
    """the number of trains: counts trains, and is not the text that is their number."""
    if column.type == "number" or column.numeral:
        return False
    counting = [word for word in said if "count" in word.cues]
    if counting and words[max(0, words.index(counting[0]) - 1)] in said:
        return False  # the train number of a train
    return any(_HAN.search(word.text) or "many" in word.text or _before_of(word, words) for word in counting)


def _before_of(word: Word, words: Sequence[Word]) -> bool:
    place = words.index(word) + 1
    return word.text.lower().endswith(" of") or (place < len(words) and words[place].text.lower() == "of")
