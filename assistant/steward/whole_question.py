"""What stands anywhere in a question, and what kind of question that makes it. It only looks."""

from __future__ import annotations

import re

from assistant.steward.phrases import Reading

_ALL = re.compile(
    r"一[个条项张][一-鿿]{0,4}[都也](?:没|未|不)|(?:完全|压根|根本|一概|全都?)(?:没|未)(?=[一-鿿])|全部[都]?(?:没|未|不|已|是|超|过)|全都|无一"
    r"|没有(?:任何|一[个条项张家])|\bnone of\b"
    r"|\b(?:provide|have|has|with|contain|own|hold|include)s? no\b|\bnot a single\b|\bwithout any\b"
    r"|(?:\bnot|n't|\bnever)\b[^,.]{0,24}\bany (?:of )?(?:its |their )?(?:resource|dataset|item|catalog)"
)
# 一条超期的都没有: the state stands before what denies it.
_NOT_ONE = re.compile(r"一[个条项张家][一-鿿]{1,8}[都也](?:没有?|无)(?![一-鿿])")
_NOT_UPDATED = re.compile(
    r"(?:从未|从来没有?|没有|没|未)(?:再|曾)?更新|\b(?:never|not) (?:been )?(?:updated|refreshed|changed)\b"
)
# A cause, a forecast, a change: nothing that a filter over the catalog could give.
_BEYOND = re.compile(
    r"占(?:它|其|该|本)[^，。]{0,12}(?:多少|几成|比例|比重|百分之)|明[年天]|下个?(?:月|周|季度?|年|星期)|未来|将来|将要|"
    r"没有?人(?:再)?(?:查|用|申请|请求|问|看|调|访)|无人(?:问津|使|申请|查|访)|从(?:来没|未)有?人?被?(?:查|使?用|申请|请求|访)|"
    r"\b(?:nobody|no one|no-one)\b(?! (?:(?:has|have|is|was|ever) )?(?:updated|refreshed|touched|changed|edited"
    r"|maintain|responsible|"
    r"in charge|filled|marked|tagged|flagged|label|classified|graded|recorded|stated|named|assigned|looks|owns|"
    r"mounted|described|written|entered))|"
    r"\bnever (?:been )?(?:requested|used|asked|queried)\b|"
    r"\bnext (?:week|month|quarter|year)\b|为什么|为何|为啥|原因|预测|\bwhy\b|\bpredict|\bforecast|"
    r"(?:写|起草|撰写|拟)(?:一|个|份|篇)|(?:帮我|请|替我|给我)(?:把[^，。]{1,16}?)?(?:新建|创建|修改|补|改|删|填上|填好)"
    r"|^(?:please )?(?:write|draft|delete|change|set|rename|fix|create|add|update)\b"
)
_OF_ROWS = re.compile(r"资源|目录|条目|数据项|信息项|字段|resource|dataset|item|field")
_WHOLE = re.compile(
    r"^(?:how (?:many|much|complete|often)|which|who|what|rank|break down|count|show)\b(?! (?:about|of (?:them|"
    r"these|those)|ones?\b))[^,]{12}|^哪些?(?:个|几个)?(?:部门|单位|资源|目录|数据项|字段|指标|分类)[^，呢]{3}"
)
_DEEDS = re.compile(r"更新|挂接|挂载|编目|定级|填|\b(?:updated?|mount|filled)\b")
_SAYS_DEFINITION = (
    "说法",
    "讲法",
    "算法",
    "定义",
    "界定",
    "口径",
    "理解",
    "指",
    "define",
    "mean by",
    "means by",
    "understand",
)


class WholeQuestion:
    """The text and the tags of one question."""

    def __init__(self, reading: Reading) -> None:
        self._tags = reading.tags
        self._text = reading.text

    def saw(self, *cues: str) -> bool:
        """Whether one of the cues stands anywhere in the question."""
        return any(tag.cue(*cues) for tag in self._tags)

    def beyond_a_filter(self) -> list[str]:
        """删掉, 改成, 为什么: what no filter gives. What edits a filter in a follow-up, else asks for a change."""
        edits = [tag.text for tag in self._tags if tag.cue("drop") or (tag.cue("subset") and tag.text[0] in "改换")]
        ordered = _BEYOND.search(self._text)
        return [*edits, ordered[0]] if ordered else edits

    def saw_quoted(self) -> bool:
        return any(tag.sign("quoted") for tag in self._tags)

    def says_together(self) -> bool:
        """同时被两家采集: by the one and by the other."""
        return any(word in self._text for word in ("同时", "都", "共同", "both"))

    def not_updated(self) -> list[str]:
        """没更新过, never updated: the words that say so."""
        found = _NOT_UPDATED.search(self._text)
        return [found[0]] if found else []

    def all_of(self) -> str:
        """一个资源都没挂接, 全部超期: the words for every one of a group, or for none; "" without."""
        found = _ALL.search(self._text)
        return found[0] if found else ""

    def not_one(self) -> bool:
        """一条超期的都没有."""
        return _NOT_ONE.search(self._text) is not None

    def flagged(self) -> str:
        """The word for a state: 超期."""
        return next((tag.text for tag in self._tags if any(one.kind == "flag" for one in tag.signs)), "")

    def saw_same(self) -> bool:
        """同义 in one word, or 意思与…相同 around what it speaks of."""
        meaning = any(word in self._text for word in ("意思", "含义", "涵义", "含意"))
        return self.saw("same", "renamed") or (meaning and self.saw("alike"))

    def saw_definition(self) -> bool:
        """定义 as a field, or as the verb of a question about it."""
        named = any(tag.sign("field", "definition") or tag.sign("field", "description") for tag in self._tags)
        return named or any(word in self._text for word in _SAYS_DEFINITION)

    def saw_most_used(self) -> bool:
        """用得最多: one word says use and order."""
        return any(tag.cue("usage") and ("最多" in tag.text or "most" in tag.text) for tag in self._tags)

    def asks_who(self) -> bool:
        """谁, who; not the relative whose."""
        return "谁" in self._text or "who" in self._text.split()

    def saw_who(self) -> bool:
        """The question asks for a person or department: 谁, who, 哪些部门."""
        return "谁" in self._text or any(word in self._text.split() for word in ("who", "whose"))

    def asks_how_often(self) -> bool:
        """被查了多少次: one number."""
        return any(tag.sign("measure", "count") and tag.text[-1] in "次回" for tag in self._tags)

    def of_requests(self) -> bool:
        return self.saw("usage") or any(tag.sign("subject", "request") for tag in self._tags)

    def counts_rows(self) -> bool:
        """资源数, number of resources: a number that says which rows it counts."""
        counts = (tag.text for tag in self._tags if tag.sign("measure", "count") or tag.sign("measure", "items"))
        return any(_OF_ROWS.search(text) for text in counts)

    def asks_whole(self) -> bool:
        """How many…, 哪些部门采集了…: a sentence with its own question word and verb."""
        return _WHOLE.search(self._text) is not None

    def counted(self, name: str) -> bool:
        return any(tag.sign("measure", name) for tag in self._tags)

    def is_of_the_catalog(self) -> bool:
        """责任处室待…的资源, 更新…的目录: a key or a deed of the catalog is named, so what is left is no topic."""
        if self.saw("about", "about_after"):
            return False
        return any(one.sign("field") for one in self._tags) or _DEEDS.search(self._text) is not None

    def begins_with(self, name: str) -> bool:
        """Departments with…: the field that the question names first."""
        first = next((one for one in self._tags if {sign.kind for sign in one.signs} != {"filler"}), None)
        return first is not None and first.sign("field", name) is not None
