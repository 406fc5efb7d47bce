"""Chinese identifiers as data: pattern, check, and what must stand nearby (POLICY_SPEC 4).

A recogniser with `context` speaks only where one of those words stands shortly before the match, or in the column's
name; one with a check and without context is sure by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.domain import ColumnRole
from assistant.policies import checksums

_PLATE_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_USCC_LETTERS = "0-9A-HJ-NP-RTUWXY"
_AREA_CODES = r"0(?:10|2[0-57-9]|3[1-7]\d|39[1-8]|4[1-7]\d|48[23]|5[1-9]\d|6[36]\d|7[0-9]\d|8[1-9]\d|9[0-9]\d)"

_EAST = r"(?:7[3-9]|[89]\d|1[0-2]\d|13[0-6])\.\d{4,}"  # longitudes and latitudes of China, fine enough for a house
_NORTH = r"(?:[3-9]|[1-4]\d|5[0-4])\.\d{4,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """`confidence` 0-1: how sure a match is, with its check where there is one."""

    kind: str
    pattern: re.Pattern[str]
    confidence: float
    name: str  # how the identifier is called when it is masked
    check: Callable[[str], bool] | None = None
    is_checksum: bool = False  # the check is a check digit: chance alone seldom passes
    context: re.Pattern[str] | None = None
    plain_only: bool = False  # looked for in the text as it stands only (separators are part of it)
    backwards: bool = False  # also looked for in the text read backwards
    role: ColumnRole = ColumnRole.DIRECT_ID


def _digits(body: str) -> re.Pattern[str]:
    """A run that no letter or digit touches."""
    return re.compile(rf"(?<![0-9A-Za-z])(?:{body})(?![0-9A-Za-z])", re.IGNORECASE)


def _near(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_ID_WORDS = _near("身份证", "证件", "身份号码", "社会保障号", "公民身份", r"id[ _]?(?:card|no|number)", "sfz")
_PHONE_WORDS = _near("电话", "手机", "联系", "致电", "来电", "拨打", "热线", "tel", "phone", "mobile", "call")
_CARD_WORDS = _near("银行卡", "卡号", "账号", "帐号", "账户", "开户", "bank", "card", "account")

RECOGNISERS: tuple[Recogniser, ...] = (
    Recogniser(
        kind="resident_id", backwards=True, name="身份证号", confidence=1.0, is_checksum=True,
        pattern=_digits(r"\d{17}[\dX]"), check=checksums.is_resident_id,
    ),
    Recogniser(
        kind="foreign_resident_id", name="居留证号", confidence=0.95, is_checksum=True,
        pattern=_digits(r"9\d{16}[\dX]"), check=checksums.is_foreign_resident_id,
    ),
    Recogniser(
        kind="resident_id_misspelt", name="身份证号", confidence=0.6,
        pattern=_digits(r"\d{17}[\dX]"), check=checksums.has_id_form,
    ),
    Recogniser(
        kind="resident_id_15", name="身份证号", confidence=0.8, context=_ID_WORDS,
        pattern=_digits(r"\d{15}"), check=checksums.is_old_resident_id,
    ),
    Recogniser(
        kind="foreign_resident_id_old", name="居留证号", confidence=0.8, context=_near("居留", "外国人", "residence"),
        pattern=_digits(r"[A-Z]{3}\d{12}"),
    ),
    Recogniser(
        kind="sole_trader_uscc", backwards=True, name="个体工商户代码", confidence=1.0, is_checksum=True,
        pattern=_digits(rf"92\d{{6}}[{_USCC_LETTERS}]{{10}}"), check=checksums.is_uscc,
    ),
    Recogniser(
        kind="uscc", backwards=True, name="统一社会信用代码", confidence=1.0, is_checksum=True, role=ColumnRole.NEUTRAL,
        pattern=_digits(rf"(?!92)[159ANY][{_USCC_LETTERS}]\d{{6}}[{_USCC_LETTERS}]{{10}}"), check=checksums.is_uscc,
    ),
    Recogniser(
        kind="organisation_code", name="组织机构代码", confidence=0.9, is_checksum=True, role=ColumnRole.NEUTRAL,
        context=_near("组织机构代码", "机构代码", "organi[sz]ation code"),
        pattern=_digits(r"[0-9A-Z]{8}[0-9X]"), check=checksums.is_organisation_code,
    ),
    Recogniser(
        kind="mobile", name="手机号", confidence=0.8,
        pattern=re.compile(
            r"(?<![0-9A-Za-z.])(?:\+?(?:00)?86)?1[3-9]\d{9}"
            r"(?![0-9A-Za-z]|\.\d| ?(?:元|万|亿|人|户|件|家|个|次|吨|%|平方|㎡))"
        ),
        check=checksums.is_sound_mobile,
    ),
    Recogniser(
        kind="landline", name="电话号码", confidence=0.7, plain_only=True,
        pattern=re.compile(
            rf"(?<![0-9A-Za-z.])(?:\({_AREA_CODES}\) ?|{_AREA_CODES}[- ])[2-9]\d{{6,7}}(?![0-9A-Za-z.])"
        ),
    ),
    Recogniser(
        kind="landline", name="电话号码", confidence=0.7, context=_PHONE_WORDS,
        pattern=_digits(rf"{_AREA_CODES}[2-9]\d{{6,7}}"),
    ),
    Recogniser(
        kind="bank_card", name="银行卡号", confidence=0.9, is_checksum=True,
        pattern=_digits(r"62\d{14,17}"), check=checksums.is_luhn,
    ),
    Recogniser(
        kind="bank_card", name="银行卡号", confidence=0.9, is_checksum=True, context=_CARD_WORDS,
        pattern=_digits(r"(?:4|5[1-5]|3\d|9\d)\d{13,17}"), check=checksums.is_luhn,
    ),
    Recogniser(
        kind="passport_mrz", name="护照号", confidence=1.0, is_checksum=True, plain_only=True,
        pattern=re.compile(r"(?<![0-9A-Z<])[A-Z0-9<]{9}\d[A-Z]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{0,16}"),
        check=checksums.is_mrz,
    ),
    Recogniser(
        kind="passport", name="护照号", confidence=0.8, context=_near("护照", "passport", "证件"),
        pattern=_digits(r"E\d{8}|E[A-HJ-NP-Z]\d{7}|[DPS]E?\d{7,8}|G\d{8}"),
    ),
    Recogniser(
        kind="travel_permit", name="通行证号", confidence=0.8,
        context=_near("通行证", "回乡证", "台胞证", "港澳", "permit"),
        pattern=_digits(r"[HM]\d{8}(?:\d{2})?|C[A-Z0-9]\d{7}|\d{8}"),
    ),
    Recogniser(
        kind="plate", name="车牌号", confidence=0.9,
        pattern=re.compile(
            rf"(?:[{_PLATE_PROVINCE}][A-HJ-NP-Z](?:[DF][A-HJ-NP-Z0-9]\d{{4}}|\d{{5}}[DF]|"
            r"(?=[A-HJ-NP-Z0-9]*\d[A-HJ-NP-Z]?\d)[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])|"
            rf"WJ[{_PLATE_PROVINCE}]?\d{{4}}[0-9XBTSHJD]|\d{{6}}使|\d{{3}}\d{{3}}领)(?![A-Za-z0-9])",
        ),
    ),
    Recogniser(
        kind="vin", name="车架号", confidence=0.9, is_checksum=True,
        pattern=_digits(r"[A-HJ-NPR-Z0-9]{17}"), check=checksums.is_vin,
    ),
    Recogniser(
        kind="estate_unit", name="不动产单元号", confidence=0.9,
        pattern=_digits(r"\d{12}[GJZ][A-HSWXY]\d{5}[FLQW]\d{8}"), check=checksums.is_estate_unit,
    ),
    Recogniser(
        kind="officer_card", name="军警证件号", confidence=0.9,
        pattern=re.compile(r"[军兵士文通警政后参]字第?\d{4,8}号?"),
    ),
    Recogniser(
        kind="email", name="电子邮箱", confidence=0.95, plain_only=True,
        pattern=re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,10}"),
    ),
    Recogniser(
        kind="wechat", name="微信号", confidence=0.8, plain_only=True, context=_near("微信", "wechat", "weixin", "vx"),
        pattern=re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z][A-Za-z0-9_-]{5,19}(?![A-Za-z0-9_-])"),
    ),
    Recogniser(
        kind="ip_address", name="网络地址", confidence=0.7, plain_only=True, role=ColumnRole.QUASI_ID,
        pattern=re.compile(r"(?<![0-9.])(?:\d{1,3}\.){3}\d{1,3}(?![0-9.]|\d)"), check=checksums.is_address_v4,
    ),
    Recogniser(
        kind="mac_address", name="网卡地址", confidence=0.9, plain_only=True, role=ColumnRole.QUASI_ID,
        pattern=re.compile(r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])"),
    ),
    Recogniser(
        kind="imei", name="设备号", confidence=0.9, is_checksum=True, role=ColumnRole.QUASI_ID,
        context=_near("imei", "设备号", "串号"), pattern=_digits(r"\d{15}"), check=checksums.is_luhn,
    ),
    Recogniser(
        kind="imsi", name="用户识别码", confidence=0.8, context=_near("imsi", "用户识别码"),
        pattern=_digits(r"460\d{12}"),
    ),
    Recogniser(
        kind="coordinates", name="经纬度", confidence=0.8, plain_only=True, role=ColumnRole.QUASI_ID,
        pattern=re.compile(
            rf"(?<![0-9.])(?:{_EAST}[°EN]? ?[,，;；/ ] ?{_NORTH}|{_NORTH}[°EN]? ?[,，;；/ ] ?{_EAST})(?![0-9.])"
        ),
    ),
)  # fmt: skip
