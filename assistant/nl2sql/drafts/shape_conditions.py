"""Conditions of a question: bounds beside a number, dates, an average compared with. Pure."""

from __future__ import annotations

from dataclasses import replace

from assistant.nl2sql.drafts.implied_columns import TIME, age_column, time_column
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import name_words, spelled
from assistant.nl2sql.drafts.shape import FUNCTIONS, NEGATED, OPS, Shape
from assistant.nl2sql.drafts.shape_dates import YEARS, dated_by, is_time, of_year, operator_of, take
from assistant.nl2sql.drafts.sketch import Condition, CountBound, Ref

_LOOSE = 0.95  # a name said to less than this is only partly said
_HAVING = frozenset({"have", "has", "having", "had", "with", "contain", "contains", "有", "拥有", "具有", "包含"})
_TO = frozenset({"to", "到", "至"})
_ORDERED = (*TIME, "number", "code", "id", "level", "grade")


def read_bounds(shape: Shape) -> None:
    """Every number with its operator: on a number column a condition, on a table a bound on the count, else top N."""
    words = shape.said.words
    done: set[int] = set()
    for place, word in enumerate(words):
        if word.number is None or place in done or shape.said.at(place) is not None or _counts_off(shape, place):
            continue
        other = _second_of_range(shape, place)
        cue = operator_of(shape, place)
        if cue is None and other is None and (either := _or_one_more(shape, place)) is not None:
            done |= {place, either}
            continue
        if cue is None and other is None and _is_article(shape, place):
            continue
        if _continues(shape, place, cue):
            continue
        if other is not None:
            done.add(other)
            low, high = word.number, words[other].number or 0.0
            column = _ranged(shape, place, other, cue)
            if column is not None and column.kind == "table":
                shape.having = (place, CountBound(op="between", values=(low, high)), column.table)
                shape.use(column)
            elif column is not None:
                take(shape, place, column, Condition(ref=shape.ref(column), op="between", values=(low, high)))
                take_units(shape, range(place - 3, other + 3), shape.ref(column))
        elif cue is None and _is_limit(shape, place):
            shape.limit = int(word.number)
        else:
            _bound(shape, place, cue)


def _ranged(shape: Shape, place: int, other: int, cue: int | None) -> Mention | None:
    """What lies between two numbers: years are of a time, people's years an age, whatever stands beside."""
    column = age_column(shape, other) or _attribute(shape, min(place, cue if cue is not None else place), other)
    years = all(shape.said.words[at].number in YEARS for at in (place, other))
    other_kind = column is None or (column.kind == "column" and not is_time(column) and not _comparable(shape, column))
    return (time_column(shape, place) or column) if years and other_kind else column


def _is_article(shape: Shape, place: int) -> bool:
    """一次买下最多票: `one` with its measure word bounds nothing unless somebody says exactly."""
    measured = place + 1 < len(shape.said.words) and shape.said.words[place + 1].filler
    exact = any(
        shape.said.words[at].text in ("只有", "仅有", "恰好", "正好", "只") for at in range(max(0, place - 2), place)
    )
    return shape.chinese and shape.said.words[place].number == 1 and measured and not exact


def _counts_off(shape: Shape, place: int) -> bool:
    """第1行: which one, and no amount."""
    return place > 0 and shape.said.words[place - 1].text == "第"


def _continues(shape: Shape, place: int, cue: int | None) -> bool:
    """grade 9 or 10: a second number for the condition just read."""
    before = [at for at in range(max(0, place - 3), place) if shape.cue(at, "or")]
    last = shape.conditions[-1] if shape.conditions else None
    if not before or cue is not None or last is None or place - last[0] > 4 or last[1].op != "=":
        return False
    condition = replace(last[1], values=(shape.said.words[place].number or 0.0,))
    take(shape, place, Mention(start=-1, end=-1, kind="column", table=condition.ref.table), condition)
    return True


def _second_of_range(shape: Shape, place: int) -> int | None:
    near = range(max(0, place - 3), place)
    later = range(place + 1, min(len(shape.said.words), place + 6))
    if any(shape.cue(at, "between") for at in (*near, *later)):
        return next((at for at in later if shape.said.words[at].number is not None), None)
    to = [at for at in later[:2] if shape.said.words[at].text.lower() in _TO]  # 1 to 2, 1个到2个
    second = to[0] + 1 if to else len(shape.said.words)
    return second if second in later and shape.said.words[second].number is not None else None


def _or_one_more(shape: Shape, place: int) -> int | None:
    """有1个或2个包裹, have 1 or 2 parcels: two numbers in a row bound how many there are; the place of the second."""
    low = shape.said.words[place].number or 0.0
    later = range(place + 1, min(len(shape.said.words), place + 4))
    second = next((at for at in later if shape.said.words[at].number == low + 1), None)
    between = range(place + 1, second) if second is not None else ()
    joined = any(shape.cue(at, "or") for at in between)
    if second is None or not joined or not all(shape.said.words[at].filler or shape.cue(at, "or") for at in between):
        return None
    rows = shape.after(second, 0, "table")
    if rows is None or not shape.free(rows):
        return None
    shape.having = (place, CountBound(op="between", values=(low, low + 1)), rows.table)
    shape.use(rows)
    return second


def _is_limit(shape: Shape, place: int) -> bool:
    """top 3, and the 3 trains with the fewest seats, 座位最少的3列火车."""
    if shape.cue(place - 1, "most", "least") or shape.cue(place + 1, "most", "least"):
        return True
    listed = shape.after(place, 0, "table")
    if shape.chinese:
        ranked = any(shape.cue(at, "most", "least", "maximum", "minimum") for at in range(max(0, place - 3), place))
        measured = place + 1 < len(shape.said.words) and shape.said.words[place + 1].filler
        return (listed is not None or measured) and ranked and shape.cue(place - 1, "of")
    if listed is None or shape.said.words[max(0, place - 1)].text.lower() != "the":
        return False
    return any(
        shape.said.words[at].sentence == shape.said.words[place].sentence for at in shape.places("most", "least")
    )


def _bound(shape: Shape, place: int, cue: int | None) -> None:
    number = shape.said.words[place].number or 0.0
    op = next((OPS[name] for name in OPS if cue is not None and shape.cue(cue, name)), "=")
    if cue is not None and any(shape.cue(at, "absent") for at in range(max(0, cue - 3), cue)):
        op = NEGATED[op]
    target = _attribute(shape, min(place, cue if cue is not None else place), max(place, cue or 0))
    if target is None or target.kind == "table" or not _is_age(target):
        target = age_column(shape, place) or target
    unit = shape.said.at(place + 1)
    dated = dated_by(shape, place)
    if dated is not None:
        shape.use(dated)
        if unit is not None and unit.kind == "column" and unit.strength < _LOOSE:
            shape.use(unit)  # 2025年: the unit of the number
        of_year(shape, place, dated, op, int(number))
        return
    if cue is None and unit is not None and unit.kind == "column" and shape.free(unit) and _comparable(shape, unit):
        target = unit  # 8缸
    if cue is None and target is not None and not shape.free(target):
        target = None
    if number in YEARS and (target is None or (cue is None and not is_time(target))):
        target = time_column(shape, place) or target
    target = target or age_column(shape, place) or _same_again(shape, place, cue)
    if target is None or (cue is None and target.kind == "table" and not shape.chinese and not _exactly(shape, place)):
        return
    if target.kind == "table" or (cue is not None and not _comparable(shape, target) and target.start > place):
        shape.having = (place, CountBound(op=op, values=(number,)), target.table)
        shape.use(target)
        return
    take(shape, place, target, Condition(ref=shape.ref(target), op=op, values=(number,)))


def _same_again(shape: Shape, place: int, cue: int | None) -> Mention | None:
    """不小于3000，也不超过4000: the second bound is on what the first one is."""
    last = shape.conditions[-1] if shape.conditions else None
    if cue is None or last is None or not 0 < place - last[0] < 6 or last[1].of:
        return None
    joined = any(shape.cue(at, "and", "both", "or") for at in range(last[0] + 1, place))
    ref = last[1].ref
    return Mention(start=-1, end=-1, kind="column", table=ref.table, column=ref.column) if joined else None


def _exactly(shape: Shape, place: int) -> bool:
    return any(shape.said.words[at].text.lower() in ("exactly", "only") for at in range(max(0, place - 2), place))


def _is_age(column: Mention) -> bool:
    return name_words(column.column)[-1:] == ("age",)


def take_units(shape: Shape, places: range, ref: Ref) -> None:
    """年龄在20到50岁之间, between 20 and 50 years old: every word for what lies between."""
    for one in {shape.said.at(at) for at in places}:
        if one is not None and one.kind == "column" and shape.ref(one) == ref:
            shape.use(one)


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
        if any(word in _HAVING for word in between) or not shape.free(before) or before.strength < _LOOSE:
            return owned
    if before is not None and _takes_count(shape, before, first):
        return before
    is_column = before is not None and before.kind == "column"
    if is_column and before is not None and _comparable(shape, before) and not shape.is_key(shape.ref(before)):
        return before
    bare = last < len(shape.said.words) and shape.said.words[last].number is not None
    headed = shape.chinese and bare and shape.cue(last + 1, "of")  # 超过10的包裹: parcels, and not ten of them
    behind = shape.after(last, 1) if not headed else None
    if behind is not None and behind.kind in ("table", "column") and shape.free(behind):
        return behind
    if is_column and bounded:
        return before
    if before is not None and before.kind == "table" and shape.chinese and shape.free(before):
        return before
    far = shape.before(first, 2, "column")
    return far if far is not None and _comparable(shape, far) else None


def _takes_count(shape: Shape, before: Mention, first: int) -> bool:
    """包裹数在1到2之间的仓库: the rows whose number is bounded, not those behind; the number itself is not shown."""
    counting = {-1000 - at for at in range(before.end, first) if shape.cue(at, "count")}
    counted = shape.chinese and before.kind == "table" and shape.free(before) and bool(counting)
    shape.used |= counting if counted else set()
    return counted


def _comparable(shape: Shape, column: Mention) -> bool:
    return shape.is_number(shape.ref(column)) or any(word in spelled(column.column) for word in _ORDERED)


# --------------------------------------------------------------------------- comparison with an aggregate


def read_comparisons(shape: Shape) -> None:
    """below the average weight, 高于平均年龄: against the column's own aggregate."""
    for place in shape.places("above", "below"):
        at = next((near for near in range(place + 1, place + 7) if shape.cue(near, *FUNCTIONS)), None)
        if at is not None and _parted(shape, place, at):
            continue
        if at is None:
            continue
        function = next(FUNCTIONS[name] for name in FUNCTIONS if shape.cue(at, name))
        inner, outer = shape.after(at, 1, "column"), shape.said.at(place) or _compared(shape, place, at)
        column = inner or outer
        if column is None or not shape.is_number(shape.ref(column)):
            continue
        for one in (inner, outer):
            if one is not None and one.column == column.column:
                shape.use(one)
        op = ">" if shape.cue(place, "above") else "<"
        shape.used.add(-1000 - at)  # the aggregate's cue is spoken for
        shape.conditions.append((place, Condition(ref=shape.ref(column), op=op, of=function)))


def _parted(shape: Shape, place: int, at: int) -> bool:
    """True where more than one thing and small words stand between `more` and `the average`."""
    between = {shape.said.at(near) for near in range(place + 1, at)} - {None, shape.said.at(place)}
    if any(one is not None and one.kind != "column" for one in between):
        return True
    if shape.chinese and any(shape.cue(near, "of") for near in range(place + 1, at)):
        return True
    return len(between) > 1 or any(shape.said.words[near].number is not None for near in range(place + 1, at))


def _compared(shape: Shape, place: int, at: int) -> Mention | None:
    """more [seats] than the average, else what stands before."""
    between = (shape.said.at(near) for near in range(place + 1, at))
    return next((one for one in between if one is not None and one.kind == "column"), None) or shape.before(
        place, 1, "column"
    )
