"""What the values of a column say about its label. A machine proposes and may only raise; a person confirms."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain import ColumnRole, LabelStatus, Scalar
from assistant.policies.identifiers import scan

MIN_SAMPLE = 200  # distinct values
SURE = 0.85  # lower bound of the match rate, where a check digit confirms each match
SURE_WITH_HINT = 0.95  # without one, and the column's name or comment must say the same
EMBEDDED = 0.02  # from here on, free text that holds identifiers
SINGLETONS = 0.8
_Z95 = 1.959964


def _words(text: str, *, ending: str = "") -> frozenset[str]:
    return frozenset(f"{word}{ending}" for word in text.split())


_DOMAINS: tuple[tuple[str, ColumnRole, frozenset[str]], ...] = (
    ("gender", ColumnRole.QUASI_ID, _words("男 女 未知 未说明 M F 1 2 0 9")),
    (
        "ethnicity",
        ColumnRole.QUASI_ID,
        _words(
            "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 "
            "哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 "
            "达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 "
            "乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 "
            "门巴 珞巴 基诺",
            ending="族",
        ),
    ),
    ("marital_status", ColumnRole.QUASI_ID, _words("未婚 已婚 离婚 丧偶 离异 初婚 再婚 复婚")),
    ("religion", ColumnRole.SENSITIVE_ATTR, _words("佛教 道教 伊斯兰教 天主教 基督教 无 无宗教信仰")),
)
_DIAGNOSIS = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?")
_BIRTHDAY = re.compile(r"birth|出生|生日", re.IGNORECASE)
_HINTS = {
    "mobile": r"phone|mobile|tel|手机|电话|联系方式",
    "landline": r"phone|tel|电话|联系方式",
    "plate": r"plate|车牌|号牌",
    "estate_unit": r"unit|单元号|不动产",
    "email": r"mail|邮箱",
    "ip_address": r"ip|地址",
    "name": r"name|姓名|人$",
    "home_address": r"addr|住址|地址",
    "passport": r"passport|护照",
    "coordinates": r"lon|lat|coord|经|纬|坐标",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposed role. `match`: share of the distinct values; `wilson_low`: its lower bound at 95 %."""

    kind: str
    role: ColumnRole
    match: float
    wilson_low: float
    n: int  # distinct values looked at
    status: LabelStatus = LabelStatus.PROPOSED


def wilson_low(matched: int, n: int) -> float:
    """Lower end of the Wilson interval for a proportion, 95 % two-sided; 0 for no observations."""
    if n == 0:
        return 0.0
    rate, z2 = matched / n, _Z95**2
    spread = _Z95 * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return (rate + z2 / (2 * n) - spread) / (1 + z2 / n)


def column_evidence(values: Sequence[Scalar], *, name: str = "", comment: str = "") -> tuple[Proposal, ...]:
    """Proposals for a column from its values and what it is called, strongest first; none from too small a sample."""
    counted = Counter(str(value) for value in values if value is not None and str(value).strip())
    sample = sorted(counted)
    hint = f"{name} {comment}".strip()
    found = _by_domain(counted, hint)
    if len(sample) >= MIN_SAMPLE:
        found += _by_identifier(sample, hint)
    singles = sum(1 for count in counted.values() if count == 1)
    total = sum(counted.values())
    if total >= MIN_SAMPLE and singles >= SINGLETONS * total and not found:
        found.append(_proposal("nearly_unique", ColumnRole.QUASI_ID, singles, total))
    return tuple(sorted(found, key=lambda p: (-p.wilson_low, p.kind)))


def _proposal(kind: str, role: ColumnRole, matched: int, n: int) -> Proposal:
    return Proposal(kind=kind, role=role, match=matched / n, wilson_low=wilson_low(matched, n), n=n)


def _by_domain(counted: Counter[str], hint: str) -> list[Proposal]:
    total = sum(counted.values())
    found = []
    for kind, role, domain in _DOMAINS:
        matched = sum(count for value, count in counted.items() if value in domain)
        distinct = sum(1 for value in counted if value in domain)
        if distinct > 1 and matched >= 0.9 * total and not all(value.isdigit() for value in counted):
            found.append(_proposal(kind, role, matched, total))
    coded = sum(count for value, count in counted.items() if _DIAGNOSIS.fullmatch(value))
    if total and coded >= 0.9 * total and re.search(r"icd|diag|诊断|病", hint, re.IGNORECASE):
        found.append(_proposal("diagnosis_code", ColumnRole.SENSITIVE_ATTR, coded, total))
    dated = sum(count for value, count in counted.items() if re.fullmatch(r"(19|20)\d\d-\d\d-\d\d.*", value))
    if total and dated >= 0.9 * total and _BIRTHDAY.search(hint):
        found.append(_proposal("birth_date", ColumnRole.QUASI_ID, dated, total))
    return found


def _by_identifier(sample: Sequence[str], hint: str) -> list[Proposal]:
    whole: Counter[str] = Counter()
    roles: dict[str, ColumnRole] = {}
    sure: dict[str, bool] = {}
    holding = 0
    for value in sample:
        hits = scan(value, hint=hint)
        holding += bool(hits)
        for hit in {h.kind: h for h in hits if h.end - h.start >= 0.8 * len(value.strip())}.values():
            whole[hit.kind] += 1
            roles[hit.kind] = hit.role
            sure[hit.kind] = sure.get(hit.kind, True) and hit.checksummed
    found = []
    n = len(sample)
    for kind, matched in whole.items():
        low = wilson_low(matched, n)
        hinted = bool(re.search(_HINTS.get(kind, kind), hint, re.IGNORECASE))
        if (sure[kind] and low >= SURE) or (hinted and low >= SURE_WITH_HINT):
            found.append(_proposal(kind, roles[kind], matched, n))
    if not found and holding / n >= EMBEDDED and wilson_low(holding, n) >= EMBEDDED / 2:
        found.append(_proposal("embedded", ColumnRole.FREE_TEXT, holding, n))
    return found
