"""The front door of the pipeline for every channel: words, a user id and a purpose code -> one Answer."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from assistant import approvals, language, pipeline
from assistant.domain import Answer, Evidence, Lang, Purpose, Question, Text, User
from assistant.errors import UserError
from assistant.parts import Parts
from assistant.policies import access
from assistant.stages import Observer, ignore

MAX_QUESTION = 1000  # characters


def ask(
    text: str,
    *,
    user_id: str,
    parts: Parts,
    purpose_code: str | None = None,
    conversation_id: str = "",
    lang: Lang | None = None,
    observe: Observer = ignore,
) -> Answer:
    """One question through the whole pipeline. Raises UserError where the asker can mend it."""
    words = _worded(text)
    user, purpose = identify(user_id, purpose_code, parts)
    conversation = conversation_id or secrets.token_hex(8)
    question = Question(
        question_id=secrets.token_hex(8),
        text=words,
        user=user,
        purpose=purpose,
        lang=lang or language.detect(words),
        asked_at=datetime.now(UTC),
        conversation_id=conversation,
    )
    history = parts.conversations.turns(conversation, user.user_id, purpose.code)
    answer = pipeline.answer(question, parts, history=history, observe=observe)
    parts.conversations.remember(answer, user.user_id, purpose.code)
    return answer


def identify(user_id: str, purpose_code: str | None, parts: Parts) -> tuple[User, Purpose]:
    """The subject with the grants in force, and the registered purpose: from the policies, never from the question."""
    user = registered(user_id, parts)
    purpose = parts.policies.purpose(user, purpose_code)
    if purpose is None:
        codes = "、".join(user.purposes)
        raise UserError(
            Text(
                zh=f"请选择已登记的使用用途（可选：{codes}）。需要新的用途，请向本部门数据管理员申请登记。",
                en=f"Choose a registered purpose (yours: {', '.join(user.purposes)}). For a new one, ask the data "
                "administrator of your department to register it.",
            )
        )
    return approvals.with_approved_grants(user, parts), purpose


def registered(user_id: str, parts: Parts) -> User:
    """The user as the workspace registers them. Raises UserError for anybody else."""
    user = parts.policies.user(user_id)
    if user is None:
        raise UserError(
            Text(
                zh="没有这个用户。请核对用户名，或请平台管理员登记。",
                en="There is no such user. Check the user name, or ask the platform administrator to register you.",
            )
        )
    return user


def _worded(text: str) -> str:
    words = text.strip()
    if not words:
        raise UserError(
            Text(
                zh="请输入问题，例如：2025年各区新设企业数，和上年同期比。",
                en="Type a question, for example: new firms by district in 2025, and the same period last year.",
            )
        )
    if len(words) > MAX_QUESTION:
        raise UserError(
            Text(
                zh=f"问题超过 {MAX_QUESTION} 个字。请只写要查的指标、范围和时间，一次问一件事。",
                en=f"The question has more than {MAX_QUESTION} characters. State only the figure, the scope and the "
                "period, one thing at a time.",
            )
        )
    return words


def search(
    query: str,
    *,
    user_id: str,
    parts: Parts,
    purpose_code: str | None = None,
    kind: str = "all",
    top_k: int = 10,
    dense: bool = True,
) -> tuple[Evidence, ...]:
    """Retrieval alone, over what this user may see. A user with several purposes is seen by the first."""
    user = parts.policies.user(user_id)
    code = purpose_code or (user.purposes[0] if user and user.purposes else None)
    user, purpose = identify(user_id, code, parts)
    visible = access.visible(user, purpose, parts.policies)
    kinds = ("policy", "catalog") if kind == "all" else (kind,)
    return parts.retriever.search(_worded(query), visible, kinds=kinds, top_k=max(1, min(top_k, 100)), dense=dense)
