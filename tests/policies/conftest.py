"""The two worlds of the policy tests, read once."""

from __future__ import annotations

import pytest
from policy_worlds import DEMO, FIXTURE, World, load_world


@pytest.fixture(scope="session")
def fixture_world() -> World:
    return load_world(FIXTURE)


@pytest.fixture(scope="session")
def demo_world() -> World:
    return load_world(DEMO)
