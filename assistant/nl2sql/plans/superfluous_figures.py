"""Words for a figure that only say whose another one is, or of which rows it is a part. Pure."""

from __future__ import annotations

from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.terms import Terms

_AROUND = ("要", "得", "需要", "的", "大概", "大约", "到底", "究竟", "从", "to", "a", "take", "takes", "does it")


def drop_owners(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """How many beds do hospitals have: the bare noun says whose beds, unless it is listed beside them with "and"."""
    for metric_id in terms.metrics[1:]:
        metric, at = model.metric_by_id[metric_id], terms.at[metric_id]
        others = [model.metric_by_id[other] for other in terms.metrics if other != metric_id]
        bare = tags[at].text.isascii() and " " not in tags[at].text and metric.expression == "count(*)"
        listed = any(tags[i].text in ("and", ",", "or") for i in (at - 1, at + 1) if 0 <= i < len(tags))
        if bare and not listed and not metric.where and any(other.entity == metric.entity for other in others):
            terms.metrics.remove(metric_id)


def drop_wider(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """未办结的热线工单: all rows of the figure are no second one, right behind the name of some of them."""
    for metric_id in terms.metrics[1:]:
        wide, at = model.metric_by_id[metric_id], terms.at[metric_id]
        before = next((one for one, index in terms.at.items() if index < at and _joined(tags[index + 1 : at])), None)
        narrow = model.metric_by_id[before] if before is not None and before in terms.metrics else None
        if narrow is None or wide.where or not narrow.where or narrow.is_ratio or wide.is_ratio:
            continue
        if (narrow.entity, narrow.expression, narrow.time) == (wide.entity, wide.expression, wide.time):
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


def _joined(between: tuple[Tag, ...]) -> bool:
    return len(between) <= 1 and all(tag.text in ("的", "of") for tag in between)
