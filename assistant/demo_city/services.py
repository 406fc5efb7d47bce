"""电子证照, 共享材料 and 政务服务: licences, documents handed in once, and the cases of the service hall."""

from __future__ import annotations

from datetime import date

import numpy as np

from assistant.demo_city import draws, places
from assistant.demo_city.draws import Array, Columns, Rng
from assistant.demo_city.firms import Firms
from assistant.demo_city.people import Residents

CASES, MATERIALS = 122_000, 31_000
# kind, issuer, years it is valid (0 = for good), from age, share of those
_PERSONAL = (
    ("结婚证", "市民政局", 0, 22, 0.11),
    ("机动车驾驶证", "市公安局", 10, 19, 0.17),
    ("不动产权证书", "市自然资源和规划局", 0, 24, 0.09),
    ("残疾人证", "市民政局", 10, 4, 0.014),
    ("职业资格证书", "市人力资源和社会保障局", 0, 21, 0.05),
    ("老年人优待证", "市民政局", 0, 65, 0.4),
)
# kind, issuer, years, divisions, share of the firms in them
_CORPORATE = (
    ("营业执照", "市市场监督管理局", 0, "", 0.97),
    ("食品经营许可证", "市市场监督管理局", 5, "H62 C14 F52", 0.42),
    ("道路运输经营许可证", "市交通运输局", 4, "G54", 0.7),
    ("建筑业企业资质证书", "市住房和城乡建设局", 5, "E47 E50", 0.5),
    ("排污许可证", "市生态环境局", 5, "C26 C30 C33 C17", 0.45),
    ("医疗机构执业许可证", "市卫生健康委员会", 5, "Q84", 0.85),
)
_MATERIALS = (
    "身份证明材料",
    "营业执照副本",
    "不动产权属证明",
    "收入证明",
    "无犯罪记录证明",
    "学历证明",
    "婚姻状况证明",
    "社保缴费证明",
)
_SOURCES = (
    "市公安局",
    "市市场监督管理局",
    "市自然资源和规划局",
    "市税务局",
    "市公安局",
    "市教育局",
    "市民政局",
    "市人力资源和社会保障局",
)
# matter, kind, applicant, promised working days, share, share that is late
_MATTERS = (
    ("企业设立登记", "行政许可", "法人", 1, 13, 0.01),
    ("企业变更登记", "行政许可", "法人", 1, 11, 0.01),
    ("食品经营许可核发", "行政许可", "法人", 5, 9, 0.03),
    ("个体工商户设立登记", "行政许可", "自然人", 1, 9, 0.01),
    ("建筑工程施工许可", "行政许可", "法人", 3, 3, 0.06),
    ("道路货运经营许可", "行政许可", "法人", 5, 4, 0.04),
    ("医师执业注册", "行政许可", "自然人", 5, 3, 0.02),
    ("不动产转移登记", "行政确认", "自然人", 2, 12, 0.03),
    ("居住证办理", "行政确认", "自然人", 7, 9, 0.02),
    ("最低生活保障审核确认", "行政给付", "自然人", 20, 3, 0.09),
    ("残疾人两项补贴申领", "行政给付", "自然人", 15, 3, 0.05),
    ("社会保险参保登记", "公共服务", "自然人", 1, 9, 0.01),
    ("住房公积金提取", "公共服务", "自然人", 3, 8, 0.02),
    ("异地就医备案", "公共服务", "自然人", 1, 6, 0.01),
    ("灵活就业社保补贴申领", "行政给付", "自然人", 15, 3, 0.07),
)


def licences(rng: Rng, people: Residents, register: Firms, codes: list[str]) -> Columns:
    """`codes` are the industry divisions in the order of register.industry."""
    parts = []
    for kind, issuer, years, age, share in _PERSONAL:
        who = np.flatnonzero((people.age >= age) & (rng.random(len(people.age)) < share))
        since = np.maximum(people.birth[who] + np.timedelta64(age * 366, "D"), np.datetime64("2005-01-01"))
        issued = draws.days_since(rng, np.minimum(since, np.datetime64("2025-09-01")))
        parts.append(
            _rows(rng, kind, "自然人", people.take("person_id", who), issuer, issued, years, people.district[who])
        )
    living = np.isnat(register.closed)
    for kind, issuer, years, divisions, share in _CORPORATE:
        wanted = [codes.index(code) for code in divisions.split()] or list(range(len(codes)))
        able = living & np.isin(register.industry, wanted)
        firm = np.flatnonzero(able & (rng.random(len(able)) < share))
        issued = register.established[firm]
        if years:
            issued = draws.days_since(rng, np.maximum(issued, np.datetime64("2017-01-01")))
        parts.append(
            _rows(rng, kind, "法人", register.columns["uscc"][firm], issuer, issued, years, register.district[firm])
        )
    merged = draws.stack(parts)
    numbers = draws.numbered("ZZ9901", len(merged["issuer"]), 8)
    twice = rng.choice(len(numbers), 60, replace=False)  # known defect: thirty numbers were given out twice
    numbers[twice[30:]] = numbers[twice[:30]]
    return {"license_no": numbers, **merged}


def _rows(
    rng: Rng, kind: str, holder: str, ids: Array, issuer: str, issued: Array, years: int, district: Array
) -> Columns:
    size = len(ids)
    ends = issued + np.timedelta64(years * 365, "D") if years else np.full(size, np.datetime64("NaT"))
    gone = np.where(rng.random(size) < 0.02, 2, np.where(rng.random(size) < 0.006, 3, 0))
    over = (gone == 0) & (ends < np.datetime64(draws.AS_OF))
    noticed = rng.random(size) < 0.94  # known defect: some that ran out are still called valid
    status = np.where(over & noticed, 1, gone)
    return {
        "license_type": np.repeat(draws.words([kind]), size),
        "holder_kind": np.repeat(draws.words([holder]), size),
        "holder_id": ids,
        "issuer": np.repeat(draws.words([issuer]), size),
        "issued_on": issued,
        "valid_to": ends.astype("datetime64[D]"),
        "status": draws.words(["有效", "过期", "注销", "挂失"])[status],
        "district_code": places.DISTRICT_CODES[district],
    }


def materials(rng: Rng) -> Columns:
    days = draws.calendar(date(2022, 6, 20))
    when = draws.draw_days(rng, MATERIALS, days, draws.day_weights(days, week=draws.OFFICE_WEEK, growth=1.25))
    kind = draws.pick_index(rng, len(_MATERIALS), MATERIALS, (24, 18, 13, 11, 9, 8, 9, 8))
    age = (np.datetime64(draws.AS_OF) - when).astype(np.int64) / 365.25
    return {
        "material_id": draws.numbered("M", MATERIALS, 7),
        "material_type": draws.words(_MATERIALS)[kind],
        "provider": draws.words(_SOURCES)[kind],
        "submitted_on": when,
        "reuse_count": rng.poisson(0.4 + age * 1.3),
        "valid_to": when + np.array([365, 365, 180, 90, 90, 730, 180, 90])[kind].astype("timedelta64[D]"),
        "district_code": places.DISTRICT_CODES[_office(rng, MATERIALS)],
    }


def cases(rng: Rng) -> Columns:
    days = draws.calendar()
    when = draws.draw_days(rng, CASES, days, draws.day_weights(days, week=draws.OFFICE_WEEK, growth=1.09))
    when = np.sort(when)
    matter = draws.pick_index(rng, len(_MATTERS), CASES, [m[4] for m in _MATTERS])
    promised = np.array([m[3] for m in _MATTERS])[matter]
    late = rng.random(CASES) < np.array([m[5] for m in _MATTERS])[matter]
    working = np.where(late, promised * 1.4 + 1, promised * rng.beta(1.6, 2.2, CASES))
    accepted = when.astype("datetime64[m]") + rng.integers(8 * 60, 18 * 60, CASES).astype("timedelta64[m]")
    finished = accepted + (working * 1.45 * 1440).astype(np.int64).astype("timedelta64[m]")
    refused = rng.random(CASES) < 0.021
    open_ = ~refused & (finished > np.datetime64(draws.AS_OF) + np.timedelta64(1, "D"))
    finished[refused | open_] = np.datetime64("NaT")
    years = (when - days[0]).astype(np.int64) / 365.25
    online = rng.random(CASES) < 0.34 + years * 0.09
    channel = np.where(online, draws.pick_index(rng, 2, CASES, (6, 4)) + 1, np.where(rng.random(CASES) < 0.12, 3, 0))
    return {
        "case_no": draws.numbered("BJ", CASES, 8),
        "matter_name": draws.words([m[0] for m in _MATTERS])[matter],
        "matter_kind": draws.words([m[1] for m in _MATTERS])[matter],
        "applicant_kind": draws.words([m[2] for m in _MATTERS])[matter],
        "channel": draws.words(["窗口", "网上", "移动端", "自助终端"])[channel],
        "district_code": places.DISTRICT_CODES[_office(rng, CASES)],
        "accepted_at": accepted,
        "finished_at": finished,
        "promised_days": promised,
        "status": draws.words(["已办结", "不予受理", "办理中"])[np.select([refused, open_], [1, 2])],
    }


def _office(rng: Rng, size: int) -> Array:
    return draws.pick_index(rng, places.DISTRICT_COUNT, size, places.weights("residents") + places.weights("firms"))
