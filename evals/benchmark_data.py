"""Where benchmark data that may not be part of the repository lie: in `shared/` beside the checkout."""

from __future__ import annotations

from pathlib import Path

from assistant.domain import Text
from assistant.errors import UserError


def shared_folder(*names: str) -> Path:
    """A folder of the benchmark data beside the checkout. Raises UserError where it is absent."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    path = folder.joinpath(*names)
    if not path.exists():
        raise UserError(
            Text(
                zh=f"没有随附的评测数据 {'/'.join(names)}。请用 --data 指定数据目录。",
                en=f"The benchmark data {'/'.join(names)} is not beside this checkout. Name a folder with --data.",
            )
        )
    return path
