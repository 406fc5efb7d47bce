"""A decision is repeated from its record under the rules of its own day, whatever the rules say now."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant import assembly
from assistant.checking import check_statement
from assistant.decision_archive import recall
from assistant.parts import Parts
from assistant.policies import access
from assistant.replaying import replay
from assistant.settings import Settings

FIXTURE = Path(__file__).parent / "workspaces" / "policy_fixture"
BY_ETHNICITY = "select ethnicity, count(*) as n from pop_resident group by 1"
NAMES = "select name from pop_resident"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    workspace = tmp_path / "workspace"
    shutil.copytree(FIXTURE, workspace, ignore=shutil.ignore_patterns(".state"))
    return Settings(workspace=workspace, state=tmp_path / "state", models=tmp_path / "models")


def _ask(settings: Settings) -> Parts:
    parts = assembly.build(settings)
    for sql in (BY_ETHNICITY, NAMES):
        check_statement(sql, user_id="bd_analyst", parts=parts)
    return parts


def _tighten(settings: Settings) -> None:
    table = settings.workspace / "policies" / "decision_table.yaml"
    table.write_text("aggregate: {group: {quasi_id: refuse}}\n", encoding="utf-8")


def test_a_record_is_decided_again_under_its_own_version(settings: Settings) -> None:
    before = _ask(settings)
    _tighten(settings)
    told = replay(settings, count=50)
    assert (told["replayed"], told["other_policy_version"], told["different"]) == (2, 0, [])
    after = _ask(settings)
    assert after.policies.version != before.policies.version
    verdicts = [record["verdict"] for record in after.audit.tail(4)]  # type: ignore[attr-defined]
    assert verdicts == ["allow", "refuse", "refuse", "refuse"]
    told = replay(settings, count=50)
    assert (told["replayed"], told["other_policy_version"], told["different"]) == (4, 0, [])


def test_a_relabelled_item_changes_no_old_decision(settings: Settings) -> None:
    _ask(settings)
    file = settings.workspace / "catalog" / "pop_resident.yaml"
    text = file.read_text(encoding="utf-8")
    assert "role: quasi_id" in text
    file.write_text(text.replace("role: quasi_id", "role: direct_id"), encoding="utf-8")
    told = replay(settings, count=50)
    assert (told["replayed"], told["different"]) == (2, [])


def test_a_record_that_says_otherwise_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replay can fail: with another decision point the records differ."""
    _ask(settings)
    real = access.authorize
    monkeypatch.setattr(
        access, "authorize", lambda user, *rest, **more: real(user.__class__(**_bare(user)), *rest, **more)
    )
    told = replay(settings, count=50)
    assert [one["seq"] for one in told["different"]] == [1, 2]


def _bare(user: object) -> dict[str, object]:
    """The same person without a grant."""
    names = ("user_id", "name", "department", "roles", "clearance", "region", "network", "purposes")
    return {name: getattr(user, name) for name in names}


def test_an_archive_that_was_changed_is_not_used(settings: Settings) -> None:
    parts = _ask(settings)
    versions = (parts.policies.version, parts.catalog.version)
    assert recall(settings, *versions) is not None
    (folder,) = (settings.state / "versions").iterdir()
    users = folder / "policies" / "users.yaml"
    users.write_text(users.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert recall(settings, *versions) is None
    _tighten(settings)
    told = replay(settings, count=50)
    assert (told["replayed"], told["other_policy_version"]) == (0, 2)
