"""The thing that a question asks for by name: 需要考什么证书 asks for a certificate, so its answer speaks of one. Pure.

It is a firm form of an answer (answer_forms.py) whose words come from the question itself. Nouns that stand for any
answer (什么内容, 哪些条件, what rules) ask for nothing in particular.
"""

from __future__ import annotations

import re

from assistant.language import to_simplified
from assistant.retrieval.tokens import normalised

_CHINESE = re.compile(
    r"(?<!为)(?:什么(?:样的)?|哪些|哪几[种类个项])(?P<thing>[\u4e00-\u9fff]{2,6}?)(?:表示|来?做|来?写|画|记)?(?=[？?，,。；;]|吗|呢|$)"
)
# Whether there is such a thing, or it has to be paid, signed, held.
_WHETHER = re.compile(
    r"(?:有没有|有无|(?:需要|要|得)(?:付|交|缴|领|签|考))(?P<thing>[\u4e00-\u9fff]{2,5}?)(?=吗|[？?，,。；;]|$)"
)
# A paper that is applied for or given up: 申请居住证要多久, how do I renew my permit.
_PAPER = re.compile(
    r"(?:申请|办理|补办|申领|领取|换领|注销|吊销|办)(?:一?[个张本])?"
    r"(?P<thing>[\u4e00-\u9fff]{1,5}?(?:证|卡|执照|护照))(?!明|据|件)"
)
_ENGLISH = re.compile(
    r"\b(?:which|what) (?:kinds? of |types? of )?(?P<thing>[a-z]+(?: [a-z]+)?) "
    r"(?:may|must|can|do|does|should|will|is|are|has|have)\b"
    r"|\bwhich (?P<maker>[a-z]+) (?:[a-z]+ed|built|made|runs?|sells?|owns?)\b"
    r"|\b(?:appeal|renew|apply for|contest|register) (?:an?|my|the) (?P<paper>[a-z]+(?: [a-z]+)?)(?=\?|$)"
    r"|\bwhat (?:is|are) the (?P<other>[a-z]+(?: [a-z]+)?) (?:for|of|to)\b"
)
# What any answer may be called; at the end of a longer word the rest of it is what is asked for (收入条件).
_ANY = (
    "内容|条件|限制|意思|东西|规定|要求|办法|情况|时候|方面|责任|事项|区别|关系|作用|问题|地方|方式|形式|类型|种类|级别|原因|后果|"
    "措施|程序|流程|步骤|手续|材料|部门|单位|人员|数据|信息|资料|字段|标准|原则|规则|义务|权利|好处|影响|用途|可选|为准|说法|差别|不同|期限|时间|次数|上限|下限|例外|依据|资格|权限|必要"
)
_ANY_AT_END = re.compile(rf"(?:{_ANY})$")
_NO_NOUN = re.compile(r"^(?:是|时候|人|地方|样|方面)|[不能要来会]")  # 什么是, 什么时候, 哪些人, 哪些数据不能开放
_PLAIN = frozenset(("特别", "具体", "主要", "其他", "相关", "别的", "特殊", "额外", "必备", "基本", "个人", "公共"))
_ANY_ENGLISH = re.compile(
    r"^(?:(?:number|minimum|maximum|deadline|purpose|definition|difference|meaning|limit|time|period|rule|kind|type|thing|"
    r"information|data|document|paper|note|notice|content|consequence|department|condition|form|action|step|reason|"
    r"dimension|article|measure|role|person|people|level|status|else|happens|must|next|first)s?|penalt(?:y|ies)|"
    r"(?:small|large|low|high|short|long|late|few|near)est|least|most|extra|additional|further|other|particular|exact)$"
)
_CLAUSE = re.compile(rf"^(?:{_ANY}).*的$")  # 什么原因退的: the noun is any answer, the rest is a verb


def asked_thing(question: str) -> str | None:
    """The noun after 什么, 哪些, 有没有, which, what, where it names a thing of its own.

    >>> asked_thing("需要考什么证书？"), asked_thing("要满足什么收入条件"), asked_thing("要写明哪些内容？")
    ('证书', '收入', None)
    """
    plain = normalised(question, to_simplified).strip()
    chinese = _CHINESE.search(plain) or _WHETHER.search(plain) or _PAPER.search(plain)
    if chinese is not None:
        thing = chinese["thing"]
        rest = "" if _NO_NOUN.search(thing) or _CLAUSE.search(thing) else _ANY_AT_END.sub("", thing)
        return rest if len(rest) > 1 and rest not in _PLAIN else None
    english = _ENGLISH.search(plain)
    if english is None:
        return None
    words = [
        word
        for word in (english["thing"] or english["maker"] or english["paper"] or english["other"]).split()
        if not _ANY_ENGLISH.match(word)
    ]
    return " ".join(words) or None
