"""A catalog of any size, made up: what a province registers, by its shape and not by its content. Pure, seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.domain import CatalogResource, DataElement, Level, OpenType, SharingType


def _words(*lines: str) -> list[str]:
    return [word for line in lines for word in line.split()]


_PLACES = _words("东 西 南 北 中 上 下 新 老 大 小 长 平 安 宁 和 清 明 永 兴")
_UNITS = _words("市 区 县 镇 街道")
_OFFICES = _words(
    "民政局 公安局 卫生健康委 教育局 人力资源社会保障局 自然资源局 生态环境局 住房城乡建设局 交通运输局 水务局",
    "农业农村局 商务局 文化旅游局 应急管理局 市场监督管理局 统计局 医疗保障局 城市管理局 税务局 司法局",
)
_SUBJECTS = _words(
    "企业 法人 个体工商户 居民 学生 教师 医师 患者 低保对象 残疾人 老年人 车辆 船舶 道路 桥梁 河流 水库 林地 耕地",
    "房屋 建筑工程 食品 药品 医疗器械 特种设备 排污口 监测站点 学校 医院 养老机构 社会组织 社区 公园 停车场",
    "公交线路 投诉 案件 合同 证照 档案",
)
_MATTERS = _words(
    "登记 许可 备案 处罚 检查 监测 统计 年报 变更 注销 名录 信用 补贴 缴费 投诉 评估 巡查 资质 培训 招标 采购 审批",
    "公示 台账 普查",
)
_ITEMS = _words(
    "名称 代码 类别 状态 地址 所属区划 负责人 联系方式 登记日期 有效期 金额 数量 面积 等级 编号 来源 备注 经办部门",
    "更新时间 审核意见 用途 规模 比例 原因 结果",
)
_CYCLES = ("每日", "每周", "每月", "每季度", "每年", "不定期")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCatalog:
    """`resources` of them with `items` data items in all, spread evenly; the same numbers give the same catalog."""

    count: int
    items: int
    seed: int = 7
    resources: tuple[CatalogResource, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "resources", tuple(_resources(self.count, self.items, random.Random(self.seed))))


def questions(catalog: MadeCatalog, count: int, seed: int = 11) -> tuple[str, ...]:
    """What one would type to find some of its resources and items: by subject, by provider, by code, by item."""
    chance = random.Random(seed)
    forms = (
        lambda one: f"{one.name}在哪里",
        lambda one: f"{one.provider}有哪些{one.category}数据",
        lambda one: f"{one.resource_id}是什么",
        lambda one: f"哪些目录含有{chance.choice(one.elements).name}",
        lambda one: f"{one.category}的{chance.choice(_MATTERS)}情况多久更新一次",
    )
    return tuple(forms[at % len(forms)](chance.choice(catalog.resources)) for at in range(count))


def _resources(count: int, items: int, chance: random.Random) -> Iterator[CatalogResource]:
    for number in range(count):
        subject, matter = chance.choice(_SUBJECTS), chance.choice(_MATTERS)
        place = "".join(chance.sample(_PLACES, 2)) + chance.choice(_UNITS)
        office = place + chance.choice(_OFFICES)
        name = f"{place}{subject}{matter}信息"
        size = items // count + (number < items % count)
        identity = f"{330000 + number % 1000}-{number:06d}"
        shared = chance.choice((SharingType.UNCONDITIONAL, SharingType.CONDITIONAL, SharingType.NOT_SHARED))
        yield CatalogResource(
            resource_id=identity,
            name=name,
            category=subject,
            provider=office,
            abstract=f"{office}在{subject}{matter}工作中形成的信息，含{subject}的{chance.choice(_ITEMS)}等。",
            sharing_type=shared,
            open_type=chance.choice((OpenType.UNCONDITIONAL, OpenType.NOT_OPEN)),
            update_cycle=chance.choice(_CYCLES),
            level=Level.G2 if chance.random() < 0.7 else Level.G3,
            elements=tuple(_elements(identity, subject, matter, size, chance)),
        )


def _elements(identity: str, subject: str, matter: str, size: int, chance: random.Random) -> Iterator[DataElement]:
    for place in range(size):
        name = f"{subject if place % 2 else matter}{_ITEMS[place % len(_ITEMS)]}"
        yield DataElement(
            element_id=f"{identity}.{place}",
            name=name,
            column=f"c{place}",
            description=f"{subject}{matter}时登记的{name}{chance.randrange(1000)}",
        )
