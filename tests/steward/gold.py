"""The steward cases as the evaluation reads them."""

from __future__ import annotations

from evals.steward_cases import FILE, FILES, StewardCase, cases, gold_filter

__all__ = ["FILE", "FILES", "StewardCase", "cases", "gold_filter"]
