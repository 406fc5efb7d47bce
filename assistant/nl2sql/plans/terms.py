"""What the words of a question stand for: metrics, dimensions, filters, and how surely each was linked."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.domain import Link, LinkStrength, PlanFilter
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.semantic_model import Ambiguity, Metric, SemanticModel


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
    parts: tuple[str, tuple[str, ...]] | None = None  # (words, dimensions) that a value may belong to, all of one table
    absent: list[str] = field(default_factory=list)  # metrics that must be zero
    stated: list[str] = field(default_factory=list)  # default readings that were taken
    context: tuple[str, ...] = ()  # metrics of the question before, where this one names none
    defining: frozenset[int] = frozenset()  # tags that named a metric without being its name: they filter nothing

    @property
    def subjects(self) -> tuple[str, ...]:
        """The metrics that the other words are about."""
        return tuple(self.metrics) or self.context


def simple_metrics(terms: Terms, model: SemanticModel) -> tuple[Metric, ...]:
    return tuple(model.metric_by_id[metric] for metric in terms.subjects)


def link_of(tag: Tag, target: str, kind: str) -> Link:
    return Link(span=tag.text, target=target, kind=kind, strength=tag.strength, score=round(tag.score, 3))  # type: ignore[arg-type]


def implied_link(tag: Tag, metric: str) -> Link:
    """A metric that the words do not name but imply: said in the interpretation, and less certain."""
    return Link(span=tag.text, target=metric, kind="metric", strength=LinkStrength.FUZZY, score=0.95)


def implied_dimension(tag: Tag, dimension: str) -> Link:
    """A split that the words imply: the kind of what is to win."""
    return Link(span=tag.text, target=dimension, kind="dimension", strength=LinkStrength.FUZZY, score=0.95)


def strength_of(links: list[Link]) -> float:
    """The weakest link, 0-1."""
    weak = {LinkStrength.EXACT: 1.0, LinkStrength.FUZZY: 0.85, LinkStrength.EMBEDDING: 0.6}
    return min((link.score * weak[link.strength] for link in links), default=0.0)
