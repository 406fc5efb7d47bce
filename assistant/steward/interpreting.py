"""Tags in order -> conditions, groups, measures and order: who negates whom, and what a number is compared with."""

from __future__ import annotations

import re

from assistant.steward.comparing import BOUNDS, Comparison
from assistant.steward.draft import Draft, plainly
from assistant.steward.fields import GROUPABLE, SIZED
from assistant.steward.filters import CatalogFilter, Op, Subject
from assistant.steward.finishing import RANKED
from assistant.steward.measures import RATES
from assistant.steward.naming import Naming
from assistant.steward.ordering import ORDERING, order_by
from assistant.steward.phrases import Reading, Tag
from assistant.steward.quantities import Threshold
from assistant.steward.tag_kinds import kind_of

_TIMES = re.compile(r"[次回]| times?\b")


class Interpreter(Naming):
    """One question. `draft` is read once `run` is done."""

    def __init__(self, reading: Reading, last: CatalogFilter | None = None) -> None:
        self._last = last  # the filter that a follow-up edits
        self._tags = reading.tags
        self._text = reading.text
        super().__init__(reading)
        self._idle_in_clause = ""
        self._idle_run: list[str] = []  # fields of one list, the last one included
        self._compared = Comparison(self.draft)
        self._ranked_by = False  # a measure follows that the groups are ordered by
        self._number = ""  # measure or number field last named in the clause
        self._handlers = {
            **dict.fromkeys(("quoted", "metric", "item"), self._item),
            **dict.fromkeys(("said", "date"), self._date),
            "threshold": self._compare,
            "limit": self._limit,
            "value": self._value,
            "flag": self._flag,
            "measure": self._measure,
            "identifier": self._identifier,
            "resource": self._resource,
            "subject": self._subject,
            "field": self._field,
        }

    def run(self) -> Draft:
        for place, tag in enumerate(self._tags):
            self._step(place, tag)
        self._end_clause()
        self._compared.end(self._last)
        self.draft.end(self.around.not_updated())
        return self.draft

    def _step(self, place: int, tag: Tag) -> None:
        one_more = self._negation == "lack" and self.draft.holds_something  # hold bank accounts but no names
        kind = kind_of(tag, holding=one_more or self._mode in ("holds", "holds_not"))
        if kind == "cue":
            self._cue(place, tag)
        elif kind in self._handlers:
            self._handlers[kind](place, tag)

    def _cue(self, place: int, tag: Tag) -> None:
        self.draft.alternative(tag.text, self._idle_in_clause)
        if (tag.cue("join") and self.around.between_alike(place)) or self.around.goes_on(place):
            return
        if tag.cue("clause"):
            self._end_clause()
        elif tag.cue("holds") and self.around.names_item(place):
            self._mode = "holds_not" if self._negation == "lack" else "holds"
            self._negation = ""
        elif tag.cue("holds_not") and self.around.names_item(place):
            self._mode = "holds_not"
        elif tag.cue("lack", "lack_after"):
            self._lack(place, tag)
        elif tag.cue("collect") and self._compared.waits:
            self._compared.settle("departments")  # 被两家以上采集
        elif tag.cue("present_after") and self._idle_in_clause:
            self._given(Op.MISSING if self._negation else Op.PRESENT)
        elif tag.cue("not"):
            self._negation = "not"
        elif tag.cue("not_after") and self.around.value_next(place):
            self._negation = "not"  # 不算公安局
        elif tag.cue("not_after"):
            self.draft.except_last()
            self._negation = ""
        elif tag.cue("present"):
            self._mode = "present"
        elif tag.cue("shared_out"):
            self.draft.group_each(self._idle_in_clause)
        elif tag.cue("group") and self._negation == "lack" and self.around.after_lack(place):
            self._mode = "manner"  # 没有按更新周期更新: how, not by what
        elif tag.cue("group") and self.around.measure_next(place):
            self._ranked_by = True  # departments by number of resources: the order, not the groups
        elif tag.cue("group", "which", "drop"):
            self._mode = next(one.id for one in tag.signs if one.id in ("drop", "group", "which"))
        elif tag.cue("about"):
            self._mode = "about"
        elif tag.cue(*ORDERING):
            day, number = self._idle_in_clause, self._number
            order_by(self.draft, self.around, place, tag=tag, day=day, number=number)
        elif tag.cue(*BOUNDS):
            self._compared.bound(tag)

    def _lack(self, place: int, tag: Tag) -> None:
        """没有 looks ahead; what has nothing ahead to negate speaks of the field before it."""
        said = self._text[: tag.start].rstrip(" 都也还").endswith("条件") and not self._idle_in_clause
        if bare := self.draft.bare_condition("条件" if said else self._text[tag.end :]):
            return self._add(bare, Op.MISSING)
        ahead = self.around.negates_ahead(place)
        if not ahead and tag.text.endswith("说明") and not tag.cue("lack_after"):
            self._add("description", Op.MISSING)  # 既没有说明也没有代码表: the noun is in the word
        elif not ahead and tag.text.endswith("负责"):
            self._add("owner_office", Op.MISSING)  # 没人负责
        elif tag.cue("lack_after") and (given := self.draft.given_before(self._tags[place - 1] if place else None)):
            self._add(given, Op.MISSING)  # with the responsible office unspecified
        elif (tag.cue("lack_after") or not ahead) and self._idle_in_clause:
            self._given(Op.MISSING)
        elif tag.cue("lack") or ahead:
            self._negation, self._denial = "lack", tag.text

    def _end_clause(self) -> None:
        if self._negation == "lack" and self._idle_in_clause:
            self._given(Op.MISSING)
        self._unsaid()
        self._negation, self._idle_in_clause, self._idle_run = "", "", []
        self._mode = ""

    def _given(self, op: Op) -> None:
        """What was named last, with what it was listed with: 共享条件、开放条件都没登记."""
        self.draft.listed(self._idle_run)
        for name in self._idle_run:
            self._add(name, op)
            if name in self.draft.idle:
                self.draft.idle.remove(name)
        self._idle_in_clause, self._negation = "", ""
        self._idle_run = []

    def _value(self, place: int, tag: Tag) -> None:
        sign = tag.sign("value")
        assert sign is not None
        if sign.id == "verdict" and sign.value not in ("refuse", "needs_approval") and not self.around.of_requests():
            return
        if sign.id == "level" and (bound := self._compared.take_bound()) is not None:
            self._add(sign.id, bound, sign.value)
            return
        if tag.reach:
            self._add(sign.id, Op.AT_LEAST if tag.reach == "up" else Op.AT_MOST, sign.value)
            return
        if sign.id == "update_cycle" and self.around.issued_next(tag):
            self.draft.group("published_month" if sign.value == "每月" else "published_year")  # 每个月发布了多少
            return
        op = Op.IS_NOT if self._negation else Op.IS
        op, values = plainly(sign.id, op, tuple(sign.value.split("|")))
        if sign.id == "role" and self._mode == "which":
            self.draft.subjects.append((Subject.ELEMENT, True))  # which quasi-identifiers
        if self._mode != "drop" and len(values) == 1:
            self.draft.narrow(sign.id)
        self._add(sign.id, op, *values)
        self._mode = "" if self._mode == "present" else self._mode
        if not any(one.cue("join") for one in self._tags[place + 1 : place + 2]):
            self._negation = ""

    def _flag(self, place: int, tag: Tag) -> None:
        sign = tag.sign("flag")
        assert sign is not None
        if sign.value == "yes" and self._compared.settles_rate(sign.id):
            return  # less than half mounted
        flipped, self._negation = bool(self._negation), ""
        if self._mode != "drop":  # 都按时了吗，没按时的列出来: the last word counts
            self.draft.conditions[:] = [one for one in self.draft.conditions if one.field != sign.id]
        self._add(sign.id, Op.IS, {"yes": "no", "no": "yes"}[sign.value] if flipped else sign.value)

    def _measure(self, place: int, tag: Tag) -> None:
        sign = tag.sign("measure")
        assert sign is not None
        self._mode = "" if self._mode == "present" else self._mode
        if sign.id == "departments" and self.around.counted_by(place):
            self.draft.group("provider")  # 按部门数: counted by department
            return
        if sign.id == "count" and tag.text == "多少" and self._number in RATES:
            return  # 超期率各是多少
        self._number = sign.id if sign.id != "count" or tag.text.endswith(("数", "数量", "总数", "count")) else ""
        if self._ranked_by and (self.draft.limit is not None or self.around.sorts(tag)):
            self.draft.order = self.draft.order or (sign.id, "asc" if self.around.saw("least") else "desc")
        self._ranked_by = False
        if self._compared.waits and sign.id != "share":
            self._compared.settle(sign.id)
        elif sign.id not in self.draft.measures:
            self.draft.measures.append(sign.id)

    def _field(self, place: int, tag: Tag) -> None:
        sign = tag.sign("field")
        assert sign is not None
        if self._negation == "lack" and sign.id == "description" and self.around.field_next(place):
            return  # 没说明共享方式: a verb
        if self._mode == "drop":
            self.draft.dropped.append(sign.id)
        elif sign.id == "provider" and self.around.counts(place):
            self.draft.measures[:] = [name for name in self.draft.measures if name != "count"] + ["departments"]
            self.draft.idle.append(sign.id)  # 有几个部门
        elif self._compared.waits and sign.id in SIZED:
            self._compared.settle(f"{sign.id}_size")  # fewer than two synonyms
        elif self._compared.waits and sign.id == "provider":
            self._compared.settle("departments")
        elif self._mode == "manner":
            self._mode = ""
        elif self._negation == "lack" and not self.around.valued_next(place, sign.id):
            self._add("unit" if self.around.means_unit(tag) else sign.id, Op.MISSING)
            if not self.around.joined(place):
                self._negation = ""
        elif self.around.valued_next(place, sign.id):
            return  # which level G3 items: the value says it
        elif self._mode in ("group", "which") and sign.id in GROUPABLE and self._negation == "":
            self.draft.group(sign.id)
            if self._mode == "which" or not self.around.joined(place):
                self._mode = ""
        elif sign.id in GROUPABLE and self.around.is_head(place, ranked=sign.id in RANKED):
            self.draft.group(sign.id)  # 数据项最多的部门, 完整率不足九成的部门, 开放情况统计
        elif self._mode == "present" and not self.around.valued(place, sign.id):
            self._add(sign.id, Op.PRESENT)
            if not self.around.joined(place):
                self._mode = ""
        else:
            listed = place > 0 and self._tags[place - 1].cue("join")
            self._idle_run = [*self._idle_run, sign.id] if listed else [sign.id]
            self.draft.idle.append(sign.id)
            self._idle_in_clause = sign.id

    def _subject(self, place: int, tag: Tag) -> None:
        sign = tag.sign("subject")
        assert sign is not None
        if self._compared.waits and sign.id == "element":
            self._compared.settle("items")
            return
        if self._compared.waits and sign.id in ("resource", "request"):
            self._compared.settle("count")  # 超过十个资源的部门
        if self._mode == "group" and sign.id == "request":
            self.draft.order = self.draft.order or ("count", "desc")  # the departments by refused requests
            self._mode = "which"
        elif self._mode == "group" and sign.id == "resource" and self.around.ranked_by(place):
            self.draft.order = self.draft.order or ("count", "desc")  # departments ranked by unmounted resources
            self._mode = ""
        elif self._mode == "group" and (sign.id != "resource" or self.around.of_requests()):
            self.draft.group("item" if sign.id == "element" else sign.id)
            self._mode = ""
            return
        elif self._mode == "group" and any(one is Subject.ELEMENT for one, _ in self.draft.subjects):
            self.draft.group("name")  # 没有代码表的字段，按资源统计
            self._mode = ""
            return
        self._number = "items" if sign.id == "element" else self._number
        qualified = sign.id == "element" and place > 0 and self._tags[place - 1].sign("value") is not None
        self.draft.qualifies_items |= qualified
        counted = qualified and self.around.counted_next(place)
        asked = counted or self._mode == "which" or self.around.after_de(tag)
        self.draft.subjects.append((Subject(sign.id), asked))
        self._unsaid()
        self._negation = self._negation if self._negation == "not" else ""
        self._mode = self._mode if self._mode in ("drop", "about") else ""

    def _compare(self, place: int, tag: Tag) -> None:
        if not isinstance(tag.said, Threshold):
            return
        before = self.around.before(place)
        self._compared.threshold(tag, tag.said, before)
        if before is not None:
            self._compared.speaks_of(before, self._text[tag.end :])
        if self._number == "count" or _TIMES.search(self._text[tag.start : tag.end + 6]):
            self._compared.settle("count")
        self._compared.counts_characters(self._text[tag.end :])
        of_items = self._number == "items" and not self.around.counts_ahead(place)
        if self._number in (*RATES, "departments") or of_items:
            self._compared.settle(self._number)
