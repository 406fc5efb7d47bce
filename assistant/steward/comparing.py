"""What a number or a level of a question is compared with: words wait here until the noun they bound is found."""

from __future__ import annotations

import re

from assistant.steward.draft import Draft
from assistant.steward.fields import SIZED
from assistant.steward.filters import CatalogFilter, Op
from assistant.steward.measures import RATE_OF
from assistant.steward.phrases import Tag
from assistant.steward.quantities import Threshold

_CHARACTERS = re.compile(r"个?(?:汉?字|字符)")
_COUNTED = re.compile(r"\s*(?:个|条|张|份|项|次|笔|的|，|。|？|$)(?!数据项|信息项|字段|部门|单位|字|家)")
_IDIOMS = ("under", "over")  # under another name, twice over
_COMPARING = (Op.AT_LEAST, Op.AT_MOST, Op.BELOW, Op.ABOVE)
_OF_DAYS = frozenset(("updated_on", "published_on", "asked_on", "level"))
BOUNDS = ("below", "above", "at_least", "at_most")


class Comparison:
    """The threshold (不到十个) and the bound (低于) that wait in one question. What finds no noun is ignored words."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._threshold: Threshold | None = None
        self._bound: Op | None = None
        self._said = {"threshold": "", "bound": ""}

    @property
    def waits(self) -> bool:
        """Whether a threshold waits for its noun."""
        return self._threshold is not None

    def settles_rate(self, flag: str) -> bool:
        """Whether the waiting threshold was a part of a whole, and now bounds this flag's rate: less than half."""
        part = self._threshold is not None and 0 < self._threshold.number < 1 and flag in RATE_OF
        if part:
            self.settle(RATE_OF[flag])
        return part

    def threshold(self, tag: Tag, said: Threshold, before: Tag | None) -> None:
        """A number to compare with; `before` is the tag it follows, of whose length it may speak (摘要少于三十个字)."""
        self._pass_over("threshold")
        self._threshold, self._said["threshold"] = said, tag.text
        named = [one.id for one in before.signs if one.kind == "field" and one.id in SIZED] if before else []
        if named:
            self.settle(f"{named[0]}_size")

    def speaks_of(self, before: Tag, following: str) -> None:
        """资源超过三个: so many of them; 挂接不到一半: the part of all that are in that state."""
        flag, noun = before.sign("flag"), before.sign("subject")
        part = self._threshold is not None and 0 < self._threshold.number < 1
        if flag is not None and part and flag.id in RATE_OF and flag.value == "yes":
            self._draft.take_back(flag.id)
            self.settle(RATE_OF[flag.id])
        elif noun is not None and noun.id in ("resource", "request") and not part and _COUNTED.match(following):
            self.settle("count")

    def settle(self, name: str) -> None:
        """The waiting threshold speaks of this measure, or of this field's size."""
        if self._threshold is not None:
            self._draft.bound(name, self._threshold)
        self._threshold = None

    def counts_characters(self, following: str) -> None:
        """摘要太短的，不满二十个字的: characters are counted of the text that was named before."""
        texts = [name for name in self._draft.idle if name in SIZED]
        if texts and _CHARACTERS.match(following):
            self.settle(f"{texts[-1]}_size")

    def bound(self, tag: Tag) -> None:
        """低于, at least before a level."""
        self._pass_over("bound")
        self._bound, self._said["bound"] = next(Op(one.id) for one in tag.signs if one.id in BOUNDS), tag.text

    def take_bound(self) -> Op | None:
        """The bound that waited, now used."""
        found, self._bound = self._bound, None
        return found

    def end(self, last: CatalogFilter | None = None) -> None:
        """The question is over: what still waits had no part in it.

        改成低于六成的: it bounds what `last`, the filter that it edits, bounds with a number.
        """
        bounded = [one.field for one in last.conditions if one.op in _COMPARING] if last is not None else []
        if self.waits and len(set(bounded) - _OF_DAYS) == 1:
            self.settle(next(name for name in bounded if name not in _OF_DAYS))
        self._pass_over("threshold")
        self._pass_over("bound")

    def _pass_over(self, which: str) -> None:
        waiting = self._threshold if which == "threshold" else self._bound
        if waiting is not None and self._said[which] not in _IDIOMS:
            self._draft.ignored.append(self._said[which])
        if which == "threshold":
            self._threshold = None
        else:
            self._bound = None
