"""The catalog as DCAT-AP 3 JSON-LD, and back: lossless for what both know.

Terms of W3C DCAT 3, DCTERMS, CSVW; what DCAT has no word for (sharing type, cycle 不定期, synonyms of an item) stands
under our own prefix, so that nothing is lost. Labels of items are not exported: an imported item has none and is
therefore not served until a person labels it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from assistant.domain import CatalogResource, Category, DataElement, Level, OpenType, SharingType, Text
from assistant.errors import CatalogError

BASE = "urn:govdata:"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "gov": "urn:govdata:terms#",
}
_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
_CYCLES = {
    "实时": "UPDATE_CONT",
    "每日": "DAILY",
    "每周": "WEEKLY",
    "每月": "MONTHLY",
    "每季度": "QUARTERLY",
    "每年": "ANNUAL",
    "不定期": "IRREG",
    "一次性": "NEVER",
}
_RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
_ACCESS = {
    OpenType.UNCONDITIONAL: "PUBLIC",
    OpenType.CONDITIONAL: "RESTRICTED",
    OpenType.NOT_OPEN: "NON_PUBLIC",
}
_TYPES = {
    "string": "xsd:string",
    "integer": "xsd:integer",
    "number": "xsd:decimal",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "boolean": "xsd:boolean",
}
# Plain text under our own prefix: the key of the resource and its term.
_OWN = {
    "sharing_type": "gov:sharingType",
    "sharing_condition": "gov:sharingCondition",
    "sharing_method": "gov:sharingMethod",
    "sharing_basis": "gov:sharingBasis",
    "open_condition": "gov:openCondition",
    "level": "gov:level",
    "format": "dct:format",
}


def to_dcat(resources: Iterable[CatalogResource], *, title: str, base: str = BASE) -> dict[str, Any]:
    """One dcat:Catalog with a dcat:Dataset for each resource."""
    return {
        "@context": _CONTEXT,
        "@id": f"{base}catalog",
        "@type": "dcat:Catalog",
        "dct:title": {"@value": title, "@language": "zh"},
        "dct:conformsTo": {"@id": "http://data.europa.eu/r5r/"},
        "dcat:dataset": [_dataset(one, base) for one in resources],
    }


def from_dcat(document: Mapping[str, Any], *, base: str = BASE) -> tuple[CatalogResource, ...]:
    """The resources of a JSON-LD document in our prefixes. Raises CatalogError naming the dataset and the term."""
    listed = document.get("dcat:dataset")
    if not isinstance(listed, list):
        raise _wrong("dcat:dataset", "应为数据集列表", "must be a list of datasets")
    return tuple(_resource(one, base) for one in listed)


def _dataset(one: CatalogResource, base: str) -> dict[str, Any]:
    own = {term: str(getattr(one, key)) for key, term in _OWN.items() if key != "level" and getattr(one, key)}
    found: dict[str, Any] = {
        "@id": f"{base}dataset:{one.resource_id}",
        "@type": "dcat:Dataset",
        "dct:identifier": one.resource_id,
        "dct:title": _texts(one.name, one.name_en),
        "dct:description": _texts(one.abstract, one.abstract_en),
        "dcat:theme": {"@type": "skos:Concept", "skos:prefLabel": one.category},
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": one.provider, "dct:identifier": one.provider_code},
        "dcat:contactPoint": {"@type": "vcard:Kind", "vcard:fn": one.owner_office},
        "dct:accessRights": {"@id": f"{_RIGHTS}{_ACCESS[one.open_type]}"},
        "dct:relation": [{"@id": f"{base}dataset:{code}"} for code in one.related],
        "dcat:keyword": list(one.synonyms),
        "gov:category": [category.value for category in one.categories],
        "csvw:tableSchema": {"csvw:column": [_column(item) for item in one.elements]},
        "gov:level": one.level.name,
        **own,
    }
    if one.update_cycle:
        known = _CYCLES.get(one.update_cycle)
        found["dct:accrualPeriodicity"] = {"@id": f"{_FREQUENCY}{known}"} if known else one.update_cycle
    for term, day in (("dct:issued", one.published_on), ("dct:modified", one.updated_on)):
        if day is not None:
            found[term] = {"@value": day.isoformat(), "@type": "xsd:date"}
    if one.table:
        found["dcat:distribution"] = [{"@type": "dcat:Distribution", "dct:title": one.table}]
    return found


def _texts(zh: str, en: str) -> list[dict[str, str]]:
    pairs = (("zh", zh), ("en", en))
    return [{"@value": text, "@language": lang} for lang, text in pairs if text]


def _column(item: DataElement) -> dict[str, Any]:
    found: dict[str, Any] = {
        "csvw:name": item.column or item.name,
        "csvw:titles": _texts(item.name, item.name_en),
        "csvw:datatype": _TYPES.get(item.type, item.type),
        "gov:physical": item.column is not None,
    }
    if item.description:
        found["dct:description"] = item.description
    if item.unit:
        found["gov:unit"] = item.unit
    if item.synonyms:
        found["skos:altLabel"] = list(item.synonyms)
    if item.code_list:
        found["gov:codeList"] = [{"skos:notation": code, "skos:prefLabel": name} for code, name in item.code_list]
    return found


# --------------------------------------------------------------------------- back


def _resource(one: Any, base: str) -> CatalogResource:
    if not isinstance(one, Mapping) or not one.get("dct:identifier"):
        raise _wrong("dct:identifier", "每个数据集都要有代码", "every dataset needs its identifier")
    code = str(one["dct:identifier"])
    publisher = _mapping(one, "dct:publisher", code)
    table = _table(one)
    rights = str(_mapping(one, "dct:accessRights", code).get("@id", "")).rpartition("/")[2]
    try:
        return CatalogResource(
            resource_id=code,
            name=_said(one.get("dct:title"), "zh"),
            name_en=_said(one.get("dct:title"), "en"),
            category=str(_mapping(one, "dcat:theme", code).get("skos:prefLabel", "")),
            provider=str(publisher.get("foaf:name", "")),
            provider_code=str(publisher.get("dct:identifier", "")),
            owner_office=str(_mapping(one, "dcat:contactPoint", code).get("vcard:fn", "")),
            abstract=_said(one.get("dct:description"), "zh"),
            abstract_en=_said(one.get("dct:description"), "en"),
            format=str(one.get("dct:format", "")),
            sharing_type=SharingType(one.get("gov:sharingType", SharingType.NOT_SHARED.value)),
            sharing_condition=str(one.get("gov:sharingCondition", "")),
            sharing_method=str(one.get("gov:sharingMethod", "")),
            sharing_basis=str(one.get("gov:sharingBasis", "")),
            open_type=next((known for known, name in _ACCESS.items() if name == rights), OpenType.NOT_OPEN),
            open_condition=str(one.get("gov:openCondition", "")),
            update_cycle=_cycle(one.get("dct:accrualPeriodicity")),
            published_on=_day(one.get("dct:issued")),
            updated_on=_day(one.get("dct:modified")),
            related=tuple(_code(link, base) for link in one.get("dct:relation", ())),
            synonyms=tuple(str(word) for word in one.get("dcat:keyword", ())),
            level=Level[str(one.get("gov:level", "G4"))],
            categories=tuple(Category(word) for word in one.get("gov:category", ())),
            table=table,
            elements=tuple(
                _element(column, table or code)
                for column in _mapping(one, "csvw:tableSchema", code).get("csvw:column", ())
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise _wrong(code, f"有不能识别的内容：{problem}", f"cannot be read: {problem}") from None


def _mapping(one: Mapping[str, Any], term: str, code: str) -> Mapping[str, Any]:
    found = one.get(term, {})
    if not isinstance(found, Mapping):
        raise _wrong(f"{code} {term}", "应为一个节点", "must be one node")
    return found


def _said(texts: Any, lang: str) -> str:
    if isinstance(texts, str):
        return texts if lang == "zh" else ""
    listed = texts if isinstance(texts, list) else [texts] if isinstance(texts, Mapping) else []
    return next((str(one["@value"]) for one in listed if one.get("@language") == lang), "")


def _cycle(value: Any) -> str:
    if isinstance(value, Mapping):
        name = str(value.get("@id", "")).rpartition("/")[2]
        return next((cycle for cycle, known in _CYCLES.items() if known == name), "不定期")
    return str(value or "")


def _day(value: Any) -> date | None:
    text = value.get("@value") if isinstance(value, Mapping) else value
    return date.fromisoformat(str(text)[:10]) if text else None


def _code(link: Any, base: str) -> str:
    return str(link["@id"] if isinstance(link, Mapping) else link).removeprefix(f"{base}dataset:")


def _table(one: Mapping[str, Any]) -> str | None:
    listed = one.get("dcat:distribution") or []
    return str(listed[0]["dct:title"]) if listed and listed[0].get("dct:title") else None


def _element(column: Mapping[str, Any], owner: str) -> DataElement:
    name = str(column["csvw:name"])
    kinds = {term: kind for kind, term in _TYPES.items()}
    return DataElement(
        element_id=f"{owner}.{name}",
        name=_said(column.get("csvw:titles"), "zh") or name,
        name_en=_said(column.get("csvw:titles"), "en"),
        column=name if column.get("gov:physical") else None,
        type=kinds.get(str(column.get("csvw:datatype")), "string"),
        unit=column.get("gov:unit"),
        description=str(column.get("dct:description", "")),
        synonyms=tuple(str(word) for word in column.get("skos:altLabel", ())),
        code_list=tuple(
            (str(one["skos:notation"]), str(one["skos:prefLabel"])) for one in column.get("gov:codeList", ())
        ),
    )


def _wrong(where: str, zh: str, en: str) -> CatalogError:
    return CatalogError(Text(zh=f"{zh}。请检查 JSON-LD 文件。", en=f"{en}. Check the JSON-LD file."), key=where)
