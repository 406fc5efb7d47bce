"""Sets that a filter needs of the whole estate, each made once: who means the same, what a word is about."""

from __future__ import annotations

from assistant.domain import CatalogResource
from assistant.steward.estate import Estate
from assistant.steward.fields import MetricEntry


class Lookups:
    """One filter's look at one estate; asks for each word once, however many rows there are."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._same: dict[str, frozenset[str]] = {}
        self._about: dict[str, frozenset[str]] = {}

    def same_meaning(self, word: str) -> frozenset[str]:
        """Ids of the items that mean what `word` means."""
        if word not in self._same:
            self._same[word] = self.estate.same_meaning(word)
        return self._same[word]

    def about(self, word: str) -> frozenset[str]:
        """Ids of the resources that have the word; only where none has it, of those the search index brings."""
        if word not in self._about:
            found = frozenset(one.resource_id for one in self.estate.resources if word.lower() in _said(one))
            if not found and self.estate.search is not None:
                found = frozenset(self.estate.search(word))
            self._about[word] = found
        return self._about[word]


def metric_is_about(word: str, metric: MetricEntry) -> bool:
    """Whether a metric's name, definition, topic or synonyms have the word."""
    return word in "\n".join((metric.name, metric.definition, metric.topic, *metric.synonyms))


def _said(resource: CatalogResource) -> str:
    parts = (resource.name, resource.name_en, resource.category, resource.abstract, resource.abstract_en)
    return "\n".join((*parts, *resource.synonyms, *(item.name for item in resource.elements))).lower()
