"""What kind of thing a question about a rule asks for, and whether an article holds such a thing. Pure.

多久 asks for a span of time: an article without one cannot answer it, however near it stands. Where the form is
firm (time, number, money, place) an article that lacks it supports nothing; where it is loose (who, which, may one) it
only comes later. The words are those of Chinese statutes and of the English that this product reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.language import to_simplified
from assistant.retrieval.tokens import normalised

_NUMERAL = r"[0-9一二三四五六七八九十百千万两半]+"
_SPAN = (
    rf"{_NUMERAL}\s*(?:个)?(?:工作日|小时|分钟|日内|日|天|周岁|年|个?月|季度)|立即|即时|及时|每(?:年|月|季度|半年|小时|日|周)|"
    r"永久|期满|年底前|随时|\b(?:days?|weeks?|months?|years?|hours?|immediately)\b"
)
_COUNTED = r"(?<![哪分])几(?:家|个|级|人|户|行|条|位|名|套)"


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """`asked` finds it in a question, `held` in an article; a firm one must be held."""

    name: str
    asked: re.Pattern[str]
    held: re.Pattern[str]
    firm: bool


# Ends in a question of may or must, and does not only ask politely for something.
_YES_OR_NO = re.compile(
    r"^(?!.*(?:告诉|请问|知道|免费|收费|要钱|交钱)).*(?:可以|能|行|允许|需要|得|要|算|会)(?:[^，,；;]{0,12})(?:吗|么|不)[?？。]?$"
    r"|[，,；;\s](?:行不行|成不成|妥不妥|对不对|可不可以|能不能行|合不合适|合适吗|合规吗|妥当吗|行吗|成吗|可以不)[?？。]?$"
)

# A form within what is asked with 要不要, 能不能, does one, is matter and not what is asked for; money always is.
_WHETHER_CLAUSE = re.compile(
    r"(?:要不要|能不能|该不该|会不会|可不可以|是不是|能否|可否|是否)(?![^，,；;。]*(?:告诉|请问|知道))[^，,；;。]*"
    r"|^(?:do|does|did|is|are|was|were|may|must|shall|should|can|could|will|would|has|have)\b"
    r"(?! (?:there|you)\b)(?!.*\b(?:tell|show|let) (?:me|us)\b)(?:(?!\band how\b)[^,;])*"
)


def _form(name: str, asked: str, held: str, *, firm: bool = False) -> AnswerForm:
    return AnswerForm(name, re.compile(asked), re.compile(held), firm)


_FORMS = (
    _form(
        "frequency",
        r"多(?:久|长时间)[^，。,]{0,8}[一几][次回遍趟轮]|每隔多|几[次回遍趟轮]|\bhow often\b",
        r"每|次|定期|年度|季度|\b(?:every|each|once|times)\b",
        firm=True,
    ),
    _form(
        "time",
        r"多久|多长时间|几天|几年|几个月|几日|几小时|多少个?(?:工作日|天|年|小时|月|日)|几个工作日|最晚|最迟|最长能|时限|期限|"
        r"\bhow (?:long|soon)\b|"
        r"\bhow many (?:working |business |calendar )?(?:day|year|month|hour|week)s?\b"
        r"|\b(?:deadline|time limit)\b",
        _SPAN,
        firm=True,
    ),
    _form("moment", r"什么时候|何时", rf"{_SPAN}|之?[前后]|时[，,]|[在于自从][^，。；]{{1,12}}[时起]", firm=True),
    _form(
        "hours",
        r"几点|营业时间|办公时间|开馆|\bopening hours\b|\bwhat time\b",
        r"[0-9]{1,2}\s*[:：时点]|上午|下午|\b(?:a\.?m\.?|p\.?m\.?|o'clock)\b",
        firm=True,
    ),
    _form(
        "money",
        r"多少钱|收费|交钱|要钱|费用|什么价|免费|\bhow much\b|\b(?:fee|cost|price|charge)s?\b",
        rf"{_NUMERAL}\s*[万亿]?元|收费|费用|无偿|有偿|免费|定价|价格|\b(?:fee|cost|price|charge|free)s?\b",
        firm=True,
    ),
    _form(
        "place",
        r"哪条路|哪里办公|办公地[址点]|地址在|什么地方|\bwhere (?:is|are)\b",
        r"地址|地点|路.{0,6}号|窗口|\b(?:address|street|road|office)\b",
        firm=True,
    ),
    _form(
        "share",
        r"几成|百分之几|(?:比例|占比|比重|折扣).{0,3}(?:是多少|多少|多大|几)|多大比例|"
        r"\bwhat (?:share|percentage|proportion)\b",
        r"百分之|[0-9]\s*%|[一二三四五六七八九]成|\bper ?cent\b",
        firm=True,
    ),
    _form(
        "papers",
        r"(?:什么|哪些|啥|哪几样)(?:材料|证件|证明|手续|资料)|\bwhat (?:papers|documents)\b",
        r"材料|证件|证明|授权书|附|载明|提交|手续|\b(?:papers|documents?|stating)\b",
        firm=True,
    ),
    _form(
        "how",
        r"(?:怎么|怎样|如何|咋)(?:申请|办|领|预约|报名|续|取得|拿到|提|开通|登记|注册|上户口|给孩子|给.{1,4}上)|"
        r"\bhow (?:can|do|could|should) (?:i|we|one)\b",
        r"申请|提出|填写|提交|办理|取得|应当|可以|\b(?:apply|application|request|may|must|can|require)\b",
        firm=True,
    ),
    _form(
        "name",
        r"叫什么名字|姓什么|姓名是|名字是什么|是哪家(?:公司|企业)|哪家公司|\bwhat is the name\b|\bwhich company\b",
        r"简称|统称|称为|名称为|\bcalled\b",
        firm=True,
    ),
    _form(
        "contact",
        r"(?:电话|热线|号码|邮箱|网址|微信|公众号|传真).{0,4}(?:是多少|是什么|多少)|"
        r"\b(?:what|which)(?: is| are|'s)?(?: [a-z]+){0,3} (?:phone number|e-?mail address|website)\b",
        r"[0-9]{5,}|[0-9]{3,4}-[0-9]{7}|@|https?:|www\.",
        firm=True,
    ),
    _form(
        "number",
        rf"多少(?!个?(?:钱|工作日|天|年|小时|月|日))|{_COUNTED}|至少|最少|最多|阈值|"
        r"\bhow many\b|\b(?:minimum|maximum|at least|at most)\b",
        rf"{_NUMERAL}|全部|\b(?:[0-9]+|two|three|ten|twenty)\b",
        firm=True,
    ),
    _form(
        "who",
        r"谁|哪个(?:部门|单位|机关|处室)|哪些人|什么人|\bwho(?:m|se)?\b|\bwhich (?:department|bureau)\b",
        r"由|负责|批准|会签|组长|部门|局|机构|\b(?:department|bureau)\b",
    ),
    _form(
        "list",
        r"哪些|哪几|什么内容|(?:填|写|说明|载明|注明|包括|包含|提交|准备|检查|审查|核查|登记|公布)(?:些|明)?什么|填些什么|分几|"
        r"\bwhat (?:must|has to|should|does|are)\b|\bwhich (?:kinds?|types?)\b",
        r"[(（]一[)）]|下列|分为|包括|载明|注明|标明|、.+、|\b(?:include|following|stating)\b",
    ),
    _form(
        "reason",
        r"为什么|为何|什么原因|\bwhy\b",
        r"因|为了|避免|注明|小于|少于|不足|\b(?:because|so that|fewer)\b",
    ),
    _form(
        "permission",
        r"能不能|可不可以|能否|可否|是否|行不行|要不要|会不会|(?:能|可以|允许|需要|要|得).*吗|\b(?:may|can|allowed|permitted|must)\b",
        r"不得|可以|应当|不予|只能|方可|不能|禁止|须|只提供|\b(?:may|must|not|only|never)\b",
    ),
    _form(
        "remedy",
        r"怎么处理|怎么办|如何处理|后果|处罚|不服|申诉|\bwhat happens\b|\bhow do i\b",
        r"立即|应当|责令|追究|提请|可以|移送|暂停|提出",
    ),
    _form(
        "meaning",
        r"怎么算|如何计算|怎么计算|什么意思|什么是|是指|口径|定义|从哪[^，。,]{1,8}到哪|\bdefin|\bcalculat",
        r"指|计算|所称|构成|除以|\bmeans?\b",
    ),
)


def asked_forms(question: str) -> tuple[AnswerForm, ...]:
    """The kinds of thing that a question asks for; none where it only names a matter.

    两天内答复可以吗 asks for yes or no: an article that says so without a number answers it.
    """
    plain = normalised(question, to_simplified).strip()
    firmly = _WHETHER_CLAUSE.sub("", plain)
    asked = [form for form in _FORMS if form.asked.search(firmly if form.firm and form.name != "money" else plain)]
    names = {form.name for form in asked}
    # 多久一次 is asked for no span, and 从哪算到哪 for none either, whatever spans are measured.
    without = {"time"} if "frequency" in names else {"time", "number"} if "meaning" in names else set()
    asked = [form for form in asked if form.name not in without]
    return tuple(form for form in asked if not form.firm) if _YES_OR_NO.search(plain) else tuple(asked)


def fit(forms: Sequence[AnswerForm], article: str) -> float:
    """0-1: the share of the forms that the article holds; 0.5 where nothing in particular is asked for."""
    if not forms:
        return 0.5
    plain = normalised(article, to_simplified)
    return sum(bool(form.held.search(plain)) for form in forms) / len(forms)


def holds_firm(forms: Sequence[AnswerForm], article: str) -> bool:
    """Whether the article has every firm kind of thing that is asked for."""
    plain = normalised(article, to_simplified)
    return all(form.held.search(plain) for form in forms if form.firm)
