"""Counts of requests from the audit trail: by department, resource, rule, verdict, day. Never who, never what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from assistant.audit import records
from assistant.domain import CatalogResource
from assistant.steward.fields import Row

_DECISION = "decision"


def request_rows(trail: Path, resources: Iterable[CatalogResource]) -> tuple[Row, ...]:
    """One row for each combination that occurs, with how often. Resources that are not visible are left unnamed.

    Raises AuditUnavailable where the trail cannot be read; none where nothing was recorded yet.
    """
    if not trail.is_file():
        return ()
    by_table = {one.table: one for one in resources if one.table}
    counts: Counter[tuple[tuple[str, tuple[str, ...]], ...]] = Counter()
    for record in records(trail):
        if record.get("kind") == _DECISION:
            counts[_key(record, by_table)] += 1
    return tuple(Row(counted=dict(key), weight=weight) for key, weight in sorted(counts.items()))


def _key(record: Mapping[str, Any], by_table: Mapping[str, CatalogResource]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    subject = record.get("subject") or {}
    tables = [str(one.get("id", "")) for one in record.get("datasets") or ()]
    seen = [by_table[one] for one in tables if one in by_table]
    return (
        ("department", _listed([subject.get("dept", "")])),
        ("resource", _listed(one.name for one in seen)),
        ("category", _listed(one.category for one in seen)),
        ("provider", _listed(one.provider for one in seen)),
        ("rule", _listed(one.get("rule", "") for one in record.get("rules_fired") or ())),
        ("verdict", _listed([record.get("verdict", "")])),
        ("asked_on", _listed([str(record.get("ts", ""))[:10]])),
    )


def _listed(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({str(one) for one in values if one}))
