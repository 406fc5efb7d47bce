"""From the tags of a question to metrics, dimensions and filters: which sense of a word is meant."""

from __future__ import annotations

from assistant.domain import PlanFilter
from assistant.nl2sql.plans.asked_groups import (
    NEAR,
    group_winners,
    in_its_part,
    is_guess,
    names_a_metric,
    pick_dimension,
    read_dimensions,
    rivals_of,
)
from assistant.nl2sql.plans.asked_metrics import read_metrics
from assistant.nl2sql.plans.denials import read_absence
from assistant.nl2sql.plans.join_paths import reaches
from assistant.nl2sql.plans.lexicon import Sense, Tag
from assistant.nl2sql.plans.narrowing import in_a_name
from assistant.nl2sql.plans.semantic_model import Dimension, Metric, SemanticModel
from assistant.nl2sql.plans.terms import Terms, implied_link, link_of, simple_metrics
from assistant.nl2sql.plans.value_metrics import contradicts, defined_by
from assistant.nl2sql.plans.values import IndexedValue


def read_terms(
    tags: tuple[Tag, ...],
    model: SemanticModel,
    context: tuple[str, ...] = (),
    given: tuple[tuple[str, int], ...] = (),
) -> Terms:
    """`context`: metrics that decide the sense of the words where the question names none itself.

    `given`: (metric, tag index) of metrics that the words imply; the tags that imply them split and filter nothing.
    """
    terms = Terms(context=context)
    if given:
        terms.at = dict(given)
        terms.metrics = list(terms.at)
        terms.links = [implied_link(tags[index], metric) for metric, index in given]
        terms.defining = frozenset(index for _, index in given)
    else:
        read_metrics(tags, model, terms)
    read_absence(tags, model, terms)
    read_dimensions(tags, model, terms)
    _read_values(tags, model, terms)
    group_winners(tags, model, terms)
    _split_within(model, terms)
    return terms


def _split_within(model: SemanticModel, terms: Terms) -> None:
    """制造业各行业: the parts of the one that is named, where the model knows parts of it."""
    single = {item.dimension for item in terms.filters if item.op == "in" and len(item.values) == 1}
    metrics = simple_metrics(terms, model)
    for at, name in enumerate(terms.dimensions):
        inner = next((one for one in model.dimensions if one.parent == name), None)
        if name not in single or inner is None or inner.id in (*terms.dimensions, *single) or inner.code == "":
            continue
        if all(reaches(model, metric, inner) for metric in metrics):
            terms.dimensions[at] = inner.id


def _read_values(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    metrics = simple_metrics(terms, model)
    chosen: dict[str, list[tuple[IndexedValue, bool]]] = {}
    together: set[tuple[str, object]] = set()  # 小微: one word for several values, no wish to see them apart
    for index, tag in enumerate(tags):
        senses = tag.of("value")
        if not senses or names_a_metric(index, tag, terms) or is_rather_a_verb(index, tags):
            continue
        dimension = _pick_value_dimension(index, tags, senses, metrics, model, terms)
        if dimension is None:
            other = tag.of("readings") or tag.of("entity") or tag.of("filler")
            if metrics and not other and not is_guess(tag) and not in_a_name(tag.text, metrics):
                terms.misfit = terms.misfit or (tag.text, senses[0].target)
            continue
        meant = [s.value for s in senses if s.target == dimension.id and s.value is not None]
        out = _is_excluded(index, tags)
        chosen.setdefault(dimension.id, []).extend((value, out) for value in meant)
        together |= {(dimension.id, value.code) for value in meant if len(meant) > 1}
        terms.links += [link_of(tag, f"{dimension.id}={value.label}", "value") for value in meant]
    total = any(tag.is_operator("total") for tag in tags) or _are_alternatives(tags)
    for dimension_id, pairs in chosen.items():
        if not _means_other_metric(dimension_id, pairs, model, terms):
            apart = not total and any((dimension_id, value.code) not in together for value, out in pairs if not out)
            _add_filter(dimension_id, pairs, apart, terms)


def is_rather_a_verb(index: int, tags: tuple[Tag, ...]) -> bool:
    """How long does it take to resolve them: no tickets of the state Resolved, which the word is only like."""
    return is_guess(tags[index]) and index > 0 and tags[index - 1].text == "to"


def _are_alternatives(tags: tuple[Tag, ...]) -> bool:
    """divorced or widowed, 离异或丧偶的: one figure of both, where nothing sets them against each other."""
    if any(tag.is_operator("which", "each", "compare", "most", "least", "descending", "ascending", "gap", "times")
           for tag in tags):  # fmt: skip
        return False
    places = [index for index, tag in enumerate(tags) if tag.text in ("or", "或", "或者")]
    return any(0 < at < len(tags) - 1 and tags[at - 1].of("value") and tags[at + 1].of("value") for at in places)


def _means_other_metric(
    dimension: str, pairs: list[tuple[IndexedValue, bool]], model: SemanticModel, terms: Terms
) -> bool:
    """出生 after a question about deaths, or beside it, is the metric births: deaths of that type do not exist."""
    codes = tuple(value.code for value, excluded in pairs if not excluded)
    subjects = [model.metric_by_id[metric] for metric in terms.subjects]
    if not codes or not any(contradicts(metric, dimension, codes, model) for metric in subjects):
        return False
    found = [named[0].id for code in codes if (named := defined_by(dimension, code, model))]
    if len(found) < len(codes):
        terms.misfit = terms.misfit or (pairs[0][0].label, dimension)
        return True
    kept = [m.id for m in subjects if not contradicts(m, dimension, codes, model)] if not terms.metrics else []
    named_too = [metric for metric in terms.metrics if metric not in terms.stated]
    terms.metrics = list(dict.fromkeys([*named_too, *kept, *found]))
    return True


def _pick_value_dimension(
    index: int,
    tags: tuple[Tag, ...],
    senses: tuple[Sense, ...],
    metrics: tuple[Metric, ...],
    model: SemanticModel,
    terms: Terms,
) -> Dimension | None:
    """The dimension named beside the value, else the nearest one that the metrics reach."""
    named = [
        dimension
        for at, dimension in terms.dimension_at.items()
        if abs(at - index) <= NEAR and any(sense.target == dimension for sense in senses)
    ]
    if named:
        return model.dimension_by_id[named[0]]
    chosen = pick_dimension(senses, metrics, model, tags)
    candidates = [model.dimension_by_id[sense.target] for sense in senses]
    rivals = rivals_of(chosen, candidates) if chosen is not None else []
    if len(rivals) > 1 and in_its_part(rivals, tags) is None:
        terms.parts = terms.parts or (tags[index].text, tuple(one.id for one in rivals))
    return chosen


def _is_excluded(index: int, tags: tuple[Tag, ...]) -> bool:
    for tag in reversed(tags[:index]):
        if tag.is_operator("except"):
            return True
        if not (tag.of("value") or tag.is_filler or not tag.content):
            break
    for at, tag in enumerate(tags[index + 1 :], index + 1):
        if tag.is_operator("except_after"):
            return not (tag.is_operator("except") and _value_follows(at, tags))  # 制造业，去掉雾溪县
        if not (tag.of("value") or tag.is_filler or not tag.content):
            break
    return False


def _value_follows(index: int, tags: tuple[Tag, ...]) -> bool:
    following = next((tag for tag in tags[index + 1 :] if not tag.is_filler), None)
    return following is not None and bool(following.of("value"))


def _add_filter(dimension: str, pairs: list[tuple[IndexedValue, bool]], apart: bool, terms: Terms) -> None:
    for excluded in (False, True):
        values = list(dict.fromkeys(value for value, out in pairs if out is excluded))
        if not values:
            continue
        values.sort(key=lambda value: str(value.code))
        terms.filters.append(
            PlanFilter(
                dimension=dimension,
                op="not_in" if excluded else "in",
                values=tuple(value.code for value in values),
                labels=tuple(value.label for value in values),
            )
        )
        if len(values) > 1 and not excluded and apart and dimension not in terms.dimensions:
            terms.dimensions.append(dimension)  # 临江区和澜湾区的…: one figure each
