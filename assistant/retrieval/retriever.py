"""Search: normalise, look in both halves under the visibility filter, fuse, put what is in force first, cut.

Lexical search needs nothing heavy; the dense half is loaded at its first use and never for an exact lookup.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from assistant.domain import Evidence, Passage, Text, VisibilityFilter
from assistant.errors import StoreUnavailable
from assistant.language import to_simplified
from assistant.ports import Encoder, PassageStore, Reranker
from assistant.retrieval.as_evidence import as_evidence, is_in_force
from assistant.retrieval.asked_laws import load_asked_laws
from assistant.retrieval.citations import Citation, clause_of, parse_citation, short_title
from assistant.retrieval.figures import asked_figure
from assistant.retrieval.fusion import FIRST, Ranking, fuse, settle
from assistant.retrieval.glossary import Glossary, load_glossary
from assistant.retrieval.heard import NOTHING, Heard, Near, article_name
from assistant.retrieval.lexical import weigh
from assistant.retrieval.library import Library
from assistant.retrieval.nearness import unrelated_similarity
from assistant.retrieval.taught import Taught
from assistant.retrieval.tokens import Tokenizer, has_han, normalised
from assistant.retrieval.wording import characters, closeness, plain

DENSE_DEPTH = 300  # passages taken from the vectors ...
LEXICAL_DEPTH = 400  # ... and from the words
SETTLED = 200  # passages, at least, that are read to settle their order
RERANKED = 50  # passages that a cross-encoder reads
SYNONYM_WEIGHT = 0.5
LONGEST_QUERY = 1000  # characters: beyond this a question is not a search
EVIDENCE_KINDS = ("policy", "catalog")
# A resource code, and a law's title with an article, as they stand in a question.
_CODE = re.compile(r"[0-9]{4,12}-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_CITED = re.compile(
    r"(?:《[^《》]{2,40}》|[\u4e00-\u9fff]{2,30}(?:法|条例|办法|规定|规则|细则))第[0-9一二三四五六七八九十百千]+条"
)


@dataclass(frozen=True, slots=True)
class _Opened:
    """One state of the index file."""

    stamp: tuple[int, int, int]
    library: Library
    tokenizer: Tokenizer


class Retriever:
    """Reads one index; follows it when it is swapped. Safe to share between threads."""

    def __init__(
        self,
        path: Path,
        *,
        encoder: Encoder | None = None,
        store: PassageStore | None = None,
        reranker: Reranker | None = None,
        glossary: Glossary | None = None,
        taught: Taught | None = None,
        heard: Heard = NOTHING,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`path` is index.library_path(settings); it is opened at the first call, so it may be built later."""
        self._path = path
        self._encoder, self._store, self._reranker = encoder, store, reranker
        self._glossary = glossary or load_glossary()
        self.asked, self.taught = load_asked_laws(), taught
        self.heard = heard
        self._today = today
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._unrelated: dict[tuple[tuple[int, int, int], str], float | None] = {}  # by index state and language

    # ----------------------------------------------------------------- search

    def search(
        self,
        query: str,
        visible: VisibilityFilter,
        *,
        kinds: Sequence[str] = EVIDENCE_KINDS,
        top_k: int = 10,
        dense: bool = True,
        on_date: date | None = None,
    ) -> tuple[Evidence, ...]:
        """The best evidence for `query` that `visible` shows, best first, one an article. Scores are 0-1.

        `dense=False` spares the embedding model: words only. What is not in force on `on_date` ranks below and is
        marked. Raises StoreUnavailable when there is no index, ModelUnavailable when the encoder cannot be loaded.
        """
        text = normalised(query[:LONGEST_QUERY], to_simplified).strip()
        if not text or not kinds or top_k < 1:
            return ()
        opened = self._open()
        lexical = opened.library.search(
            self._weights(text, opened.tokenizer), visible, kinds=kinds, top_k=max(LEXICAL_DEPTH, top_k)
        )
        vectors = self._dense(text, visible, kinds, max(DENSE_DEPTH, top_k)) if dense else []
        taught = self.taught if vectors and tuple(kinds) == ("policy",) else None
        looked = self._dense(text, visible, kinds, max(DENSE_DEPTH, top_k), taught) if taught else vectors
        fused = fuse(self._near(opened.library, looked, lexical, kinds), lexical)
        again = self._again(text, fused, opened.library) if vectors and top_k > FIRST else {}
        fused = [item for at, item in enumerate(fused) if at < max(SETTLED, 3 * top_k) or item[0] in again]
        passages = opened.library.passages(name for name, _ in fused)
        settled = self._settled(text, fused, passages, opened, again, dense=bool(vectors))
        ranked = self._reranked(text, settled, passages)
        found = self._evidence(ranked, passages, on_date or self._today(), top_k)
        found = self._with_nearness(found, opened, vectors, "zh" if has_han(text) else "en")
        if taught is not None and self._encoder is not None:
            sure = taught.answerable(self._encoder.encode_query(self._encoded(text)))
            found = tuple(replace(item, answerable=sure) for item in found)
        return self._named_first(query, visible, kinds, found)[:top_k]

    def _named_first(
        self, query: str, visible: VisibilityFilter, kinds: Sequence[str], found: tuple[Evidence, ...]
    ) -> tuple[Evidence, ...]:
        """What the question names by code or citation stands before what resembles it."""
        named = [self.resource(code, visible=visible) for code in _CODE.findall(query)] if "catalog" in kinds else []
        if "policy" in kinds:
            named += [self.cited(match[0], visible=visible) for match in _CITED.finditer(to_simplified(query))]
        first = tuple(dict.fromkeys(item for item in named if item is not None))
        return first + tuple(item for item in found if item.id not in {one.id for one in first})

    def _with_nearness(
        self, found: tuple[Evidence, ...], opened: _Opened, vectors: Ranking, language: str
    ) -> tuple[Evidence, ...]:
        """Each evidence with its nearness: 0 as similar as to an unrelated question, 1 the same."""
        if not vectors or self._encoder is None or self._store is None:
            return found
        key = (opened.stamp, language)
        if key not in self._unrelated:
            self._unrelated[key] = unrelated_similarity(self._encoder, self._store, language)
        floor = self._unrelated[key]
        if floor is None or floor >= 1:
            return found
        similar, least = dict(vectors), vectors[-1][1]
        near = {item.passage_id: (similar.get(item.passage_id, least) - floor) / (1 - floor) for item in found}
        return tuple(replace(item, nearness=round(near[item.passage_id], 4)) for item in found)

    def warm(self) -> None:
        """Open the index and load the encoder now. Raises StoreUnavailable, ModelUnavailable."""
        self._open()
        if self._encoder is not None:
            self._encoder.encode_query("预热")

    def _weights(self, text: str, tokenizer: Tokenizer) -> dict[str, float]:
        translated = () if has_han(text) else self._glossary.translations(text)
        synonyms = self._glossary.synonyms(text)
        expansions = {token: SYNONYM_WEIGHT for word in synonyms for token in tokenizer.tokens(word)}
        expansions |= {token: 1.0 for word in translated for token in tokenizer.tokens(word)}
        return weigh(tokenizer.query_tokens(text), expansions)

    def _again(self, text: str, fused: Ranking, library: Library) -> dict[str, float]:
        """The articles that answered a question like this one before, and how like it is (0-1)."""
        if self._encoder is None or not self.heard.answers:
            return {}
        near = self.heard.near(self._encoder.encode_query(self._encoded(text)))
        found = library.passages(name for name, _ in fused) if near else {}
        named = {name: article_name(item.title, item.section) for name, item in found.items() if item.kind == "policy"}
        return {name: near[article] for name, article in named.items() if article in near}

    def _settled(
        self, text: str, fused: Ranking, passages: Mapping[str, Passage], opened: _Opened, again: Near, *, dense: bool
    ) -> Ranking:
        """The candidates in order, after their wording, their documents and their figures are looked at."""
        library, read = opened.library, {name: plain(f"{item.title} {item.text}") for name, item in passages.items()}
        # English is compared by its Chinese words.
        asked = opened.tokenizer.without_form(text) if has_han(text) else "".join(self._glossary.translations(text))
        wording = closeness(characters(asked), read, library.character_rarity, library.mean_length)
        documents = {name: item.source_id for name, item in passages.items() if item.kind == "policy"}
        leaning = self.asked.leaning(library.sizes(tuple(self.asked.counts)))
        lean = {name: leaning.get(short_title(passages[name].title), 0.0) for name in documents} if leaning else {}
        states = asked_figure(text)
        stating = {name for name in documents if states is not None and states(read[name])}
        return settle(fused, wording, documents, dense=dense, stating=stating, leaning=lean, heard=again)

    def _dense(
        self, text: str, visible: VisibilityFilter, kinds: Sequence[str], top_k: int, taught: Taught | None = None
    ) -> Ranking:
        if self._encoder is None or self._store is None:
            return []
        wanted = tuple(dict.fromkeys("catalog" if kind == "element" else kind for kind in kinds))
        vector = self._encoder.encode_query(self._encoded(text))
        if taught is None:
            return self._store.query(vector, visible, kinds=wanted, top_k=top_k)
        return taught.lifted(self._store.query(taught.turn(vector), visible, kinds=wanted, top_k=top_k), vector)

    def dense_text(self, query: str) -> str:
        """What of `query` is encoded."""
        return self._encoded(normalised(query[:LONGEST_QUERY], to_simplified).strip())

    def _encoded(self, text: str) -> str:
        # The embedding model prefers passages in the question's own language; the field's Chinese words balance that.
        return " ".join((text, *(() if has_han(text) else self._glossary.translations(text))))

    @staticmethod
    def _near(library: Library, vectors: Ranking, lexical: Ranking, kinds: Sequence[str]) -> Ranking:
        """The vectors' ranking of live passages; a data item, which has no vector, is as near as its resource."""
        known = library.known(name for name, _ in vectors)
        ranking = [(name, score) for name, score in vectors if name in known]
        if "element" not in kinds or not ranking:
            return ranking
        near, lowest = dict(ranking), ranking[-1][1]
        found = library.passages([*near, *(name for name, _ in lexical[:DENSE_DEPTH])])
        resources = {item.doc_no: near[name] for name, item in found.items() if item.kind == "catalog" and name in near}
        return [(name, score) for name, score in ranking if found[name].kind in kinds] + [
            (name, resources.get(item.doc_no, lowest)) for name, item in found.items() if item.kind == "element"
        ]

    def _reranked(self, text: str, ranked: Ranking, passages: Mapping[str, Passage]) -> Ranking:
        if self._reranker is None or not ranked:
            return ranked
        head = [name for name, _ in ranked[:RERANKED]]
        scores = self._reranker.score(text, [f"{passages[name].title} {passages[name].text}" for name in head])
        return sorted(zip(head, scores, strict=True), key=lambda item: (-item[1], item[0]))

    def _evidence(
        self, ranked: Ranking, passages: Mapping[str, Passage], day: date, top_k: int
    ) -> tuple[Evidence, ...]:
        found: dict[tuple[str, str], Evidence] = {}
        for name, score in ranked:
            passage = passages[name]
            in_force = is_in_force(passage, day)
            evidence = as_evidence(passage, score, in_force=in_force)
            # Pieces of an over-long article answer as that article, with the best piece's words.
            found.setdefault((evidence.kind, evidence.id if passage.part else name), evidence)
        ordered = sorted(found.values(), key=lambda item: (not item.in_force, -item.score, item.id))
        return tuple(ordered[:top_k])

    def rarity(self, token: str) -> float:
        """How telling a token is among all passages (quoting.py weighs a question's words by it)."""
        return self._open().library.rarity(token)

    # ----------------------------------------------------------------- exact lookups

    def articles(self, title: str, section: str, *, visible: VisibilityFilter | None = None) -> Evidence | None:
        """The article (款, 项 where named) of a document, verbatim: `("个人信息保护法", "第三十四条")`.

        The title may be the full or the short one, with or without 《》; of several versions the one in force today.
        None when the workspace holds no such article, or `visible` does not show it.
        """
        citation = parse_citation(f"{title}#{section}")
        return self._cited(citation, visible) if citation is not None else None

    def cited(self, clause: str, *, visible: VisibilityFilter | None = None) -> Evidence | None:
        """The article that a reason's clause names, verbatim: `个人信息保护法第三十四条`; None as for `articles`."""
        citation = parse_citation(clause)
        return self._cited(citation, visible) if citation is not None and citation.title else None

    def _cited(self, citation: Citation, visible: VisibilityFilter | None) -> Evidence | None:
        library = self._open().library
        found = library.by_section(short_title(citation.title), citation.article)
        shown = [item for item in found if visible is None or library.visible(item, visible)]
        day = self._today()
        exact = [item for item in shown if item.title == citation.title.strip("《》")]
        in_force = [item for item in shown if is_in_force(item, day)]
        chosen = exact if any(is_in_force(item, day) for item in exact) else in_force or exact or shown
        if not chosen:
            return None
        parts = [item for item in chosen if item.source_id == chosen[0].source_id]
        text = "\n".join(item.text for item in parts)
        evidence = as_evidence(parts[0], 1.0, in_force=is_in_force(parts[0], day))
        return replace(evidence, quote=clause_of(text, citation.paragraph, citation.item))

    def resource(self, resource_id: str, *, visible: VisibilityFilter | None = None) -> Evidence | None:
        """The catalog entry of a resource code."""
        library = self._open().library
        for passage in library.by_source(resource_id, "catalog"):
            if visible is None or library.visible(passage, visible):
                return as_evidence(passage, 1.0, in_force=True)
        return None

    # ----------------------------------------------------------------- the index file

    def _open(self) -> _Opened:
        try:
            status = self._path.stat()
        except OSError as error:
            raise StoreUnavailable(NO_INDEX) from error
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        with self._lock:
            if self._opened is None or self._opened.stamp != stamp:
                library = Library(self._path)
                terms: Iterable[str] = json.loads(library.note("terms") or "[]")
                # Readers of the old file keep it until they let go of it.
                tokenizer = Tokenizer(terms, to_simplified, self._glossary.question_words)
                self._opened = _Opened(stamp, library, tokenizer)
            return self._opened


NO_INDEX = Text(zh="检索索引尚未建立。请运行 govdata index。", en="There is no search index yet. Run `govdata index`.")
