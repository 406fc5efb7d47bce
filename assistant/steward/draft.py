"""What one reading of a question has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from assistant.steward.fields import GROUPABLE
from assistant.steward.filters import Condition, Op, Subject
from assistant.steward.quantities import Threshold

_ALTERNATIVES = (Op.IS, Op.IS_NOT, Op.HAS, Op.HAS_NOT)


@dataclass(slots=True)
class Draft:
    """What one pass over the tags has found. Mutable: it is filled from left to right."""

    conditions: list[Condition] = field(default_factory=list)
    group_by: list[str] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)
    order: tuple[str, str] | None = None
    limit: int | None = None
    terms: list[str] = field(default_factory=list)  # what was quoted, or named as an item
    idle: list[str] = field(default_factory=list)  # fields that were named and not used yet
    subjects: list[tuple[Subject, bool]] = field(default_factory=list)  # (which, asked for by 哪些/的...)
    dropped: list[str] = field(default_factory=list)  # fields a follow-up takes out
    days: list[tuple[Condition, str]] = field(default_factory=list)  # when it was asked for, with the words
    ignored: list[str] = field(default_factory=list)  # words that were known and found nothing to speak of
    qualifies_items: bool = False  # 四级字段: a value stands right before the items, so it speaks of them

    def add(self, name: str, op: Op, *values: str, together: bool = False) -> None:
        """One more condition; values of the same field and kind become alternatives, unless they hold `together`."""
        for place, one in enumerate(self.conditions):
            if one.field == name and one.op is op and op in _ALTERNATIVES and not together:
                merged = tuple(dict.fromkeys((*one.values, *values)))
                self.conditions[place] = Condition(field=name, op=op, values=merged)
                return
        self.conditions.append(Condition(field=name, op=op, values=values))

    def group(self, name: str) -> None:
        """One more key to group by."""
        if name not in self.group_by:
            self.group_by.append(name)

    def group_each(self, named: str) -> None:
        """各有多少: by the field `named` last, or by that of which several values were named."""
        several = [one.field for one in self.conditions if len(one.values) > 1 and one.field in GROUPABLE]
        for name in [named] if named in GROUPABLE else several[-1:]:
            self.group(name)

    def except_last(self) -> None:
        """民政局以外: the value before it is the one that is not meant."""
        if self.conditions and self.conditions[-1].op is Op.IS:
            self.conditions[-1] = replace(self.conditions[-1], op=Op.IS_NOT)

    def bound(self, name: str, threshold: Threshold) -> None:
        """A measure compared with a number; more than one department is at least two."""
        op, value = threshold.op, threshold.number
        if (name in ("items", "departments", "count") or name.endswith("_size")) and op is Op.ABOVE:
            op, value = Op.AT_LEAST, value + 1
        self.add(name, op, f"{value:g}")
        if name in self.measures:
            self.measures.remove(name)
