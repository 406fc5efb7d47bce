"""Keeping the indexes in step with the workspace: encode what is new, drop what is gone, touch nothing else.

Order: new vectors first (in batches, so an interrupted run goes on where it stopped), then the library file is swapped
in (in steps, where it is large), then old vectors go. A reader trusts the library; a vector that it does not know is
ignored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.domain import Passage
from assistant.errors import StoreUnavailable
from assistant.language import to_simplified
from assistant.ports import Encoder, PassageStore
from assistant.retrieval.glossary import load_glossary
from assistant.retrieval.library import FILE_NAME, Library
from assistant.retrieval.library_writer import write_library
from assistant.retrieval.store import LAYOUT, cell_of, open_store
from assistant.retrieval.tokens import Tokenizer
from assistant.settings import Settings

# Data items are found through their words and through their resource; a vector each would cost fourteen times the rest
# (70,000 resources encode in two hours on one core, their 1,000,000 items in a day).
VECTOR_KINDS = frozenset({"policy", "catalog", "metric"})
BATCH = 64  # passages encoded between two saves
STEP = 100_000  # passages written between two swaps of the library
_NEW_TERMS = 0.1  # share of new dictionary terms from which the postings are worth making afresh
_SEGMENTATION = "1"  # raise when tokens.py changes what it returns


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """Counts of passages; `encoded` of those that needed a new vector."""

    added: int
    removed: int
    unchanged: int
    encoded: int = 0


def library_path(settings: Settings) -> Path:
    return settings.state / "index" / FILE_NAME


def embedded_text(passage: Passage) -> str:
    """What is encoded and tokenised: the title belongs to every article (measured: +3 to 5 points of recall)."""
    return f"{passage.title} {passage.text}"


def refresh(
    settings: Settings,
    passages: Sequence[Passage],
    encoder: Encoder | None,
    *,
    store: PassageStore | None = None,
    terms: Iterable[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Refreshed:
    """Bring both indexes to exactly `passages`; `terms` are the catalog's words for the tokenizer's dictionary.

    Without an encoder only the lexical half is brought up to date. `progress(done, total)` counts passages to encode,
    then those that are written.
    Raises StoreUnavailable, ModelUnavailable; what was encoded until then is kept.
    """
    wanted = {passage.passage_id: passage for passage in passages}
    path = library_path(settings)
    present = _present(path, sorted(load_glossary().terms | set(terms)))
    signature, encoded, gone = present.vectors, 0, set[str]()
    if encoder is not None:
        signature = _signature(wanted, encoder.model_id)
        if signature != present.vectors:
            store = store or open_store(settings, encoder.model_id)
            encoded, gone = _encode(store, encoder, wanted, progress)
    removed = present.ids - wanted.keys()
    new = [passage for name, passage in wanted.items() if present.stale or name not in present.ids]
    if new or removed or present.stale or signature != present.vectors:
        notes = {"terms": json.dumps(present.terms, ensure_ascii=False), "cut": _SEGMENTATION}
        _write(path, new, removed, present, notes | {"vectors": signature}, partial(_shifted, progress, encoded))
    if store is not None and gone:
        store.delete(gone)
    added = len(wanted.keys() - present.ids)
    return Refreshed(added=added, removed=len(removed), unchanged=len(wanted) - added, encoded=encoded)


def _write(
    path: Path,
    new: Sequence[Passage],
    removed: Collection[str],
    present: _Present,
    notes: Mapping[str, str],
    progress: Callable[[int, int], None],
) -> None:
    """The library in steps, each swapped in whole, so that a broken run goes on at the step that it had reached.

    The vectors' note is left by the last step alone. An index that is only cut anew stays whole until it is replaced.
    """
    cutter = _cutter(present.terms)
    step = max(len(new), 1) if present.stale and path.is_file() else STEP
    starts = range(0, max(len(new), 1), step)
    for start in starts:
        last = start == starts[-1]
        left = notes if last else {**notes, "vectors": present.vectors}
        gone = removed if last else ()
        write_library(path, new[start : start + step], gone, cutter, left, fresh=present.stale and start == 0)
        progress(min(start + step, len(new)), len(new))


def _shifted(progress: Callable[[int, int], None], before: int, done: int, total: int) -> None:
    progress(before + done, before + total)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """What the library on disk holds. `stale`: absent, damaged, or cut by another dictionary than `terms`."""

    ids: frozenset[str]
    terms: list[str]
    vectors: str
    stale: bool


def _present(path: Path, terms: list[str]) -> _Present:
    """The dictionary on disk stays while few words are new to it: old postings lack only those words' bonus."""
    try:
        library = Library(path)
    except StoreUnavailable:
        return _Present(ids=frozenset(), terms=terms, vectors="", stale=True)
    known = json.loads(library.note("terms") or "[]")
    news = len(set(terms) - set(known))
    stale = library.note("cut") != _SEGMENTATION or news > _NEW_TERMS * max(len(known), 1)
    ids, vectors = frozenset(library.ids()), library.note("vectors")
    library.close()
    return _Present(ids=ids, terms=terms if stale else known, vectors=vectors, stale=stale)


def _encode(
    store: PassageStore, encoder: Encoder, wanted: Mapping[str, Passage], progress: Callable[[int, int], None]
) -> tuple[int, set[str]]:
    """Encode what the store lacks, batch by batch; (encoded, ids that are no longer wanted)."""
    stored = store.ids()
    vectored = {name for name, passage in wanted.items() if passage.kind in VECTOR_KINDS}
    missing = [wanted[name] for name in wanted if name in vectored and name not in stored]
    missing.sort(key=cell_of)  # a save touches one collection then, not all of them; stable, so documents stay together
    progress(0, len(missing))
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        store.upsert(part, encoder.encode_passages([embedded_text(passage) for passage in part]))
        progress(start + len(part), len(missing))
    return len(missing), stored - vectored


def _signature(wanted: Iterable[str], model_id: str) -> str:
    """One hash of the model and the passages that have vectors: equal means there is nothing to encode."""
    digest = hashlib.sha256(f"{LAYOUT} {model_id}".encode())
    for name in sorted(wanted):
        digest.update(name.encode())
    return digest.hexdigest()


def _cutter(terms: Iterable[str]) -> Callable[[Passage], list[str]]:
    tokenizer = Tokenizer(terms, to_simplified)
    return lambda passage: tokenizer.tokens(embedded_text(passage))
