"""What frames a question without being part of it: greetings, who wants it and what for, as what it is handed over.

The frame is taken off before the question is read, so that its words (审计组要, for the audit, 列成表) are neither
searched for nor asked back about. Only what is made up of these closed classes whole, at an end of the question, is a
frame: one word beside them (开会用的资源) and it stays. Pure; text in, text out; `text` is normalised
(plain_text.normalised).
"""

from __future__ import annotations

import re

from assistant.steward.vocabulary import words


def _any(name: str) -> str:
    listed: list[str] = words()["framing"][name]
    return "(?:" + "|".join(sorted(listed, key=len, reverse=True)) + ")"


_GREETING, _THANKS, _PERSON = _any("greeting"), _any("thanks"), _any("person")
_MAKES, _WHEN, _OCCASION = _any("makes"), _any("when"), _any("occasion")
_FOR, _USED, _SHEET = _any("purpose"), _any("used"), _any("sheet")
_CLAUSE = (
    rf"(?:我(?:刚来|刚到岗|刚接手|新来的?|是新来的?|是新人|是实习生|不太懂|不太熟)(?:这块|的)?|{_GREETING}"
    rf"|(?:我|我们|咱们|{_PERSON})?(?:{_WHEN})?(?:要|得|在|正在)?(?:{_FOR})*(?:{_PERSON}(?:的|来)?)?"
    rf"(?:{_OCCASION}(?:工作|的)?)+(?:{_USED})*)"
)
_OPENING = re.compile(rf"^\s*(?:{_CLAUSE}\s*[，,。:：;；!！、 ]\s*)+")
_ORDERED = re.compile(
    rf"^\s*{_PERSON}(?:{_WHEN}|又|还|也|正|老|一直)*{_MAKES}(?:我们|咱们|我|咱|大家)?(?:来|去|再|先|赶紧|尽快|今天|马上)*"
    r"(?=[^，。？,?])"
)
_CLOSING = re.compile(
    rf"(?:\s*[，,。；;！!、 ]\s*(?:{_THANKS}|{_CLAUSE}|(?:越[^，。？]{{1,3}}越好)|(?:尽快|马上|赶紧|今天|现在)?"
    rf"(?:就)?(?:要|要用|用)"
    r"|(?:导出|发|发送|发给|给|传|打印)(?:一下|出来|给)?(?:我|我们|领导)?(?:一份|一下|看看|出来|吧)?))+\s*[。？！!?.]*\s*$"
)
_MADE_INTO = re.compile(
    rf"(?:列|整理|汇总|导|导出|做|排|汇|归集|生成|输出|弄|写|打印|编|制)(?:成|为|到)"
    rf"(?:一[个张份])?(?:excel|word|电子)?{_SHEET}(?:给我|发我|发给我)?"
)
_SHEET_OF = re.compile(
    rf"^(?:请|帮我|帮忙|给我|麻烦|我)*(?:出|做|列|来|拉|弄|生成|导出|打印|提供|准备|要|需要|想要)"
    rf"一?[张份个](?P<what>.{{3,}}?)的?{_SHEET}$"
)
_HANDED = re.compile(
    r"(?:发给|发送给|发到|传给|报给|提供给|发|传)(?:我们|我|领导|科里|处里)(?:一份|一下|看看)?(?=[，。？！ ]|$)"
)

_EN_WHO = (
    r"(?:my (?:boss|manager|director|team|colleague|client)"
    r"|the (?:auditors?|director|client|boss|minister|mayor|team|consultants?))"
)
_EN_FOR = (
    r"for (?:an?|the|my|our|this|today's|tomorrow's|next week's) (?:\w+ )?"
    r"(?:audit|report|meeting|review|inspection|briefing|presentation|slides?|assessment|check|paper|memo)"
)
_EN_WANTS = r"(?:wants?|needs?|asked for|is asking for|asks for|would like|wants to (?:see|know)|need to (?:see|know))"
_EN_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|hi there|good (?:morning|afternoon|evening)|thanks(?: in advance)?|thank you|please|ok|okay"
    rf"|quick question|one (?:more )?question|a question|{_EN_FOR}|{_EN_WHO} {_EN_WANTS}"
    r"|in (?:our|the|this|your) (?:data )?(?:catalog|catalogue|city)"
    r"|i (?:am|was) (?:trying|asked|told) to|i'm (?:trying|asked|told) to|i (?:have|need) to)"
    r"(?:\s*[,:.!;]\s*|\s+(?=[a-z])))+"
)
_EN_MAKE = re.compile(
    r"\b(?:make|draw up|put together|pull together|prepare|compile|build|create|produce|generate|give|send|export|get"
    r"|draft)(?: (?:me|us))?(?: up)? (?:an? |the )?(?:short |full |complete |quick )?"
    r"(?:table|list|overview|spreadsheet|sheet|report|summary) (?:of|with|on)(?: the| all)*\b"
)
_EN_VERB = re.compile(
    r"^(?:(?:could|can|would) (?:you|i|we) )?(?:please )?(?:pull together|put together|draw up|fetch|retrieve|export"
    r"|prepare|extract|dig out|walk me through|let me know|bring me|download)(?: me| us)?\b"
)
_EN_CLOSING = re.compile(
    rf"(?:\s*,?\s*(?:please|thanks|thank you|thanks in advance|if you can|if possible|asap|{_EN_FOR}"
    r"|(?:in|to|as|into) (?:an? )?(?:excel|csv|spreadsheet|table|list)(?: file)?))+\s*[.!?]*\s*$"
)


def unframed(text: str) -> str:
    """The question without its frame; the whole text where nothing else would be left."""
    plain = text
    for pattern in (_OPENING, _ORDERED, _EN_OPENING, _EN_VERB, _EN_MAKE, _CLOSING, _HANDED, _MADE_INTO, _EN_CLOSING):
        plain = pattern.sub("", plain).strip()
    plain = _SHEET_OF.sub(lambda match: match["what"], plain)
    return plain if plain.strip("。？！!?., ") else text
