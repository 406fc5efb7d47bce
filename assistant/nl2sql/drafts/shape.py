"""The roles that mentions play in a question: shown, compared, grouped by, ordered by, counted. Pure, deterministic.

Each step takes the mentions that its cue words claim; what nothing claims is shown. Works on cues and positions only,
so Chinese (modifiers first) and English (modifiers last) differ in the side on which a step looks first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.nl2sql.drafts.offered_schema import SchemaContext
from assistant.nl2sql.drafts.said import Mention, Said
from assistant.nl2sql.drafts.schema_names import name_words
from assistant.nl2sql.drafts.sketch import Condition, CountBound, Function, Output, Ref
from assistant.nl2sql.drafts.word_overlap import stem

OPS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "or_more": ">=", "or_less": "<="}
NEGATED = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "=": "!=", "!=": "="}
FUNCTIONS: dict[str, Function] = {"average": "avg", "total": "sum", "maximum": "max", "minimum": "min"}


@dataclass(slots=True)
class Shape:
    """The question while it is being read; every step adds what it found and marks the places it used."""

    said: Said
    context: SchemaContext
    chinese: bool
    used: set[int] = field(default_factory=set)  # places of mentions (their first word)
    conditions: list[tuple[int, Condition]] = field(default_factory=list)
    outputs: list[tuple[int, Output]] = field(default_factory=list)
    groups: list[tuple[int, Ref]] = field(default_factory=list)
    group_tables: list[tuple[int, str]] = field(default_factory=list)
    counted: list[tuple[int, Mention | None]] = field(default_factory=list)
    having: tuple[int, CountBound, str] | None = None  # (place, bound, table counted)
    order: list[tuple[int, Output | None, bool]] = field(default_factory=list)  # None: by the count
    extreme: tuple[int, Mention | None, bool] | None = None  # (place, attribute, descending)
    extreme_of: Function = ""  # the sum or average by which rows are ranked
    limit: int | None = None
    absent: tuple[int, int] | None = None  # words from, to

    def cue(self, place: int, *names: str) -> bool:
        return 0 <= place < len(self.said.words) and bool(self.said.words[place].cues & set(names))

    def places(self, *names: str) -> Iterable[int]:
        return [place for place in range(len(self.said.words)) if self.cue(place, *names)]

    def after(self, place: int, reach: int, *kinds: str) -> Mention | None:
        """The first mention in the next `reach` words of substance."""
        return self._near(range(place + 1, len(self.said.words)), reach, kinds)

    def before(self, place: int, reach: int, *kinds: str) -> Mention | None:
        return self._near(range(place - 1, -1, -1), reach, kinds)

    def _near(self, places: Iterable[int], reach: int, kinds: tuple[str, ...]) -> Mention | None:
        for place in places:
            mention = self.said.at(place)
            if mention is not None:
                return mention if not kinds or mention.kind in kinds else None
            word = self.said.words[place]
            if word.sentence != self.said.words[places[0]].sentence:  # type: ignore[index]
                return None
            if not word.filler and word.number is None and not word.cues & {"of", "most", "least"}:
                reach -= 1
            if reach < 0:
                return None
        return None

    def free(self, mention: Mention | None) -> bool:
        return mention is not None and mention.start not in self.used

    def use(self, mention: Mention) -> None:
        self.used.add(mention.start)

    def ref(self, mention: Mention) -> Ref:
        return Ref(table=mention.table, column=mention.column)

    def names_rows(self, mention: Mention) -> bool:
        """True where the words say the table itself, alone or with one of its columns (仓库的名称)."""
        if mention.kind == "table" or mention.names_table:
            return True
        own = {stem(part) for part in name_words(mention.table)}
        said = frozenset().union(*(word.stems for word in self.said.words[mention.start : mention.end]))
        return mention.end - mention.start > 1 and own <= said

    def is_number(self, ref: Ref) -> bool:
        table = self.context.table(ref.table)
        column = table.column(ref.column) if table else None
        return column is not None and (column.type == "number" or column.numeral)

    def is_key(self, ref: Ref) -> bool:
        return any(
            (ref.table, ref.column) in ((pair.left_table, pair.left_column), (pair.right_table, pair.right_column))
            for pair in self.context.joins
        )
