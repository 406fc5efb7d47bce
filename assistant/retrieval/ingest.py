"""ADAPTER llama-index: a folder of documents -> passages, one an article.

The structure of a regulation is found by articles.py; llama-index splits what has none (Markdown by its headings) and
what is too long for the encoder (by sentences, counted in the encoder's measure). It is imported only for those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assistant.domain import Level, Passage, Text
from assistant.errors import AssistantError
from assistant.retrieval.articles import Section, missing_numbers, split_sections
from assistant.retrieval.catalog_passages import identified
from assistant.retrieval.document_info import DocumentInfo, read_info
from assistant.retrieval.formats import SUFFIXES, read_body
from assistant.retrieval.markdown_tables import is_table_row
from assistant.retrieval.versions import with_versions

# The encoder reads 510 tokens at a time, about 1.6 characters of Chinese each; longer texts would be averaged.
LONGEST = 700  # characters
_SHORTEST_PREAMBLE = 20  # characters: less above the first article is a title line, not text
_CLOSING = 3  # articles among which a law says when it takes effect
_LAW = re.compile(r"(?:法|条例|條例|规定|規定|办法|辦法|细则|細則)(?:[（(].*[)）])?$")
_IN_EFFECT = re.compile(r"施行|实施|實施|生效|执行|執行|废止|廢止")
_SENTENCE = re.compile(r"[^。；！？;!?\n]*[。；！？;!?\n]|[^。；！？;!?\n]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one document. `left_out`: it could not be read; else it was, with a doubt."""

    file: str
    text: Text
    left_out: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    passages: tuple[Passage, ...]
    problems: tuple[Problem, ...] = ()


def read_documents(folder: Path) -> Ingested:
    """Every document below `folder`, in name order. One that cannot be read is a Problem and hides no other."""
    documents: list[tuple[Passage, ...]] = []
    problems: list[Problem] = []
    for path in _documents(folder):
        name = path.relative_to(folder).as_posix()
        try:
            found, doubts = read_document(path)
        except AssistantError as error:
            problems.append(Problem(file=name, text=error.text))
            continue
        documents.append(found)
        problems.extend(Problem(file=name, text=doubt, left_out=False) for doubt in doubts)
    passages = {item.passage_id: item for item in with_versions(documents)}
    return Ingested(passages=tuple(passages.values()), problems=tuple(problems))


def read_document(path: Path) -> tuple[tuple[Passage, ...], tuple[Text, ...]]:
    """The passages of one document and what looks doubtful in it. Raises AssistantError when it cannot be read."""
    info, body = read_info(path, read_body(path))
    sections = _sections(body)
    passages = tuple(passage for section in sections for passage in _passages(info, section))
    return passages, tuple(_doubts(info, sections))


def _documents(folder: Path) -> list[Path]:
    notes = {path.with_suffix("") for path in folder.rglob("*.yaml")}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.startswith((".", "~$", "_"))
        and path.suffix.lower() not in (".yaml", ".yml")
        and (path.suffix.lower() in SUFFIXES or path in notes or path.suffix)
    )


def _sections(body: str) -> tuple[Section, ...]:
    sections = split_sections(body)
    if all(section.kind == "prose" for section in sections):
        return _by_headings(body)
    first = next((at for at, section in enumerate(sections) if section.kind != "prose"), 0)
    kept = []
    for at, section in enumerate(sections):
        text = re.sub(r"^#+ .*$", "", section.text, flags=re.M).strip()
        if section.kind != "prose":
            kept.append(section)
        elif len(text) >= _SHORTEST_PREAMBLE and at < first and re.search(r"[。.]", text):
            kept.append(Section(label="引言", text=text, kind="prose"))
        elif len(text) >= _SHORTEST_PREAMBLE and at > first:
            kept.append(Section(label="", text=text, path=section.path, kind="prose"))
    return tuple(kept)


def _by_headings(body: str) -> tuple[Section, ...]:
    """A text without articles, by its Markdown headings; without those, whole."""
    if not re.search(r"^#{1,6} ", body, flags=re.M):
        return (Section(label="", text=body.strip(), kind="prose"),)
    from llama_index.core.node_parser import MarkdownNodeParser
    from llama_index.core.schema import Document

    found = []
    for node in MarkdownNodeParser().get_nodes_from_documents([Document(text=body)]):
        above = tuple(part for part in str(node.metadata.get("header_path", "/")).split("/") if part)
        lines = node.get_content().strip().splitlines()
        heading = lines[0].lstrip("# ").strip() if lines and lines[0].startswith("#") else ""
        text = "\n".join(line for line in lines[1 if heading else 0 :] if line.strip())
        if text:
            found.append(Section(label=heading if above else "", text=text, path=above, kind="prose"))
    return tuple(found)


def _passages(info: DocumentInfo, section: Section) -> Iterable[Passage]:
    pieces = split_long(section.text)
    for part, text in enumerate(pieces, start=1):
        yield identified(
            Passage(
                passage_id="",
                kind="policy",
                source_id=info.title,
                title=info.title,
                section=section.label,
                text=text,
                level=info.level or Level.G1,
                department=info.department,
                is_public=info.is_public,
                issued_on=info.issued_on,
                valid_from=info.valid_from,
                valid_to=info.valid_to,
                superseded_by=info.superseded_by or "",
                issuer=info.issuer,
                path=section.path,
                part=part if len(pieces) > 1 else 0,
                open_type=info.open_type or "",
                doc_no=info.doc_no,
            )
        )


def split_long(text: str, longest: int = LONGEST) -> tuple[str, ...]:
    """The text, or its pieces of at most `longest` characters cut between sentences; a table is never cut."""
    if len(text) <= longest:
        return (text,)
    pieces: list[str] = []
    for is_table, block in _blocks(text):
        pieces.extend([block] if is_table or len(block) <= longest else _sentences(block, longest))
    return tuple(piece for piece in pieces if piece.strip())


def _blocks(text: str) -> list[tuple[bool, str]]:
    found: list[tuple[bool, list[str]]] = []
    for line in text.splitlines():
        kind = is_table_row(line)
        if not found or found[-1][0] != kind:
            found.append((kind, []))
        found[-1][1].append(line)
    return [(kind, "\n".join(lines)) for kind, lines in found]


def _sentences(text: str, longest: int) -> list[str]:
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(
        chunk_size=longest,
        chunk_overlap=0,
        paragraph_separator="\n",
        tokenizer=list,  # one character, one unit: the measure of LONGEST
        chunking_tokenizer_fn=_SENTENCE.findall,
        include_metadata=False,
    )
    return [piece.strip("\n") for piece in splitter.split_text(text)]


def _doubts(info: DocumentInfo, sections: tuple[Section, ...]) -> Iterable[Text]:
    if info.open_type is None:
        yield Text(
            zh="未标明公开属性，按不公开处理。请在文首或同名 .yaml 中写明 open_type。",
            en="does not say whether it is public and is treated as not public. State open_type in its front matter.",
        )
    absent = missing_numbers(sections)
    if absent:
        shown = "、".join(absent[:5]) + ("……" if len(absent) > 5 else "")
        yield Text(zh=f"条文不连续，缺 {shown}，文本可能不完整。", en=f"skips {shown}: the text may be incomplete.")
    if _is_cut(info, sections):
        yield Text(
            zh="末尾没有施行条款，文本可能被截断。请与公布的文本核对。",
            en="does not end with when it takes effect: the text may be cut off. Compare it with the published text.",
        )
    if not sections:
        yield Text(zh="没有可检索的正文。", en="has no text to search.")


def _is_cut(info: DocumentInfo, sections: tuple[Section, ...]) -> bool:
    """A law says near its end when it takes effect; one that does not was probably cut (one of 3,475 was)."""
    articles = [section for section in sections if section.kind == "article"]
    last = "".join(section.text for section in articles[-_CLOSING:])
    return len(articles) > _CLOSING and bool(_LAW.search(info.title)) and not _IN_EFFECT.search(last)
