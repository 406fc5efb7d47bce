"""What each department means by one word: side by side, from items, abstracts and metric definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.domain import Text
from assistant.steward.estate import Estate
from assistant.steward.filters import CatalogFilter, Op
from assistant.steward.tables import StewardTable

_SENTENCE = re.compile(r"[^。；;.!?！？]*[。；;.!?！？]?")
_LABELS = (
    Text(zh="提供方", en="Provider"),
    Text(zh="出处", en="Where"),
    Text(zh="名称", en="Name"),
    Text(zh="定义", en="Definition"),
)


def definition_table(asked: CatalogFilter, estate: Estate) -> StewardTable:
    """One row for every place that says what the term means; departments narrow it."""
    term = next((one.values[0] for one in asked.conditions if one.field == "term"), "")
    named = {value for one in asked.on("provider") if one.op is Op.IS for value in one.values}
    barred = {value for one in asked.on("provider") if one.op is Op.IS_NOT for value in one.values}
    found = [
        (row, key)
        for row, key in _places(term.lower(), estate)
        if not any(_same_office(row[0], one) for one in barred)
        and (not named or any(_same_office(row[0], one) for one in named))
    ]
    found.sort(key=lambda pair: (pair[0][0], pair[0][1], pair[0][2]))
    return StewardTable(
        columns=("provider", "where", "name", "definition"),
        labels=_LABELS,
        rows=tuple(row for row, _ in found),
        ids=tuple(key for _, key in found),
    )


def _places(term: str, estate: Estate) -> Iterator[tuple[tuple[str, str, str, str], str]]:
    if not term:
        return
    for metric in estate.metrics:
        if term in {metric.name.lower(), *(one.lower() for one in metric.synonyms)}:
            yield (metric.owner, "指标", metric.name, metric.definition), metric.id
    for resource in estate.resources:
        said = _sentences(term, resource.abstract)
        if said or term in resource.name.lower():
            yield (resource.provider, resource.name, resource.name, said or resource.abstract), resource.resource_id
        for element in resource.elements:
            called = {element.name.lower(), *(one.lower() for one in element.synonyms)}
            if term in called or term in element.description.lower():
                meaning = element.description or "、".join(name for _, name in element.code_list)
                yield (resource.provider, resource.name, element.name, meaning), element.element_id


def _sentences(term: str, text: str) -> str:
    return "".join(one for one in _SENTENCE.findall(text) if term in one.lower()).strip()


def _same_office(owner: str, provider: str) -> bool:
    """云澜市公安局 and 市公安局 are one office."""
    return bool(owner) and (owner.endswith(provider) or provider.endswith(owner))
