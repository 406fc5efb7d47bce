"""The demo city's documents, the table of laws and the manifest hold together.

A refusal cites an article: every citation must lead to an article that exists, in our documents and in the laws.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.demo_city.city import SEED

CORPORA = Path(__file__).parents[1] / "corpora"
KEYS = {
    "title",
    "title_en",
    "issuer",
    "doc_no",
    "issued_on",
    "valid_from",
    "valid_to",
    "superseded_by",
    "level",
    "open_type",
    "department",
    "language",
}
REQUIRED_TITLES = [
    "云澜市公共数据分类分级管理办法",
    "云澜市政务数据共享管理办法",
    "云澜市公共数据开放管理办法",
    "云澜市统计数据保密与发布规定",
    "云澜市政务数据统计披露控制规则",
    "云澜市政务数据安全审计规定",
    "云澜市个人信息保护实施细则",
    "云澜市信息资源目录编制规范",
    "云澜市数据质量管理办法",
    "云澜市公共数据授权运营管理办法",
    "云澜市政务大模型应用管理规定",
    "云澜市12345热线数据使用规定",
    "云澜市指标口径汇编",
]
DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
ARTICLE = re.compile(r"^(?:第([一二三四五六七八九十百]+)[条條]|Article (\d+)) ", re.M)
CITATION = re.compile(r"《([^《》]+)》((?:、?第[一二三四五六七八九十百]+[条條])*)")
CITATION_EN = re.compile(r"((?:Article \d+(?:,| and)? ?)+)of the ([A-Z][A-Za-z ]+? Law)\b")


@dataclass(frozen=True)
class Document:
    path: Path
    front: dict[str, Any]
    body: str

    @property
    def numbers(self) -> list[int]:
        return [int(arabic) if arabic else number(chinese) for chinese, arabic in ARTICLE.findall(self.body)]


def number(chinese: str) -> int:
    total = unit = 0
    for character in chinese:
        if character == "百":
            total, unit = total + (unit or 1) * 100, 0
        elif character == "十":
            total, unit = total + (unit or 1) * 10, 0
        else:
            unit = DIGITS[character]
    return total + unit


def documents() -> list[Document]:
    found = []
    for path in sorted((CORPORA / "documents").glob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        found.append(Document(path, yaml.safe_load(front), body))
    return found


def laws() -> list[dict[str, Any]]:
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load((CORPORA / "policies/laws.yaml").read_text("utf-8"))
    return content["laws"]


DOCUMENTS = documents()
BY_TITLE = {document.front["title"]: document for document in DOCUMENTS}
LAWS = {name: law for law in laws() for name in (law["name"], law["name_en"], *law["aliases"])}
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.front["title"])


def test_the_documents_an_official_would_look_for_are_there():
    assert len(DOCUMENTS) >= 14
    assert set(REQUIRED_TITLES) <= set(BY_TITLE)
    assert {one.front["language"] for one in DOCUMENTS} == {"zh", "zh-Hant", "en"}
    assert {one.front["open_type"] for one in DOCUMENTS} == {"主动公开", "依申请公开", "不予公开"}
    assert 250 <= sum(len(one.numbers) for one in DOCUMENTS) <= 450


@every_document
def test_front_matter_is_complete(document: Document):
    front = document.front
    assert set(front) == KEYS
    assert isinstance(front["issued_on"], date)
    assert isinstance(front["valid_from"], date)
    assert front["issued_on"] <= front["valid_from"] <= date(2025, 10, 31)
    assert re.fullmatch(r"G[1-4]", front["level"])
    assert all(front[key] for key in KEYS - {"valid_to", "superseded_by"})
    assert document.body.lstrip().startswith(f"# {front['title']}\n")


@every_document
def test_articles_are_numbered_from_one_without_gaps(document: Document):
    assert document.numbers == list(range(1, len(document.numbers) + 1))
    assert len(document.numbers) >= 12


@every_document
def test_no_article_is_empty_and_items_are_in_order(document: Document):
    parts = ARTICLE.split(document.body)[3::3]
    for part in parts:
        text = re.split(r"^#+ ", part, flags=re.M)[0].strip()
        assert len(text) >= 10
        items = [number(one) for one in re.findall(r"^（([一二三四五六七八九十]+)）", text, re.M)]
        assert items == list(range(1, len(items) + 1))
        assert text.endswith(("。", "."))


@every_document
def test_every_citation_leads_to_an_article(document: Document):
    for name, cited in CITATION.findall(document.body):
        articles = re.findall(r"第([一二三四五六七八九十百]+)[条條]", cited)
        if name in BY_TITLE:
            assert {number(one) for one in articles} <= set(BY_TITLE[name].numbers), name
        else:
            assert name in LAWS, f"{document.path.name}: 《{name}》"
            assert {f"第{one}条" for one in articles} <= set(LAWS[name]["articles"]), name
    for cited, name in CITATION_EN.findall(document.body):
        known = {number(one.strip("第条")) for one in LAWS[name]["articles"]}
        assert {int(one) for one in re.findall(r"\d+", cited)} <= known, name


def test_policies_and_catalog_cite_articles_that_exist():
    """Rules, grants and classifications lean on these documents: 《…》第X条 must be there."""
    cited = 0
    for path in sorted([*(CORPORA / "policies").rglob("*.yaml"), *(CORPORA / "catalog").glob("*.yaml")]):
        for name, articles in CITATION.findall(path.read_text(encoding="utf-8")):
            numbers = {number(one) for one in re.findall(r"第([一二三四五六七八九十百]+)[条條]", articles)}
            if name in BY_TITLE:
                cited += 1
                assert numbers <= set(BY_TITLE[name].numbers), (path.name, name)
            else:
                assert name in LAWS, (path.name, name)
                assert {f"第{one}条" for one in re.findall(r"第([一二三四五六七八九十百]+)条", articles)} <= set(
                    LAWS[name]["articles"]
                ), (path.name, name)
    assert cited


def test_nothing_is_cited_before_it_was_issued():
    for document in DOCUMENTS:
        for name, articles in CITATION.findall(document.body):
            if name in BY_TITLE:
                assert BY_TITLE[name].front["issued_on"] <= document.front["issued_on"], (document.path.name, name)
            elif articles:
                assert LAWS[name]["in_force_from"] <= document.front["valid_from"], (document.path.name, name)


def test_references_inside_a_document_stay_inside_it():
    for document in DOCUMENTS:
        own = re.sub(CITATION, "", document.body)
        for reference in re.findall(r"第([一二三四五六七八九十百]+)条", own):
            assert number(reference) in document.numbers, (document.path.name, reference)


def test_one_version_supersedes_another_on_the_day_it_takes_effect():
    replaced = [document for document in DOCUMENTS if document.front["superseded_by"]]
    assert replaced
    for document in replaced:
        successor = BY_TITLE[document.front["superseded_by"]]
        assert document.front["valid_to"] == successor.front["valid_from"]
        assert document.front["title"] in successor.body
    assert all(one.front["valid_to"] is None for one in DOCUMENTS if one not in replaced)


def test_thresholds_of_the_rules_are_those_of_the_specification():
    rules = BY_TITLE["云澜市政务数据统计披露控制规则"].body
    for threshold in ("k=10", "k=20", "n≥3", "p=10", "n=2、k=90", "“c”"):
        assert threshold in rules
    caps = BY_TITLE["云澜市个人信息保护实施细则"].body
    for cap in ("二十五行", "二百五十行", "二千五百行", "三十日"):
        assert cap in caps


def test_laws_are_well_formed_and_their_names_are_unambiguous():
    names = [name for law in laws() for name in (law["name"], *law["aliases"])]
    assert len(names) == len(set(names))
    for law in laws():
        assert set(law) - {"note"} == {
            "name",
            "name_en",
            "aliases",
            "kind",
            "issuer",
            "in_force_from",
            "version",
            "articles",
        }
        assert isinstance(law["in_force_from"], date)
        numbers = [number(article.strip("第条")) for article in law["articles"]]
        assert all(earlier < later for earlier, later in pairwise(numbers)), law["name"]
        assert all(gist.endswith("。") and "，" not in gist[:1] for gist in law["articles"].values())


SPECIFICATION = Path(__file__).parents[2] / "shared/design/POLICY_SPEC.md"


@pytest.mark.shared
@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification is not beside the checkout")
def test_every_clause_of_the_specification_is_in_the_table_of_laws():
    text = SPECIFICATION.read_text(encoding="utf-8")
    cases = text[text.index("### 3.1 ") : text.index("### 3.2 ")]
    missing = []
    for name, cited in re.findall(r"([\u4e00-\u9fff]+?(?:法|条例))((?:、?第[一二三四五六七八九十]+条)+)", cases):
        law = LAWS.get(name)
        articles = set(re.findall(r"第[一二三四五六七八九十]+条", cited))
        if law is None or not articles <= set(law["articles"]):
            missing.append((name, cited))
    assert not missing


def test_the_manifest_covers_every_file():
    manifest = yaml.safe_load((CORPORA / "MANIFEST.yaml").read_text("utf-8"))
    assert manifest["licence"] == "Apache-2.0"
    assert manifest["by"]
    assert manifest["seed"] == SEED
    patterns = [entry["pattern"] for entry in manifest["entries"]]
    files = [path.relative_to(CORPORA) for path in CORPORA.rglob("*") if path.is_file()]
    shipped = [
        path.as_posix() for path in files if not path.parts[0].startswith(".") and "__pycache__" not in path.parts
    ]
    assert shipped
    assert [path for path in shipped if not any(fnmatch(path, pattern) for pattern in patterns)] == []
    for entry in manifest["entries"]:
        assert set(entry) == {"pattern", "content", "synthetic", "made"}
