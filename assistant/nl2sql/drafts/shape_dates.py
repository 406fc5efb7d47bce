"""Conditions on dates: whole ones, and years that bound a column of whole dates. Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.implied_columns import TIME, time_column
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import spelled
from assistant.nl2sql.drafts.shape import OPS, Shape
from assistant.nl2sql.drafts.sketch import Condition

YEARS = range(1000, 2200)


def read_dates(shape: Shape) -> None:
    """A whole date with its operator, on a column of dates; two of them as a range."""
    dates = [place for place, word in enumerate(shape.said.words) if word.date]
    ranged = len(dates) == 2 and bool(list(shape.places("between"))) and dates[1] - dates[0] < 5
    for place in dates[:1] if ranged else dates:
        cue = operator_of(shape, place)
        column = shape.said.at(cue) if cue is not None else None
        column = column or shape.before(place, 1, "column")
        column = column if column is not None and is_time(column) else time_column(shape, place, text=True)
        if column is None:
            continue
        op = next((OPS[name] for name in OPS if cue is not None and shape.cue(cue, name)), "=")
        values = tuple(shape.said.words[at].date for at in (dates if ranged else [place]))
        condition = Condition(ref=shape.ref(column), op="between" if ranged else op, values=values)
        take(shape, place, column, condition)


def take(shape: Shape, place: int, column: Mention, condition: Condition) -> None:
    """A condition on `column`, whose words and unit are spoken for."""
    for one in {shape.said.at(at) for at in range(max(0, place - 1), place + 3)}:
        if one is not None and one.kind == "column" and shape.ref(one) == condition.ref:
            shape.use(one)  # 1980年, 9年级或10年级: the unit of the number
    if column.start >= 0:
        shape.use(column)
        said_before = shape.before(column.start, 1, "column")
        if said_before is not None and said_before.column == column.column:
            shape.use(said_before)  # whose weight is heavier than
    shape.conditions.append((place, condition))


def dated_by(shape: Shape, place: int) -> Mention | None:
    """2025年签订的, signed in 2025: the column of whole dates that a year bounds."""
    if shape.said.words[place].number not in YEARS:
        return None
    beside = (shape.said.at(place + 2) if shape.chinese else None, shape.said.at(place + 1), shape.before(place, 1))
    named = next((one for one in beside if one is not None and one.kind == "column" and is_time(one)), None)
    if named is None and time_column(shape, place) is None:
        named = time_column(shape, place, text=True)
    return named if named is not None and _whole_dates(shape, named) else None


def _whole_dates(shape: Shape, one: Mention) -> bool:
    table = shape.context.table(one.table)
    column = table.column(one.column) if table else None
    named = column is not None and "date" in spelled(column.name)
    return column is not None and (column.type == "date" or (named and column.type == "text" and not column.numeral))


def of_year(shape: Shape, place: int, column: Mention, op: str, year: int) -> None:
    """Dates of a year, before or after it; text keeps them year first, or holds the year somewhere."""
    known = shape.context.table(column.table)
    kept = known.column(column.column) if known is not None else None
    if op in ("=", "!=") and kept is not None and kept.type == "text":
        bounds = [("like", f"%{year}%")]
    elif op == "=":
        bounds = [(">=", f"{year}-01-01"), ("<", f"{year + 1}-01-01")]
    else:
        bounds = [({">": ">=", "<=": "<"}.get(op, op), f"{year + (op in ('>', '<='))}-01-01")]
    for bound, value in bounds:
        take(shape, place, column, Condition(ref=shape.ref(column), op=bound, values=(value,)))


def operator_of(shape: Shape, place: int) -> int | None:
    """Where the comparison of the number at `place` stands: up to two words before, else just behind."""
    if shape.chinese and shape.cue(place + 1, "above", "below") and shape.said.words[place + 1].stems:
        return place + 1  # 2008年前或2013年后
    for at in (place - 1, place - 2, place - 3):
        split = at < place - 2  # greater weight than 10
        if shape.cue(at, "at_least", "at_most", "above", "below"):
            return at if not split or shape.chinese or shape.said.words[place - 1].text.lower() == "than" else None
    if shape.cue(place + 1, "or_more", "or_less", "above", "below"):
        return place + 1
    behind = shape.said.at(place + 1)
    for at in range(behind.end if behind is not None else place + 1, place + 4):
        if shape.cue(at, "or_more", "or_less", "above", "below"):
            following = shape.said.words[at + 1 : at + 2]
            own = shape.cue(at, "or_more", "or_less") or not (following and following[0].number is not None)
            return at if own else None
        if at >= len(shape.said.words) or not shape.said.words[at].filler:
            return None
    return None


def is_time(column: Mention) -> bool:
    return any(word in spelled(column.column) for word in TIME)
