"""A passage as the evidence that an answer cites, and whether it applies on a day. Pure."""

from __future__ import annotations

from datetime import date

from assistant.domain import Evidence, Passage


def is_in_force(passage: Passage, day: date) -> bool:
    """Whether a passage applies on `day`: from valid_from, until valid_to or, without one, until it is superseded."""
    if passage.valid_from is not None and day < passage.valid_from:
        return False
    if passage.valid_to is not None:
        return day < passage.valid_to
    return not passage.superseded_by


def as_evidence(passage: Passage, score: float, *, in_force: bool) -> Evidence:
    """`score` is 0-1; the quote is the whole passage."""
    identity = (
        f"{passage.source_id}#{passage.section}" if passage.kind == "policy" and passage.section else passage.source_id
    )
    return Evidence(
        passage_id=passage.passage_id,
        kind=passage.kind,
        id=identity,
        title=passage.title,
        section=passage.section,
        quote=passage.text,
        score=round(score, 4),
        as_of=max(filter(None, (passage.valid_from, passage.issued_on)), default=None),
        in_force=in_force,
    )
