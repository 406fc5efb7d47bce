"""The best cover of a question by the words of a lexicon. Pure.

Longest phrases win; of two covers the one that leaves less unexplained, in fewer pieces. What the cover tore apart is
put together again, and a name that reaches over two pieces is taken whole.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import TypeAlias

from assistant.domain import LinkStrength
from assistant.nl2sql.plans.lexicon import Kind, Lexicon, Sense, Tag
from assistant.nl2sql.plans.operators import words as own_words
from assistant.nl2sql.plans.phrases import Match, Unit, dice, units
from assistant.nl2sql.plans.values import IndexedValue

# Of senses of the same words, which are looked at first.
_WEIGHT: dict[Kind, float] = {
    "metric": 0.2, "readings": 0.05, "value": 0.05, "dimension": 0.04, "field": 0.055, "operator": 0.03,
    "entity": 0.02, "off_topic": 0.02, "filler": 0.0, "known": -0.6,
}  # fmt: skip
_PIECE = 0.35  # what one more piece costs, in units
_INSERT = 0.12
_SORTS = ("类", "型", "种")
FUZZY = 0.66
_DENIED = re.compile(r"(?:还|尚)?没有?(?=([\u4e00-\u9fff]{2}))")


def as_denied(text: str, lexicon: Lexicon) -> str:
    """还没办结, 没有办完: as the names of this estate say it, 未办结."""
    return _DENIED.sub(lambda said: "未" if said[1] in lexicon.denied else said[0], text)


def named_spans(text: str, lexicon: Lexicon, *, loose: bool = False) -> tuple[tuple[int, int], ...]:
    """Where names of metrics stand: "monthly" inside one of them is no wish for months.

    `loose`: also with measure words inside, 每万人(拥有多少家)企业.
    """
    row = units(text)
    return tuple(
        (row[match.start].start, row[match.end - 1].end)
        for match in lexicon.trie.find(row)
        if match.payload.kind == "metric" and (loose or not match.inserts)
    )


def tag(text: str, lexicon: Lexicon, gaps: tuple[tuple[int, int], ...] = ()) -> tuple[Tag, ...]:
    """The best cover of a normalised text. `gaps` (start, end) were read already, as periods, and are skipped."""
    found: list[Tag] = []
    start = 0
    for gap_start, gap_end in (*gaps, (len(text), len(text))):
        piece = text[start:gap_start]
        found += _tag_piece(piece, start, lexicon)
        start = gap_end
    return tuple(found)


def _tag_piece(piece: str, offset: int, lexicon: Lexicon) -> list[Tag]:
    row = units(piece)
    if not row:
        return []
    tags = []
    for start, end, senses, inserts in _parted(_cover(row, lexicon), row, lexicon):
        first, last = row[start], row[end - 1]
        number = _number(first) if end == start + 1 else None
        tags.append(
            Tag(
                start=offset + first.start,
                end=offset + last.end,
                text=piece[first.start : last.end],
                senses=senses,
                strength=LinkStrength.FUZZY if inserts and _only_values(senses) else LinkStrength.EXACT,
                score=1.0 - 0.01 * inserts,
                number=number,
                content=any(unit.is_content for unit in row[start:end]),
            )
        )
    return _whole_words(_guess(_merged_unknown(_untorn(tags), piece, offset), lexicon), piece, offset, lexicon)


def _whole_words(tags: list[Tag], piece: str, offset: int, lexicon: Lexicon) -> list[Tag]:
    """在营, 下载, where only 在 and 下 are words: one word where a name of a figure has the two together."""
    made: list[Tag] = []
    for tag in tags:
        last = made[-1] if made else None
        if last is not None and last.end == tag.start and _is_torn_in_two(last, tag, lexicon):
            made[-1] = Tag(start=last.start, end=tag.end, text=piece[last.start - offset : tag.end - offset], senses=())
        else:
            made.append(tag)
    return made


def _is_torn_in_two(one: Tag, two: Tag, lexicon: Lexicon) -> bool:
    known, halves = one.text + two.text in lexicon.pairs, own_words().halves
    unknown = [tag.unknown and len(tag.text) == 1 for tag in (one, two)]
    half = [tag.is_filler and tag.text in halves for tag in (one, two)]
    return known and ((unknown[0] and half[1]) or (half[0] and unknown[1]))


def _untorn(tags: list[Tag]) -> list[Tag]:
    """门路, 出让, where 门, 出 and 让 are words: a weak character beside one that is weak or unknown is half a word."""
    weak = own_words().weak
    loose = [tag.content and tag.is_filler and tag.text in weak for tag in tags]
    kept = []
    for index, tag in enumerate(tags):
        beside = [at for at in (index - 1, index + 1) if 0 <= at < len(tags)]
        touching = [at for at in beside if tags[at].end == tag.start or tags[at].start == tag.end]
        torn = loose[index] and any(loose[at] or _is_unknown_han(tags[at]) for at in touching)
        kept.append(replace(tag, senses=()) if torn else tag)
    return kept


def _is_unknown_han(tag: Tag) -> bool:
    return tag.unknown and not tag.text.isascii()


_Piece: TypeAlias = tuple[int, int, tuple[Sense, ...], int]


def _parted(pieces: list[_Piece], row: tuple[Unit, ...], lexicon: Lexicon) -> list[_Piece]:
    """二手住宅 as 二手 and 住宅, where both are values; 优 behind 评为 as the value that it is called."""
    made: list[_Piece] = []
    for start, end, senses, inserts in pieces:
        text = "".join(unit.text for unit in row[start:end])
        if not senses and end == start + 1:
            around = ("".join(unit.text for unit in row[max(0, start - 2) : start]), text, row[end : end + 1])
            named = lexicon.compounds.single(around[0], text, around[2][0].text if around[2] else "")
            made.append((start, end, tuple(Sense("value", one.dimension, one) for one in named), 0))
            continue
        if made and start < made[-1][1]:  # the name before it reaches into this piece
            if end > made[-1][1]:
                made.append((made[-1][1], end, (Sense("filler", ""),), 0))
            continue
        own = tuple(sense.value for sense in senses if sense.value is not None)
        reach = _label_end(start, end, own, row)
        if reach > end:
            made.append((start, reach, senses, 0))
            continue
        if not _only_values(senses) or inserts:
            made.append((start, end, senses, inserts))
            continue
        if _is_inside(start, text, made):
            made.append((start, start + 1, (Sense("filler", ""),), 0))
            start, text, senses = start + 1, text[1:], _exactly(row, start + 1, end, lexicon)
            own = tuple(sense.value for sense in senses if sense.value is not None)
        inner = lexicon.compounds.within(text, own)
        cut = end - len(inner[0].label) if inner else end
        made.append((start, cut, senses, 0))
        if inner:
            made.append((cut, end, tuple(Sense("value", one.dimension, one) for one in inner), 0))
    return made


def _is_inside(start: int, text: str, made: list[_Piece]) -> bool:
    """存续企业中小微企业: among the enterprises, where 中小微 is a merged name as well."""
    before = made[-1] if made else None
    named = before is not None and before[1] == start and any(s.kind in ("metric", "readings") for s in before[2])
    return named and text.startswith("中") and len(text) > len("中型")


def _exactly(row: tuple[Unit, ...], start: int, end: int, lexicon: Lexicon) -> tuple[Sense, ...]:
    return tuple(m.payload for m in lexicon.trie.find(row[start:end]) if (m.start, m.end) == (0, end - start))


def _label_end(start: int, end: int, own: tuple[IndexedValue, ...], row: tuple[Unit, ...]) -> int:
    """市容环境类 is that value and a measure word, though 市容 and 环境类 are words for values too."""
    for value in own:
        reach = start + len(value.label)
        spelled = "".join(unit.text for unit in row[start:reach])
        if end < reach and reach + 1 == len(row[: reach + 1]) and row[reach].text in _SORTS and spelled == value.label:
            return reach
    return end


def _only_values(senses: tuple[Sense, ...]) -> bool:
    return bool(senses) and all(sense.kind == "value" for sense in senses)


def _number(unit: Unit) -> float | None:
    if not unit.is_number:
        return None
    return float(unit.text[:-1]) / 100 if unit.text.endswith("%") else float(unit.text)


def _cover(row: tuple[Unit, ...], lexicon: Lexicon) -> list[tuple[int, int, tuple[Sense, ...], int]]:
    """(start, end, senses, inserts) of the best cover; senses () for a unit that nothing explains."""
    spans: dict[tuple[int, int], list[Match[Sense]]] = {}
    for match in lexicon.trie.find(row):
        if not _cuts_a_word(match.start, row):
            spans.setdefault((match.start, match.end), []).append(match)
    for part in lexicon.fragments.find(row):
        sense = Sense("value", part.payload.dimension, part.payload)
        spans.setdefault((part.start, part.end), []).append(Match(part.start, part.end, part.inserts, sense))
    best: list[tuple[float, int, tuple[Sense, ...], int]] = [(0.0, 0, (), 0)]
    by_end: dict[int, list[int]] = {}
    for start, end in spans:
        by_end.setdefault(end, []).append(start)
    for end in range(1, len(row) + 1):
        choice: tuple[float, int, tuple[Sense, ...], int] = (best[end - 1][0], end - 1, (), 0)
        for start in by_end.get(end, ()):
            gain, senses, inserts = _gain(start, end, spans[start, end])
            if best[start][0] + gain > choice[0]:
                choice = (best[start][0] + gain, start, senses, inserts)
        best.append(choice)
    pieces = []
    end = len(row)
    while end:
        _, start, senses, inserts = best[end]
        pieces.append((start, end, senses, inserts))
        end = start
    return pieces[::-1]


def _cuts_a_word(start: int, row: tuple[Unit, ...]) -> bool:
    """没|有行政处罚的企业, 其|中大型: nothing begins inside 没有 and 其中."""
    return start > 0 and row[start - 1].text + row[start].text in ("没有", "其中", "当中", "之中")


def _gain(start: int, end: int, matches: list[Match[Sense]]) -> tuple[float, tuple[Sense, ...], int]:
    inserts = min(match.inserts for match in matches)
    senses = tuple(match.payload for match in matches if match.inserts == inserts)
    weight = max(_WEIGHT[sense.kind] for sense in senses)
    if all(sense.kind == "known" for sense in senses):
        return 0.01 * (end - start), senses, inserts  # known to the estate, not to the model: explains nothing
    return (end - start) * (1 + weight * 0.2) - _PIECE - _INSERT * inserts + weight, senses, inserts


def _merged_unknown(tags: list[Tag], piece: str, offset: int) -> list[Tag]:
    """Neighbouring unexplained characters as one piece, so that it can be named and guessed."""
    merged: list[Tag] = []
    for item in tags:
        last = merged[-1] if merged else None
        joins = last is not None and not last.senses and last.content and last.number is None
        if joins and last and not item.senses and item.content and item.number is None and item.start == last.end:
            text = piece[last.start - offset : item.end - offset]
            merged[-1] = Tag(start=last.start, end=item.end, text=text, senses=())
        else:
            merged.append(item)
    return merged


def _guess(tags: list[Tag], lexicon: Lexicon) -> list[Tag]:
    return [_guessed(item, lexicon) if item.unknown and len(item.text) > 3 else item for item in tags]


def _guessed(item: Tag, lexicon: Lexicon) -> Tag:
    """The name that a misspelt word most likely means, where it is close enough."""
    best, chosen = FUZZY, None
    for name, sense in lexicon.names:
        if abs(len(name) - len(item.text)) > 2:
            continue
        score = (
            difflib.SequenceMatcher(None, item.text, name).ratio() - 0.16
            if item.text.isascii()
            else dice(item.text, name)
        )
        if score > best:
            best, chosen = score, sense
    if chosen is None:
        return item
    return Tag(
        start=item.start, end=item.end, text=item.text, senses=(chosen,), strength=LinkStrength.FUZZY, score=best
    )
