"""How long which record is kept, as data (POLICY_SPEC 5.2; 云澜市政务数据安全审计规定第四章)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.domain import Category, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionClass:
    """`months` is the least time a record is kept, None for ever; `online_months` of it within reach of a query."""

    code: str
    name: Text
    months: int | None
    basis: str
    online_months: int = 6


RETENTION = (
    RetentionClass(
        code="security_log",
        name=Text(zh="网络与安全日志", en="network and security log"),
        months=6,
        basis="网络安全法第二十一条",
    ),
    RetentionClass(
        code="decision",
        name=Text(zh="数据使用决定记录", en="decision on the use of data"),
        months=36,
        basis="云澜市政务数据安全审计规定第十六条",
    ),
    RetentionClass(
        code="sensitive_personal",
        name=Text(zh="敏感个人信息处理记录", en="processing of sensitive personal information"),
        months=36,
        basis="个人信息保护法第五十六条",
    ),
    RetentionClass(
        code="provision",
        name=Text(zh="个人信息、重要数据提供记录", en="provision of personal information or important data"),
        months=36,
        basis="网络数据安全管理条例第十二条",
    ),
    RetentionClass(
        code="statistical_release",
        name=Text(zh="统计数据提供记录", en="release of statistics"),
        months=120,
        basis="统计法实施条例第二十二条",
    ),
    RetentionClass(
        code="grant",
        name=Text(zh="申请、审批与授权记录", en="request, approval and grant"),
        months=36,
        basis="云澜市政务数据安全审计规定第十八条",
    ),
    RetentionClass(
        code="ai_content",
        name=Text(zh="未加显式标识的生成内容提供记录", en="AI content supplied without an explicit label"),
        months=6,
        basis="人工智能生成合成内容标识办法第九条",
    ),
)
_BY_CATEGORY = {
    Category.SENSITIVE_PERSONAL: "sensitive_personal",
    Category.MINOR_U14: "sensitive_personal",
    Category.PERSONAL: "provision",
    Category.IMPORTANT: "provision",
    Category.STATISTICAL_AGGREGATE: "statistical_release",
    Category.STATISTICAL_INDIVIDUAL: "statistical_release",
}


def retention_of(categories: Iterable[Category]) -> tuple[str, ...]:
    """Codes of the classes a decision over data of these categories falls in; always `decision`."""
    special = {_BY_CATEGORY[one] for one in categories if one in _BY_CATEGORY}
    return ("decision", *sorted(special))


def months_to_keep(record: Mapping[str, Any]) -> int | None:
    """Months to keep the record: the longest of its classes, None for ever. An unknown class keeps it for ever."""
    known = {one.code: one.months for one in RETENTION}
    codes = record.get("retention") or ["decision"]
    months = [known.get(code) for code in codes]
    return None if None in months else max(one for one in months if one is not None)
