"""retrieval: a BEIR folder searched with the product's own retriever, both halves, fused as in the chat.

Each document becomes one policy passage. Queries are put one at a time, after one warm-up, so the latency is that of a
single question with the index open: encoding of the query, both searches, fusion.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.domain import Level, Passage, VisibilityFilter
from assistant.ports import Encoder, PassageStore, Vector
from assistant.retrieval import index
from assistant.retrieval.asked_laws import AskedLaws
from assistant.retrieval.heard import Heard
from assistant.retrieval.retriever import Retriever
from assistant.retrieval.store import open_store
from assistant.settings import Settings
from evals.encoding_cache import CachedEncoder
from evals.environment import code_hash, files_hash, key_of, models_of
from evals.loaders import Document, load_corpus, load_queries
from evals.reading import wrong
from evals.scorers import RECALL_DEPTHS, retrieved
from evals.statistics import bootstrap, mean, percentile
from evals.task import Case, Interval, Metrics, Notice, Observed, Result, Summary, Verdict

DEPTH = 100  # results read from every search
EVERYTHING = VisibilityFilter(max_level=Level.G4, departments=(), public_only=False)
_LATENCY = "Latency: one query at a time, warm, on the machine of `environment`, in the run that measured it."
_UNKNOWN = "judged documents are not in the corpus: they count as relevant and not found, as in trec_eval."
METRICS = (*(f"recall@{depth}" for depth in RECALL_DEPTHS), "mrr@10", "ndcg@10")


class RetrievalTask:
    """Search over one benchmark's corpus, in an index of its own below the state folder."""

    suite = "retrieval"
    even = False

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        settings: Settings,
        notice: Notice,
        lang: str | None = None,
        *,
        store: PassageStore | None = None,
    ) -> None:
        """Reads, encodes and indexes the corpus; what was encoded before is found again."""
        self.cases: Sequence[Case] = load_queries(folder, lang)
        self._files = [folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels" / "test.tsv"]
        self.corpus = corpus = load_corpus(folder)
        self._corpus_hash = files_hash(self._files[:1])
        self._missing = _missing(self.cases, corpus, self._files[2])
        own = settings.state / "evals" / "retrieval" / self._corpus_hash[:16]
        state = Settings(workspace=settings.workspace, state=own, models=settings.models)
        self._encoder = cached = CachedEncoder(encoder, settings.state / "evals" / "vectors.sqlite")
        passages = [as_passage(document) for document in corpus]
        self._names = {passage.passage_id: document.id for passage, document in zip(passages, corpus, strict=True)}
        store = store or open_store(state, encoder.model_id)
        start = time.perf_counter()
        index.refresh(
            state,
            passages,
            cached,
            store=store,
            progress=lambda done, total: notice(f"index {folder.name}", done, total),
        )
        self._indexing = {"encoded": cached.encoded, "seconds": round(time.perf_counter() - start, 1)}
        self._encoder_id, self._documents = encoder.model_id, len(corpus)
        self._retriever = Retriever(index.library_path(state), encoder=encoder, store=store)
        self._warm, self._settings = False, settings

    def key(self) -> str:
        return key_of(
            {
                "code": code_hash("assistant/retrieval"),
                "encoder": self._encoder_id,
                "weights": repr(models_of(self._settings)["encoder"]),
                "reranker": self._settings.reranker,
                "corpus": self._corpus_hash,
            }
        )

    def alone(self, case: Case) -> bool:
        return True  # latency is measured

    def observe(self, case: Case) -> Observed:
        if not self._warm:
            self._search(case.text)
            self._warm = True
        start = time.perf_counter()
        ranked = self._search(case.text)
        return {"ranked": ranked, "ms": round((time.perf_counter() - start) * 1000, 3)}

    def _search(self, text: str) -> list[str]:
        found = self._retriever.search(text, EVERYTHING, kinds=("policy",), top_k=DEPTH)
        return [self._names[item.passage_id] for item in found if item.passage_id in self._names]

    def passage_vectors(self) -> list[Vector]:
        """One unit vector a document, in the order of `corpus`."""
        return self._encoder.encode_passages([index.embedded_text(as_passage(document)) for document in self.corpus])

    def words_of(self, text: str, depth: int) -> dict[str, float]:
        """The `depth` best documents by words alone, as the product scores them (0-1)."""
        found = self._retriever.search(text, EVERYTHING, kinds=("policy",), top_k=depth, dense=False)
        return {self._names[item.passage_id]: item.score for item in found if item.passage_id in self._names}

    def remember(self, asked: AskedLaws, heard: Heard) -> None:
        """Order by these counts of what is asked about and these heard questions instead of the shipped ones."""
        self._retriever.asked, self._retriever.heard = asked, heard

    def query_vector(self, text: str) -> Vector:
        """What the retriever puts to the vectors for this question."""
        return self._encoder.encode_query(self._retriever.dense_text(text))

    def score(self, case: Case, observed: Observed) -> Verdict:
        """`passed`: a relevant document among the first ten."""
        scores = retrieved(observed["ranked"], case.body["relevant"])
        found = scores["mrr@10"].value
        return Verdict(state="scored" if found is not None else "not_scored", passed=_passed(found), scores=scores)

    def summarise(self, results: Sequence[Result]) -> Summary:
        latencies = [result.observed["ms"] for result in results if "ms" in result.observed]
        metrics = means(results)
        metrics |= {"latency_ms_p50": percentile(latencies, 0.5), "latency_ms_p95": percentile(latencies, 0.95)}
        groups: dict[str, list[Result]] = {}
        for result in results:
            groups.setdefault(result.case.lang or "-", []).append(result)
        return Summary(
            metrics=metrics,
            intervals=_intervals(results),
            by={"lang": {name: {"n": float(len(group)), **means(group)} for name, group in sorted(groups.items())}},
            notes=(_LATENCY, *([f"{self._missing} {_UNKNOWN}"] if self._missing else [])),
        )

    def conditions(self) -> Mapping[str, Any]:
        return {
            "encoder": self._encoder_id,
            "corpus": self._corpus_hash[:12],
            "data": files_hash(self._files)[:12],
            "documents": self._documents,
            "indexing": self._indexing,
        }

    def close(self) -> None:
        """The index stays: the next run of the same corpus starts at once."""


def _missing(cases: Sequence[Case], corpus: Sequence[Document], file: Path) -> int:
    """Judged relevant and not in the corpus. Raises EvaluationDataError where none is: files of two benchmarks."""
    known = {document.id for document in corpus}
    judged = {name for case in cases for name, grade in case.body["relevant"].items() if grade > 0}
    if judged and not judged & known:
        raise wrong("没有一个判为相关的文档在 corpus.jsonl 中。", "judges no document of corpus.jsonl relevant.", file)
    return len(judged - known)


def _passed(reciprocal: float | None) -> bool | None:
    return None if reciprocal is None else reciprocal > 0


def means(results: Sequence[Result]) -> Metrics:
    """The mean of every metric over the queries that have a relevant document."""
    return {name: mean(values_of(results, name)) for name in METRICS}


def values_of(results: Sequence[Result], name: str) -> list[float]:
    scores = (result.verdict.scores.get(name) for result in results)
    return [score.value for score in scores if score is not None and score.value is not None]


def _intervals(results: Sequence[Result]) -> dict[str, Interval]:
    found = {name: bootstrap(values_of(results, name), statistic=mean) for name in METRICS}
    return {name: interval for name, interval in found.items() if interval is not None}


def as_passage(document: Document) -> Passage:
    """One document as an article: `<title>#<section>` ids keep their section, as the product's own ids do."""
    title, _, section = document.id.partition("#")
    identity = hashlib.sha256(f"{document.id}\0{document.title}\0{document.text}".encode()).hexdigest()
    return Passage(
        passage_id=identity,
        kind="policy",
        source_id=title,
        title=document.title or title,
        section=section,
        text=document.text,
    )
