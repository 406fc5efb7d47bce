"""What departments answered to the questions of the maturity self-assessment, kept in the state directory.

One line an answer, with what it rests on; the newest answer to a question counts, the older ones stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.domain import Text
from assistant.errors import StoreUnavailable, UserError
from assistant.steward.kept_lines import append_line, kept_lines
from assistant.steward.maturity import HIGHEST, LOWEST, Asked, abilities

LONGEST_BASIS = 300  # characters
LEVELS = (
    Text(zh="尚未开展", en="not begun"),
    Text(zh="个别部门开展", en="some departments do it"),
    Text(zh="有制度，多数部门开展", en="there is a rule and most departments follow it"),
    Text(zh="全面开展，有记录可查", en="all departments do it, with records"),
    Text(zh="持续改进，成效可以核对", en="it is improved all the time, with results that can be checked"),
)  # what an answer of 1 to 5 says


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturityAnswer:
    """`level` 1-5 (LEVELS); `basis`: the document or fact that it rests on."""

    question: str  # id of an Asked
    level: int
    basis: str
    by: str
    on: date


def questions() -> tuple[Asked, ...]:
    """Every question of the model, in its order. Raises ConfigurationError where maturity.yaml is wrong."""
    return tuple(one for ability in abilities() for one in ability.ask)


def checked(answer: MaturityAnswer) -> MaturityAnswer:
    """The answer as it may be kept. Raises UserError where the question, the level or the basis is missing."""
    if answer.question not in {one.id for one in questions()}:
        raise UserError(
            Text(
                zh="没有这个自评问题。请从列表中选择。",
                en="The self-assessment has no such question. Choose one of the list.",
            )
        )
    if not LOWEST <= answer.level <= HIGHEST:
        raise UserError(Text(zh="等级应为 1 至 5。", en="The level must be from 1 to 5."))
    basis = answer.basis.strip()
    if not basis or len(basis) > LONGEST_BASIS:
        raise UserError(
            Text(
                zh=f"请写明依据（文件、记录或事实，不超过 {LONGEST_BASIS} 字），以便核对。",
                en=f"State what it rests on (a document, a record, a fact; up to {LONGEST_BASIS} characters).",
            )
        )
    return answer


def remember_answer(path: Path, answer: MaturityAnswer) -> None:
    """Append a checked answer. Raises UserError, and StoreUnavailable where the file cannot be written."""
    kept = checked(answer)
    entry = {
        "question": kept.question,
        "level": kept.level,
        "basis": kept.basis.strip(),
        "by": kept.by,
        "on": kept.on.isoformat(),
    }
    try:
        append_line(path, entry)
    except OSError as problem:
        raise StoreUnavailable(_unusable(path)) from problem


def recall_answers(path: Path) -> Mapping[str, MaturityAnswer]:
    """The newest answer by question id; none where there is no file. Raises StoreUnavailable for a damaged one."""
    try:
        return {
            str(one["question"]): MaturityAnswer(
                question=str(one["question"]),
                level=int(one["level"]),
                basis=str(one["basis"]),
                by=str(one["by"]),
                on=date.fromisoformat(one["on"]),
            )
            for one in kept_lines(path)
        }
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StoreUnavailable(_unusable(path)) from problem


def _unusable(path: Path) -> Text:
    return Text(
        zh=f"成熟度自评的回答记录无法读写：{path}。请管理员检查该文件。",
        en=f"The answers of the self-assessment cannot be read or written: {path}. Ask the administrator.",
    )
