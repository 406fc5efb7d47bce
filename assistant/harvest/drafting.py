"""One database, read for a draft: its structure, joins that nobody declared, and what its columns look like.

Values are looked at in memory, for evidence, and let go; which of them may be written is up to code_values.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from assistant.domain import Text
from assistant.errors import UserError
from assistant.harvest.code_values import careful_codes
from assistant.harvest.draft_workspace import Draft
from assistant.harvest.inferred_joins import inferred_joins
from assistant.harvest.structure import Harvested, Progress, read_structure
from assistant.policies.column_evidence import MIN_SAMPLE, Proposal, column_evidence
from assistant.warehouse.sources import Source, SourceColumn
from assistant.warehouse.sources import quoted_name as quoted

_SAMPLE = 10 * MIN_SAMPLE  # rows


def draft_of(
    source: Source,
    *,
    title: str,
    provider: str = "",
    category: str = "",
    with_values: bool = True,
    progress: Progress | None = None,
) -> Draft:
    """Raises UserError for a database without tables, WarehouseError where it cannot be read."""
    found = read_structure(source, values=careful_codes if with_values else _none, progress=progress)
    if not found.tables:
        raise UserError(
            Text(
                zh=f"{source.address} 里没有表。请核对地址。",
                en=f"{source.address} has no table. Check the address.",
            )
        )
    return Draft(
        harvested=found,
        address=source.address,
        title=title,
        inferred=inferred_joins(source, found),
        proposals=_proposals(source, found, progress),
        provider=provider,
        category=category,
    )


def _none(source: Source, table: str, column: SourceColumn) -> tuple[str, ...]:
    return ()


def _proposals(source: Source, found: Harvested, progress: Progress | None) -> Mapping[str, Proposal]:
    made: dict[str, Proposal] = {}
    for place, table in enumerate(found.tables, start=1):
        for column in table.columns:
            name = quoted(column.source)
            looked_at = source.rows(
                f"select {name} from {quoted(table.source)} where {name} is not null limit {_SAMPLE}"
            )
            found_in = column_evidence([row[0] for row in looked_at], name=column.source, comment=column.comment)
            evidence = [one for one in found_in if not (column.is_key and one.kind == "nearly_unique")]
            if evidence:
                made[f"{table.name}.{column.name}"] = evidence[0]
        if progress is not None:
            progress(f"evidence: {table.name}", place, len(found.tables))
    return made
