"""Order, aggregates and counts of a question. Pure."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from assistant.nl2sql.drafts.implied_columns import birth_column
from assistant.nl2sql.drafts.naming import GENERIC
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import name_words
from assistant.nl2sql.drafts.shape import FUNCTIONS, Shape
from assistant.nl2sql.drafts.shape_conditions import take_units
from assistant.nl2sql.drafts.sketch import Function, Output
from assistant.nl2sql.drafts.word_overlap import stem

_FUNCTION_WORDS = frozenset({"total", "sum", "average", "avg", "mean", "maximum", "max", "minimum", "min"})


def in_name(shape: Shape, place: int) -> bool:
    """maximum speed, where a column is called so: part of its name."""
    mention = shape.said.at(place)
    if mention is None or mention.kind != "column" or mention.hits < 2:
        return False
    parts = {stem(part) for part in name_words(mention.column)}
    return bool(parts & _FUNCTION_WORDS)


def spoken_for(shape: Shape, place: int) -> bool:
    return -1000 - place in shape.used


# --------------------------------------------------------------------------- order


def read_order(shape: Shape) -> None:
    """Columns named with an ordering word; their direction; `in alphabetical order` alone is by what is shown."""
    if _between_extremes(shape):
        return
    places = list(shape.places("ordered"))
    if not places:
        if not list(shape.places("ascending", "descending")):
            return
        places = list(shape.places("ascending", "descending"))[:1]
    place = places[0]
    descending = bool(list(shape.places("descending")))
    keys = _keys_before(shape, place) if shape.chinese else _keys_after(shape, place)
    keys = keys or _keys_in(shape) or _keys_named(shape, place)
    birth = birth_column(shape, place) if not keys else None
    if birth is not None:
        shape.order.append((place, Output(ref=shape.ref(birth)), not descending))
        return
    for key in keys:
        shape.use(key)
        if any(output is not None and output.ref == shape.ref(key) for _, output, _ in shape.order):
            continue
        shape.order.append((key.start, Output(function=_added_up(shape, key), ref=shape.ref(key)), descending))
    if not keys:
        counts = [at for at in shape.places("count") if (at < place) == shape.chinese and abs(at - place) < 8]
        for at in counts[-1:] if shape.chinese else counts[:1]:
            shape.used.add(-1000 - at)
            thing = shape.before(at, 1) if shape.chinese else shape.after(at, 1)
            if thing is not None and thing.kind == "table":
                shape.use(thing)
        shape.order.append((place, None, descending))


def _between_extremes(shape: Shape) -> bool:
    """from the cheapest to the most expensive: by what both ends compare, beginning with the first."""
    ends = list(shape.places("most", "least"))
    for first, last in pairwise(ends):
        between = shape.said.words[first + 1 : last]
        opposite = shape.cue(first, "most") != shape.cue(last, "most")
        birth = birth_column(shape, first)
        key = shape.said.at(first) or shape.said.at(last) or birth
        if not opposite or key is None or key.kind != "column" or not 0 < len(between) < 3:
            continue
        if any(word.text.lower() in ("to", "到", "至") for word in between):
            shape.used |= {-1000 - first, -1000 - last}
            take_units(shape, range(first, last + 1), shape.ref(key))
            down = shape.cue(first, "most") != (key is birth)
            shape.order.append((first, Output(ref=shape.ref(key)), down))
            return True
    return False


def _keys_after(shape: Shape, place: int) -> list[Mention]:
    sentence = shape.said.words[place].sentence
    return [
        one
        for one in shape.said.mentions
        if one.start > place and one.kind == "column" and shape.said.words[one.start].sentence == sentence
    ][:3]


def _added_up(shape: Shape, key: Mention) -> Function:
    """按总价排序 of what each group has: by the sum and not by one of its rows."""
    if not list(shape.places("each")):
        return ""
    near = [at for at in (key.start - 1, key.start) if shape.cue(at, "total", "average") and not in_name(shape, at)]
    shape.used |= {-1000 - at for at in near}
    return next((FUNCTIONS[name] for at in near for name in ("total", "average") if shape.cue(at, name)), "")


def _keys_in(shape: Shape) -> list[Mention]:
    """from old to young: the direction names the column itself."""
    said = (shape.said.at(place) for place in shape.places("ascending", "descending"))
    return [one for one in said if one is not None and one.kind == "column"][:1]


def _keys_named(shape: Shape, place: int) -> list[Mention]:
    """by attendance, highest first: the column in front of the direction."""
    found = shape.before(place, 0, "column") if not shape.chinese else None
    return [found] if found is not None and shape.said.words[found.start - 1].text.lower() == "by" else []


def _keys_before(shape: Shape, place: int) -> list[Mention]:
    start = max((at for at in shape.places("by") if at < place), default=None)
    if start is None:
        return [one for one in [shape.before(place, 2, "column")] if one is not None]
    return [one for one in shape.said.mentions if start < one.start < place and one.kind == "column"]


# --------------------------------------------------------------------------- groups, aggregates, counts


def read_aggregates(shape: Shape) -> None:
    """average X, X的平均值; several functions in a row share the column that follows."""
    waiting: list[tuple[int, str]] = []
    for place in shape.places(*FUNCTIONS):
        if spoken_for(shape, place) or in_name(shape, place):
            continue
        waiting.append((place, next(name for name in FUNCTIONS if shape.cue(place, name))))
        column = argument(shape, place)
        if column is None:
            continue
        for one in (column, *_alike_beside(shape, column)):
            shape.outputs += [(at, Output(function=FUNCTIONS[name], ref=shape.ref(one))) for at, name in waiting]
            shape.use(one)
        waiting = []


def _alike_beside(shape: Shape, column: Mention) -> list[Mention]:
    """total amount due and amount paid: what is listed with it and called alike is added up, too."""
    parts = set(name_words(column.column))
    found = []
    for one in shape.said.mentions:
        first, last = sorted((one, column), key=lambda two: two.start)
        between = shape.said.words[first.end : last.start]
        alike = one != column and (one.kind, one.table) == ("column", column.table)
        alike = alike and bool(parts & set(name_words(one.column)))
        if alike and len(between) == 1 and "and" in between[0].cues and shape.free(one):
            found += [one] if shape.is_number(shape.ref(one)) and not shape.is_key(shape.ref(one)) else []
    return found


def argument(shape: Shape, place: int) -> Mention | None:
    words, own = shape.said.words, shape.said.at(place)
    if own is not None and own.kind == "column" and shape.is_number(shape.ref(own)):
        return own  # 支付的总金额 of an amount paid
    if shape.chinese and words[place].text.endswith(("值", "数", "和")):
        before = shape.before(place, 1, "column")
        if before is not None and shape.is_number(shape.ref(before)):
            return before
    behind = shape.after(place, 1, "column")
    if behind is not None and shape.is_number(shape.ref(behind)):
        return behind
    before = shape.before(place, 1, "column") if shape.chinese else None
    if before is not None and before.end == place and shape.is_number(shape.ref(before)):
        return before
    return None


def read_counts(shape: Shape) -> None:
    """how many X, X的数量: a table or a column to count; without one the rows themselves."""
    for place in shape.places("count"):
        if not spoken_for(shape, place) and _summed(shape, place):
            continue
        if spoken_for(shape, place) or shape.said.at(place) is not None or shape.cue(place + 1, "count"):
            continue  # 共有多少 is one count
        if shape.said.words[place].text in ("计算", "统计") and any(
            at > place for at in shape.places("count", *FUNCTIONS)
        ):
            continue  # 计算 ... 的数量: what is counted is said with the number
        found = _counted(shape, place)
        found = _clause_head(shape, place, found) or found
        if found is not None and found.kind == "column":
            several = any(shape.cue(at, "distinct") for at in range(place, found.start))
            if found.names_table and not shape.free(found):
                shape.counted.append((place, replace(found, kind="table", column="")))
                continue  # how many [stations opened] before 2005: stations
            if shape.is_number(shape.ref(found)) and not shape.is_key(shape.ref(found)) and not several:
                continue  # the number of tickets is a column by itself
            found = found if shape.free(found) else None
        shape.counted.append((place, found))
        if found is not None:
            shape.use(found)
            _count_next(shape, place, found)


def _summed(shape: Shape, place: int) -> bool:
    """total number of seats, 座位总数, where a column holds such numbers: they are added up."""
    if not shape.said.words[place].text.lower().startswith(("total", "总")):
        return False
    inside = shape.said.at(place)
    column = inside or (shape.before(place, 0, "column") if shape.chinese else shape.after(place, 0, "column"))
    if column is None or column.kind != "column" or not shape.is_number(shape.ref(column)):
        return False
    parts = set(name_words(column.column))
    if shape.is_key(shape.ref(column)) or not shape.free(column) or parts & {"total", "id", "age"}:
        return False
    shape.outputs.append((place, Output(function="sum", ref=shape.ref(column))))
    shape.use(column)
    return True


def _clause_head(shape: Shape, place: int, found: Mention | None) -> Mention | None:
    """有多少[年龄大于25岁的]球员: what is counted stands behind the clause that narrows it."""
    asked = shape.chinese and shape.said.words[place].text.startswith(("多少", "几", "统计", "计算"))
    if not asked or found is None or (found.kind == "column" and shape.free(found)):
        return None
    heads = (one for one in shape.said.mentions if one.start > found.start and one.kind == "table")
    if found.kind == "column" and shape.names_rows(found):
        return replace(found, kind="table", column="")  # 有多少[索赔的金额]低于平均
    if found.kind == "column":
        return next((one for one in heads if shape.cue(one.start - 1, "of") and shape.free(one)), None)
    head = next(heads, None)
    between = shape.said.words[found.end : head.start] if head is not None else ()
    linked = any("of" in word.cues for word in between)
    return head if linked and all(word.filler or word.cues & {"of", "distinct"} for word in between) else None


def _count_next(shape: Shape, place: int, found: Mention) -> None:
    """the number of different names and contents: both are counted."""
    if found.kind != "column" or not any(shape.cue(at, "distinct") for at in range(max(0, place - 1), found.start)):
        return
    following = shape.after(found.end, 0, "column") if shape.cue(found.end, "and") else None
    if following is not None and shape.free(following):
        shape.counted.append((place, following))
        shape.use(following)


def as_rows(shape: Shape, column: Mention) -> Mention:
    """models counted by their list: the table that is called as the column is."""
    words = {stem(part) for part in name_words(column.column)}
    for table in shape.context.tables:
        own = {stem(part) for part in name_words(table.name)} - GENERIC
        if own == words and not shape.is_number(shape.ref(column)):
            return replace(column, kind="table", table=table.name, column="")
    return column


def _counted(shape: Shape, place: int) -> Mention | None:
    found = _beside_count(shape, place)
    return as_rows(shape, found) if found is not None and found.kind == "column" else found


def _beside_count(shape: Shape, place: int) -> Mention | None:
    behind = shape.after(place, 1, "table", "column")
    if not shape.chinese:
        return behind
    before = shape.before(place, 1, "table", "column")
    parted = shape.cue(place + 1, "and") or (behind is not None and shape.said.words[behind.start].apart)
    if parted and before is not None and before.kind == "table":
        return before  # 合同有几份、总金额多少
    if shape.said.words[place].text.startswith(("多少", "几", "计算", "统计", "共", "一共")) and behind is not None:
        return behind
    return before or behind
