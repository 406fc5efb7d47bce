"""The maturity self-assessment and the classification proposals as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.domain import Text
from assistant.steward.maturity import Evidence, Rated, measure_names
from assistant.steward.maturity_answers import MaturityAnswer
from assistant.steward.proposals import LabelProposal
from assistant.steward.tables import StewardTable


def maturity_table(rated: Sequence[Rated], given: Mapping[str, MaturityAnswer] | None = None) -> StewardTable:
    """One row an ability: level (None = no evidence and no answer), evidence, open questions.

    `given`: the answers by question id; what an answer rests on is evidence too.
    """
    return StewardTable(
        columns=("part", "ability", "level", "evidence", "open"),
        labels=(
            Text(zh="部分", en="Part"),
            Text(zh="能力", en="Ability"),
            Text(zh="等级", en="Level"),
            Text(zh="证据", en="Evidence"),
            Text(zh="待回答", en="To be answered"),
        ),
        rows=tuple(
            (
                one.ability.part,
                one.ability.name.zh,
                one.level,
                _evidence(one, given or {}) or None,
                "；".join(item.text.zh for item in one.open) or None,
            )
            for one in rated
        ),
        ids=tuple(one.ability.id for one in rated),
    )


def _evidence(one: Rated, given: Mapping[str, MaturityAnswer]) -> str:
    measured = [f"{_measured(item)}（{item.level}）" for item in one.evidence]
    answered = [(level, given[name]) for name, level in one.answered if name in given]
    said = [f"{kept.basis}，{kept.by}，{kept.on.isoformat()}（{level}）" for level, kept in answered]
    return "、".join((*measured, *said))


def _measured(item: Evidence) -> str:
    """有责任处室的资源占比 93%, 角色数 9."""
    called = measure_names()[item.measure]
    return f"{called.name.zh} {f'{item.value:.0%}' if called.share else f'{item.value:g}'}"


def proposal_table(proposals: Sequence[LabelProposal]) -> StewardTable:
    """One row a proposal, surest first."""
    return StewardTable(
        columns=("element_id", "item", "level", "role", "confidence", "evidence"),
        labels=(
            Text(zh="数据项代码", en="Item id"),
            Text(zh="数据项", en="Data item"),
            Text(zh="建议级别", en="Proposed level"),
            Text(zh="建议作用", en="Proposed role"),
            Text(zh="置信度", en="Confidence"),
            Text(zh="证据", en="Evidence"),
        ),
        rows=tuple(
            (
                one.element_id,
                one.name,
                one.label.level.name,
                one.label.role.value,
                one.confidence,
                "；".join(clue.why.zh for clue in one.clues),
            )
            for one in proposals
        ),
        ids=tuple(one.element_id for one in proposals),
    )
