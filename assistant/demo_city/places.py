"""Districts, streets and what sets them apart. Codes start with 99, which no real place has; names are invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.demo_city.draws import Array, Columns, words

CITY = "云澜市"
REGION = "990100"


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One of the twelve. `residents` and `firms` are weights, `growth` is the yearly factor of new firms."""

    code: str
    name: str
    kind: str  # 市辖区 | 县 | 功能区
    area_km2: float
    established: int
    residents: float
    age_shift: float  # years older (+) or younger (-) than the city
    rural: float  # share of 农村 registrations, 0-1
    firms: float
    growth: float
    price: float  # housing, 元/m2
    streets: str  # names, in order of their codes


DISTRICTS = (
    District(code="990101", name="临江区", kind="市辖区", area_km2=186.4, established=1984, residents=62.0,
             age_shift=1, rural=0.06, firms=15.0, growth=1.09, price=14800,
             streets="江口 渡亭 望江台 鼓楼巷 石榴坊 清晏 长汀桥 锦帆 听涛 南埠 双塔湾 新洲"),
    District(code="990102", name="澜湾区", kind="市辖区", area_km2=212.9, established=1984, residents=45.0,
             age_shift=0, rural=0.09, firms=10.5, growth=1.12, price=13200,
             streets="澜心 月湾 白鹭洲 东堤 平澜 海棠里 云帆 浅水 芦岸 揽月"),
    District(code="990103", name="云麓区", kind="市辖区", area_km2=268.0, established=1988, residents=38.0,
             age_shift=-1, rural=0.12, firms=8.6, growth=1.14, price=12600,
             streets="麓前 书院岭 松鹤 云栖坡 竹海 半山亭 泉眼 麓南 枫桥坞"),
    District(code="990104", name="望澜区", kind="市辖区", area_km2=301.5, established=1993, residents=34.0,
             age_shift=0, rural=0.15, firms=7.4, growth=1.06, price=11100,
             streets="望澜门 石桥头 柳浪 十里铺 和畅 花津 北闸 青石巷"),
    District(code="990105", name="松烟区", kind="市辖区", area_km2=344.2, established=1978, residents=30.0,
             age_shift=4, rural=0.10, firms=5.8, growth=0.94, price=8200,
             streets="松烟老街 铁炉冲 老窑 红砖 机床厂路 煤渡 工人村 南窑"),
    District(code="990106", name="锦渡区", kind="市辖区", area_km2=256.7, established=1996, residents=27.0,
             age_shift=-1, rural=0.18, firms=5.6, growth=1.10, price=10400,
             streets="锦渡口 织锦 染坊 绣庄 蚕桑 丝路桥 东锦 锦屏湾"),
    District(code="990107", name="青岫区", kind="市辖区", area_km2=688.3, established=2004, residents=22.0,
             age_shift=2, rural=0.38, firms=3.9, growth=1.08, price=7600,
             streets="青岫城关 茶亭 云脚 溪口坝 鹿鸣坪 岫南镇 石门槛镇 桃源垭镇"),
    District(code="990108", name="澜谷高新区", kind="功能区", area_km2=142.6, established=2010, residents=20.0,
             age_shift=-6, rural=0.04, firms=8.2, growth=1.28, price=15900,
             streets="创谷 数港 芯城 星图 未来湾 智谷东"),
    District(code="990109", name="鹭汀区", kind="市辖区", area_km2=31.8, established=2016, residents=3.2,
             age_shift=5, rural=0.20, firms=0.6, growth=1.02, price=9800,
             streets="鹭汀岛 沙洲 灯塔 渔港 盐场 观鸟滩"),
    District(code="990110", name="霁山县", kind="县", area_km2=1893.0, established=1952, residents=18.0,
             age_shift=5, rural=0.66, firms=2.4, growth=1.04, price=5600,
             streets="霁城镇 雪岭镇 云盘镇 石鼓岩镇 茶马镇 竹溪坳乡 鹰嘴乡 高坪寨乡"),
    District(code="990111", name="雾溪县", kind="县", area_km2=2210.4, established=1952, residents=15.0,
             age_shift=6, rural=0.70, firms=1.9, growth=1.01, price=4900,
             streets="雾城镇 溪源镇 木桥镇 花石滩镇 清水塘镇 南雾乡 青龙坳乡 药谷乡"),
    District(code="990112", name="砚田县", kind="县", area_km2=1577.2, established=1958, residents=12.0,
             age_shift=4, rural=0.63, firms=1.6, growth=1.05, price=4700,
             streets="砚城镇 墨池镇 田心镇 笔架山镇 稻香镇 耕读乡 沙田坝乡"),
)  # fmt: skip

DISTRICT_COUNT = len(DISTRICTS)
DISTRICT_CODES: Array = words([d.code for d in DISTRICTS])
DISTRICT_NAMES: Array = words([d.name for d in DISTRICTS])


def _streets() -> list[tuple[str, str, str, int]]:
    found = []
    for position, district in enumerate(DISTRICTS):
        for number, name in enumerate(district.streets.split(), start=1):
            kind = {"镇": "镇", "乡": "乡"}.get(name[-1], "街道")
            full = name if kind != "街道" else f"{name}街道"
            found.append((f"{district.code}{number:03d}", full, kind, position))
    return found


STREETS = tuple(_streets())
STREET_CODES: Array = words([s[0] for s in STREETS])
STREET_NAMES: Array = words([s[1] for s in STREETS])
_FIRST = np.array([next(i for i, s in enumerate(STREETS) if s[3] == d) for d in range(DISTRICT_COUNT)])
_NUMBER = np.array([sum(s[3] == d for s in STREETS) for d in range(DISTRICT_COUNT)])


def weights(field: str) -> Array:
    """A numeric field of every district, e.g. weights("residents")."""
    return np.array([float(getattr(d, field)) for d in DISTRICTS])


def streets_of(rng: np.random.Generator, districts: Array) -> Array:
    """A street position for each district position; the first streets of a district are the fuller ones."""
    skewed = rng.random(len(districts)) ** 1.5
    street: Array = _FIRST[districts] + (skewed * _NUMBER[districts]).astype(np.int64)
    return street


def dim_district() -> Columns:
    return {
        "district_code": DISTRICT_CODES,
        "district_name": DISTRICT_NAMES,
        "district_kind": words([d.kind for d in DISTRICTS]),
        "area_km2": weights("area_km2"),
        "established_year": np.array([d.established for d in DISTRICTS]),
    }


def dim_street() -> Columns:
    return {
        "street_code": STREET_CODES,
        "street_name": STREET_NAMES,
        "street_kind": words([s[2] for s in STREETS]),
        "district_code": DISTRICT_CODES[np.array([s[3] for s in STREETS])],
    }
