"""The demo city opened once for tests that go through the whole pipeline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assistant.assembly import build
from assistant.parts import Parts
from assistant.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent


def open_demo(state: Path, *, llm: str = "none") -> Parts:
    """Parts over `state`; without a language model unless one is named."""
    settings = load_settings({"GOVDATA_STATE": str(state)}, workspace=ROOT / "corpora")
    return build(replace(settings, llm=llm))
