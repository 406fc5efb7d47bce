"""FROM of a sketch: which declared joins, in which order, as SQL text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.nl2sql.drafts.key_graph import JoinPair, connect, pairs_between
from assistant.nl2sql.drafts.offered_schema import SchemaContext
from assistant.nl2sql.drafts.schema_names import name_words
from assistant.nl2sql.drafts.sql_words import equality_of, in_quotes
from assistant.nl2sql.drafts.word_overlap import stem


class JoinSql:
    """Joins over one schema; `said`: stems of the question, which tell two ways of joining apart."""

    def __init__(self, context: SchemaContext, said: frozenset[str]) -> None:
        self._context, self._said = context, said

    def pruned(self, tables: list[str], needed: set[str]) -> list[str]:
        """Without tables that every row has exactly one of: a parent that is only spoken of filters nothing."""
        kept = list(tables)
        for table in tables:
            rest = [one for one in kept if one != table]
            if table in needed or not rest:
                continue
            before, after = connect(rest, self._context.joins), connect(kept, self._context.joins)
            pair = next((p for one in before for p in pairs_between(one, table, self._context.joins)), None)
            parent = pair is not None and pair.right_table == table and len(after) == len(before) + 1
            if table in before or parent:
                kept = rest
        return kept

    def source(self, tables: Sequence[str]) -> str | None:
        """The tables joined, the first one first; None where they do not hang together."""
        placed, text = [tables[0]], in_quotes(tables[0])
        waiting = list(tables[1:])
        while waiting:
            found = next(((t, p) for t in waiting for o in placed for p in self.pairs(o, t)), None)
            if found is None:
                return None
            table, pair = found
            text += f" JOIN {in_quotes(table)} ON {equality_of(pair)}"
            placed.append(table)
            waiting.remove(table)
        return text

    def pairs(self, one: str, other: str) -> list[JoinPair]:
        """Ways to join two tables, the one the question speaks of first, then the one not called as its own table."""

        def rank(pair: JoinPair) -> tuple[int, int]:
            column = {stem(part) for part in name_words(pair.left_column)} - {"id"}
            own = {stem(part) for part in name_words(pair.left_table)}
            likened = any(part[:4] == word[:4] for part in column for word in own)
            return int(likened), -len(column & self._said)

        return sorted(pairs_between(one, other, self._context.joins), key=rank)
