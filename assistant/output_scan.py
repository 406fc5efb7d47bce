"""G7: identifiers in what is about to be shown, above the label of where they stand, and secrecy marks anywhere in it.

A backstop behind the gates: whatever it finds is an incident, and nothing of the answer is shown.
"""

from __future__ import annotations

from assistant.catalog import Catalog
from assistant.domain import ColumnRole, ReleasedTable, Shape
from assistant.governing import Governed
from assistant.parts import Parts
from assistant.policies import identifiers
from assistant.policies.access import secrecy_mark
from assistant.policies.policy_set import PolicySet
from assistant.replying import INCIDENT, MARKED

_CERTAIN = 0.9  # confidence of a recogniser
_SURELY_A_PERSON = ("resident_id", "foreign_resident_id", "passport_mrz")  # check digit and form: no number is one
_MAY_HOLD = (ColumnRole.DIRECT_ID, ColumnRole.SURROGATE_KEY, ColumnRole.FREE_TEXT)  # masked, redacted or granted


def incident_of(text: str, table: ReleasedTable, governed: Governed | None, parts: Parts) -> str | None:
    """The rule of the incident that showing this would be; None where it may be shown."""
    if bears_mark(text, table, parts.policies):
        return MARKED
    return INCIDENT if holds_identifier(text, table, governed, parts.catalog) else None


def bears_mark(text: str, table: ReleasedTable, policies: PolicySet) -> bool:
    """True where the words, a column's name or a cell bear a secrecy mark (G0): such data should not be here at all."""
    texts = {value for row in table.rows for value in row if isinstance(value, str)}
    return any(secrecy_mark(one, policies) for one in (text, *(column.name for column in table.columns), *texts))


def holds_identifier(text: str, table: ReleasedTable, governed: Governed | None, catalog: Catalog) -> bool:
    """True where a text or a cell holds an identifier that its label does not account for.

    Of an aggregate, anything near certain. Of rows that a grant shows, a person's identifier in a column that is not
    labelled as one: the label is wrong, and the mask that would have covered it is missing.
    """
    if governed is not None and governed.query is not None and governed.query.facts.shape is Shape.ROWS:
        unaccounted = _unaccounted(governed, catalog)
        return any(
            found.hit.kind in _SURELY_A_PERSON and set(found.columns) <= unaccounted
            for found in identifiers.scan_table(table)
        )
    hits = [*identifiers.scan(text), *(found.hit for found in identifiers.scan_table(table))]
    return any(hit.checksummed or hit.confidence >= _CERTAIN for hit in hits)


def _unaccounted(governed: Governed, catalog: Catalog) -> set[int]:
    """Positions of result columns none of whose sources may hold an identifier."""
    outputs = governed.authorized.columns if governed.authorized is not None else ()
    return {
        place
        for place, output in enumerate(outputs)
        if not any(_role(source, catalog) in _MAY_HOLD for source in output.sources)
    }


def _role(element_id: str, catalog: Catalog) -> ColumnRole | None:
    element = catalog.element(element_id)
    return element.label.role if element is not None and element.label is not None else None
