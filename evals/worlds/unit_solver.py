"""What a set of figures tells about few units: linear algebra for the sums, linear programming for the bounds.

A released figure is an equation: the sum of the units' secrets over a known set of units, each once or more often.
Units that no equation tells apart form an atom. An atom of fewer than k units is told where the system leaves its sum
one value (Denning's tracker; Audit Expert), by the equations alone or with what a secret can be: 0 or 1 a unit, or not
negative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

_SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An atom whose sum is fixed: positions of its units, and the sum."""

    units: tuple[int, ...]
    value: float


def solved(rows: Any, figures: Any, *, k: int, binary: bool) -> tuple[Told, ...]:
    """Atoms of fewer than `k` units whose sum the system fixes.

    `rows`: (figures, units): how often each figure counts each unit, mostly once or not at all. `figures`: (figures,),
    the sums, consistent.
    """
    atoms, members = np.unique(rows, axis=1, return_inverse=True)
    where = np.ravel(members)
    sizes = np.bincount(where, minlength=atoms.shape[1]).astype(float)
    seen = atoms.any(axis=0)
    small = (sizes < k) & seen
    if not small.any():
        return ()
    fixed = {atom for atom in _determined(atoms) if small[atom]}
    search = _Bounds(atoms, sizes, figures, binary=binary)
    fixed |= search.fixed(int(atom) for atom in np.flatnonzero(small) if atom not in fixed)
    return tuple(
        Told(units=tuple(np.flatnonzero(where == atom).tolist()), value=search.one_solution[atom])
        for atom in sorted(fixed)
    )


def _determined(atoms: Any) -> list[int]:
    """Atoms whose sum is a combination of the figures: e_j orthogonal to the kernel."""
    matrix = atoms.astype(float)
    _, singular, right = np.linalg.svd(matrix, full_matrices=True)
    rank = int((singular > 1e-9 * singular.max(initial=0)).sum())
    kernel = right[rank:]
    weight = np.abs(kernel).max(axis=0) if len(kernel) else np.zeros(matrix.shape[1])
    return [int(atom) for atom in np.flatnonzero(weight < 1e-7)]


class _Bounds:
    """The polytope of all secrets that fit the figures."""

    def __init__(self, atoms: Any, sizes: Any, figures: Any, *, binary: bool) -> None:
        from scipy.sparse import csr_array

        self._scale = 1.0 if binary else max(1.0, float(np.abs(figures).max(initial=1.0)))
        self._matrix = csr_array(atoms.astype(float))
        self._figures = np.asarray(figures, dtype=float) / self._scale
        self._limits = [(0.0, float(size)) if binary else (0.0, None) for size in sizes]
        start = self._solve((), 1.0)
        if start is None:
            raise ValueError("the figures contradict each other")
        self.one_solution: Any = start * self._scale
        self._low, self._high = start.copy(), start.copy()  # the least and the most that was reached

    def fixed(self, candidates: Iterable[int]) -> set[int]:
        """Those that have one value only. One solution shows it of many that they can move, so few are solved for."""
        waiting = set(candidates)
        for direction in (-1.0, 1.0):  # upwards, downwards
            waiting = self._still(waiting, waiting, direction)
        told = set()
        while waiting:
            one = min(waiting)
            rest = self._still(self._still(waiting, {one}, -1.0), {one}, 1.0)
            if one in rest:
                told.add(one)
            waiting = rest - {one}
        return told

    def _still(self, waiting: set[int], goal: set[int], direction: float) -> set[int]:
        """`waiting` without those that are seen to move when `goal` is pushed."""
        solution = self._solve(sorted(goal), direction) if waiting else None
        if solution is not None:
            self._low, self._high = np.minimum(self._low, solution), np.maximum(self._high, solution)
        return {atom for atom in waiting if self._high[atom] - self._low[atom] <= _SLACK}

    def _solve(self, goal: Iterable[int], direction: float) -> Any:
        """A solution that pushes `goal` up (-1) or down (1); None where there is none, far off where unbounded."""
        from scipy.optimize import linprog

        cost = np.zeros(self._matrix.shape[1])
        cost[list(goal)] = direction
        limits = [(low, high if high is not None else 1e3) for low, high in self._limits]
        found = linprog(cost, A_eq=self._matrix, b_eq=self._figures, bounds=limits, method="highs")
        return found.x if found.status == 0 else None
