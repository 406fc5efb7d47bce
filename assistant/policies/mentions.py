"""Persons' names and homes in prose. A name alone is no evidence: something must announce it (我叫, 联系人, ...)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚庞樊兰殷施陶洪翟安颜倪严"
    "牛温芦季俞章鲁葛伍韦申尤毕聂丛焦柳邢骆岳齐梅莫庄辛管祝左涂谷祁耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈"
    "鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房"
)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|南宫|端木|百里|呼延|长孙|宇文|轩辕|独孤"
_ANNOUNCED = (
    r"我是|我叫|我名叫|名叫|本人是?|姓名(?:是|为|[:：])?|联系人(?:是|为|[:：])?|投诉人(?:是|为|[:：])?|举报人(?:是|为|[:：])?"
    r"|来电人(?:是|为|[:：])?|申请人(?:是|为|[:：])?|当事人(?:是|为|[:：])?|户主(?:是|为|[:：])?|业主(?:是|为|叫|[:：])"
    r"|法定代表人(?:是|为|[:：])?|经办人(?:是|为|[:：])?|负责人(?:是|为|[:：])|监护人(?:是|为|[:：])?|患者(?:是|为|[:：])?"
    r"|(?:父亲|母亲|丈夫|妻子|儿子|女儿|孩子|爱人|房东|邻居)(?:叫|是|名叫|[:：])|请(?:找|联系)|来电人自称|自称(?:是|叫)?|署名[:：]?"
)
# What may follow a name; a character of these never belongs to one here.
_STOPS = "的是在住来反投想要我他她你和与及同跟说电手身联家户号于因为被向从对去到有请求报，。,.;；:：！!？?、（）() \t\n"
_GIVEN = rf"[\u4e00-\u9fff](?<![{_STOPS}])"
_NAME = re.compile(
    rf"(?:{_ANNOUNCED})\s*[:：,，]?\s*(?P<name>(?:[\u4e00-\u9fff]{{2,8}}[·•][\u4e00-\u9fff]{{2,8}})"
    rf"|(?:(?:{_COMPOUND})|[{_SURNAMES}])(?:{_GIVEN}){{1,2}})(?P<next>.?.?)",
    re.DOTALL,
)
_TITLED = re.compile(
    rf"(?P<name>(?:(?:{_COMPOUND})|[{_SURNAMES}])(?:{_GIVEN}){{0,2}})(?=先生|女士|小姐|师傅|大爷|大妈|阿姨|同志|老师|医生|同学)"
)
_SYLLABLE = r"(?:[bpmfdtnlgkhjqxzcsryw]|zh|ch|sh)?(?:[aeiouv]{1,3})(?:ng|n|r)?"  # of pinyin, and of more than pinyin
_LATIN = re.compile(
    r"(?:my name is|i am|i'm|this is|contact(?: person)?:?|name:|caller:?)\s+"
    r"(?P<name>[A-Z][a-z]+(?:[ -][A-Z][a-z]+){1,3})"
)
_PLACE = "区市县镇乡村路街道巷弄里园苑庄湾桥站店厂局院校所公司府井湖河山岛城"
_COMMON_WORDS = re.compile(
    "高新|高中|高校|高层|高铁|金融|金额|江北|江南|江边|安全|安置|安装|马上|马路|白天|白色|"
    "黄金|常住|常年|周边|周围|周末|周日|周一|周二|周三|周四|周五|周六|万元|万人|万户|石油|"
    "成年|成功|成都|路口|路边|路人|车主|车辆|车位|房主|房东|房屋|房子|华东|华南|关于|关心|"
    "关系|管理|管道|明天|强烈|夏天|夏季|于是|易燃|左右|左边|项目|项链|方便|方面|毛病|解决|"
    "解释|温泉|温度|单位|单元|单身|游客|游泳|包括|包工|甘肃|宁波|司机|司法|盛世|阳光|阳台|"
    "凌晨|庄严|童年|武汉|武警|康复|史上|段时|谷物|季度|章程|纪委|费用|查询|查看|卫生|席位|"
    "成员|钱款|田地|林业|林地|陆续|曲折|雷雨|金属|汤锅|任何|任务|常见|何时|何人|和谐"
)
_ROAD = (
    r"[\u4e00-\u9fff0-9]{1,12}?(?:路|街|大道|巷|弄|胡同|里|村|小区|新村|花园|花苑|苑|园|坊|公寓|家园|社区|屯|组|队|庄)"
)
_NUMBER = r"[\dA-Za-z一二三四五六七八九十百〇零]{1,6}(?:[-－—之]\d{1,4}){0,3}"
_DOOR = rf"(?:{_NUMBER}\s*(?:号楼|栋|幢|座|单元|门|层|楼|室|户|房))"
_HOME = re.compile(
    rf"(?:[\u4e00-\u9fff]{{2,8}}(?:省|市|区|县|旗|镇|乡|街道))*{_ROAD}(?:\s*{_NUMBER}\s*(?:号|弄|组))?"
    rf"(?:\s*{_DOOR}){{1,5}}(?:\s*{_NUMBER}(?![\d年月日时分元万人次]))?"
)
_HOUSE = re.compile(
    rf"(?:[\u4e00-\u9fff]{{2,8}}(?:省|市|区|县|旗|镇|乡|街道))*{_ROAD}\s*\d{{1,5}}(?:-\d{{1,4}})?\s*[号弄](?!线|文|令|楼)"
)
_LEAD = re.compile(r"住在|住址[是为:：]?|家住|住于|位于|地址[是为:：]?|户籍地?|租住|居住|我家|在|住|是|至|到|从")
_AT_HOME = re.compile(r"(?:住在|住址|家住|住于|居住地?|家庭地址|地址|户籍地|我家在?|租住)[^，。；,;]{0,6}$")


def names(text: str) -> Iterator[tuple[int, int]]:
    """Spans of announced names."""
    for found in _NAME.finditer(text):
        start, end = found.span("name")
        if "·" in found["name"] or "•" in found["name"]:
            yield start, end
            continue
        end = _trimmed(text, start, end)
        if end - start > 1 and not _is_word(text, start, end):
            yield start, end
    for found in _TITLED.finditer(text):
        if not _is_word(text, *found.span("name")):
            yield found.span("name")
    for found in _LATIN.finditer(text):
        yield found.span("name")


def may_be_name(word: str) -> bool:
    """Whether one word that nobody announced could be a person's name: by its surname, its masking or its syllables."""
    if "某" in word or "·" in word or "•" in word:
        return True
    if word.isascii():
        return bool(re.fullmatch(rf"(?:{_SYLLABLE}){{1,4}}", word.strip().lower())) or word[:1].isupper()
    ends = [word[at:] for at in range(max(0, len(word) - 4), len(word) - 1)]  # 告诉我李四: the name comes last
    return any(re.match(rf"(?:{_COMPOUND}|[{_SURNAMES}])", one) and not _COMMON_WORDS.match(one) for one in ends)


def _trimmed(text: str, start: int, end: int) -> int:
    """A given name of one character when the second belongs to what follows (张三住, 王五反映)."""
    runs_on = "\u4e00" <= text[end : end + 1] <= "\u9fff"
    if end - start > 2 and runs_on and text[end - 1] in "现今昨前后您某等希打拨刚正已曾把将让给叫帮问":
        return end - 1
    return end


def _is_word(text: str, start: int, end: int) -> bool:
    """An ordinary word or a place that begins like a name (高新区, 周边)."""
    if _COMMON_WORDS.match(text, start):
        return True
    return (text[end - 1] in _PLACE and end - start > 2) or text[end : end + 1] in tuple("区市县镇乡村路街巷")


def homes(text: str) -> Iterator[tuple[int, int]]:
    """Spans of addresses down to a door; down to a house number where the words before say that someone lives there."""
    for found in _HOME.finditer(text):
        yield _after_lead(text, *found.span())
    for found in _HOUSE.finditer(text):
        start, end = _after_lead(text, *found.span())
        if _AT_HOME.search(text[max(0, start - 14) : start]):
            yield start, end


def _after_lead(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the words that lead up to the address (联系人李小明住在...)."""
    leads = [lead.end() for lead in _LEAD.finditer(text, start, end)]
    return (leads[-1], end) if leads and end - leads[-1] > 3 else (start, end)
