"""Columns that nobody names: the year of `in 1970`, the age of 3 岁, the size of `the largest stadium`. Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.offered_schema import ContextColumn
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import name_words, spelled
from assistant.nl2sql.drafts.shape import Shape
from assistant.nl2sql.drafts.sketch import Ref

_BIRTH = frozenset({"birth", "born", "birthday", "birthdate"})
TIME = ("year", "date", "time")
# what the largest of a kind is largest by, the likeliest first
_SIZES = ("capacity", "size", "area", "population", "volume", "length", "height", "seats", "amount", "total")
_NO_SIZES = frozenset({"id", "code", "number", "no", "year", "date", "time", "month", "day", "zip", "phone", "age"})


def time_column(shape: Shape, place: int, *, text: bool = False) -> Mention | None:
    """Of the table spoken of nearest, the column of years or dates; `text`: whole dates, however they are kept."""
    return _implied(shape, place, TIME, text=text)


def age_column(shape: Shape, place: int) -> Mention | None:
    behind = shape.said.words[place + 1].text.lower() if place + 1 < len(shape.said.words) else ""
    aged = behind.startswith(("岁", "years old", "years of age")) or behind in ("years", "year")
    return _implied(shape, place, ("age",)) if aged else None


def birth_column(shape: Shape, place: int) -> Mention | None:
    """The youngest, where no age is kept but a birth is: of the tables spoken of. The later the birth, the younger."""
    if "age" not in shape.said.words[place].stems or shape.said.at(place) is not None:
        return None
    near = sorted(shape.said.mentions, key=lambda one: abs(one.start - place))
    for name in dict.fromkeys(one.table for one in near):
        table = shape.context.table(name)
        for column in table.columns if table else ():
            if is_birth(column.name):
                return Mention(start=-1, end=-1, kind="column", table=name, column=column.name, strength=0.8)
    return None


def is_birth(column: str) -> bool:
    """Whether a column of this name says when somebody was born."""
    parts = set(name_words(column))
    return bool(_BIRTH & parts) and not parts & {"place", "city", "country"}


def size_column(shape: Shape, table: str) -> Mention | None:
    """What rows of `table` are large or small by: its one measure, or the one that is called a size."""
    known = shape.context.table(table)
    measures = [column for column in known.columns if _is_measure(shape, table, column)] if known else []
    sized = [column for word in _SIZES for column in measures if word in name_words(column.name)]
    if not sized and len(measures) != 1:
        return None
    return Mention(start=-1, end=-1, kind="column", table=table, column=(sized or measures)[0].name, strength=0.8)


def _is_measure(shape: Shape, table: str, column: ContextColumn) -> bool:
    ref = Ref(table=table, column=column.name)
    last = name_words(column.name)[-1:]
    return shape.is_number(ref) and not shape.is_key(ref) and not column.primary and not set(last) & _NO_SIZES


def _implied(shape: Shape, place: int, endings: tuple[str, ...], *, text: bool = False) -> Mention | None:
    """A column that a bare number means: of the table that is spoken of nearest."""
    near = sorted(shape.said.mentions, key=lambda one: abs(one.start - place))
    tables = list(dict.fromkeys([one.table for one in near] + [table.name for table in shape.context.tables]))
    for name in tables:
        table = shape.context.table(name)
        for column in table.columns if table else ():
            parts = spelled(column.name).replace("_", " ").split()
            said = bool(parts) and (parts[-1] in endings or parts[0] in endings)
            if said and (_counts(column) or (column.type == "text" and (text or parts[-1] == "year"))):
                return Mention(start=-1, end=-1, kind="column", table=name, column=column.name, strength=0.8)
    return None


def _counts(column: ContextColumn) -> bool:
    return column.type == "number" or column.numeral
