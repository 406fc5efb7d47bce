"""What stands around a word of a question: ahead of it in its clause, beside it. It only looks."""

from __future__ import annotations

import re

from assistant.steward.phrases import Tag
from assistant.steward.whole_question import WholeQuestion

_THEIR_DATA = re.compile(r"(?:'s|的)? ?(?:数据|资源|目录|信息|库|data\b|resource|dataset)")
_TOLD_APART = re.compile(r"的?(?:情况)?(?:分布|构成|结构|统计|汇总)")
_AFTER_DE = re.compile(r"(?:的[那这]?(?:前|头)?|[那这])(?:[一二两三四五六七八九十\d]+[个项条家张名]?)?$")
_ARTICLES = ("a", "an", "the", "any", "their", "its")
_GOES_ON = ("还", "又", "却", "而", "并")  # adverbs, where they stand between a field and what is said of it
_ASKED_FOR = re.compile(r"(?:有哪些|有哪几[个家]|是哪些|是哪几[个家]|是谁|名单|清单|列表|都有谁)?[？?。.]?$")


class Surroundings(WholeQuestion):
    """The tags of one question by place."""

    def counted_next(self, place: int) -> bool:
        """四级数据项有多少: they are counted, whatever holds them."""
        return any(tag.sign("measure", "count") for tag in self._tags[place + 1 : place + 3])

    def names_item(self, place: int) -> bool:
        """What follows 含 within the clause is an item, an identifier or a quoted name."""
        for tag in self.rest(place):
            if tag.sign("identifier") or tag.sign("quoted") or (tag.sign("item") and not tag.sign("subject")):
                return True
            if tag.sign("subject") or tag.sign("field") or tag.sign("flag") or tag.cue("same", "differ"):
                return False
        return False

    def holds_too(self, place: int) -> bool:
        """含姓名又含住址, 姓名和住址: both; 姓名或住址, 姓名、住址等: either."""
        before = next((at for at in range(place - 1, -1, -1) if self._tags[at].sign("identifier")), None)
        between = "" if before is None else self._text[self._tags[before].end : self._tags[place].start]
        return not any(word in between for word in ("或", "、", " or ")) and between != ""

    def of_their_data(self) -> bool:
        """谁在用税务局的数据: the department named is whose data are asked for, not who asked."""
        if not (self.saw_who() or any(tag.sign("field", "provider") for tag in self._tags)):
            return False
        ends = (tag.end for tag in self._tags if tag.sign("value", "provider"))
        return any(_THEIR_DATA.match(self._text, end) for end in ends)

    def rest(self, place: int) -> list[Tag]:
        found = []
        for tag in self._tags[place + 1 :]:
            if tag.cue("clause"):
                break
            found.append(tag)
        return found

    def counts_sources(self) -> bool:
        return any(tag.sign("threshold") or tag.sign("measure") for tag in self._tags)

    def valued(self, place: int, name: str) -> bool:
        return any(tag.sign("value", name) for tag in self._tags[place + 1 : place + 4])

    def valued_next(self, place: int, name: str) -> bool:
        return any(tag.sign("value", name) for tag in self._tags[place + 1 : place + 2])

    def after_de(self, tag: Tag) -> bool:
        """…的资源, …的那五个资源: what the words before it describe."""
        return _AFTER_DE.search(self._text[: tag.start]) is not None

    def joined(self, place: int) -> bool:
        """Whether a list goes on: 责任处室和摘要."""
        following = [one for one in self._tags[place + 1 : place + 5] if one.text not in _ARTICLES][:2]
        return len(following) == 2 and following[0].cue("join") and following[1].sign("field") is not None

    def after_lack(self, place: int) -> bool:
        return place > 0 and self._tags[place - 1].cue("lack", "lack_after")

    def ranks_other(self, place: int) -> bool:
        """提供部门最多的五个分类: another noun than the department is ranked."""
        return any(tag.sign("field", "category") for tag in self.rest(place)[:3])

    def sorts(self, tag: Tag) -> bool:
        """Whether an order is asked for: 排序 after the tag, 排名 or 最多 anywhere."""
        return self._text.startswith("排", tag.end) or self.saw("rank", "most", "least")

    def issued_next(self, tag: Tag) -> bool:
        """每个月发布: how often it is issued, not how often it is updated."""
        return bool(re.match(r"[都]?(?:新)?(?:发布|公布|上线)", self._text[tag.end :]))

    def means_unit(self, tag: Tag) -> bool:
        """没写单位: of an item or a metric, its unit of measure."""
        rows = ("element", "metric")
        return tag.text == "单位" and any(one.sign("subject", name) for one in self._tags for name in rows)

    def counts(self, place: int) -> bool:
        """几个部门: how many of them there are."""
        before = self._tags[place - 1] if place else None
        touches = before is not None and self._text[before.end : self._tags[place].start].strip() in ("", "个", "家")
        return (
            touches
            and before is not None
            and before.sign("measure", "count") is not None
            and (before.text in ("几个", "多少个", "多少", "how many", "number of"))
        )

    def field_right_before(self, place: int) -> bool:
        before = self._tags[place - 1] if place else None
        return before is not None and before.end == self._tags[place].start and before.sign("field") is not None

    def after_provider(self, place: int) -> bool:
        return place > 0 and self._tags[place - 1].sign("field", "provider") is not None

    def is_head(self, place: int, *, ranked: bool) -> bool:
        """What the rows are: the noun ranked (最多的部门), bounded (不足九成的部门) or told apart (级别分布)."""
        if _TOLD_APART.match(self._text, self._tags[place].end):
            return True
        before = [one for one in self._tags[:place] if one.text not in ("的", "the") and not one.sign("limit")]
        last = before[-1] if ranked and before else None
        if last is None or self.counts_items(place) or self._text[self._tags[place].start - 1] == " ":
            return False
        return last.cue("most", "least") or (last.sign("threshold") is not None and self._follows_de(place))

    def _follows_de(self, place: int) -> bool:
        return self._text[: self._tags[place].start].endswith("的")

    def between_alike(self, place: int) -> bool:
        """sharing type and openness, the police and the tax bureau: one list, where and would else begin a clause."""
        before, after = ([one for one in tags if one.text not in _ARTICLES] for tags in self._halves(place))
        beside = (*before[-1:], *after[:1])
        alike = all(one.sign("field") for one in beside) or all(one.sign("value", "provider") for one in beside)
        return len(beside) == 2 and alike

    def value_next(self, place: int) -> bool:
        """不算公安局: a value follows at once."""
        following = self._tags[place + 1 : place + 2]
        return bool(following) and following[0].sign("value") is not None

    def before(self, place: int) -> Tag | None:
        """The last word before that says something."""
        telling = [one for one in self._tags[:place] if {sign.kind for sign in one.signs} != {"filler"}]
        return telling[-1] if telling else None

    def ranks_counts(self) -> bool:
        """资源数前五的部门: the first ones by a number that was named."""
        limits = (at for at in range(len(self._tags)) if self._tags[at].sign("limit"))
        return any((before := self.before(at)) and before.sign("measure", "count") for at in limits)

    def ranked_by(self, place: int) -> bool:
        """departments ranked by overdue resources."""
        groups = [at for at in range(place) if self._tags[at].cue("group")]
        return bool(groups) and groups[-1] > 0 and self._tags[groups[-1] - 1].cue("rank")

    def _halves(self, place: int) -> tuple[tuple[Tag, ...], tuple[Tag, ...]]:
        return self._tags[:place], self._tags[place + 1 :]

    def goes_on(self, place: int) -> bool:
        """口径还空着: the adverb between a field and what is said of it begins no clause."""
        beside = (*self._tags[max(place - 1, 0) : place], *self._tags[place + 1 : place + 2])
        if self._tags[place].text not in _GOES_ON or len(beside) != 2 or beside[0].sign("field") is None:
            return False
        return beside[0].end == self._tags[place].start and beside[1].cue("lack", "lack_after", "present_after")

    def head_at_end(self) -> str:
        """登记了…却没交代…的单位: the field that the question ends with after 的; what is listed are its values."""
        named = [one for one in self._tags if one.sign("field") is not None]
        sign = named[-1].sign("field") if named else None
        if sign is None or not self._text[: named[-1].start].endswith("的"):
            return ""
        rows = any(one.sign("subject") is not None for one in self._tags)
        return sign.id if not rows and _ASKED_FOR.fullmatch(self._text, named[-1].end) else ""

    def field_next(self, place: int) -> bool:
        """Another field follows at once."""
        following = self._tags[place + 1 : place + 2]
        touches = bool(following) and following[0].start == self._tags[place].end
        return touches and following[0].sign("field") is not None

    def measure_next(self, place: int) -> bool:
        """by number of ..., 按数量: a measure follows at once."""
        following = self._tags[place + 1 : place + 2]
        measure = following[0].sign("measure") if following else None
        if measure is not None and measure.id == "departments":
            return self._text.startswith("排", following[0].end)
        return measure is not None and following[0].sign("field") is None

    def counted_by(self, place: int) -> bool:
        """按部门数 at the end of its clause: 数 is the verb; before 排序 it is the number."""
        grouped = place > 0 and self._tags[place - 1].cue("group")
        return grouped and not self._text[self._tags[place].end :].startswith("排")

    def counts_ahead(self, place: int) -> bool:
        return any(tag.sign("field", "provider") or tag.sign("measure") for tag in self.rest(place)[:2])

    def counts_items(self, place: int) -> bool:
        return any(tag.sign("subject", "element") for tag in self.rest(place))

    def element_near(self, place: int) -> bool:
        """最多数据项的资源: the items follow at once, and are not what the rows are."""
        ahead = any(tag.sign("subject", "element") for tag in self._tags[place + 1 : place + 3])
        return ahead and any(tag.sign("subject", "resource") for tag in self._tags)

    def element_is_counted(self, place: int) -> bool:
        """数据项最多的资源: another noun is what the rows are."""
        nouns = [sign.id for tag in self._tags for sign in tag.signs if sign.kind == "subject"]
        grouped = any(tag.sign("field", "provider") for tag in self._tags)
        return bool(set(nouns) - {"element"}) or grouped or bool(self.counted("items"))

    def asks_collectors(self) -> bool:
        """An item that is named is asked after as such: who collects it, what else it is called."""
        collected = self.saw("collect") and (self.saw("which") or self.counts_sources())
        return self.saw("same", "single_source") or collected

    def negates_ahead(self, place: int) -> bool:
        """没有 has something to negate before the noun that the clause describes."""
        for one in self.rest(place):
            kinds = {sign.kind for sign in one.signs}
            if one.cue("group", "which", "lack") or "subject" in kinds:
                return False
            if one.cue("holds", "about") or kinds & {"field", "flag", "value", "identifier", "item"}:
                return True
        return False
