"""Passwords are made once, stored as hashes, and checked without telling who exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.web.identity import UsersFile


def test_a_password_is_made_once_and_never_stored(tmp_path: Path) -> None:
    users = UsersFile(tmp_path / "users.json")
    fresh = users.ensure(["analyst", "public"])
    assert set(fresh) == {"analyst", "public"}
    assert users.ensure(["analyst"]) == {}
    assert all(password not in (tmp_path / "users.json").read_text() for password in fresh.values())
    assert (tmp_path / "users.json").stat().st_mode & 0o777 == 0o600


def test_only_the_right_password_of_that_user_opens(tmp_path: Path) -> None:
    users = UsersFile(tmp_path / "users.json")
    fresh = users.ensure(["analyst", "public"])
    assert users.verify("analyst", fresh["analyst"])
    assert not users.verify("analyst", fresh["public"])
    assert not users.verify("nobody", "")


def test_a_reset_makes_the_old_password_useless(tmp_path: Path) -> None:
    users = UsersFile(tmp_path / "users.json")
    old = users.ensure(["analyst"])["analyst"]
    new = users.reset(["analyst"])["analyst"]
    assert not users.verify("analyst", old)
    assert users.verify("analyst", new)


def test_five_failures_bring_a_pause(tmp_path: Path) -> None:
    users = UsersFile(tmp_path / "users.json")
    password = users.ensure(["analyst"])["analyst"]
    for _ in range(5):
        assert not users.verify("analyst", "wrong")
    assert not users.verify("analyst", password)


def test_a_broken_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("{")
    with pytest.raises(SettingsError, match="口令文件"):
        UsersFile(tmp_path / "users.json").ensure(["analyst"])
