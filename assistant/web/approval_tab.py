"""Layout of the request form and the approval tab. The web library is handed in: app.py alone imports it.

No postponed annotations in this module: gradio looks at `request: gr.Request` and must find the class, not its name.
"""

from typing import Any

from assistant.domain import Lang
from assistant.requesting import Verdict
from assistant.web.approval_desk import ApprovalDesk

_PRIVATE = {"api_visibility": "private"}


def request_form(gr: Any) -> dict[str, Any]:
    """The form under the reasons, hidden until an answer offers a request; `form` and `offer` follow the answer."""
    with gr.Group(visible=False, elem_id="request") as form:
        offer = gr.Markdown(elem_id="request-offer")
        reason = gr.Textbox(label="申请理由 / Reason", lines=2, max_length=500, elem_id="request-reason")
        with gr.Row():
            case_no = gr.Textbox(label="案件编号 / Case number", max_length=64, elem_id="request-case")
            rows = gr.Number(label="预计行数 / Rows expected", precision=0, minimum=0, elem_id="request-rows")
        button = gr.Button("提交申请 / File a request", size="sm", variant="primary", elem_id="request-file")
        told = gr.Markdown(elem_id="request-told")
    return {"form": form, "offer": offer, "told": told, "reason": reason, "case_no": case_no, "rows": rows} | {
        "button": button
    }


def approval_tab(gr: Any) -> dict[str, Any]:
    """The tab of the approvers; `tab` is made visible for them when the page is loaded."""
    with gr.Tab("审批 / Approvals", id="approvals", visible=False, elem_id="approvals") as tab:
        choice = gr.Dropdown(label="等待批准的申请 / Waiting", choices=[], elem_id="approval-choice")
        shown = gr.Markdown(elem_id="approval-shown")
        with gr.Row():
            days = gr.Number(label="期限（天）/ Term (days)", precision=0, minimum=0, elem_id="approval-days")
            document = gr.Textbox(label="批准文号 / Approval document", max_length=64, elem_id="approval-document")
        with gr.Row():
            approve = gr.Button("批准 / Approve", size="sm", variant="primary", elem_id="approval-approve")
            reject = gr.Button("不批准 / Reject", size="sm", variant="stop", elem_id="approval-reject")
        told = gr.Markdown(elem_id="approval-told")
    named = {"tab": tab, "choice": choice, "shown": shown, "days": days, "document": document, "told": told}
    return named | {"approve": approve, "reject": reject}


def wire(gr: Any, app: Any, desk: ApprovalDesk, form: dict[str, Any], tab: dict[str, Any], **state: Any) -> None:
    """Join the form and the tab to the desk; `state` holds the components `current` (question id) and `tongue`."""
    current, tongue = state["current"], state["tongue"]

    def file(question_id: str, reason: str, case_no: str, rows: float | None, lang: Lang, request: gr.Request) -> str:
        return desk.file(request.username or "", question_id, reason, case_no, rows, lang)

    def refresh(lang: Lang, request: gr.Request) -> list[Any]:
        return _choices(gr, desk, request.username or "", lang)

    def show(number: str | None, lang: Lang, request: gr.Request) -> str:
        return desk.describe(request.username or "", number, lang)

    def decision(verdict: Verdict) -> Any:
        def decide(number: str | None, days: float | None, document: str, lang: Lang, request: gr.Request) -> list[Any]:
            user = request.username or ""
            told = desk.decide(user, number, verdict, days, document, lang)
            return [told, *_choices(gr, desk, user, lang)]

        return decide

    inputs = [current, form["reason"], form["case_no"], form["rows"], tongue]
    form["button"].click(file, inputs, form["told"], **_PRIVATE)
    listed = [tab["tab"], tab["choice"], tab["shown"]]
    app.load(refresh, [tongue], listed, **_PRIVATE)
    tab["tab"].select(refresh, [tongue], listed, **_PRIVATE)
    tab["choice"].input(show, [tab["choice"], tongue], tab["shown"], **_PRIVATE)
    given = [tab["choice"], tab["days"], tab["document"], tongue]
    tab["approve"].click(decision("approve"), given, [tab["told"], *listed], **_PRIVATE)
    tab["reject"].click(decision("reject"), given, [tab["told"], *listed], **_PRIVATE)


def _choices(gr: Any, desk: ApprovalDesk, user_id: str, lang: Lang) -> list[Any]:
    """The tab itself, its list and the first request of the list."""
    waiting = desk.waiting(user_id, lang)
    first = waiting[0][1] if waiting else None
    return [
        gr.update(visible=desk.approves(user_id)),
        gr.update(choices=waiting, value=first),
        desk.describe(user_id, first, lang),
    ]
