"""From the tags of a question to metrics, dimensions and filters: which sense of a word is meant."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.domain import Link, LinkStrength, PlanFilter
from assistant.nl2sql.join_paths import path, reaches
from assistant.nl2sql.lexicon import Sense, Tag
from assistant.nl2sql.narrowing import in_a_name, is_what_is_counted, narrowed
from assistant.nl2sql.semantic_model import Ambiguity, Dimension, Metric, SemanticModel
from assistant.nl2sql.value_metrics import contradicts, defined_by
from assistant.nl2sql.values import IndexedValue

_NEAR = 2  # tags between a value and the dimension word that merely names it


@dataclass(slots=True)
class Terms:
    """What the words of a question stand for. Filled step by step by read_terms."""

    metrics: list[str] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)  # metric -> index of its tag
    ambiguity: Ambiguity | None = None
    ambiguous_text: str = ""
    dimensions: list[str] = field(default_factory=list)
    dimension_at: dict[int, str] = field(default_factory=dict)  # tag index -> dimension, grouped or not
    filters: list[PlanFilter] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    misfit: tuple[str, str] | None = None  # (words, dimension) that the metrics cannot be split or filtered by
    absent: list[str] = field(default_factory=list)  # metrics that must be zero
    stated: list[str] = field(default_factory=list)  # default readings that were taken
    context: tuple[str, ...] = ()  # metrics of the question before, where this one names none
    defining: frozenset[int] = frozenset()  # tags that named a metric without being its name: they filter nothing

    @property
    def subjects(self) -> tuple[str, ...]:
        """The metrics that the other words are about."""
        return tuple(self.metrics) or self.context


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
        _read_metrics(tags, model, terms)
    _read_absence(tags, terms)
    _read_dimensions(tags, model, terms)
    _read_values(tags, model, terms)
    return terms


def link_of(tag: Tag, target: str, kind: str) -> Link:
    return Link(span=tag.text, target=target, kind=kind, strength=tag.strength, score=round(tag.score, 3))  # type: ignore[arg-type]


def implied_link(tag: Tag, metric: str) -> Link:
    """A metric that the words do not name but imply: said in the interpretation, and less certain."""
    return Link(span=tag.text, target=metric, kind="metric", strength=LinkStrength.FUZZY, score=0.95)


def _read_metrics(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    for index, tag in enumerate(tags):
        found = tag.of("metric")
        if found and not _is_rather_a_value(index, tags, model) and not _is_bounded(index, tags, model):
            for sense in found[:1]:
                terms.at.setdefault(sense.target, index)
                if sense.target not in terms.metrics:
                    terms.metrics.append(sense.target)
                    terms.links.append(link_of(tag, sense.target, "metric"))
    _drop_owners(tags, model, terms)
    if terms.metrics:
        return
    for index, tag in enumerate(tags):
        for sense in tag.of("readings"):
            ambiguity = model.ambiguities[int(sense.target)]
            settled = any(word in other.text for word in ambiguity.beside for other in tags)
            default = ambiguity.readings[0] if settled else ambiguity.default or narrowed(ambiguity, tags, model)
            if default:
                terms.metrics.append(default)
                terms.at[default] = index
                terms.links.append(link_of(tag, default, "metric"))
                terms.stated.append(default)
            else:
                terms.ambiguity, terms.ambiguous_text = ambiguity, tag.text
            return


def _drop_owners(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """How many beds do hospitals have: the bare noun says whose beds, unless it is listed beside them with "and"."""
    for metric_id in terms.metrics[1:]:
        metric, at = model.metric_by_id[metric_id], terms.at[metric_id]
        others = [model.metric_by_id[other] for other in terms.metrics if other != metric_id]
        bare = tags[at].text.isascii() and " " not in tags[at].text and metric.expression == "count(*)"
        listed = any(tags[i].text in ("and", ",", "or") for i in (at - 1, at + 1) if 0 <= i < len(tags))
        if bare and not listed and not metric.where and any(other.entity == metric.entity for other in others):
            terms.metrics.remove(metric_id)


def _is_bounded(index: int, tags: tuple[Tag, ...], model: SemanticModel) -> bool:
    """注册资本超过1000万元的新设企业数: the amount bounds the rows of another metric, it is not counted itself."""
    numeric = any(model.dimension_by_id[s.target].kind == "number" for s in tags[index].of("dimension"))
    following = next((tag for tag in tags[index + 1 :] if not tag.is_filler), None)
    if not numeric or following is None or not following.is_operator("gt", "ge", "lt", "le"):
        return False
    return any(tag.of("metric") or tag.of("readings") for at, tag in enumerate(tags) if at != index)


def _is_rather_a_value(index: int, tags: tuple[Tag, ...], model: SemanticModel) -> bool:
    """罚款类行政处罚数: 罚款 is a kind of penalty there, because a metric of the same table follows."""
    values = tags[index].of("value")
    if not values:
        return False
    for other in tags[index + 1 : index + 4]:
        for sense in other.of("metric"):
            metric = model.metric_by_id[sense.target]
            dimensions = [model.dimension_by_id[value.target] for value in values]
            if not other.of("value") and any(reaches(model, metric, d) for d in dimensions):
                return True
    return False


def _read_absence(tags: tuple[Tag, ...], terms: Terms) -> None:
    """没有热线工单的街道: the metric right after the word is the one that must be missing."""
    for index, tag in enumerate(tags):
        if not tag.is_operator("absent"):
            continue
        following = next((i for i in range(index + 1, len(tags)) if not tags[i].is_filler), None)
        metric = next((m for m, at in terms.at.items() if at == following), None)
        if metric is not None:
            terms.absent.append(metric)


def simple_metrics(terms: Terms, model: SemanticModel) -> tuple[Metric, ...]:
    return tuple(model.metric_by_id[metric] for metric in terms.subjects)


def pick_dimension(senses: tuple[Sense, ...], metrics: tuple[Metric, ...], model: SemanticModel) -> Dimension | None:
    """The dimension that all metrics reach, nearest to the first one; None where none does."""
    candidates = [model.dimension_by_id[sense.target] for sense in senses]
    fitting = [d for d in candidates if all(reaches(model, metric, d) for metric in metrics)]
    if not fitting or not metrics:
        return None
    base = model.parts(metrics[0].id)[0].entity
    return min(fitting, key=lambda d: len(path(model, base, d.table) or ()))


def _read_dimensions(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    metrics = simple_metrics(terms, model)
    for index, tag in enumerate(tags):
        senses = tag.of("dimension")
        if not senses or _names_a_metric(index, tag, terms):
            continue
        chosen = pick_dimension(senses, metrics, model)
        if chosen is None:
            if metrics and not _is_guess(tag) and not _names_a_value(index, tags, frozenset(s.target for s in senses)):
                terms.misfit = terms.misfit or (tag.text, senses[0].target)
            continue
        terms.dimension_at[index] = chosen.id
        if chosen.kind == "number":
            continue
        if chosen.kind == "age":
            banded = next((d for d in model.dimensions if d.kind == "band" and d.column == chosen.column), None)
            if banded is None or not _is_marked(index, tags):
                continue
            chosen = banded
        if not _is_marked(index, tags) and _names_a_value(index, tags, frozenset({chosen.id})):
            continue
        if is_what_is_counted(index, tags, metrics):
            continue
        if chosen.id not in terms.dimensions:
            terms.dimensions.append(chosen.id)
            terms.links.append(link_of(tag, chosen.id, "dimension"))


def _names_a_metric(index: int, tag: Tag, terms: Terms) -> bool:
    return index in terms.defining or any(sense.target in terms.metrics for sense in tag.of("metric"))


def _is_guess(tag: Tag) -> bool:
    """A misspelt word that might mean a value, of which the metric knows nothing: then it was no misspelling."""
    return tag.strength is not LinkStrength.EXACT


def _is_marked(index: int, tags: tuple[Tag, ...]) -> bool:
    """各, 按, 每个, which, by … before the word, or 拆开 after it."""
    before = [tag for tag in tags[max(0, index - 2) : index] if not tag.is_filler and tag.number is None]
    after = [tag for tag in tags[index + 1 : index + 3] if not tag.is_filler]
    return bool(before and before[-1].is_operator("each", "which")) or bool(after and after[0].is_operator("split"))


def _names_a_value(index: int, tags: tuple[Tag, ...], dimensions: frozenset[str]) -> bool:
    """渠道为微信, 临江区辖区: a value of the same dimension stands beside the word."""
    window = range(max(0, index - _NEAR), min(len(tags), index + _NEAR + 1))
    return any(sense.target in dimensions for i in window if i != index for sense in tags[i].of("value"))


def _read_values(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    metrics = simple_metrics(terms, model)
    chosen: dict[str, list[tuple[IndexedValue, bool]]] = {}
    for index, tag in enumerate(tags):
        senses = tag.of("value")
        if not senses or _names_a_metric(index, tag, terms):
            continue
        dimension = _pick_value_dimension(index, senses, metrics, model, terms)
        if dimension is None:
            other = tag.of("readings") or tag.of("entity") or tag.of("filler")
            if metrics and not other and not _is_guess(tag) and not in_a_name(tag.text, metrics):
                terms.misfit = terms.misfit or (tag.text, senses[0].target)
            continue
        value = next(s.value for s in senses if s.target == dimension.id and s.value is not None)
        chosen.setdefault(dimension.id, []).append((value, _is_excluded(index, tags)))
        terms.links.append(link_of(tag, f"{dimension.id}={value.label}", "value"))
    total = any(tag.is_operator("total") for tag in tags)
    for dimension_id, pairs in chosen.items():
        if not _means_other_metric(dimension_id, pairs, model, terms):
            _add_filter(dimension_id, pairs, total, terms)


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
    index: int, senses: tuple[Sense, ...], metrics: tuple[Metric, ...], model: SemanticModel, terms: Terms
) -> Dimension | None:
    """The dimension named beside the value, else the nearest one that the metrics reach."""
    named = [
        dimension
        for at, dimension in terms.dimension_at.items()
        if abs(at - index) <= _NEAR and any(sense.target == dimension for sense in senses)
    ]
    if named:
        return model.dimension_by_id[named[0]]
    return pick_dimension(senses, metrics, model)


def _is_excluded(index: int, tags: tuple[Tag, ...]) -> bool:
    for tag in reversed(tags[:index]):
        if tag.is_operator("except"):
            return True
        if not (tag.of("value") or tag.is_filler or not tag.content):
            break
    for tag in tags[index + 1 :]:
        if tag.is_operator("except_after"):
            return True
        if not (tag.of("value") or tag.is_filler or not tag.content):
            break
    return False


def _add_filter(dimension: str, pairs: list[tuple[IndexedValue, bool]], total: bool, terms: Terms) -> None:
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
        if len(values) > 1 and not excluded and not total and dimension not in terms.dimensions:
            terms.dimensions.append(dimension)  # 临江区和澜湾区的…: one figure each


def strength_of(links: list[Link]) -> float:
    """The weakest link, 0-1."""
    weak = {LinkStrength.EXACT: 1.0, LinkStrength.FUZZY: 0.85, LinkStrength.EMBEDDING: 0.6}
    return min((link.score * weak[link.strength] for link in links), default=0.0)
