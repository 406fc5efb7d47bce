"""Which of the readings of one word holds at its place: after 含 an item, else what the catalog calls it. Pure."""

from __future__ import annotations

from assistant.steward.phrases import Tag

# The first of these that a word has; a cue that changes what follows stands before all of them.
_ORDER = (
    "said",
    "quoted",
    "date",
    "threshold",
    "limit",
    "value",
    "flag",
    "measure",
    "identifier",
    "resource",
    "subject",
    "field",
    "cue",
    "metric",
    "item",
    "filler",
)
_TURNING = ("lack", "lack_after", "present", "present_after", "holds", "about", "usage", "ungroup")


def kind_of(tag: Tag, *, holding: bool) -> str:
    """The kind of sign that a tag is read as; `holding`: it stands after 含. "" where it has none."""
    kinds = [one.kind for one in tag.signs]
    if holding and "identifier" in kinds:
        return "identifier"
    if holding and "item" in kinds and "value" not in kinds:
        return "item"
    if "identifier" in kinds and "field" in kinds:
        return "field"  # name: an identifier only where something holds it
    if "cue" in kinds and tag.cue(*_TURNING):
        return "cue"
    return next((kind for kind in _ORDER if kind in kinds), "")
