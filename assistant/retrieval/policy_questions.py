"""Whether a question asks for a rule or for a number. Pure; by the words and the form of the question alone."""

from __future__ import annotations

import re

from assistant.language import to_simplified
from assistant.retrieval.glossary import load_glossary
from assistant.retrieval.tokens import english_words, has_han, normalised

# A figure is wanted: a year, a ranking, a comparison, a count of something.
_FIGURE = re.compile(
    r"(?:19|20)\d\d|今年|去年|前年|本年度|本月|上个月|[上下]半年|各(?:有|是|占)?(?:几|多少)|同比|环比|同期|各区|各县|各街道|各行业|各部门的|分区|按.{1,6}(?:统计|拆|分组|汇总|列)|排名|排行|前[0-9一二三四五六七八九十]+|"
    r"最多的?|最少的|最高|最低|总数|总额|总量|数量|占比|比例是|平均|增长|趋势|走势|有多少|多少(?:人|户|件|家|个人|套|元|亿|万)|"
    r"(?:给|报|要|来)(?:我|我们|领导)?(?:一?个|些)(?:准|大概|具体)?的?数(?:字|据)?(?:$|[，。,：:？?！!吧])|"
    r"\b(?:how many|how much|highest|lowest|most|average|total|trend|growth|ranking|top \d+|compare[d]?)\b|"
    r"\bby (?:district|street|industry|year|month|quarter|age|gender)\b"
)
# Whether something may be shown or given is a rule, whatever figure it is.
_OF_RELEASE = re.compile(
    r"(?:能|可以|可否|能否|能不能|可不可以|该不该)[^，。,]{0,8}(?:公布|公开|披露|发布|对外|提供|共享|开放|显示|给别|给外)[^，。,]{0,6}(?:吗|么|[？?]?$)|"
    # 人少的会不会被盖掉, 表里能放这个数吗, 中位数能给吗; will it be shown
    r"会(?:不会)?被?[^，。,]{0,4}(?:盖|隐|遮|挡|藏|屏蔽|抹|露|显示|公布|公开)[^，。,]{0,4}(?:吗|么|[？?]?$)|"
    r"能(?:不能)?(?:放|登|印|贴)[^，。,]{1,8}(?:吗|么|[？?]?$)|能给[吗么不]|"
    r"^(?!.*\b(?:how many|how much|number of|which|total)\b).*\b(?:will|would|are|is|can|could|may)\b.{1,60}"
    r"\b(?:shown|hidden|released|published|withheld|masked|suppressed|disclosed)\b"
)
# Whether what was done, or a case, is what a rule means: 今年做了一回，够数吗; 三月才成立的还算不算.
_MEETS = re.compile(
    r"(?:够数|够|合规|违规|超标|超限|算数|算超|算违反|犯规)(?:了)?(?:吗|么|没有|不)[？?]?$|够不够|算不算|算(?:进|作|到)[^，。,]{1,12}(?:吗|么|里|内)|"
    r"(?<![合总共统累小估预])(?:记|算|计)(?:作|成|为)?几(?:次|个|人|件|家|户|回|条|遍)?[？?]?$|从哪[^，。,]{1,8}到哪"
)
# How a figure is worked out, or what it takes in: its definition is asked for, not its value.
_WORKED_OUT = re.compile(
    r"是不?是?(?:把|按照?|拿|用|指|以)[^，。,]{2,20}(?:吗|么|不|的)?[？?]?$|(?:怎么|如何|怎样|咋)(?:算|计算|核算|得来|得出|统计)(?:出来|出|的|得)*[？?]?$|"
    r"(?:口径|定义|计算方法|公式)(?:是什么|是啥|怎么|[？?]?$)|(?:包不包括|含不含|算不算|是否包括|是否包含)|(?:包括|包含|算上|含)[^，。,]{1,12}吗|"
    r"\bhow (?:is|are)\b.{2,60}\b(?:calculated|computed|worked out|defined|measured)\b|\bdoes\b.{2,60}\binclude\b"
)
# 认不认, 发不发: the verb and its denial; of a degree (高不高) it asks for a figure.
_EITHER_WAY = r"(?P<verb>(?![高低多少大小快慢好坏])[\u4e00-\u9fff])不(?P=verb)"
# One of two: 分母用的是这个还是那个; of a degree (女的多还是男的多) it asks for figures.
_CHOICE = r"(?:是|用|按|看|算|留|存|要|该|得|以|归|由|指|给|报)(?![^，。,]*[多少高低大小快慢]还是)[^，。,]{1,16}还是"
# Whatever is asked for at all.
_ASKS = re.compile(
    r"[吗呢不没？?]$|还是|什么|谁|怎|如何|是否|能否|可否|哪|几|多少|多久|能不能|可不可以|算不算|要不要|有没有|区别|差别|"
    rf"是不是|{_EITHER_WAY}|多(?:长|大|高|快|宽|重|远|早|晚)|"
    r"^(?:can|could|may|must|should|is|are|do|does|will|who|whose|when|why|what|which|how|where)\b"
)
# What is asked about is a document of rules, though its name may hold a year.
_OF_A_RULE = re.compile(
    r"(?:办法|规定|条例|细则|规则|规范|预案|指引|规程|汇编|文件).{0,10}(?:吗|有效|算数|废止|作废|失效|生效|施行|执行|替代|取代)|"
    r"\b(?:measures|rules|provisions|regulations?|guide|plan)\b.{0,30}"
    r"\b(?:in force|valid|repealed|apply|applies|effect)\b"
)
# A bound is a rule even though it speaks of numbers.
_BOUND = re.compile(
    r"(?:能|可以|允许)(?:查|看|用|拿|获取|申请|下载|翻看|调取|导出).{0,4}(?:多少|几)|[到至]哪一?(?:级|步|层)|"
    r"(?:少于|不到|不够|低于|高于|超过|多于|达到)(?:几|多少)|至少|最少|不少于|不得少于|不足|不够.{0,12}(?:就|才|不能|能不能)|阈值|门槛|最[多少].{0,4}(?:多少|几)|(?:最多|最少|至多)(?:能|可以|可|只能|得|要)|(?:有|满|够|到|达到?)(?:多少|几)[^，。,]{0,4}才|最长|最迟|最晚|"
    r"\b(?:minimum|maximum|at least|at most)\b|\bhow many (?:working|business|calendar) days\b|"
    r"\bhow many\b.{0,60}\b(?:must|have to|has to|should|shall)\b|"
    r"\bhow many (?:days|weeks|months|years)\b.{0,60}\b(?:must|have to|has to|should|shall|may)\b|"
    r"\bhow many times (?:an?|per|each|every)\b|\bhow (?:often|frequently)\b|"
    r"^(?:for|within|after) how (?:many (?:\w+ )?(?:hours|days|weeks|months|years)|long)\b|"
    r"(?:每|一)个?(?:年|季度|月|周|星期)(?:要|得|该|必须|至少)?[^，。,]{0,10}(?:几次|几回|几遍|多少次)|"
    r"^(?:能不能|可不可以|能否|可否)"
)
# Whether somebody must tell a figure: does the city publish how many were refused.
_TOLD = re.compile(
    r"^(?:does|do|must|should|shall|may|has|is|are)\b(?! (?:you|we|i|there)\b).{3,60}\bhow (?:many|much)\b"
)
# One figure for every one of something; a duty of every one of something is none.
_OF_EACH = re.compile(r"\b(?:of|in|for|from|by|per|at) (?:each|every)\b")
_DUTY = re.compile(
    r"\b(?:must|should|shall|may|can|could|has to|have to|need to|needs to|required|allowed|responsible)\b"
)
# 哪些, 什么 and what is alone ask for a thing of any kind, as much for rows as for rules.
_OPEN = re.compile(
    r"哪(?:几|[二两三四五六七八九])?个?(?:些|种|类|级|张|项|方面)|(?:是|叫|为)什么|做什么|"
    r"^(?:what|which|who|whose) (?:is|are)\b"
)
_RIGHT = re.compile(r"可以|能够|不能|不得|不宜|应当|应该|必须|有权|无权|需不需要|要不要")
# What one asks of a rule: may I, must I, who decides, how is it done, which kinds are there.
_FORM = re.compile(
    r"(?:能|可以|可否|允许|准许|要|得|需要|应|该|算|会|还|有效|有权).{0,24}(?:吗|么|不|？|\?|呢)|吗[？?]?$|不能|不可以|能不|可不可|"
    rf"是不是|{_EITHER_WAY}|{_CHOICE}|多长|"
    r"(?:算|是|能|可以|要|得|用|会)[^，。,]{0,20}吧[？?]?$|"
    r"(?:怎么|怎样|如何|咋)|行不行|成不成|合不合规|算不算|够不够|(?:看|按|以|跟|和|与)哪(?:个|一)|(?:由谁|谁来|谁负责|谁可以|谁有权|找谁|以谁|听谁|算谁)|(?:以|按).{1,8}为准|按哪个|什么时候|何时|哪(?:几|[二两三四五六七八九])?个?(?:些|种|类|级|张|项|方面)|"
    r"(?:是|叫|为)什么|什么(?:是|意思|条件|要求|流程|责任|后果|审查|内容)|分(?:几|哪)|可以.{0,8}几|(?:用|以|凭|走|找|填|写|有)什么|(?:要|经|由|得)谁|谁(?:同意|批准|签字|说了算|点头|拍板|做主|审批|牵头)|(?:的|有什么|有何)(?:区别|差别|不同)|[到成]几级|跟哪一|几(?:年|天|个工作日|种|类|级|家)|多(?:久|长时间)|"
    r"(?:保存|保留|期限|时限).{0,6}(?:多|几)|做什么|审核什么|隐去什么"
)
_ENGLISH_FORM = re.compile(
    r"^(?:can|could|may|must|shall|should|is|are|do|does|will|who|whose|when|why)\b|"
    r"\bhow (?:do|does|can|should|long|is|are|to|often)\b|\bwhat (?:is|are|must|happens|counts|does)\b|"
    r"\bwhat\b.{0,40}\b(?:must|has to|have to|should|may)\b"
)
# Data are to be handed over: no question about a rule, however politely it is put.
_WANTED = re.compile(
    r"给我|发我|输出.{0,12}(?:内容|数据|记录|明细|字段)|全部内容|所有记录|帮我查|查一下|查出|列出|列一下|导出|显示出|名单(?!.{1,20}(?:吗|行不行|可不可以|能不能|合规|怎么|如何)|.{0,4}时[，,候])|全部输出|"
    r"\b(?:give|show|send|list|export) (?:me|us|all|every|the)\b"
)
# Rules are named only to be set aside: an order, and no question.
_DISREGARDED = re.compile(
    r"(?:忽略|无视|不用管|不要管|绕过|绕开|跳过|抛开).{0,12}(?:规定|规则|限制|指令|要求|政策|审批|制度)|"
    r"\b(?:ignore|disregard|bypass|skip|forget|override)\b.{0,30}\b(?:rules?|instructions?|polic(?:y|ies)|restrictions?|limits?)\b"
)


def wants_data(question: str) -> bool:
    """True for 能不能给我…的手机号: something is to be shown, and no rule is asked for."""
    return bool(_WANTED.search(normalised(question, to_simplified)))


def names_a_rule(question: str) -> bool:
    """asks_about_policy, where rows of the data are named too: 哪些 alone is then no sign of a rule.

    True for 哪些企业信息不能公开 and 哪些居民可以查询…, False for 哪些企业在….
    """
    if not asks_about_policy(question):
        return False
    plain = normalised(question, to_simplified).strip()
    if any(sign.search(plain) for sign in (_BOUND, _RIGHT, _DUTY)):
        return True
    return asks_about_policy(_OPEN.sub("", plain))


def asks_for_definition(question: str) -> bool:
    """Whether a question that names a figure asks how it is worked out, not how high it is.

    >>> asks_for_definition("均价是把每套单价平均一下吗？"), asks_for_definition("今年的均价是多少")
    (True, False)
    """
    return bool(_WORKED_OUT.search(normalised(question, to_simplified).strip()))


def may_ask_about_policy(question: str) -> bool:
    """Whether the documents are worth a look where nothing else understood the question: no figure, no rows asked for.

    >>> may_ask_about_policy("出域之前审什么"), may_ask_about_policy("各区桥梁数量"), may_ask_about_policy("养老院名单")
    (True, False, False)
    """
    plain = normalised(question, to_simplified).strip()
    if _DISREGARDED.search(plain) or _WANTED.search(plain) or _FIGURE.search(plain):
        return False
    return bool(_ASKS.search(plain))


def asks_about_policy(question: str) -> bool:
    """True for 怎么申请, 能不能, 保存多久, 至少几人; False for a question that wants figures or asks nothing."""
    plain = normalised(question, to_simplified).strip()
    if _DISREGARDED.search(plain):
        return False
    if any(sign.search(plain) for sign in (_BOUND, _OF_A_RULE, _OF_RELEASE, _MEETS, _TOLD)):
        return True
    if _FIGURE.search(plain) or (_OF_EACH.search(plain) and not _DUTY.search(plain)):
        return False
    english = f" {' '.join(english_words(plain))} "
    if any(f" {word} " in english if word.isascii() else word in plain for word in load_glossary().policy_words):
        return True
    return bool(_FORM.search(plain) if has_han(plain) else _ENGLISH_FORM.search(plain))
