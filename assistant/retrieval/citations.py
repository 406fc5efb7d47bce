"""Citations as officials write them: 《个人信息保护法》第三十四条第二款第（三）项. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.retrieval.numbering import NUMERAL, canonical_article, to_number

_CITATION = re.compile(
    rf"^\s*《?(?P<title>[^《》#]*?)》?\s*#?\s*(?P<article>第\s*[{NUMERAL}]+\s*[条條](?:\s*之\s*[{NUMERAL}]+)?|(?<=[\s#》])\d{{1,4}}(?=\s*$))"
    rf"\s*(?:第\s*[（(]?(?P<paragraph>[{NUMERAL}]+)[)）]?\s*款)?\s*(?:第?\s*[（(]?(?P<item>[{NUMERAL}]+)[)）]?\s*[项項]?)?.*$"
)
_ITEM = re.compile(rf"^\s*[（(]([{NUMERAL}]+)[)）]")
_COUNTRY = "中华人民共和国"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    title: str
    article: str  # 第三十四条
    paragraph: int | None = None  # 款
    item: int | None = None  # 项


def parse_citation(text: str) -> Citation | None:
    """`数据安全法 21`, `《统计法》第二十八条第一款` -> Citation; None when no article is named."""
    match = _CITATION.match(text)
    article = canonical_article(match["article"]) if match else None
    if match is None or article is None:
        return None
    return Citation(
        title=match["title"].strip(),
        article=article,
        paragraph=to_number(match["paragraph"]) if match["paragraph"] else None,
        item=to_number(match["item"]) if match["item"] else None,
    )


def short_title(title: str) -> str:
    """The title without 《》, the country's name and a version in brackets: how two spellings of one law meet."""
    bare = re.sub(r"[《》\s]", "", title).removeprefix(_COUNTRY)
    return re.sub(r"[（(](?:试行|暂行|\d{4}.*?|修订.*?)[)）]$", "", bare)


def clause_of(article_text: str, paragraph: int | None, item: int | None) -> str:
    """The 款 or 项 of an article, verbatim; the whole article when it has no such part.

    A 项 is counted inside its 款; the lead-in line of a list belongs to the 款 above its items.
    """
    if paragraph is None and item is None:
        return article_text
    every = paragraphs(article_text)
    chosen = every if paragraph is None else every[paragraph - 1 : paragraph]
    for lines in chosen:
        for line in lines:
            match = _ITEM.match(line)
            if item is not None and match and to_number(match[1]) == item:
                return line
    return "\n".join(chosen[0]) if chosen and item is None else article_text


def paragraphs(article_text: str) -> list[list[str]]:
    """The 款 of an article; the lines of a 款 are its own line and its 项."""
    grouped: list[list[str]] = []
    for line in article_text.splitlines():
        if _ITEM.match(line) and grouped:
            grouped[-1].append(line)
        elif line.strip():
            grouped.append([line])
    return grouped
