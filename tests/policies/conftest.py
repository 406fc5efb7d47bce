"""The two worlds of the policy tests, read once."""

from __future__ import annotations

import pytest
from ledger_stores import clock, ledger, server, store
from policy_worlds import DEMO, FIXTURE, World, load_world

__all__ = ["clock", "ledger", "server", "store"]  # fixtures of the ledger's tests


@pytest.fixture(scope="session")
def fixture_world() -> World:
    return load_world(FIXTURE)


@pytest.fixture(scope="session")
def demo_world() -> World:
    return load_world(DEMO)
