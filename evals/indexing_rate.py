"""What indexing costs beside encoding: `python -m evals.indexing_rate [--passages 192 --rounds 3]`.

The same passages are encoded by the bare encoder and indexed by the product (library, postings, Chroma) into an empty
state, in turns, so that a busy machine disturbs both alike; the rate is given by the clock and by processor time, which
does not depend on who else is at work (the exit status goes by it). Then nothing is changed in an index of 20,000
passages (made-up vectors, real library and store) and it is refreshed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.domain import Passage
from assistant.ports import Encoder
from assistant.retrieval import index
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.ingest import read_documents
from assistant.retrieval.store import open_store
from assistant.settings import Settings, load_settings
from evals.catalog_scale import MadeEncoder
from evals.loaders import Document
from evals.suites.retrieval import as_passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Passages a second, medians of the rounds, and the product's share of the bare encoder's rate (1 = no loss)."""

    passages: int
    rounds: int
    bare: float
    indexed: float
    share: float
    processor_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Seconds of a refresh that finds nothing to do."""

    passages: int
    seconds: float
    processor_seconds: float


def rate(passages: Sequence[Passage], encoder: Encoder, folder: Path, rounds: int) -> Rate:
    """The encoder must be loaded: what is measured is work, not start-up."""
    encoder.encode_passages(["预热"])
    texts = [index.embedded_text(passage) for passage in passages]
    bare: list[tuple[float, float]] = []
    product: list[tuple[float, float]] = []
    for number in range(rounds):
        settings = Settings(workspace=folder, state=folder / f"state-{number}", models=folder)
        store = open_store(settings, encoder.model_id)
        store.ids()  # opened: a server's collection is open too
        batches = [texts[start : start + index.BATCH] for start in range(0, len(texts), index.BATCH)]
        turns = [
            (bare, lambda: [encoder.encode_passages(part) for part in batches]),  # noqa: B023
            (product, lambda: index.refresh(settings, passages, encoder, store=store)),  # noqa: B023
        ]
        for taken, step in turns if number % 2 else reversed(turns):
            taken.append(_timed(step))
    clock = [statistics.median(times[0] for times in taken) for taken in (bare, product)]
    work = [statistics.median(times[1] for times in taken) for taken in (bare, product)]
    return Rate(
        passages=len(passages),
        rounds=rounds,
        bare=len(passages) / clock[0],
        indexed=len(passages) / clock[1],
        share=clock[0] / clock[1],
        processor_share=work[0] / work[1],
    )


def unchanged(count: int, folder: Path) -> Unchanged:
    """Index `count` made-up articles, then refresh them as they are."""
    passages = [
        as_passage(Document(id=f"法{n // 50}#第{n % 50 + 1}条", title=f"法{n // 50}", text=f"第{n}项数据应当登记。"))
        for n in range(count)
    ]
    settings, encoder = Settings(workspace=folder, state=folder / "unchanged", models=folder), MadeEncoder()
    store = open_store(settings, encoder.model_id)
    index.refresh(settings, passages, encoder, store=store)
    seconds, work = _timed(lambda: index.refresh(settings, passages, encoder, store=store))
    return Unchanged(passages=count, seconds=seconds, processor_seconds=work)


def _timed(step: Callable[[], object]) -> tuple[float, float]:
    start, work = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - start, time.process_time() - work


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.indexing_rate", description=__doc__)
    parser.add_argument("--passages", type=int, default=192)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--unchanged", type=int, default=20_000)
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    passages = read_documents(settings.workspace / "documents").passages[: chosen.passages]
    with tempfile.TemporaryDirectory() as folder:
        rates = rate(passages, load_encoder(settings), Path(folder), chosen.rounds)
        still = unchanged(chosen.unchanged, Path(folder))
    sys.stdout.write(json.dumps({"rate": asdict(rates), "unchanged": asdict(still)}, indent=1) + "\n")
    return 0 if rates.processor_share >= 0.9 and still.processor_seconds < 2 else 1


if __name__ == "__main__":
    raise SystemExit(main())
