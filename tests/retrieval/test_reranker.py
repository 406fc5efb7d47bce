"""The reranker is a real CrossEncoder, by path; a missing one is said in a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import ModelUnavailable
from assistant.retrieval.encoder import load_reranker
from assistant.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]


def test_none_is_configured_by_default() -> None:
    assert load_reranker(load_settings({}, workspace=ROOT / "corpora")) is None


@pytest.mark.embedding
def test_a_missing_model_names_the_setting(tmp_path: Path) -> None:
    settings = replace(load_settings({}, workspace=ROOT / "corpora"), reranker=str(tmp_path / "none"))
    reranker = load_reranker(settings)
    assert reranker is not None
    with pytest.raises(ModelUnavailable, match="GOVDATA_RERANKER"):
        reranker.score("问", ["答"])
