"""What one reading of a question has found so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from assistant.steward.fields import GROUPABLE
from assistant.steward.filters import Condition, Op, Subject
from assistant.steward.phrases import Tag
from assistant.steward.quantities import Threshold
from assistant.steward.vocabulary import words

_BARE_CONDITION = re.compile(r"条件|(?: (?:a|an|any|the|stated|given|written|specified))* conditions?\b(?! (?:of|for))")
_EITHER = ("或", "或者", "or")
_ALTERNATIVES = (Op.IS, Op.IS_NOT, Op.HAS, Op.HAS_NOT)


def plainly(name: str, op: Op, values: tuple[str, ...]) -> tuple[Op, tuple[str, ...]]:
    """Neither of the open kinds is the one kind that is not: not one of several values, where one is left, is that."""
    others = [one for one in words()["values"].get(name, {}) if "|" not in one and one not in values]
    return (Op.IS, tuple(others)) if op is Op.IS_NOT and len(values) > 1 and len(others) == 1 else (op, values)


@dataclass(slots=True)
class Draft:
    """What one pass over the tags has found. Mutable: it is filled from left to right."""

    conditions: list[Condition] = field(default_factory=list)
    group_by: list[str] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)
    order: tuple[str, str] | None = None
    limit: int | None = None
    from_end: bool = False  # the last ones: 后五名
    terms: list[str] = field(default_factory=list)  # what was quoted, or named as an item
    idle: list[str] = field(default_factory=list)  # fields that were named and not used yet
    subjects: list[tuple[Subject, bool]] = field(default_factory=list)  # (which, asked for by 哪些/的...)
    dropped: list[str] = field(default_factory=list)  # fields a follow-up takes out
    days: list[tuple[Condition, str]] = field(default_factory=list)  # when it was asked for, with the words
    broad: list[Condition] = field(default_factory=list)  # said by one word for several values
    either: tuple[str, str, bool] = ("", "", False)  # 或, the field named before it, whether a condition stood there
    ignored: list[str] = field(default_factory=list)  # words that were known and found nothing to speak of
    qualifies_items: bool = False  # 四级字段: a value stands right before the items, so it speaks of them

    def add(self, name: str, op: Op, *values: str, together: bool = False) -> None:
        """One more condition; values of the same field and kind become alternatives, unless they hold `together`."""
        for place, one in enumerate(self.conditions):
            if one.field == name and one.op is op and op in _ALTERNATIVES and not together:
                self._is_alternative(True, name)
                merged = tuple(dict.fromkeys((*one.values, *values)))
                self.conditions[place] = Condition(field=name, op=op, values=merged)
                return
        self._is_alternative(False, name)
        self.conditions.append(Condition(field=name, op=op, values=values))

        if len(values) > 1:
            self.broad.append(self.conditions[-1])

    def alternative(self, word: str, idle: str) -> None:
        """或者 after what has been found so far. Conditions hold together, so that it may have to be said."""
        if word in _EITHER:
            self.either = (word, idle, bool(self.conditions))

    def _is_alternative(self, merged: bool, name: str) -> None:
        """Values of one field are alternatives, conditions on two fields are not."""
        word, _, after = self.either
        if word and after and not merged and self.conditions[-1].field != name:
            self.ignored.append(word)
        self.either = ("", "", False)

    def listed(self, names: list[str]) -> None:
        """摘要或格式为空: a list of fields, of which each one would do."""
        word, idle, _ = self.either
        if word and len(names) > 1 and idle in names:
            self.ignored.append(word)

    def end(self, not_updated: list[str]) -> None:
        """The question is over: what was not updated since no day that is known (至今没更新过) says nothing."""
        self.ignored += [] if self.updates else not_updated

    @property
    def updates(self) -> bool:
        """Whether something is said of updates."""
        said = {one.field for one in self.conditions} | {*self.measures, *(self.order or ()), *self.dropped}
        return bool(said & {"overdue", "updated_on", "update_cycle", "overdue_rate", "timely_rate"})

    def bare_condition(self, following: str) -> str:
        """The field of 条件 alone, where what follows speaks of it: that of the sharing or opening under condition."""
        if not _BARE_CONDITION.match(following):
            return ""
        said = {(one.field, value) for one in self.conditions for value in one.values}
        if ("open_type", "有条件开放") in said:
            return "open_condition"
        return "sharing_condition" if ("sharing_type", "有条件共享") in said else ""

    def given_before(self, before: Tag | None) -> str:
        """The field that was just taken as given, less that condition: what follows says that it is not."""
        sign = before.sign("field") if before is not None else None
        last = self.conditions[-1] if self.conditions else None
        if sign is None or last is None or (last.field, last.op) != (sign.id, Op.PRESENT):
            return ""
        self.conditions.pop()
        return sign.id

    @property
    def holds_something(self) -> bool:
        return any(one.field == "holds" for one in self.conditions)

    def narrow(self, name: str) -> None:
        """有没有对外开放，列出不予开放的: the word for one value counts, not the one before it for several."""
        self.conditions = [one for one in self.conditions if one.field != name or one not in self.broad]

    def group(self, name: str) -> None:
        """One more key to group by."""
        if name not in self.group_by:
            self.group_by.append(name)

    def group_each(self, named: str) -> None:
        """各有多少: by the field `named` last, or by that of which several values were named."""
        several = [one.field for one in self.conditions if len(one.values) > 1 and one.field in GROUPABLE]
        for name in [named] if named in GROUPABLE else several[-1:]:
            self.group(name)

    def take_back(self, name: str) -> None:
        """What was said of a field speaks of something else."""
        self.conditions = [one for one in self.conditions if one.field != name]

    def cut(self, rows: int, said: str) -> None:
        """So many rows are shown, of the end where `rows` < 0. One list has one end: 前三和后三 is not listed."""
        if self.limit is not None:
            self.ignored.append(said)
        self.limit, self.from_end = abs(rows), rows < 0

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
        if threshold.most is not None:
            self.add(name, Op.AT_MOST, f"{threshold.most:g}")
        if name in self.measures:
            self.measures.remove(name)
