"""Words for a figure that only say whose another one is, or of which rows it is a part. Pure."""

from __future__ import annotations

from itertools import pairwise

from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel
from assistant.nl2sql.plans.terms import Terms

_AROUND = ("要", "得", "需要", "的", "大概", "大约", "到底", "究竟", "从", "to", "a", "take", "takes", "does it")
_OUT_OF = ("中", "里", "里面", "当中", "之中", "中间")


def drop_owners(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """How many beds do hospitals have: the bare noun says whose beds, unless it is listed beside them with "and"."""
    for metric_id in terms.metrics[1:]:
        metric, at = model.metric_by_id[metric_id], terms.at[metric_id]
        others = [model.metric_by_id[other] for other in terms.metrics if other != metric_id]
        bare = tags[at].text.isascii() and " " not in tags[at].text and metric.expression == "count(*)"
        listed = any(tags[i].text in ("and", ",", "or") for i in (at - 1, at + 1) if 0 <= i < len(tags))
        if bare and not listed and not metric.where and any(other.entity == metric.entity for other in others):
            terms.metrics.remove(metric_id)


def drop_whole(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """热线工单中尚未办结的件数: the rows out of which some are asked for are not counted, too."""
    for wide_id, narrow_id in pairwise(tuple(terms.metrics)):
        wide, narrow = model.metric_by_id[wide_id], model.metric_by_id[narrow_id]
        between = tags[terms.at[wide_id] + 1 : terms.at[narrow_id]]
        taken = bool(between) and all(tag.text in (*_OUT_OF, "的", "尚", "还", "仍") for tag in between)
        if taken and any(tag.text in _OUT_OF for tag in between) and _is_part(narrow, wide):
            terms.metrics.remove(wide_id)
            terms.links = [link for link in terms.links if link.target != wide_id]


def drop_wider(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """未办结的热线工单: all rows of the figure are no second one, right behind the name of some of them."""
    for metric_id in terms.metrics[1:]:
        wide, at = model.metric_by_id[metric_id], terms.at[metric_id]
        before = next((one for one, index in terms.at.items() if index < at and _joined(tags[index + 1 : at])), None)
        narrow = model.metric_by_id[before] if before is not None and before in terms.metrics else None
        if narrow is not None and _is_part(narrow, wide):
            terms.metrics.remove(metric_id)


def drop_counted(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """办一个工单大概多久: the rows of a mean that is named behind them are not counted, too."""
    for metric_id in terms.metrics[:-1]:
        one, at = model.metric_by_id[metric_id], terms.at[metric_id]
        if one.expression != "count(*)" or one.where:
            continue
        for other in terms.metrics:
            mean, behind = model.metric_by_id[other], terms.at[other]
            if mean.entity == one.entity and mean.expression.startswith("avg(") and at < behind:
                between = tags[at + 1 : behind]
                if all(tag.text in _AROUND or tag.is_operator("mean") for tag in between):
                    terms.metrics.remove(metric_id)
                    terms.links = [link for link in terms.links if link.target != metric_id]
                    break


def _is_part(narrow: Metric, wide: Metric) -> bool:
    """The same count, of some of the rows."""
    if wide.where or not narrow.where or narrow.is_ratio or wide.is_ratio:
        return False
    return (narrow.entity, narrow.expression, narrow.time) == (wide.entity, wide.expression, wide.time)


def _joined(between: tuple[Tag, ...]) -> bool:
    return len(between) <= 1 and all(tag.text in ("的", "of") for tag in between)
