"""Conditions of a question: bounds beside a number, stored values, quoted words, an average compared with. Pure."""

from __future__ import annotations

from dataclasses import replace

from assistant.nl2sql.naming import display_column
from assistant.nl2sql.said import Mention
from assistant.nl2sql.shape import FUNCTIONS, NEGATED, OPS, Shape
from assistant.nl2sql.sketch import Condition, CountBound, Ref
from assistant.nl2sql.word_overlap import split_words

_YEARS = range(1000, 2200)
_HAVING = frozenset({"have", "has", "having", "had", "with", "contain", "contains", "有", "拥有", "具有", "包含"})
_TIME = ("year", "date", "time")
_ORDERED = (*_TIME, "number", "code", "id", "level", "grade")


def read_bounds(shape: Shape) -> None:
    """Every number with its operator: on a number column a condition, on a table a bound on the count, else top N."""
    words = shape.said.words
    done: set[int] = set()
    for place, word in enumerate(words):
        if word.number is None or place in done or shape.said.at(place) is not None:
            continue
        other = _second_of_range(shape, place)
        cue = _operator(shape, place)
        if _continues(shape, place, cue):
            continue
        if other is not None:
            done.add(other)
            column = _attribute(shape, min(place, cue if cue is not None else place), other)
            low, high = word.number, words[other].number or 0.0
            if column is not None and column.kind == "table":
                shape.having = (place, CountBound(op="between", values=(low, high)), column.table)
                shape.use(column)
            elif column is not None:
                _take(shape, place, column, Condition(ref=shape.ref(column), op="between", values=(low, high)))
        elif cue is None and _is_limit(shape, place):
            shape.limit = int(word.number)
        else:
            _bound(shape, place, cue)


def _continues(shape: Shape, place: int, cue: int | None) -> bool:
    """grade 9 or 10: a second number for the condition just read."""
    before = [at for at in range(max(0, place - 3), place) if shape.cue(at, "or")]
    last = shape.conditions[-1] if shape.conditions else None
    if not before or cue is not None or last is None or place - last[0] > 4 or last[1].op != "=":
        return False
    condition = replace(last[1], values=(shape.said.words[place].number or 0.0,))
    _take(shape, place, Mention(start=-1, end=-1, kind="column", table=condition.ref.table), condition)
    return True


def _second_of_range(shape: Shape, place: int) -> int | None:
    near = range(max(0, place - 3), place)
    later = range(place + 1, min(len(shape.said.words), place + 6))
    if any(shape.cue(at, "between") for at in (*near, *later)):
        return next((at for at in later if shape.said.words[at].number is not None), None)
    return None


def _operator(shape: Shape, place: int) -> int | None:
    """Where the comparison of the number at `place` stands: up to two words before, else just behind."""
    for at in (place - 1, place - 2, place - 3):
        split = at < place - 2  # greater weight than 10
        if shape.cue(at, "at_least", "at_most", "above", "below"):
            return at if not split or shape.said.words[place - 1].text.lower() == "than" else None
    behind = shape.said.at(place + 1)
    for at in range(behind.end if behind is not None else place + 1, place + 4):
        if shape.cue(at, "or_more", "or_less", "above", "below"):
            return at
        if at >= len(shape.said.words) or not shape.said.words[at].filler:
            return None
    return None


def _is_limit(shape: Shape, place: int) -> bool:
    return shape.cue(place - 1, "most", "least") or shape.cue(place + 1, "most", "least")


def _bound(shape: Shape, place: int, cue: int | None) -> None:
    number = shape.said.words[place].number or 0.0
    op = next((OPS[name] for name in OPS if cue is not None and shape.cue(cue, name)), "=")
    if cue is not None and any(shape.cue(at, "absent") for at in range(max(0, cue - 3), cue)):
        op = NEGATED[op]
    target = _attribute(shape, min(place, cue if cue is not None else place), max(place, cue or 0))
    if target is None or target.kind == "table" or not _is_age(target):
        target = _age_column(shape, place) or target
    unit = shape.said.at(place + 1)
    if cue is None and unit is not None and unit.kind == "column" and shape.free(unit) and _comparable(shape, unit):
        target = unit  # 8缸
    if cue is None and target is not None and not shape.free(target):
        target = None
    if number in _YEARS and (target is None or (cue is None and not _is_time(target))):
        target = _time_column(shape, place) or target
    target = target or _age_column(shape, place)
    if target is None or (cue is None and target.kind == "table" and not shape.chinese and not _exactly(shape, place)):
        return
    if target.kind == "table" or (cue is not None and not _comparable(shape, target) and target.start > place):
        shape.having = (place, CountBound(op=op, values=(number,)), target.table)
        shape.use(target)
        return
    _take(shape, place, target, Condition(ref=shape.ref(target), op=op, values=(number,)))


def _exactly(shape: Shape, place: int) -> bool:
    return any(shape.said.words[at].text.lower() in ("exactly", "only") for at in range(max(0, place - 2), place))


def _is_age(column: Mention) -> bool:
    return split_words(column.column)[-1:] == ("age",)


def _is_time(column: Mention) -> bool:
    return any(word in column.column.lower() for word in _TIME)


def _take(shape: Shape, place: int, column: Mention, condition: Condition) -> None:
    for one in {shape.said.at(at) for at in range(max(0, place - 1), place + 3)}:
        if one is not None and one.kind == "column" and shape.ref(one) == condition.ref:
            shape.use(one)  # 1980年, 9年级或10年级: the unit of the number
    if column.start >= 0:
        shape.use(column)
        said_before = shape.before(column.start, 1, "column")
        if said_before is not None and said_before.column == column.column:
            shape.use(said_before)  # whose weight is heavier than
    shape.conditions.append((place, condition))


def _attribute(shape: Shape, first: int, last: int) -> Mention | None:
    """What is compared: named by the operator itself, just before it, just behind the number, or further before."""
    own = [shape.said.at(at) for at in range(first, last + 1)]
    said = next((one for one in own if one is not None and one.kind == "column"), None)
    if said is not None:
        return said
    before = shape.before(first, 1)
    bounded = any(shape.cue(at, *OPS, "between") for at in range(first, last + 2))
    owned = shape.after(last, 0)
    if before is not None and owned is not None and owned.kind == "table" and shape.free(owned):
        between = (shape.said.words[at].text.lower() for at in range(before.end, first))
        if any(word in _HAVING for word in between):
            return owned
    is_column = before is not None and before.kind == "column"
    if is_column and before is not None and _comparable(shape, before) and not shape.is_key(shape.ref(before)):
        return before
    behind = shape.after(last, 1)
    if behind is not None and behind.kind in ("table", "column") and shape.free(behind):
        return behind
    if is_column and bounded:
        return before
    if before is not None and before.kind == "table" and shape.chinese and shape.free(before):
        return before
    far = shape.before(first, 2, "column")
    return far if far is not None and _comparable(shape, far) else None


def _comparable(shape: Shape, column: Mention) -> bool:
    return shape.is_number(shape.ref(column)) or any(word in column.column.lower() for word in _ORDERED)


def _time_column(shape: Shape, place: int) -> Mention | None:
    return _implied(shape, place, _TIME)


def _age_column(shape: Shape, place: int) -> Mention | None:
    behind = shape.said.words[place + 1].text if place + 1 < len(shape.said.words) else ""
    aged = behind.startswith("岁") or behind.lower() in ("years", "year")
    return _implied(shape, place, ("age",)) if aged else None


def _implied(shape: Shape, place: int, endings: tuple[str, ...]) -> Mention | None:
    """A column that a bare number means (in 1970, 3 岁): of the table that is spoken of nearest."""
    near = sorted(shape.said.mentions, key=lambda one: abs(one.start - place))
    tables = list(dict.fromkeys([one.table for one in near] + [table.name for table in shape.context.tables]))
    for name in tables:
        table = shape.context.table(name)
        for column in table.columns if table else ():
            parts = column.name.lower().replace("_", " ").split()
            said = bool(parts) and (parts[-1] in endings or parts[0] in endings)
            if said and (column.type == "number" or column.numeral or (column.type == "text" and parts[-1] == "year")):
                return Mention(start=-1, end=-1, kind="column", table=name, column=column.name, strength=0.8)
    return None


# --------------------------------------------------------------------------- values


def read_values(shape: Shape) -> None:
    """Every stored value, and every quoted name that is stored nowhere, as a condition on its column."""
    for mention in shape.said.mentions:
        if mention.kind == "value":
            _value(shape, mention)
    for place, word in enumerate(shape.said.words):
        if (word.quoted or _piece(shape, place)) and shape.said.at(place) is None:
            reach = 3 if _contains(shape, place) else 1
            label = shape.before(place, reach, "column") or shape.after(place, reach, "column")
            label = label or _name_of_row(shape, place)
            if label is not None:
                text = f"%{word.text}%" if _contains(shape, place) else word.text
                op = "like" if _contains(shape, place) else "!=" if _negated(shape, place) else "="
                _take(shape, place, label, Condition(ref=shape.ref(label), op=op, values=(text,)))


def _name_of_row(shape: Shape, place: int) -> Mention | None:
    """“工程”学院: a quoted name beside a table is that of one of its rows, stored or not."""
    beside = [one for one in (shape.after(place, 0, "table"), shape.before(place, 0, "table")) if one is not None]
    table = shape.context.table(beside[0].table) if beside and shape.said.words[place].quoted else None
    column = display_column(table) if table is not None else None
    if table is None or column is None:
        return None
    return Mention(start=-1, end=-1, kind="column", table=table.name, column=column.name)


def _piece(shape: Shape, place: int) -> str:
    """The word that a text must contain: behind `the substring`, `the letter`; "" where nobody says so."""
    said = any(shape.cue(at, "contains") for at in range(max(0, place - 2), place))
    word = shape.said.words[place]
    return word.text if said and word.text.isascii() and not word.filler and not word.cues else ""


def _value(shape: Shape, mention: Mention) -> None:
    label = _label(shape, mention)
    ref = _place_of(shape, mention, label)
    if label is not None:
        shape.use(label)
    op = "!=" if _negated(shape, mention.start) else "="
    shape.use(mention)
    shape.conditions.append((mention.start, Condition(ref=ref, op=op, values=(mention.value,))))


def _label(shape: Shape, mention: Mention) -> Mention | None:
    """A column beside a value that the value can be stored in: language English, named X, 导演 X."""
    for near in (shape.before(mention.start, 1, "column"), shape.after(mention.end - 1, 1, "column")):
        if near is None:
            continue
        stored = {one[1].lower() for one in mention.others}
        if {(near.table, near.column), *near.others} & set(mention.others) or near.column.lower() in stored:
            return near
    return None


def _place_of(shape: Shape, mention: Mention, label: Mention | None) -> Ref:
    spoken = [one.table for one in shape.said.mentions]
    said = {(label.table, label.column), *label.others} if label is not None else set()

    own = (label.table, label.column) if label is not None else None

    def rank(place: tuple[str, str]) -> tuple[bool, bool, int, bool, bool]:
        named = next((gap for gap, one in _near_tables(shape, mention) if one == place[0]), 99)
        key = shape.is_key(Ref(table=place[0], column=place[1]))
        return (place in said, place[0] in spoken, -named, place == own, not key)

    table, column = max(mention.others, key=rank)
    return Ref(table=table, column=column)


def _near_tables(shape: Shape, mention: Mention) -> list[tuple[int, str]]:
    said = (one for one in shape.said.mentions if one.kind != "value" and one.strength > 0.9)
    return sorted((abs(one.start - mention.start), one.table) for one in said)


def _negated(shape: Shape, place: int) -> bool:
    """不是 X, not X, other than X: the word before the value, whatever stands between it and the column's name."""
    for at in range(place - 1, max(-1, place - 5), -1):
        if shape.cue(at, "absent", "other"):
            return True
        mention = shape.said.at(at)
        if mention is not None and mention.kind == "table":
            return False
        if shape.said.words[at].apart and at != place - 1:
            return False
    return False


def _contains(shape: Shape, place: int) -> bool:
    return any(shape.cue(at, "contains") for at in range(max(0, place - 4), min(len(shape.said.words), place + 4)))


# --------------------------------------------------------------------------- comparison with an aggregate


def read_comparisons(shape: Shape) -> None:
    """below the average weight, 高于平均年龄: against the column's own aggregate."""
    for place in shape.places("above", "below"):
        at = next((near for near in range(place + 1, place + 4) if shape.cue(near, *FUNCTIONS)), None)
        if at is None:
            continue
        function = next(FUNCTIONS[name] for name in FUNCTIONS if shape.cue(at, name))
        inner, outer = shape.after(at, 1, "column"), shape.said.at(place) or shape.before(place, 1, "column")
        column = inner or outer
        if column is None or not shape.is_number(shape.ref(column)):
            continue
        for one in (inner, outer):
            if one is not None and one.column == column.column:
                shape.use(one)
        op = ">" if shape.cue(place, "above") else "<"
        shape.used.add(-1000 - at)  # the aggregate's cue is spoken for
        shape.conditions.append((place, Condition(ref=shape.ref(column), op=op, of=function)))
