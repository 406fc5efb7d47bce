"""A sample that is balanced over the strata and stays the same while the benchmark around it grows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from evals.task import Case


def sample(cases: Sequence[Case], limit: int | None, seed: int, *, even: bool = False) -> tuple[Case, ...]:
    """At most `limit` cases in their own order, shared out over the strata in proportion (largest remainders).

    `even`: the same number from every stratum as far as it reaches, for collections of very different sizes. Within a
    stratum the order is the hash of seed and id, so a case does not move when others come or go.
    """
    if limit is None or limit >= len(cases):
        return tuple(cases)
    strata: dict[tuple[tuple[str, str], ...], list[Case]] = {}
    for case in cases:
        strata.setdefault(case.strata, []).append(case)
    sizes = {key: len(group) for key, group in strata.items()}
    shares = _even(sizes, max(0, limit)) if even else _shared_out(sizes, max(0, limit), seed)
    chosen = {
        case.id
        for key, group in strata.items()
        for case in sorted(group, key=lambda c: _draw(seed, c.id))[: shares[key]]
    }
    return tuple(case for case in cases if case.id in chosen)


def _shared_out(
    sizes: dict[tuple[tuple[str, str], ...], int], limit: int, seed: int
) -> dict[tuple[tuple[str, str], ...], int]:
    total = sum(sizes.values())
    exact = {key: limit * size / total for key, size in sizes.items()}
    given = {key: int(share) for key, share in exact.items()}
    order = sorted(sizes, key=lambda key: (given[key] - exact[key], _draw(seed, repr(key))))
    for key in order[: limit - sum(given.values())]:
        given[key] += 1
    return given


def _even(sizes: dict[tuple[tuple[str, str], ...], int], limit: int) -> dict[tuple[tuple[str, str], ...], int]:
    """Round by round one to every stratum that still has some."""
    given = dict.fromkeys(sizes, 0)
    while limit > 0 and any(given[key] < sizes[key] for key in sizes):
        for key in sorted(sizes):
            if limit > 0 and given[key] < sizes[key]:
                given[key] += 1
                limit -= 1
    return given


def _draw(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
