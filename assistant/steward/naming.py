"""What a question names as such: items, identifiers, resources, days, how many rows. The part of the interpreter that
takes them in; what stands around them (含, 没有, 关于) has been noted before.
"""

from __future__ import annotations

from assistant.steward.draft import Draft
from assistant.steward.filters import Condition, Op
from assistant.steward.phrases import Reading, Tag
from assistant.steward.surroundings import Surroundings


class Naming:
    """`_mode` and `_negation` are what waits in the clause for the name that comes next."""

    def __init__(self, reading: Reading) -> None:
        self.around = Surroundings(reading)
        self.draft = Draft()
        self._negation = ""  # cue that still waits for what it negates
        self._denial = ""  # the word for it
        self._mode = ""  # present | group | which | holds | holds_not | about | drop

    def _add(self, name: str, op: Op, *values: str, together: bool = False) -> None:
        if self._mode == "drop":
            self.draft.dropped.append(name)
            return
        self.draft.add(name, op, *values, together=together)

    def _item(self, place: int, tag: Tag) -> None:
        if self._mode in ("holds", "holds_not"):
            self._add("item", Op.HAS if self._mode == "holds" else Op.HAS_NOT, tag.text)
        elif self._mode == "about":
            self._add("about", Op.ABOUT, tag.text)
        else:
            self.draft.terms.append(tag.text)

    def _identifier(self, place: int, tag: Tag) -> None:
        sign = tag.sign("identifier")
        assert sign is not None
        if self.around.asks_collectors() and self._mode not in ("holds", "holds_not"):
            self.draft.terms.append(tag.text)
            return
        if self._mode == "holds" and self._negation == "not":
            self._mode = "holds_not"  # names but not phone or ID numbers
        op = Op.HAS_NOT if self._mode == "holds_not" or self._negation == "lack" else Op.HAS
        self._negation = ""
        self._add("holds", op, sign.id, together=op is Op.HAS and self.around.holds_too(place))

    def _resource(self, place: int, tag: Tag) -> None:
        if (sign := tag.sign("resource")) is not None:
            self._add("name", Op.IS_NOT if self._negation == "not" else Op.IS, sign.id)

    def _date(self, place: int, tag: Tag) -> None:
        if isinstance(tag.said, Condition) and tag.said.field == "asked_on":
            self.draft.days.append((tag.said, tag.text))
        elif isinstance(tag.said, Condition):
            self.draft.add(tag.said.field, tag.said.op, *tag.said.values)
        self._negation = ""

    def _limit(self, place: int, tag: Tag) -> None:
        if isinstance(tag.said, int):
            self.draft.cut(tag.said, tag.text)

    def _unsaid(self) -> None:
        """A denial that found nothing to deny is no turn of phrase: without it the filter says the contrary."""
        if self._negation == "lack" and self._denial and not self.around.all_of():
            self.draft.ignored.append(self._denial)
