"""没有…的: which figure is denied, and what is counted without it. Pure."""

from __future__ import annotations

from assistant.nl2sql.plans.join_paths import path
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.terms import Terms, implied_link, link_of


def read_absence(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """没有热线工单的街道: the metric right after the word is the one that must be missing."""
    _name_rows_denied(tags, model, terms)
    _read_denials(tags, terms)
    _count_those_without(tags, model, terms)


def _name_rows_denied(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """没有信用评价记录的企业: rows with several figures; each of them is missing where the rows are."""
    for index, tag in enumerate(tags):
        if not tag.is_operator("absent") or len(terms.metrics) != 1:
            continue
        following = next((at for at in range(index + 1, len(tags)) if not tags[at].is_filler), None)
        said = tags[following].of("readings") if following is not None else ()
        if following is None or not said or tags[following].of("metric") or following in terms.at.values():
            continue
        readings = [model.metric_by_id[one] for one in model.ambiguities[int(said[0].target)].readings]
        counted = [one for one in readings if one.expression.startswith("count(")] or readings
        own = model.parts(terms.metrics[0])[0].entity
        if counted[0].entity and counted[0].entity != own and path(model, counted[0].entity, own) is not None:
            terms.metrics.append(counted[0].id)
            terms.at[counted[0].id] = following
            terms.links.append(implied_link(tags[following], counted[0].id))


def _count_those_without(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """没有行政处罚的企业有多少, companies without penalties: the units are counted, by the first figure of them."""
    if len(terms.metrics) != 1 or terms.absent != terms.metrics:
        return
    denied = model.parts(terms.metrics[0])[0].entity
    for index, tag in enumerate(tags):
        for sense in tag.of("readings"):
            unit = model.metric_by_id[model.ambiguities[int(sense.target)].readings[0]]
            if unit.entity and unit.entity != denied and path(model, denied, unit.entity) is not None:
                terms.metrics.append(unit.id)
                terms.at[unit.id] = index
                terms.links.append(link_of(tag, unit.id, "metric"))
                terms.stated.append(unit.id)
                return
    _count_units_denied(tags, model, terms)


def _count_units_denied(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """没有受过处罚的企业有多少: the name of the denied figure ends with what is counted. Not 没有被罚企业的区."""
    denied = terms.metrics[0]
    index = terms.at[denied]
    following = next((tag for tag in tags[index + 1 :] if not tag.is_filler), None)
    if tags[index].text.isascii() or (following is not None and following.of("dimension")):
        return
    if any(tag.is_operator("which") for tag in tags[:index]):
        return  # 哪些街道没有被罚的企业
    for ambiguity in model.ambiguities:
        unit = model.metric_by_id[ambiguity.readings[0]]
        own = model.parts(denied)[0].entity
        joined = unit.entity not in ("", own) and path(model, own, unit.entity) is not None
        if joined and tags[index].text.endswith(tuple(normalise(one) for one in ambiguity.words)):
            terms.metrics.append(unit.id)
            terms.at[unit.id] = index + 1
            terms.stated.append(unit.id)
            terms.links.append(implied_link(tags[index], unit.id))
            return


def _read_denials(tags: tuple[Tag, ...], terms: Terms) -> None:
    for index, tag in enumerate(tags):
        if not tag.is_operator("absent"):
            continue
        rest = [i for i in range(index + 1, len(tags)) if not tags[i].is_filler]
        following = next((i for i in rest if not tags[i].of("value") or i in terms.at.values()), None)
        metric = next((m for m, at in terms.at.items() if at == following), None)
        if metric is None and len(terms.subjects) == 1 and rest and tags[rest[0]].of("value"):
            own = terms.at.get(terms.subjects[0], rest[0]) == rest[0]  # 没有噪音扰民的街道, 没有三级医院的区: implied
            metric = terms.subjects[0] if own else None
        if metric is not None:
            terms.absent.append(metric)
