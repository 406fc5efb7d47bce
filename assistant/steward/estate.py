"""What one person may see of the catalog, with what the desk needs beside it. Everything the desk shows starts here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.domain import CatalogResource, DataElement, Level, Passage, VisibilityFilter
from assistant.retrieval.catalog_passages import HasResources, catalog_passages
from assistant.steward.fields import MetricEntry, Row
from assistant.steward.vocabulary import Vocabulary, vocabulary

Search = Callable[[str], Sequence[str]]  # words -> resource ids, best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The visible part. `requests` are counts from the audit trail (usage.py), None where this person may not see them;
    `search` finds resources by meaning, None = by their words only."""

    resources: tuple[CatalogResource, ...]
    metrics: tuple[MetricEntry, ...] = ()
    as_of: date = field(default_factory=date.today)
    requests: tuple[Row, ...] | None = None
    search: Search | None = None
    known: Vocabulary | None = None  # the words of these resources and metrics, where they were already gathered

    def elements(self) -> Iterable[tuple[CatalogResource, DataElement]]:
        """Every visible item with its resource."""
        return ((resource, element) for resource in self.resources for element in resource.elements)

    def words(self) -> Vocabulary:
        """What a question to this estate is read by."""
        if self.known is not None:
            return self.known
        return vocabulary(self.resources, [word for one in self.metrics for word in (one.name, *one.synonyms)])

    def same_meaning(self, word: str) -> frozenset[str]:
        """Ids of the items that mean what the one called `word` means: by name, synonyms, column, English name."""
        wanted = word.lower()
        known = [one for _, one in self.elements() if wanted in _called(one)]
        names = {wanted}.union(*(_called(one) for one in known if one.name.lower() == wanted))
        columns = {one.column for one in known if one.column}
        english = {one.name_en.lower() for one in known if one.name_en}
        return frozenset(
            one.element_id
            for _, one in self.elements()
            if wanted in _called(one)
            or one.name.lower() in names
            or (one.column in columns and one.column is not None)
            or (one.name_en and one.name_en.lower() in english)
        )


def _called(element: DataElement) -> set[str]:
    return {element.name.lower(), *(one.lower() for one in element.synonyms)}


def visible_resources(catalog: HasResources, visible: VisibilityFilter) -> tuple[CatalogResource, ...]:
    """The resources, with their items, whose catalog entries this filter shows: the rule of the search index.

    What is above the level or belongs to another department without being shared is absent, not blanked.
    """
    shown = {(one.kind, one.source_id) for one in catalog_passages(catalog) if _shows(one, visible)}
    return tuple(
        replace(one, elements=tuple(item for item in one.elements if ("element", item.element_id) in shown))
        for one in catalog.resources
        if ("catalog", one.resource_id) in shown
    )


def _shows(passage: Passage, visible: VisibilityFilter) -> bool:
    if visible.public_only:
        return passage.is_public and passage.level <= Level.G1
    own = bool(passage.department) and passage.department in visible.departments
    return passage.level <= visible.max_level and (passage.is_public or own)
