"""workspace.yaml: the name card of one governed estate (CONTRACT section 1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from assistant.domain import Text
from assistant.errors import SettingsError
from assistant.yaml_source import build, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSource:
    """Where the data are: an embedded DuckDB filled from `seed` (a generator, or CSV beside the schema), or from `url`.

    `url`: a database that is only read (warehouse/sources.py), without a password; GOVDATA_ENGINE_URL goes before it.
    """

    kind: Literal["duckdb", "url"] = "duckdb"
    seed: str = "csv"  # demo_city | csv
    url: str = ""

    @property
    def filled_from(self) -> str:
        """What the embedded warehouse is filled from: "url", or the seed."""
        return "url" if self.kind == "url" else self.seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    name: str
    name_en: str = ""
    languages: tuple[str, ...] = ("zh",)
    as_of: date | None = None  # the data end on this day; None = today
    level_scheme: str = "national"
    engine: EngineSource = field(default_factory=EngineSource)
    users: Literal["policies/users.yaml"] = "policies/users.yaml"  # a policy file like the others


def load_workspace(folder: Path) -> Workspace:
    """Read <folder>/workspace.yaml; raises SettingsError naming file, line and key."""
    path = folder / "workspace.yaml"
    if not path.is_file():
        raise SettingsError(
            Text(zh="缺少 workspace.yaml。请用 --workspace 指定工作区目录。", en="is missing. Use --workspace DIR."),
            file=path,
        )
    return build(Workspace, read_yaml(path, SettingsError), SettingsError)
