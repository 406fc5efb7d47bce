"""What the chat needs to file a request and what the approval tab needs to decide one. Words and choices, no gradio."""

from __future__ import annotations

from collections.abc import Callable

from assistant import requesting
from assistant.domain import Answer, GrantMode, Lang, RequestOffer, Text
from assistant.errors import AssistantError
from assistant.language import render
from assistant.parts import Parts
from assistant.policies.grants import Filed
from assistant.requesting import Particulars, Verdict
from assistant.web.presenting import escape

_MODES = {
    GrantMode.AGGREGATE: Text(zh="汇总使用", en="aggregates"),
    GrantMode.ROW_MASKED: Text(zh="遮蔽明细", en="masked rows"),
    GrantMode.ROW_RAW: Text(zh="原始明细", en="raw rows"),
    GrantMode.CASE: Text(zh="个案明细", en="rows for one case"),
}
_STATES = {
    "requested": Text(zh="等待批准", en="waiting"),
    "approved": Text(zh="已批准", en="approved"),
    "rejected": Text(zh="未批准", en="rejected"),
    "revoked": Text(zh="已收回", en="revoked"),
    "expired": Text(zh="已到期", en="expired"),
}


class ApprovalDesk:
    """One for the whole app. `answer_of(user, question id)` gives back an answer only to whom it was given."""

    def __init__(self, parts: Parts, answer_of: Callable[[str, str], Answer | None]) -> None:
        self._parts, self._answer_of = parts, answer_of

    def file(self, user_id: str, question_id: str, reason: str, case_no: str, rows: float | None, lang: Lang) -> str:
        """File what the answer offered; Markdown that says what was filed, or what is missing."""
        answer = self._answer_of(user_id, question_id)
        particulars = Particulars(reason=reason, case_no=case_no, rows=int(rows) if rows else None)
        try:
            offer = answer.request if answer else None
            filed = requesting.file_offer(offer, particulars, user_id=user_id, parts=self._parts)
        except AssistantError as error:
            return escape(render(error.text, lang))
        return "\n".join(self._line(one, lang) for one in filed)

    def approves(self, user_id: str) -> bool:
        """True for users who see the approval tab."""
        user = self._parts.policies.user(user_id)
        return user is not None and self._parts.grants.approves(user)

    def waiting(self, user_id: str, lang: Lang) -> list[tuple[str, str]]:
        """(words, request id) of what this approver can decide."""
        user = self._parts.policies.user(user_id)
        found = self._parts.grants.waiting_for(user) if user else ()
        return [(f"{one.request.user_id} · {self._name(one, lang)}", one.request.request_id) for one in found]

    def describe(self, user_id: str, request_id: str | None, lang: Lang) -> str:
        """One waiting request in Markdown; of a request that is not for this user: nothing."""
        if request_id not in {number for _, number in self.waiting(user_id, lang)}:
            return render(Text(zh="没有等待批准的申请。", en="No request is waiting."), lang)
        filed = self._parts.grants.filed(str(request_id))
        return self._particulars(filed, lang) if filed else ""

    def decide(
        self, user_id: str, request_id: str | None, verdict: Verdict, days: float | None, document: str, lang: Lang
    ) -> str:
        """Approve or reject; Markdown that says what was decided, or why it could not be."""
        try:
            decided = requesting.decide(
                request_id or "",
                verdict,
                user_id=user_id,
                parts=self._parts,
                days=int(days) if days else None,
                approval_doc=document,
            )
        except AssistantError as error:
            return escape(render(error.text, lang))
        return self._line(decided, lang)

    def _line(self, filed: Filed, lang: Lang) -> str:
        state = render(_STATES[filed.state_on(self._parts.clock())], lang)
        ends = f" → {filed.grant.valid_to}" if filed.grant and filed.state == "approved" else ""
        return f"- `{filed.request.request_id}` {escape(self._name(filed, lang))}：**{state}**{ends}"

    def _name(self, filed: Filed, lang: Lang) -> str:
        resource = self._parts.catalog.by_table.get(filed.request.dataset)
        if resource is None:
            return filed.request.dataset
        return render(Text(zh=resource.name, en=resource.name_en or resource.name), lang)

    def _particulars(self, filed: Filed, lang: Lang) -> str:
        request = filed.request
        resource = self._parts.catalog.by_table.get(request.dataset)
        names = {element.column: element.name for element in resource.elements} if resource else {}
        purpose = self._parts.policies.purposes.get(request.purpose)
        said = {
            Text(zh="申请人", en="Applicant"): f"{request.user_id}（{request.department}）",
            Text(zh="用途", en="Purpose"): render(purpose.name, lang) if purpose else request.purpose,
            Text(zh="数据", en="Data"): self._name(filed, lang),
            Text(zh="信息项", en="Items"): "、".join(names.get(column, column) for column in request.columns),
            Text(zh="使用形式", en="Form of use"): render(_MODES[request.mode], lang),
            Text(zh="预计行数", en="Rows expected"): str(request.rows) if request.rows else "—",
            Text(zh="期限（天）", en="Term (days)"): str(request.days),
            Text(zh="案件编号", en="Case number"): request.case_no or "—",
            Text(zh="理由", en="Reason"): request.reason,
        }
        return "\n".join(f"- {render(head, lang)}：{escape(words)}" for head, words in said.items())


def offer_markdown(offer: RequestOffer | None, lang: Lang) -> str:
    """What a request would ask for and who would decide it; empty where there is nothing to file."""
    if offer is None:
        return ""
    head = Text(zh="可以提交申请，内容已按本次查询填好：", en="A request can be filed; it is filled from this query:")
    lines = [render(head, lang)]
    for item in offer.items:
        columns, form = "、".join(item.column_names), render(_MODES[item.mode], lang)
        by = render(Text(zh=f"由{item.provider}批准", en=f"decided by {item.provider}"), lang)
        lines.append(f"- **{escape(render(item.name, lang))}**：{escape(columns)}（{form}，{escape(by)}）")
    return "\n".join(lines)
