"""What a question cost: model calls, tokens, seconds; median and 95th percentile beside the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.statistics import mean, percentile
from evals.task import Metrics

_COSTS = {"model_calls": "calls", "prompt_tokens": "prompt_tokens", "completion_tokens": "completion_tokens"}


def used(answer: Mapping[str, Any]) -> dict[str, Any]:
    """{"seconds", "calls", "prompt_tokens", "completion_tokens"} of an answer (CONTRACT section 3)."""
    model = answer["model"]
    return {
        "seconds": round(sum(answer["timings_ms"].values()) / 1000, 4),
        "calls": model["calls"],
        "prompt_tokens": model["prompt_tokens"],
        "completion_tokens": model["completion_tokens"],
    }


def costs(observed: Sequence[Mapping[str, Any]]) -> Metrics:
    """Means of calls and tokens a question (CONTRACT section 4) with `_p50` and `_p95`, and seconds_p50, seconds_p95.

    Only of the questions whose observation says them; None where none does.
    """
    found: Metrics = {}
    for name, key in _COSTS.items():
        values = [float(one[key]) for one in observed if one.get(key) is not None]
        found[name] = mean(values)
        found |= {f"{name}_p50": percentile(values, 0.5), f"{name}_p95": percentile(values, 0.95)}
    seconds = [float(one["seconds"]) for one in observed if one.get("seconds") is not None]
    return found | {"seconds_p50": percentile(seconds, 0.5), "seconds_p95": percentile(seconds, 0.95)}
