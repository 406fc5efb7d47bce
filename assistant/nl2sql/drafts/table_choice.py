"""Which tables and columns of a large schema a question needs: the linked ones and what joins them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.nl2sql.drafts.key_graph import JoinPair, connect
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext, ValueHit
from assistant.nl2sql.drafts.word_overlap import rarity_of, similarity, terms_of

MOST_TABLES = 5
MOST_COLUMNS = 45  # columns: about 350 tokens of prompt, seven seconds of two cores


def pruned(
    text: str,
    tables: Sequence[ContextTable],
    words: Mapping[str, str],
    boost: Mapping[str, float],
    *,
    joins: Sequence[JoinPair],
    values: Sequence[ValueHit],
    today: str,
) -> SchemaContext:
    known = {table.name for table in tables}
    values = tuple(hit for hit in values if hit.table in known)
    joins = tuple(pair for pair in joins if pair.left_table in known and pair.right_table in known)
    if sum(len(table.columns) for table in tables) > MOST_COLUMNS * 1.5:
        tables = _linked(text, tables, words, boost, joins, values)
    kept = {table.name for table in tables}
    pairs = tuple(pair for pair in joins if pair.left_table in kept and pair.right_table in kept)
    hits = tuple(hit for hit in values if hit.table in kept)
    return SchemaContext(tables=tuple(tables), joins=pairs, values=hits, today=today)


def _linked(
    text: str,
    tables: Sequence[ContextTable],
    words: Mapping[str, str],
    boost: Mapping[str, float],
    joins: Sequence[JoinPair],
    values: Sequence[ValueHit],
) -> list[ContextTable]:
    """The best tables, the ones on the way between them, and of each the columns that are linked, keys or short."""
    chosen = _chosen(text, tables, words, boost, {hit.table for hit in values})
    chosen += [name for name in connect(chosen, joins) if name not in chosen]
    kept = [table for table in tables if table.name in set(chosen[: MOST_TABLES + 2])]
    room = max(13, MOST_COLUMNS // max(1, len(kept)))
    keys = {(pair.left_table, pair.left_column) for pair in joins} | {
        (pair.right_table, pair.right_column) for pair in joins
    }
    hits = {(hit.table, hit.column) for hit in values}
    return [_narrowed(text, table, room, keys | hits) for table in kept]


def _chosen(
    text: str,
    tables: Sequence[ContextTable],
    words: Mapping[str, str],
    boost: Mapping[str, float],
    named: set[str],
) -> list[str]:
    """Tables that together say the most of the question, each for words that the ones before it left unsaid."""
    rarity = rarity_of(words)
    asked = terms_of(text)
    said = {table.name: asked & terms_of(words.get(table.name, table.name)) for table in tables}
    scores = {
        table.name: 2 * sum(rarity.get(term, 1.0) for term in sorted(said[table.name]))
        + 2 * similarity(text, f"{table.name} {table.label}", rarity)
        + boost.get(table.name, 0.0)
        + (1.5 if table.name in named else 0.0)
        for table in tables
    }
    best = max(scores.values(), default=0.0)
    if best <= 0:
        return []
    chosen: list[str] = []
    left = set(asked)
    ranked = sorted(scores, key=lambda name: -scores[name])
    while len(chosen) < MOST_TABLES - 1:
        gains = {name: 2 * sum(rarity.get(term, 1.0) for term in sorted(said[name] & left)) for name in ranked}
        least = 0.15 * best if chosen else 0.0
        fresh = [name for name in ranked if name not in chosen and (gains[name] > least or scores[name] >= 0.8 * best)]
        if not fresh:
            break
        one = max(fresh, key=lambda name: gains[name] + 0.5 * scores[name])
        chosen.append(one)
        left -= said[one]
    return chosen


def _narrowed(text: str, table: ContextTable, room: int, needed: set[tuple[str, str]]) -> ContextTable:
    def weight(column: ContextColumn) -> float:
        if column.primary or (table.name, column.name) in needed:
            return 100.0
        return similarity(text, " ".join((column.name, column.label, *(name for _, name in column.codes))))

    order = sorted(range(len(table.columns)), key=lambda place: (-weight(table.columns[place]), place))
    kept = sorted(order[:room])
    return ContextTable(name=table.name, label=table.label, columns=tuple(table.columns[place] for place in kept))
