"""Keeping the indexes in step with the workspace: encode what is new, drop what is gone, touch nothing else.

Order: new vectors first (in batches, so an interrupted run goes on where it stopped), then the library file is swapped
in, then old vectors go. A reader trusts the library; a vector that it does not know is ignored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.domain import Passage
from assistant.errors import StoreUnavailable
from assistant.language import to_simplified
from assistant.ports import Encoder, PassageStore
from assistant.retrieval.glossary import load_glossary
from assistant.retrieval.library import FILE_NAME, Library
from assistant.retrieval.library_writer import write_library
from assistant.retrieval.store import open_store
from assistant.retrieval.tokens import Tokenizer
from assistant.settings import Settings

# Data items are found through their words and through their resource; a vector each would cost ten times the rest.
VECTOR_KINDS = frozenset({"policy", "catalog", "metric"})
BATCH = 64  # passages encoded between two saves
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

    Without an encoder only the lexical half is brought up to date. `progress(done, total)` counts passages to encode.
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
    added = wanted.keys() - present.ids
    if added or removed or present.stale or signature != present.vectors:
        notes = {"vectors": signature, "terms": json.dumps(present.terms, ensure_ascii=False), "cut": _SEGMENTATION}
        write_library(
            path,
            [passage for name, passage in wanted.items() if present.stale or name in added],
            removed,
            _cutter(present.terms),
            notes,
            fresh=present.stale,
        )
    if store is not None and gone:
        store.delete(gone)
    return Refreshed(added=len(added), removed=len(removed), unchanged=len(wanted) - len(added), encoded=encoded)


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
    progress(0, len(missing))
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        store.upsert(part, encoder.encode_passages([embedded_text(passage) for passage in part]))
        progress(start + len(part), len(missing))
    return len(missing), stored - vectored


def _signature(wanted: Iterable[str], model_id: str) -> str:
    """One hash of the model and the passages that have vectors: equal means there is nothing to encode."""
    digest = hashlib.sha256(model_id.encode())
    for name in sorted(wanted):
        digest.update(name.encode())
    return digest.hexdigest()


def _cutter(terms: Iterable[str]) -> Callable[[Passage], list[str]]:
    tokenizer = Tokenizer(terms, to_simplified)
    return lambda passage: tokenizer.tokens(embedded_text(passage))
