"""What a question cost, and what the report says of the models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.settings import Settings
from assistant.weights import DEFAULT, KNOWN
from evals.cost import costs, used
from evals.environment import models_of, subject


def test_costs_by_hand() -> None:
    answer = {
        "timings_ms": {"a": 1500.0, "b": 500.0},
        "model": {"calls": 2, "prompt_tokens": 90, "completion_tokens": 9},
    }
    one = used(answer)
    assert one == {"seconds": 2.0, "calls": 2, "prompt_tokens": 90, "completion_tokens": 9}
    found = costs([one, {**one, "calls": 0, "seconds": 4.0}, {}])
    assert (found["model_calls"], found["model_calls_p50"], found["prompt_tokens"]) == (1.0, 1.0, 90.0)
    assert found["seconds_p95"] == pytest.approx(3.9)
    assert costs([])["model_calls"] is None


def test_models_are_named_with_the_hashes_of_their_weights(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, state=tmp_path, models=tmp_path)
    found = models_of(settings)
    assert found["llm"] == {"id": DEFAULT, "sha256": next(one.sha256 for one in KNOWN if one.model_id == DEFAULT)}
    assert len(found["encoder"]["sha256"]) == 64
    assert models_of(replace(settings, llm="none"))["llm"] == {"id": "none"}
    elsewhere = models_of(replace(settings, llm="m", llm_base_url="https://host:8000/v1", llm_api_key="secret"))
    assert elsewhere["llm"] == {"id": "m", "endpoint": "host:8000"}


def test_another_model_is_another_subject(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, state=tmp_path, models=tmp_path)
    others = [
        replace(settings, llm="none"),
        replace(settings, llm="m", llm_base_url="http://a/v1"),
        replace(settings, llm="m", llm_base_url="http://b/v1"),
        replace(settings, encoder="other"),
        replace(settings, reranker="r"),
    ]
    keys = [repr(subject(one)) for one in (settings, *others)]
    assert len(set(keys)) == len(keys)
