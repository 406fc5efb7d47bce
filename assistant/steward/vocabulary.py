"""The words that a steward's question is read by: vocabulary.yaml, and what the estate itself calls its things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.domain import CatalogResource, Text
from assistant.errors import ConfigurationError
from assistant.yaml_source import read_yaml

_FILE = Path(__file__).with_name("vocabulary.yaml")
_CATEGORY_ENDINGS = ("库", "类", "领域", "方面", "主题", "专题", "基础库", "数据库", "资源", "目录", "数据", "的数据")
_ALREADY_SINGULAR = re.compile(r"(?:ss|is|'s|(?<!ea)us)$")  # class, analysis, status; but bureaus
_SELF_EVIDENT = 4  # characters: from here on a name is not mistaken for a piece of another word


@dataclass(frozen=True, slots=True)
class Sign:
    """What a word stands for: kind (subject, field, value, flag, measure, identifier, cue, item, resource, metric,
    filler), which one, and for a value or flag its value."""

    kind: str
    id: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`han` by the word itself, `latin` by its words joined with a space, plural s taken off."""

    han: Mapping[str, tuple[Sign, ...]]
    latin: Mapping[str, tuple[Sign, ...]]
    providers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        return max(map(len, self.han), default=1)


@dataclass(frozen=True, slots=True)
class IdentifierKind:
    """A kind of identifying item, and how an item's name, synonyms or column tell it."""

    label: Text
    pattern: re.Pattern[str]


def latin_key(words: Iterable[str]) -> str:
    """English words as they are looked up."""
    return " ".join(_singular(word) for word in words)


def unhyphened(text: str) -> str:
    """not-shared is read as not shared, in the question as in the vocabulary."""
    return re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)


def latin_words(text: str) -> list[str]:
    """The English words of a lower-case text."""
    return re.findall(r"[a-z0-9][a-z0-9'-]*", text)


def _singular(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("s'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not _ALREADY_SINGULAR.search(word) else word


@cache
def words() -> dict[str, Any]:
    """vocabulary.yaml as plain values. Raises ConfigurationError naming the file."""
    found = read_yaml(_FILE, ConfigurationError).plain()
    assert isinstance(found, dict)
    return found


@cache
def identifier_kinds() -> Mapping[str, IdentifierKind]:
    """Kinds of identifying items by id."""
    return MappingProxyType(
        {
            kind: IdentifierKind(Text(**entry["label"]), re.compile(entry["item"], re.IGNORECASE))
            for kind, entry in words()["identifiers"].items()
        }
    )


@cache
def base_databases() -> tuple[str, ...]:
    """The categories that are base databases (政务数据发展白皮书 2023)."""
    return tuple(words()["base_databases"])


@cache
def label(section: str, name: str) -> Text:
    """What a field or measure is called on the screen."""
    if name.endswith("_size"):
        of = label(section, name.removesuffix("_size"))
        return Text(zh=f"{of.zh}{words()['size']['zh']}", en=f"{of.en}, {words()['size']['en']}")
    entry = words()[section].get(name, {}).get("label")
    return Text(**entry) if entry else Text(zh=name, en=name)


_YES_NO = {"yes": Text(zh="是", en="yes"), "no": Text(zh="否", en="no")}
_CODED = ("role", "type", "verdict", "categories")  # fields whose values are codes of this program


def value_label(field: str, value: str) -> Text | None:
    """A coded value in words; None where the value is already what people say."""
    if field in words()["flags"]:
        return _YES_NO.get(value)
    if field == "holds":
        kinds = [identifier_kinds()[one].label for one in value.split("、") if one in identifier_kinds()]
        return Text(zh="、".join(one.zh for one in kinds), en=", ".join(one.en for one in kinds)) if kinds else None
    if field == "missing":
        keys = [label("fields", one) for one in value.split("、")]
        return Text(zh="、".join(one.zh for one in keys), en=", ".join(one.en for one in keys))
    entry = words()["values"].get(field, {}).get(value) if field in _CODED else None
    return Text(zh=entry["zh"][0], en=entry["en"][0]) if entry else None


def vocabulary(resources: Iterable[CatalogResource], metrics: Iterable[str] = ()) -> Vocabulary:
    """The fixed words with the names that these resources and metrics bring."""
    han: dict[str, list[Sign]] = {}
    latin: dict[str, list[Sign]] = {}
    listed = tuple(resources)
    for word, sign in (*_fixed(), *_estate(listed), *((name, Sign("metric", name)) for name in metrics)):
        plain = unhyphened(word.lower().strip())
        if re.search(r"[一-鿿，；、。？]", plain) or plain in (",", ";", "?"):
            _add(han, plain, sign)
        elif plain:
            _add(latin, latin_key(latin_words(plain)), sign)
    providers = tuple(sorted({one.provider for one in listed if one.provider}))
    categories = tuple(sorted({one.category for one in listed if one.category}))
    return Vocabulary(_frozen(han), _frozen(latin), providers, categories)


def _add(found: dict[str, list[Sign]], word: str, sign: Sign) -> None:
    signs = found.setdefault(word, [])
    if sign not in signs:
        signs.append(sign)


def _frozen(found: dict[str, list[Sign]]) -> Mapping[str, tuple[Sign, ...]]:
    return MappingProxyType({word: tuple(signs) for word, signs in found.items() if word})


def _both(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from entry.get("zh", ())
    yield from entry.get("en", ())


@cache
def _fixed() -> tuple[tuple[str, Sign], ...]:
    known, found = words(), []
    for section, kind in (("subjects", "subject"), ("fields", "field"), ("measures", "measure"), ("cues", "cue")):
        for name, entry in known[section].items():
            found += [(word, Sign(kind, name)) for word in _both(entry)]
    for section, kind in (("values", "value"), ("flags", "flag")):
        for field, values in known[section].items():
            for value, entry in values.items():
                found += [(word, Sign(kind, field, value)) for word in _both(entry)]
    for name, entry in known["identifiers"].items():
        found += [(word, Sign("identifier", name)) for word in _both(entry["say"])]
    for name, identifier in identifier_kinds().items():  # what an answer calls it can be asked for
        found += [(word, Sign("identifier", name)) for word in (identifier.label.zh, identifier.label.en)]
    found += [(word, Sign("filler", word)) for word in _both(known["fillers"])]
    said = {word for word, _ in found}
    return (*found, *((word, sign) for word, sign in _composed(known["composed"]) if word not in said))


def _composed(listed: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Sign]]:
    """Every word that a row of pieces makes: 没|登记|过, does not|state."""
    for entry in listed:
        sign = Sign(entry["kind"], entry["id"], entry.get("value", ""))
        for pieces in product(*entry["parts"]):
            joint = " " if "".join(pieces).isascii() else ""
            yield joint.join(piece for piece in pieces if piece), sign


def _estate(resources: tuple[CatalogResource, ...]) -> Iterator[tuple[str, Sign]]:
    for provider in sorted({one.provider for one in resources if one.provider}):
        yield from ((word, Sign("value", "provider", provider)) for word in _provider_words(provider))
    for category in sorted({one.category for one in resources if one.category}):
        sign = Sign("value", "category", category)
        yield from ((category + ending, sign) for ending in _CATEGORY_ENDINGS)
        if len(category) >= _SELF_EVIDENT:
            yield category, sign
    for office in sorted({one.owner_office for one in resources if len(one.owner_office) >= _SELF_EVIDENT}):
        yield office, Sign("value", "owner_office", office)
    for resource in resources:
        if len(resource.name) >= _SELF_EVIDENT:
            yield resource.name, Sign("resource", resource.name)
        for element in resource.elements:
            for word in (element.name, *element.synonyms):
                if len(word) > 1:
                    yield word, Sign("item", word)


def _provider_words(provider: str) -> Iterator[str]:
    yield provider
    short = provider.removeprefix("市").removeprefix("省").removeprefix("县").removeprefix("区")
    yield short
    for ending, spoken in words()["departments"].items():
        if provider.endswith(ending):
            yield from spoken
