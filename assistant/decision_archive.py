"""The rules that decided, kept by version: an audit record can be decided again under the rules of its own day.

`<state>/versions/<policy version>-<catalog version>/` holds the files that both hashes are taken from: the packaged
defaults, the workspace's policies and its catalog. They are written once, when a version is first in use, and are read
only where they still give those hashes. They hold rules and labels, no data.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.catalog import Catalog, load_catalog
from assistant.domain import Text
from assistant.errors import ConfigurationError, StoreUnavailable
from assistant.policies.policy_files import deciding_files
from assistant.policies.policy_set import PolicySet
from assistant.policies.rules import DEFAULTS, load_policies
from assistant.settings import Settings
from assistant.workspace import load_workspace

_UNKEPT = Text(
    zh="现行规则无法存档，因此不能给出答案。请管理员检查状态目录是否可写。",
    en="The rules in force cannot be archived, so there is no answer. Have the state folder checked.",
)


def keep(settings: Settings, policies: PolicySet, catalog: Catalog) -> None:
    """Archive the files of the rules in force, unless they are there. Raises StoreUnavailable."""
    folder = _folder(settings, policies.version, catalog.version)
    if folder.is_dir():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
            made = Path(name) / "files"
            for file, place in _files(settings):
                (made / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, made / place)
            _put(made, folder)
    except OSError as error:
        raise StoreUnavailable(_UNKEPT) from error


def _put(made: Path, folder: Path) -> None:
    """Another process may have put the same version there first."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _files(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """(file, its place in the archive)."""
    own = ((settings.workspace / name, name) for name in ("policies", "catalog"))
    for root, name in ((DEFAULTS, "default"), *own):
        for file in deciding_files(root):
            yield file, Path(name) / file.relative_to(root)
    yield settings.workspace / "workspace.yaml", Path("workspace.yaml")


def recall(settings: Settings, policy_version: str, catalog_version: str) -> tuple[Catalog, PolicySet] | None:
    """The rules of a version; None where they were not kept, or are no longer what was kept."""
    folder = _folder(settings, policy_version, catalog_version)
    if not folder.is_dir():
        return None
    try:
        catalog = load_catalog(folder)
        scheme = load_workspace(folder).level_scheme
        policies = load_policies(folder, catalog, scheme=scheme, defaults=folder / "default")
    except ConfigurationError:
        return None
    return (catalog, policies) if (policies.version, catalog.version) == (policy_version, catalog_version) else None


def _folder(settings: Settings, policy_version: str, catalog_version: str) -> Path:
    return settings.state / "versions" / f"{Path(policy_version).name}-{Path(catalog_version).name}"
