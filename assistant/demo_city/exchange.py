"""共享交换日志, 开放目录下载 and 数据质量: what the data bureau sees of its own platform. Codes are the catalog's."""

from __future__ import annotations

import numpy as np

from assistant.demo_city import draws
from assistant.demo_city.draws import Columns, Rng

EXCHANGES, DOWNLOADS = 42_000, 64_000
_PROVIDERS = {
    "GA": "市公安局",
    "SJ": "市市场监督管理局",
    "MZ": "市民政局",
    "YB": "市医疗保障局",
    "ZR": "市自然资源和规划局",
    "SW": "市税务局",
    "RS": "市人力资源和社会保障局",
    "FG": "市发展和改革委员会",
    "DS": "市大数据局",
    "CZ": "市财政局",
    "JY": "市教育局",
    "HB": "市生态环境局",
    "WJ": "市卫生健康委员会",
    "SP": "市行政审批服务局",
    "RX": "12345政务热线中心",
    "TJ": "市统计局",
    "JT": "市交通运输局",
}
# resource, weight, rows of a usual exchange
_SHARED = (
    ("990100-GA-001", 22, 800),
    ("990100-SJ-001", 19, 1500),
    ("990100-DS-001", 13, 60),
    ("990100-MZ-004", 6, 400),
    ("990100-MZ-005", 7, 3),
    ("990100-YB-002", 8, 600),
    ("990100-ZR-002", 7, 90),
    ("990100-SW-001", 4, 220),
    ("990100-RS-002", 7, 500),
    ("990100-FG-002", 5, 900),
    ("990100-CZ-001", 4, 1800),
    ("990100-SP-001", 9, 20),
    ("990100-HB-001", 3, 24),
    ("990100-RX-001", 4, 700),
    ("990100-GA-005", 3, 5000),
)
_PURPOSES = (
    "政务服务办件核验",
    "低保核对",
    "惠民补贴发放核验",
    "企业信用监管",
    "社会治理分析",
    "城市运行监测",
    "防汛应急指挥",
    "入学资格核验",
)
_CONSUMERS = (
    "市民政局",
    "市行政审批服务局",
    "市教育局",
    "市财政局",
    "市市场监督管理局",
    "市人力资源和社会保障局",
    "市住房和城乡建设局",
    "市大数据局",
    "市医疗保障局",
    "市城市管理局",
    "市应急管理局",
    "市税务局",
)
_OPENED = (
    ("990100-SJ-001", 30),
    ("990100-HB-001", 22),
    ("990100-FG-001", 13),
    ("990100-JT-001", 12),
    ("990100-WJ-001", 7),
    ("990100-ZR-001", 6),
    ("990100-TJ-004", 6),
    ("990100-HB-002", 5),
    ("990100-NY-003", 4),
    ("990100-WL-001", 4),
    ("990100-JY-002", 3),
    ("990100-MZ-006", 2),
    ("990100-SL-001", 2),
    ("990100-DS-005", 3),
    ("990100-MZ-002", 1),
    ("990100-DA-001", 1),
)
# resource, rule, dimension, rows, share that fails (as the tables really have it)
_RULES = (
    ("990100-GA-001", "公民身份号码校验位正确", "准确性", 326_000, 0.0030),
    ("990100-SJ-001", "街道属于所在区县", "一致性", 63_900, 0.0036),
    ("990100-GA-001", "公民身份号码唯一", "唯一性", 326_000, 0.00012),
    ("990100-GA-001", "联系电话不为空", "完整性", 326_000, 0.136),
    ("990100-GA-001", "文化程度不为空", "完整性", 326_000, 0.011),
    ("990100-SJ-001", "注销日期不早于成立日期", "一致性", 63_900, 0.0007),
    ("990100-SJ-001", "统一社会信用代码校验位正确", "准确性", 63_900, 0.0),
    ("990100-SJ-001", "注册资本不为空", "完整性", 63_900, 0.0055),
    ("990100-DS-001", "证照编号唯一", "唯一性", 190_000, 0.00016),
    ("990100-DS-001", "过期证照状态已更新", "及时性", 190_000, 0.0065),
    ("990100-RX-001", "来电号码不为空", "完整性", 326_000, 0.0079),
    ("990100-RX-001", "事发街道不为空", "完整性", 326_000, 0.020),
    ("990100-YB-001", "基金支付不大于总费用", "一致性", 252_000, 0.0),
    ("990100-YB-001", "基金支付金额不为空", "完整性", 252_000, 0.005),
    ("990100-HB-001", "站点日均值齐全", "完整性", 33_600, 0.006),
    ("990100-HB-002", "断面月报按时上报", "及时性", 30, 0.2),
    ("990100-MZ-004", "停保日期不早于起保日期", "一致性", 9_600, 0.0),
    ("990100-ZR-002", "坐落使用标准地址", "规范性", 41_000, 0.043),
    ("990100-CZ-001", "同一人同一项目不重复发放", "唯一性", 306_000, 0.0),
    ("990100-JY-001", "学籍与实有人口一致", "一致性", 31_000, 0.007),
    ("990100-TJ-002", "能耗不为空", "完整性", 960, 0.004),
    ("990100-SP-002", "办结时间不早于受理时间", "一致性", 122_000, 0.0),
)


def exchanges(rng: Rng) -> Columns:
    days = draws.calendar()
    when = np.sort(draws.draw_days(rng, EXCHANGES, days, draws.day_weights(days, week=draws.OFFICE_WEEK, growth=1.28)))
    resource = draws.pick_index(rng, len(_SHARED), EXCHANGES, [s[1] for s in _SHARED])
    failed = rng.random(EXCHANGES) < 0.017
    rows = draws.money(rng, np.array([s[2] for s in _SHARED], dtype=float)[resource], 1.0, EXCHANGES, 0) + 1
    providers = [_PROVIDERS[code.split("-")[1]] for code, _, _ in _SHARED]
    provider = draws.words(providers)[resource]
    consumer = draws.pick(rng, _CONSUMERS, EXCHANGES, [1 / (i + 3) for i in range(len(_CONSUMERS))])
    same = provider == consumer
    consumer[same] = np.where(provider[same] == "市大数据局", "市行政审批服务局", "市大数据局")
    return {
        "exchange_id": draws.numbered("EX", EXCHANGES, 7),
        "resource_id": draws.words([s[0] for s in _SHARED])[resource],
        "provider_dept": provider,
        "consumer_dept": consumer,
        "purpose": draws.pick(rng, _PURPOSES, EXCHANGES, (30, 10, 10, 14, 12, 10, 4, 5)),
        "exchanged_on": when,
        "channel": draws.pick(rng, ["接口", "库表", "文件", "数据沙箱"], EXCHANGES, (62, 24, 12, 2)),
        "row_count": np.where(failed, 0, rows),
        "status": draws.words(["成功", "失败"])[failed.astype(int)],
    }


def downloads(rng: Rng) -> Columns:
    days = draws.calendar()
    when = draws.draw_days(
        rng, DOWNLOADS, days, draws.day_weights(days, week=(1.1, 1.1, 1, 1, 1, 0.7, 0.7), growth=1.4)
    )
    return {
        "download_id": draws.numbered("DL", DOWNLOADS, 7),
        "resource_id": draws.pick(rng, [o[0] for o in _OPENED], DOWNLOADS, [o[1] for o in _OPENED]),
        "downloaded_on": np.sort(when),
        "user_kind": draws.pick(rng, ["个人", "企业", "高校科研", "媒体", "其他"], DOWNLOADS, (42, 31, 17, 4, 6)),
        "channel": draws.pick(rng, ["网页", "接口"], DOWNLOADS, (64, 36)),
    }


def quality_checks(rng: Rng) -> Columns:
    """Every rule on the 15th of every month; the estate grows and the failures shrink a little over the years."""
    months = np.arange(np.datetime64("2022-01"), np.datetime64("2025-11"))
    rule = np.tile(np.arange(len(_RULES)), len(months))
    month = np.repeat(np.arange(len(months)), len(_RULES))
    left = len(months) - 1 - month
    checked = np.round(np.array([r[3] for r in _RULES])[rule] * (1 - 0.0035 * left))
    share = np.array([r[4] for r in _RULES])[rule] * (1 + 0.018 * left) * np.exp(rng.normal(0, 0.05, len(rule)))
    failed = np.minimum(np.round(checked * share), checked)
    done = (rng.random(len(rule)) < 0.8) & (left > 2)
    state = np.select([failed == 0, done, left > 1], [0, 3, 2], default=1)
    return {
        "check_id": draws.numbered("DQ", len(rule), 6),
        "resource_id": draws.words([r[0] for r in _RULES])[rule],
        "rule_name": draws.words([r[1] for r in _RULES])[rule],
        "dimension": draws.words([r[2] for r in _RULES])[rule],
        "checked_on": months[month].astype("datetime64[D]") + 14,
        "rows_checked": checked,
        "rows_failed": failed,
        "status": draws.words(["通过", "待整改", "整改中", "已整改"])[state],
    }
