"""How search and indexing grow with the catalog: `python -m evals.catalog_scale [--large 70000 --items 1000000]`.

Two made-up catalogs, 1,000 resources and many, go through the product's own indexing, library and Chroma store, and the
same kinds of questions are put to both in turns, so that a busy machine disturbs both alike. The vectors are made up
too (sums of a fixed random vector for every pair of characters): encoding two cores' hours of text would measure the
model, which `indexing_rate` does. Nothing below depends on what a vector means; that similar texts are near, it has.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.domain import Level, VisibilityFilter
from assistant.ports import PassageStore, Vector
from assistant.retrieval import index
from assistant.retrieval.catalog_passages import catalog_passages
from assistant.retrieval.retriever import Retriever
from assistant.retrieval.store import open_store
from assistant.settings import Settings
from evals.made_catalog import MadeCatalog, questions
from evals.statistics import percentile

OFFICIAL = VisibilityFilter(max_level=Level.G3, departments=("东西市民政局",), public_only=False)
_KINDS = {"resources": ("catalog",), "resources and items": ("catalog", "element")}
_DIMENSION = 384
_TABLE = 65_536  # random vectors that pairs of characters share


class MadeEncoder:
    """`ports.Encoder` without a model. `stop_after` passages it raises KeyboardInterrupt, as Ctrl-C would."""

    model_id = "made-up"
    dimension = _DIMENSION

    def __init__(self) -> None:
        self._table = np.random.default_rng(3).standard_normal((_TABLE, _DIMENSION), dtype=np.float32)
        self.encoded = 0
        self.stop_after: int | None = None

    def encode_passages(self, texts: Sequence[str]) -> list[Vector]:
        if self.stop_after is not None and self.encoded >= self.stop_after:
            raise KeyboardInterrupt
        self.encoded += len(texts)
        return [self._vector(text) for text in texts]

    def encode_query(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        pairs = (codes[:-1].astype(np.uint64) * 1_000_003 + codes[1:]) % _TABLE if len(codes) > 1 else codes % _TABLE
        total = self._table[pairs].sum(axis=0)
        vector: list[float] = (total / max(float(np.linalg.norm(total)), 1e-9)).tolist()
        return vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """Seconds and counts of one catalog's indexing, broken off once in the middle and taken up again."""

    resources: int
    passages: int
    encoded_before_the_break: int
    encoded_after: int
    seconds: float
    first_half_us: float  # a passage with a vector, before the break
    second_half_us: float
    written_us: float  # a passage in the library, words and postings
    unchanged_seconds: float  # a refresh that finds nothing to do
    disk_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """Milliseconds of one question, the index open and warm."""

    kinds: str
    small_p50: float
    small_p95: float
    large_p50: float
    large_p95: float

    @property
    def ratio(self) -> float:
        return self.large_p95 / self.small_p95


def indexed(
    folder: Path, catalog: MadeCatalog, encoder: MadeEncoder, notice: Callable[[int, int], None] = lambda *_: None
) -> tuple[Indexing, Retriever]:
    """Index `catalog` below `folder`, with one interruption; `notice(done, total)` counts its passages."""
    settings = Settings(workspace=folder, state=folder / "state", models=folder)
    passages = catalog_passages(catalog)
    store, half = open_store(settings, encoder.model_id), len(catalog.resources) // 2
    start = time.perf_counter()
    encoder.encoded, encoder.stop_after = 0, half
    try:
        index.refresh(settings, passages, encoder, store=store, progress=notice)
    except KeyboardInterrupt:
        encoder.stop_after = None
    broken, before = time.perf_counter(), encoder.encoded
    marks: list[tuple[int, float]] = []

    def mark(done: int, total: int) -> None:
        marks.append((done, time.perf_counter()))
        notice(done, total)

    index.refresh(settings, passages, encoder, store=store, progress=mark)
    end = time.perf_counter()
    after = encoder.encoded - before
    written = next((moment for done, moment in marks if done >= after), end)
    unchanged = _seconds(lambda: index.refresh(settings, passages, encoder, store=store))
    disk = sum(path.stat().st_size for path in (folder / "state").rglob("*") if path.is_file())
    found = Indexing(
        resources=len(catalog.resources),
        passages=len(passages),
        encoded_before_the_break=before,
        encoded_after=after,
        seconds=end - start,
        first_half_us=(broken - start) / max(before, 1) * 1e6,
        second_half_us=(written - broken) / max(after, 1) * 1e6,
        written_us=(end - written) / len(passages) * 1e6,
        unchanged_seconds=unchanged,
        disk_mb=disk / 1e6,
    )
    return found, _retriever(settings, encoder, store)


def searched(small: Retriever, large: Retriever, asked: Sequence[tuple[str, str]]) -> tuple[Searching, ...]:
    """Each pair of questions once for every kind, the two catalogs in turns."""
    found = []
    for name, kinds in _KINDS.items():
        times: tuple[list[float], list[float]] = ([], [])
        for one, other in asked:
            for retriever, question, taken in ((small, one, times[0]), (large, other, times[1])):
                taken.append(_seconds(lambda: retriever.search(question, OFFICIAL, kinds=kinds)) * 1000)  # noqa: B023
        p = [[percentile(taken, share) or 0.0 for share in (0.5, 0.95)] for taken in times]
        found.append(Searching(kinds=name, small_p50=p[0][0], small_p95=p[0][1], large_p50=p[1][0], large_p95=p[1][1]))
    return tuple(found)


def measured(
    folder: Path,
    *,
    small: int,
    large: int,
    items: int,
    asked: int,
    notice: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """The whole benchmark below `folder`; the small catalog has as many items a resource as the large one."""
    encoder = MadeEncoder()
    little = MadeCatalog(count=small, items=small * items // large)
    much = MadeCatalog(count=large, items=items)
    pairs = tuple(zip(questions(little, asked), questions(much, asked), strict=True))
    first, small_index = indexed(folder / "small", little, encoder, notice)
    second, large_index = indexed(folder / "large", much, encoder, notice)
    searched(small_index, large_index, pairs[:10])  # warms both: masks, pages, collections
    found = searched(small_index, large_index, pairs)
    return {
        "indexing": [asdict(first), asdict(second)],
        "searching": [asdict(one) | {"ratio": one.ratio} for one in found],
        "questions": asked,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "vectors": "made up",
    }


def _retriever(settings: Settings, encoder: MadeEncoder, store: PassageStore) -> Retriever:
    return Retriever(index.library_path(settings), encoder=encoder, store=store)


def _seconds(step: Any) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def _shown(done: int, total: int) -> None:
    if done % 6400 == 0 or done == total:
        sys.stderr.write(f"{done} of {total} passages\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.catalog_scale", description=__doc__)
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=70_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=200)
    chosen = parser.parse_args(arguments)
    count = {"small": chosen.small, "large": chosen.large, "items": chosen.items, "asked": chosen.questions}
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), **count, notice=_shown)
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return 0 if all(one["ratio"] <= 3 for one in found["searching"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
