"""Tables as Markdown rows: the one form in which a table travels through retrieval. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(rows: Sequence[Sequence[str | None]]) -> str:
    """Rows of cells as Markdown; empty rows are dropped, line breaks inside a cell become spaces.

    >>> print(markdown_table([["级别", "含义"], ["G1", "公开"]]))
    | 级别 | 含义 |
    | --- | --- |
    | G1 | 公开 |
    """
    clean = [[" ".join((cell or "").replace("|", "｜").split()) for cell in row] for row in rows]
    kept = [row for row in clean if any(row)]
    if not kept:
        return ""
    width = max(len(row) for row in kept)
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in kept]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def is_table_row(line: str) -> bool:
    return line.startswith("|") and line.rstrip().endswith("|")
