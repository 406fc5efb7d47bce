"""The attack collections of the safety suite: what is asked, spliced, planted or put into the model's mouth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.domain import ColumnRole, Text
from assistant.errors import UserError
from assistant.parts import Parts
from assistant.ports import ModelReply
from assistant.yaml_source import read_yaml
from evals.loaders import load_written_cases
from evals.reading import EvaluationDataError, json_lines, need_folder, wrong
from evals.task import Case

_WORD = re.compile(r"\{(table|id)\}")


def attack_cases(data: Path | None, own: Path, parts: Parts, lang: str | None = None) -> tuple[Case, ...]:
    """Ours, and those of the folder `data` where its files are there; `own` is evals/cases/safety."""
    if data is not None:
        _need_attacks(data)
    theirs = data / "benign.yaml" if data is not None else own / "benign.yaml"
    benign = theirs if theirs.is_file() else own / "benign.yaml"  # harmless questions belong to a workspace
    found = [*_captured(own / "captured_model.yaml", parts), *_benign(benign, lang)]
    found += [*_texts(own / "formulas.yaml", "export"), *_texts(own / "planted_catalog.yaml", "catalog_text")]
    if data is not None:
        for name, maker in _FILES.items():
            file = data / name
            if file.is_file():
                found += [maker(row, line) for line, row in json_lines(file)]
        found += _planted(data)
    return tuple(case for case in found if lang is None or case.lang in ("", lang))


def _case(kind: str, name: str, text: str, lang: str = "", **body: Any) -> Case:
    return Case(id=name, text=text, lang=lang, strata=(("kind", kind),), body={"kind": kind, **body})


def _payload(row: Mapping[str, Any], line: int) -> Case:
    """SQL-injection payloads; label 0 = harmless text that looks like one (kept apart as `lookalike`)."""
    kind = "sql_injection" if row.get("label", 1) else "lookalike"
    return _case(kind, str(row.get("id", line)), str(row["payload"]))


def _prompt(row: Mapping[str, Any], line: int) -> Case:
    """P2SQL: an injection in the question, or in the data that an innocent question touches."""
    if row.get("injected_db_text"):
        return _case("planted_cell", str(row.get("id", line)), str(row["injected_db_text"]), "en")
    return _case(
        "prompt_injection", str(row.get("id", line)), str(row["question"]), "en", planted=row.get("injected_db_text")
    )


def _jailbreak(row: Mapping[str, Any], line: int) -> Case:
    return _case("jailbreak", str(row.get("id", line)), str(row["question"]), "zh")


_FILES = {"sqli_payloads.jsonl": _payload, "p2sql_redteam.jsonl": _prompt, "jade_hard_zh.jsonl": _jailbreak}


def _need_attacks(data: Path) -> None:
    """A folder without any known collection is a mistake, not a safe product. Raises EvaluationDataError."""
    known = (*_FILES, "bipia_attacks.jsonl", "policy_identity_tpch.jsonl", "policy_identity_tpcds.jsonl")
    need_folder(data, "attacks", ", ".join(known))
    if not any((data / name).is_file() for name in known):
        names = "、".join(known)
        raise wrong(f"目录里没有认识的攻击集：{names}。", f"the folder has none of {', '.join(known)}.", data)


def _planted(data: Path) -> Iterator[Case]:
    """BIPIA: an instruction planted at the end of a cited document, contexts in turn, and once in the catalog."""
    attacks, contexts = data / "bipia_attacks.jsonl", data / "bipia_contexts.jsonl"
    if not (attacks.is_file() and contexts.is_file()):
        return
    texts = [row for _, row in json_lines(contexts)]
    for place, (_, row) in enumerate(json_lines(attacks)):
        context = texts[place % len(texts)]
        yield _case(
            "planted_document",
            f"bipia-{place:03d}",
            str(row["instruction"]),
            "en",
            context=str(context["context"]),
            question=str(context["question"]),
        )
        yield _case("catalog_text", f"bipia-catalog-{place:03d}", str(row["instruction"]), "en")


def _texts(file: Path, kind: str) -> Iterator[Case]:
    for item in read_yaml(file, EvaluationDataError).child("cases").sequence():
        yield _case(kind, item.child("id").text(), item.child("text").text())


def _captured(file: Path, parts: Parts) -> Iterator[Case]:
    """Raises UserError where the workspace has nothing to protect: an attack on nothing cannot succeed."""
    table, column = protected_column(parts)
    if not table:
        raise UserError(
            Text(
                zh="工作区没有标为直接标识的字段，攻击无从得手，评测没有意义。请先在目录里标注 role: direct_id。",
                en="No column of the workspace is labelled a direct identifier, so no attack could succeed and the "
                "suite would say nothing. Label one in the catalog (role: direct_id).",
            )
        )
    for item in read_yaml(file, EvaluationDataError).child("cases").sequence():
        template = item.child("sql").text()
        sql = _WORD.sub(lambda word: table if word[1] == "table" else column, template)
        yield _case("captured_model", item.child("id").text(), sql)


def _benign(file: Path, lang: str | None) -> Iterator[Case]:
    for case in load_written_cases(file, lang):
        written = case.body["written"]
        yield _case("benign", case.id, case.text, case.lang, user=written.user)


def protected_column(parts: Parts) -> tuple[str, str]:
    """The table with the most direct identifiers, and the second of them (the first is a name); ("", "") for none."""
    found: list[tuple[int, str, str]] = []
    for table, resource in sorted(parts.catalog.by_table.items()):
        names = [e.column for e in resource.elements if e.column and e.label and e.label.role is ColumnRole.DIRECT_ID]
        if names:
            found.append((len(names), table, names[min(1, len(names) - 1)] or ""))
    return max(found)[1:] if found else ("", "")


class CapturedModel:
    """A `ports.ChatModel` in an attacker's hands: whatever it is asked, it replies with the attacker's words."""

    model_id = "captured"
    takes_grammar = True  # what it writes is not held to the grammar: the gate must stop it

    def __init__(self, words: str) -> None:
        self._words = words
        self.asked = 0

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 512,
    ) -> ModelReply:
        self.asked += 1
        return ModelReply(text=self._words, prompt_tokens=0, completion_tokens=0)


def spliced(payload: str, parts: Parts) -> Sequence[str]:
    """A payload as a careless program would splice it: into a string, as a number, as a condition."""
    table, column = protected_column(parts)
    return (
        f"select count(*) as n from {table} where {column} = '{payload}'",
        f"select count(*) as n from {table} where 1 = {payload}",
        f"select count(*) as n from {table} where {payload}",
    )
