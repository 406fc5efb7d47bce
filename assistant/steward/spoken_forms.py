"""Ways of speaking that say what another, plainer one says: 谁…多, 哪家, 提的请求. Pure; text in, text out.

Each rule is one construction of the language, with the plainer one that the reading knows. None is of one question.
"""

from __future__ import annotations

import re

_WHO = r"谁家?|哪家|哪[一个]?(?:个|家)?(?:部门|单位|局|委办局|库|分类|类|领域|处室)?"
_DEGREE = {
    "多": "最多",
    "高": "最高",
    "少": "最少",
    "低": "最低",
    "好": "最高",
    "差": "最低",
    "大": "最大",
    "小": "最小",
}
_MORE = re.compile(
    rf"(?P<who>{_WHO})(?P<what>[^，。？?,率度]{{1,18}}?)(?<![最很太])(?:更|要|还|比较|较)?(?P<deg>[多高少低好差])(?:一些|一点|些|点|呢|啊)?(?=[？?。]?$)"
)
_EN_MORE = re.compile(
    r"^(?:which|who)(?P<of> (?:department|bureau|agency|provider|of (?:the two|them|these)))? (?:has|have|had"
    r"|holds?|owns?|provides?|shows?) "
    r"(?:the )?(?P<deg>more|fewer|less|higher|lower|larger|smaller|better|worse)\b"
)
_EN_DEGREE = {
    "more": "most",
    "higher": "highest",
    "larger": "most",
    "better": "highest",
    "fewer": "fewest",
    "less": "fewest",
    "lower": "lowest",
    "smaller": "fewest",
    "worse": "lowest",
}
_A_NUMBER = r"[一二两三四五六七八九十\d]+"
# (what is said, what says it more plainly)
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        # comparing: A和B比，谁…
        (r"(?:相比较|相比之下|相比|比起来|比一比|比较|比)(?=[，, ]?(?:谁|哪))", ""),
        # 各家, 每家, 哪家: the departments
        (r"(?<=[各每哪])家(?=没|未|的|有|最|在|都|还|超|挂|已|把|被|名下|手|，|？|$)", "部门"),
        (
            rf"哪(?P<n>{_A_NUMBER})(?:个|家)(?P<of>部门|单位|局|资源|目录|数据集|处室|分类|字段|数据项)(?P<rest>[^，。？]*?最)",
            r"前\g<n>个\g<of>\g<rest>",
        ),
        (rf"有(?={_A_NUMBER}[个家]或(?:更多|以上))", ""),
        (rf"(?P<n>{_A_NUMBER})(?P<c>[个家项条张])或(?:者)?(?:更多|以上)(?:的)?", r"\g<n>\g<c>以上"),
        # newly issued in a time that is named
        (r"(?<=[年月度周期天日里内来后])(?:才)?(?:新近|刚刚|新|刚)(?=发布|公布|上线|上架|挂网|登记|编目)", ""),
        (r"(?<=[年月度周期天日里内来后])(?:新编|新建|新入库|新入)", "新增"),
        (
            r"\bnew(?:ly)? (?:added |registered |published )?(?P<rows>datasets?|resources?|entries"
            r"|catalogs?)(?= (?:this|last|in|since|between) )",
            r"\g<rows> published",
        ),
        (r"\bnewly (?=published|issued|added|listed|released)", ""),
        (
            r"\b(?:last )?(?P<verb>updated|refreshed|changed|modified) (?:more than|over"
            r"|longer than) (?P<span>[a-z0-9]+ (?:days?|weeks?|months?|years?)) ago",
            r"not \g<verb> for more than \g<span>",
        ),
        (r"(?<=年)新登记(?=的)", "发布"),
        # whoever asks: 提的请求
        (r"(?:提|发|交|递|打|做)(?:出|起|交|过|了|上来)?的(?=(?:数据|查询|使用)?(?:请求|申请|查询|提问))", "的"),
        (
            r"被(?=(?:哪些|哪个|哪几[个家]|多少个?|谁|几[个家])(?:部门|单位)?)(?P<who>[^，。？]{1,6}?)(?:在)?(?:使用|用|查|访问|调用|申请|调取)(?:过|了|着)?",
            r"\g<who>在用",
        ),
        (r"的使用(?:部门|单位|方)", "在用的部门"),
        (r"^(?:the )?users of (?:the )?", "who uses the "),
        # minors
        (
            r"(?:(?:不满|未满|不到)(?:14|十四)(?:周)?岁|(?:14|十四)(?:周)?岁(?:以下|以内))(?:的)?(?:未成年人|儿童|孩子|少年|人)?(?:的)?(?:个人信息|信息|数据)?",
            "未成年人信息",
        ),
        (r"\b(?:minors|children|kids)(?: (?:under|below|younger than) (?:14|fourteen))?\b(?!')", "data on minors"),
        (r"\bdata (?:on|of|about) data on minors", "data on minors"),
        # with neither X nor Y
        (
            r"\b(?:with|have|has|having|includ(?:e|es|ing)) neither (?P<a>[^,?]{2,30}?) nor ",
            r"without \g<a> and without ",
        ),
        # 5张表
        (r"(?<=[张份])表(?![示明达头格述])", "数据表"),
        (
            r"\b(?P<n>three|four|five|six|seven|eight|nine|ten|\d+) (?P<adj>stalest|oldest|newest|latest)\b",
            r"top \g<n> \g<adj>",
        ),
        (
            r"^(?P<pre>(?:give me |show(?: me)? |list )?(?:the )?)(?P<n>three|four|five|six|seven|eight|nine"
            r"|ten|twenty|\d+) (?P<what>resources|datasets|entries|departments|bureaus|agencies)"
            r"(?= [^,.?]*\b(?:longest|most|fewest|least|oldest|highest|lowest)\b)",
            r"\g<pre>top \g<n> \g<what>",
        ),
    )
)


_ASIDE = re.compile(
    r"(?P<what>[^，。？?,]{1,14}?)(?:的)?(?:先|暂时|暂且|暂|就)?(?:不管|不看|不考虑|不论|放一边|放一放|放着|搁一边)(?:了|吧)?[，,。;；]"
)
_ASIDE_EN = re.compile(
    r"^(?:never mind|forget|ignore|leave aside|leaving aside|setting aside) (?P<what>[^,;.]{2,40})[,;.] ?"
)


def put_aside(text: str) -> str:
    """超期的先不管，改看…: in a follow-up, what is taken out of the last filter."""
    plain = _ASIDE.sub(lambda match: f"去掉{match['what']}，", text, count=1)
    return _ASIDE_EN.sub(lambda match: f"drop {match['what']}, ", plain, count=1)


def plainly_spoken(text: str) -> str:
    """`text` is normalised (plain_text.normalised)."""
    plain = _EN_MORE.sub(lambda match: f"which department has the {_EN_DEGREE[match['deg']]}", text)
    for pattern, usual in _FORMS:
        plain = pattern.sub(usual, plain)
    return _MORE.sub(lambda match: match["who"] + match["what"] + _DEGREE[match["deg"]], plain)
