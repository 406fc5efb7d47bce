"""What several released figures tell together: differences of two sets, covers of one, and systems of sums. Pure.

Sets of units are pyroaring bitmaps over dense numbers. Sources: Denning's tracker (1979); Audit Expert (a combination
of answered sums that leaves a single record); difference checks as in POLICY_SPEC 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.policies.unit_sets import Units

_ORDER = 10  # sets whose sizes differ by more than this factor are no variants of each other
MAX_SYSTEM = 48  # sets in one system of sums; the bits of a signature
_PRIME = 2_147_483_629  # ranks over this field equal ranks over the rationals unless fate is against us


def differ_by_few(first: int, second: int, shared: int, k: int) -> bool:
    """True when two released sets of these sizes, `shared` units in both, tell of 1 to k-1 units by which they differ.

    One inside the other: their difference is a figure of its own. Neither inside the other: the figures give only the
    balance of both differences. Such a pair is refused too while the sets are of one order of size; beyond that the
    larger difference swamps the few (a street's age group beside a district's ethnic group), and what a third answer
    could still add is found by the system of sums (docs/decisions/0004-what-counts-as-a-variant.md).
    """
    only_first, only_second = first - shared, second - shared
    if only_first and only_second and max(first, second) > _ORDER * min(first, second):
        return False
    return 0 < only_first < k or 0 < only_second < k


def remainder(whole: Units, parts: Sequence[Units], k: int) -> Units:
    """What is left of `whole` after disjoint `parts` of it, largest first, are taken away; stops at fewer than k."""
    rest = whole.copy()
    for part in sorted(parts, key=len, reverse=True):
        if len(part) and part.issubset(rest):
            rest -= part
            if len(rest) < k:
                break
    return rest


def isolates_few(sets: Sequence[Units], k: int) -> bool:
    """True when sums over these sets combine into a figure about 1 to k-1 units.

    The sets cut their units into atoms; each set is a 0/1 row over atoms. Elimination over the atoms of at least `k`
    units leaves the combinations that only small atoms enter; one that touches fewer than k units is a disclosure.
    """
    sizes, matrix = _atoms(sets[:MAX_SYSTEM])
    small = sizes < k
    if not small.any():
        return False
    order = np.concatenate([np.flatnonzero(~small), np.flatnonzero(small)])
    reduced = _reduced(matrix[:, order])
    large = int((~small).sum())
    weights = sizes[order]
    return any(row.any() and not row[:large].any() and int(weights[row != 0].sum()) < k for row in reduced)


def _atoms(sets: Sequence[Units]) -> tuple[Any, Any]:
    """(units of each atom, one 0/1 row per set over the atoms)."""
    width = max((int(one.max()) for one in sets if len(one)), default=-1) + 1
    signatures = np.zeros(width, dtype=np.int64)
    for i, one in enumerate(sets):
        signatures[np.asarray(one.to_array(), dtype=np.int64)] |= 1 << i
    signatures = signatures[signatures != 0]
    signatures.sort()
    starts = np.flatnonzero(np.append(True, signatures[1:] != signatures[:-1])) if len(signatures) else signatures
    distinct, sizes = signatures[starts], np.diff(np.append(starts, len(signatures)))
    matrix = (distinct[None, :] >> np.arange(len(sets))[:, None]) & 1
    return sizes, matrix


def _reduced(matrix: Any) -> Any:
    """Reduced row echelon form over a prime field."""
    rows = matrix.astype(np.int64).copy()
    top = 0
    for column in range(rows.shape[1]):
        if top == len(rows):
            break
        pivots = np.flatnonzero(rows[top:, column])
        if not len(pivots):
            continue
        pivot = top + int(pivots[0])
        rows[[top, pivot]] = rows[[pivot, top]]
        inverse = pow(int(rows[top, column]), -1, _PRIME)
        rows[top] = rows[top] * inverse % _PRIME
        for other in np.flatnonzero(rows[:, column]):
            if other != top:
                rows[other] = (rows[other] - rows[other, column] * rows[top]) % _PRIME
        top += 1
    return rows
