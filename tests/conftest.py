"""The demo city for tests: what `govdata index` built is used as it is, what a run writes goes elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "corpora" / ".state"

for name, value in (("HF_HUB_OFFLINE", "1"), ("GRADIO_ANALYTICS_ENABLED", "False"), ("OMP_WAIT_POLICY", "passive")):
    os.environ.setdefault(name, value)


@pytest.fixture(scope="session")
def demo_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the built warehouse and index, and a trail, ledger and conversations of its own."""
    if not (BUILT / "warehouse.duckdb").is_file() or not (BUILT / "index").is_dir():
        pytest.skip("the demo city is not built: run `govdata index`")
    state = tmp_path_factory.mktemp("state")
    for name in ("warehouse.duckdb", "warehouse.duckdb.json", "index", "chroma", "values.json"):
        if (BUILT / name).exists():
            (state / name).symlink_to(BUILT / name)
    return state
