"""Scores of single cases: each carries its value, what it was read from, and why. Pure.

The definitions that several suites share; what only one suite knows stands in that suite. Comparing tables is in
result_tables.py, ranking in ranking.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evals.ranking import ndcg, recall, reciprocal_rank
from evals.result_tables import Rows, same_rows
from evals.task import Score

RECALL_DEPTHS = (1, 5, 10, 100)


def execution(gold: Rows, got: Rows | None, *, ordered: bool, truncated: bool = False) -> dict[str, Score]:
    """`execution_accuracy` and `execution_accuracy_strict` of one question (result_tables.py for the definition).

    `got` None = nothing was executed: both are 0 with that reason, since a benchmark question always has an answer;
    abstention is told apart by the case's state, not by its score.
    """
    if got is None:
        return {name: Score(value=0.0, why="no result") for name in _EXECUTION}
    seen = f"{len(got)} rows" + (", truncated" if truncated else "")
    said = preview(got)
    tolerant = same_rows(gold, got, ordered=ordered)
    strict = tolerant and same_rows(gold, got, ordered=ordered, strict=True)
    why = f"{seen}; the gold has {len(gold)}" if not tolerant else seen
    return {
        "execution_accuracy": Score(value=float(tolerant), answer=said, why=why),
        "execution_accuracy_strict": Score(value=float(strict), answer=said, why=why),
    }


_EXECUTION = ("execution_accuracy", "execution_accuracy_strict")


def retrieved(ranked: Sequence[str], relevant: Mapping[str, int]) -> dict[str, Score]:
    """recall@1/5/10/100, mrr@10 and ndcg@10 of one query; one that returned nothing scores 0: silence is no gain."""
    wanted = [name for name, grade in relevant.items() if grade > 0]
    ranks = {name: ranked.index(name) + 1 for name in wanted if name in ranked}
    why = "; ".join(f"{name}: {ranks.get(name, 'not found')}" for name in wanted[:5])
    said = ", ".join(ranked[:3])
    values = {f"recall@{depth}": recall(ranked, relevant, depth) for depth in RECALL_DEPTHS}
    values |= {"mrr@10": reciprocal_rank(ranked, relevant), "ndcg@10": ndcg(ranked, relevant)}
    return {name: Score(value=value, answer=said, why=why) for name, value in values.items()}


_MARKS = re.compile(r"[\s\W_]+")


def supported_sentences(text: str, quotes: Sequence[str]) -> tuple[int, int, str]:
    """(supported, all, first unsupported) sentences of a policy answer.

    A sentence is supported when what it says (letters, digits and Han characters) occurs in a cited quote, or when it
    holds, in quotation marks, words that do; naming the source (《…》第X条规定) says nothing by itself.
    """
    whole = [_bare(quote) for quote in quotes if _bare(quote)]
    supported, total, first = 0, 0, ""
    for said in split_sentences(text):
        total += 1
        inner = _QUOTED.findall(said) or _QUOTED_OPEN.findall(said)
        parts = [_bare(part) for part in inner] if inner else [_bare(said)]
        parts = [part for part in parts if part]
        if parts and all(any(part in quote for quote in whole) for part in parts):
            supported += 1
        else:
            first = first or said.strip()
    return supported, total, first


_QUOTED = re.compile('[“「『"]([^”」』"]+)[”」』"]')
_QUOTED_OPEN = re.compile('[“「『"]([^”」』"]+)$')


def split_sentences(text: str) -> list[str]:
    """Sentences of zh and en prose; a full stop inside quotation marks does not end one."""
    found, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth = max(0, depth + (character in "“「『") - (character in "”」』"))
        if depth == 0 and (
            character in "。！？!?；\n" or (character == "." and text[place + 1 : place + 2] in ("", " "))
        ):
            found.append(text[start : place + 1])
            start = place + 1
    found.append(text[start:])
    return [sentence for sentence in found if _bare(sentence)]


def _bare(text: str) -> str:
    return _MARKS.sub("", text)


def preview(rows: Rows, most: int = 3) -> str:
    """The first rows in one line, for a report."""
    shown = "; ".join(", ".join(_word(value) for value in row) for row in list(rows)[:most])
    return shown + (" …" if len(rows) > most else "")


def _word(value: Any) -> str:
    return "NULL" if value is None else str(value)[:40]
