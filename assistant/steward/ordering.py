"""What rows are ordered by: 最多, the highest, 发布日期最晚, 最久没更新. Pure."""

from __future__ import annotations

from assistant.steward.draft import Draft
from assistant.steward.fields import GROUPABLE, SIZED
from assistant.steward.finishing import DAYS, RANKED
from assistant.steward.phrases import Tag
from assistant.steward.surroundings import Surroundings

_OWN = {
    "oldest": ("updated_on", "asc"),
    "newest": ("updated_on", "desc"),
    "fullest": ("completeness", "desc"),
    "barest": ("completeness", "asc"),
    "timeliest": ("timely_rate", "desc"),
    "tardiest": ("timely_rate", "asc"),
    "oldest_issue": ("published_on", "asc"),
    "newest_issue": ("published_on", "desc"),
}
_DOWN, _UP = ("most", "latest"), ("least", "earliest")
ORDERING = (*_DOWN, *_UP, *_OWN)


def order_by(draft: Draft, around: Surroundings, place: int, *, tag: Tag, day: str, number: str) -> None:
    """Set the draft's order. `day`: the field named last in the clause, `number`: the measure named last."""
    direction = "desc" if tag.cue(*_DOWN) else "asc"
    if day in DAYS and tag.cue(*_DOWN, *_UP):
        draft.order = (day, direction)  # 更新时间倒序, 发布日期最晚, 级别最高
    elif day in SIZED and tag.text in ("最长", "最短", "longest", "shortest"):
        draft.order = (f"{day}_size", direction)
    elif day in GROUPABLE and day not in RANKED[:2] and around.field_right_before(place) and tag.cue("most", "least"):
        draft.ignored.append(tag.text)  # 责任处室最多的部门: how many different ones is not counted
    elif tag.cue("most", "least"):
        draft.order = _superlative(around, place, number, direction)
    elif tag.cue(*_OWN):
        draft.order = next(_OWN[one.id] for one in tag.signs if one.id in _OWN)
    else:
        draft.ignored.append(tag.text)


def _superlative(around: Surroundings, place: int, number: str, direction: str) -> tuple[str, str]:
    """最多 speaks of the measure named before it in the clause, else of the next one, else of the count."""
    name = "" if number == "count" else number
    if not name and around.after_provider(place) and (around.counts_items(place) or around.ranks_other(place)):
        return ("departments", direction)  # 采集部门最多的数据项, 提供部门最多的分类
    ahead = [tag.sign("measure") for tag in around.rest(place)]
    name = name or next((sign.id for sign in ahead if sign is not None), "")
    if not name and around.element_near(place):
        name = "items"
    if name == "items" and not around.element_is_counted(place):
        name = ""
    return (name or "count", direction)
