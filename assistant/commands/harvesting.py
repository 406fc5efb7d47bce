"""harvest: an existing database, only read, becomes a draft workspace that a steward classifies."""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.commands.tending import ProgressLine, out
from assistant.domain import Text
from assistant.errors import UserError


def harvest(options: argparse.Namespace) -> int:
    """Write the draft and say what comes next. Exit 2 where the address, the database or the folder will not do."""
    from assistant.harvest.draft_workspace import write_draft
    from assistant.harvest.drafting import draft_of
    from assistant.warehouse.sources import open_source

    folder = Path(options.out).expanduser()
    _need_folder(folder, overwrite=options.overwrite)
    source = open_source(options.url)
    try:
        draft = draft_of(
            source,
            title=options.title or folder.resolve().name,
            provider=options.provider,
            category=options.category,
            with_values=not options.no_values,
            progress=ProgressLine(),
        )
    finally:
        source.close()
    written = write_draft(draft, folder, overwrite=options.overwrite)
    columns = sum(len(table.columns) for table in draft.harvested.tables)
    document = {
        "out": str(folder),
        "source": draft.address,
        "tables": len(draft.harvested.tables),
        "columns": columns,
        "joins_declared": len(draft.harvested.joins),
        "joins_inferred": len(draft.inferred),
        "files": [str(path) for path in written],
    }
    out(options, document, _lines(document))
    return 0


def _lines(document: dict[str, object]) -> list[str]:
    tables, columns = document["tables"], document["columns"]
    declared, inferred = document["joins_declared"], document["joins_inferred"]
    folder = document["out"]
    return [
        f"草稿 draft: {folder}（{tables} tables, {columns} columns, joins: {declared} declared + {inferred} inferred）",
        "尚未分类分级，全部不提供服务 / unclassified: nothing of it is served yet",
        f"下一步 next: govdata check --workspace {folder}",
    ]


def _need_folder(folder: Path, *, overwrite: bool) -> None:
    """Raises UserError before minutes are spent on reading."""
    if (folder / "workspace.yaml").exists() and not overwrite:
        raise UserError(
            Text(
                zh=f"{folder} 已是一个工作区，不会覆盖。请换一个目录，或加 --overwrite（会丢弃其中已填的内容）。",
                en=f"{folder} is a workspace already and is not overwritten. Name another folder, or add --overwrite "
                "(what was filled in there is lost).",
            )
        )
    if folder.exists() and not folder.is_dir():
        zh, en = f"{folder} 不是目录。请用 --out 另选目录。", f"{folder} is no folder. Name another one with --out."
        raise UserError(Text(zh=zh, en=en))
