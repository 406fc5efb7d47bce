"""Which stored values may be written into a draft: codes that stand for a kind of thing, never what may be a person's.

The draft lies in a folder that nobody has classified yet, so everything here errs on the side of writing nothing: one
doubtful value keeps the whole column out. A steward can still write a code list by hand.
"""

from __future__ import annotations

import re

from assistant.domain import ColumnRole
from assistant.harvest.structure import MOST_CODES
from assistant.policies.column_evidence import column_evidence
from assistant.policies.identifiers import scan
from assistant.policies.mentions import may_be_name
from assistant.warehouse.sources import Source, SourceColumn
from assistant.warehouse.sources import quoted_name as quoted

MIN_ROWS = 5  # rows that hold a value; a value of fewer says something of single rows
_LONG = 16  # characters of a code
_PERSONAL = re.compile(
    r"name|person|contact|phone|mobile|tel|mail|addr|birth|card|passport|plate|account|user|owner|operator|doctor|"
    r"patient|staff|teacher|officer|applicant|religion|ethnic|diagnos|disease|illness|party|political|salary|income|"
    r"姓名|名字|联系|电话|手机|邮箱|住址|地址|出生|生日|证件|身份|护照|车牌|账号|账户|经办|户主|业主|"
    r"负责|医生|医师|患者|员工|教师|申请人|当事人|宗教|民族|诊断|疾病|病种|党派|政治面貌|收入|工资|"
    r"xingming|dianhua|shouji|dizhi|shenfenzheng|lianxi",
    re.IGNORECASE,
)
_CODE = re.compile(r"[A-Za-z0-9_\-]{1,8}|[\u4e00-\u9fffA-Za-z0-9（）()、/\-]{1,16}")
_NUMBER = re.compile(r"\d{7,}")
_SAID_TO_BE_CODED = re.compile(
    r"status|state|type|kind|category|class|level|grade|flag|mode|method|channel|source|stage|result|"
    r"状态|类型|类别|种类|分类|级别|等级|标志|方式|渠道|来源|阶段|结果|性质|是否",
    re.IGNORECASE,
)


def careful_codes(source: Source, table: str, column: SourceColumn) -> tuple[str, ...]:
    """The values of a text column, sorted, where all of them may be written down; () otherwise."""
    hint = f"{column.name} {column.comment}"
    if column.key or _PERSONAL.search(hint):
        return ()
    name, of = quoted(column.name), quoted(table)
    few = source.rows(f"select distinct {name} from {of} where {name} is not null limit {MOST_CODES + 1}")
    if not 0 < len(few) <= MOST_CODES:
        return ()
    counted = source.rows(f"select {name}, count(*) from {of} where {name} is not null group by {name}")
    values = {str(value): int(count) for value, count in counted}
    return tuple(sorted(values)) if may_be_written(values, hint) else ()


def may_be_written(values: dict[str, int], hint: str) -> bool:
    """Whether {value: rows} are plainly codes. `hint`: what the column is called, with its comment.

    >>> may_be_written({"已办结": 900, "办理中": 80}, "status"), may_be_written({"张伟": 50, "李娜": 40}, "clerk")
    (True, False)
    """
    if not values or min(values.values()) < MIN_ROWS or _PERSONAL.search(hint):
        return False
    if any(len(value) > _LONG or not _CODE.fullmatch(value) or _NUMBER.search(value) for value in values):
        return False
    if any(scan(value, hint=hint) for value in values):
        return False
    if not _SAID_TO_BE_CODED.search(hint) and any(_like_a_name(value) for value in values):
        return False
    repeated = [value for value, rows in values.items() for _ in range(min(rows, MIN_ROWS))]
    return all(one.role is ColumnRole.NEUTRAL for one in column_evidence(repeated, name=hint))


def _like_a_name(value: str) -> bool:
    return may_be_name(value) and not (value.isascii() and len(value) <= 2)
