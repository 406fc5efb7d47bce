"""One process, three faces: the chat at /, REST under /api/v1, its description at /api/docs. Identity by log-in.

No postponed annotations in this module: fastapi reads them, and the log-in is known inside `build_server` only.
"""

from html import escape
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from assistant import asking, requesting
from assistant.answer_format import answer_json, evidence_json
from assistant.checking import check_statement
from assistant.domain import Lang
from assistant.errors import AssistantError, UserError
from assistant.parts import Parts
from assistant.web.chat_desk import ChatDesk
from assistant.web.identity import UsersFile

if TYPE_CHECKING:
    import fastapi

API = "/api/v1"


class AskBody(BaseModel):
    """A question. Who asks is the log-in, never a field."""

    model_config = ConfigDict(extra="forbid")
    question: str = Field(max_length=20_000)
    purpose: str | None = None
    conversation_id: str = Field(default="", max_length=64)
    lang: Lang | None = None


class CheckBody(BaseModel):
    """A statement to judge; `run` also executes and releases it."""

    model_config = ConfigDict(extra="forbid")
    sql: str = Field(max_length=20_000)
    purpose: str | None = None
    run: bool = False
    lang: Lang = "zh"


class RequestBody(BaseModel):
    """A request for approval of what a question, or a statement, needs. The data asked for come from the judgement."""

    model_config = ConfigDict(extra="forbid")
    question: str | None = Field(default=None, max_length=20_000)
    sql: str | None = Field(default=None, max_length=20_000)
    purpose: str | None = None
    conversation_id: str = Field(default="", max_length=64)
    reason: str = Field(max_length=requesting.MAX_REASON)
    case_no: str = Field(default="", max_length=requesting.MAX_NUMBER)
    rows: int | None = None
    days: int | None = None
    lang: Lang = "zh"


class DecisionBody(BaseModel):
    """An approver's decision; who decides is the log-in."""

    model_config = ConfigDict(extra="forbid")
    decision: requesting.Verdict
    days: int | None = None
    approval_doc: str = Field(default="", max_length=requesting.MAX_NUMBER)
    lang: Lang = "zh"


def build_server(parts: Parts, users: UsersFile) -> Any:
    """The FastAPI application with the chat mounted in it."""
    import fastapi
    from fastapi.responses import HTMLResponse, JSONResponse
    from fastapi.security import HTTPBasic, HTTPBasicCredentials

    from assistant.web.app import mount_chat

    app = fastapi.FastAPI(
        title="GovData Assistant", version="1", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    basic = HTTPBasic(realm="govdata")

    def login(given: Annotated[HTTPBasicCredentials, fastapi.Depends(basic)]) -> str:
        if users.verify(given.username, given.password):
            return given.username
        raise fastapi.HTTPException(401, "用户名或口令不对 / wrong user or password", {"WWW-Authenticate": "Basic"})

    who = fastapi.Depends(login)

    @app.exception_handler(AssistantError)
    def explain(request: fastapi.Request, error: AssistantError) -> JSONResponse:
        """RFC 9457: one sentence that says what to do, and nothing of the inside."""
        status = 400 if isinstance(error, UserError) else 503
        return JSONResponse({"title": error.text.en, "detail": error.text.zh, "status": status}, status)

    _add_questions(app, parts, who)
    _add_requests(app, parts, who)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok", "policy_version": parts.policies.version, "catalog_version": parts.catalog.version}

    @app.get("/api/docs", response_class=HTMLResponse, include_in_schema=False)
    def docs() -> str:
        return _docs_page(app.openapi())

    return mount_chat(app, ChatDesk(parts), users.verify)


def _add_questions(app: "fastapi.FastAPI", parts: Parts, who: Any) -> None:
    """Ask, check-sql, search."""

    @app.post(f"{API}/ask", summary="One question through the whole pipeline")
    def ask(body: AskBody, user: str = who) -> dict[str, Any]:
        answer = asking.ask(
            body.question,
            user_id=user,
            purpose_code=body.purpose,
            conversation_id=body.conversation_id,
            lang=body.lang,
            parts=parts,
        )
        return answer_json(answer)

    @app.post(f"{API}/check-sql", summary="What the policies say of a given SQL")
    def check_sql(body: CheckBody, user: str = who) -> dict[str, Any]:
        return check_statement(
            body.sql, user_id=user, purpose_code=body.purpose, parts=parts, execute=body.run, lang=body.lang
        )

    @app.get(f"{API}/search", summary="Retrieval alone, over what the user may see")
    def search(query: str, kind: str = "all", top_k: int = 10, purpose: str | None = None, user: str = who) -> Any:
        found = asking.search(query, user_id=user, purpose_code=purpose, kind=kind, top_k=top_k, parts=parts)
        return {"results": [evidence_json(item) | {"text": item.quote, "score": item.score} for item in found]}


def _add_requests(app: "fastapi.FastAPI", parts: Parts, who: Any) -> None:
    """File, list and decide requests for a grant."""

    @app.post(f"{API}/requests", summary="File a request for what a question or a statement needs", status_code=201)
    def file_request(body: RequestBody, user: str = who) -> dict[str, Any]:
        offer = requesting.offer_of(
            question=body.question,
            sql=body.sql,
            user_id=user,
            purpose_code=body.purpose,
            conversation_id=body.conversation_id,
            parts=parts,
        )
        told = requesting.Particulars(reason=body.reason, case_no=body.case_no, rows=body.rows, days=body.days)
        filed = requesting.file_offer(offer, told, user_id=user, parts=parts)
        return {"filed": [requesting.filed_json(one, parts, body.lang) for one in filed]}

    @app.get(f"{API}/requests", summary="Own requests; for an approver, those to decide and the grants in force")
    def list_requests(lang: Lang = "zh", user: str = who) -> dict[str, Any]:
        return requesting.book_json(requesting.book_of(user, parts), parts, lang)

    @app.post(f"{API}/requests/{{request_id}}/decision", summary="Approve, reject or revoke, as the owner's approver")
    def decide_request(request_id: str, body: DecisionBody, user: str = who) -> dict[str, Any]:
        decided = requesting.decide(
            request_id,
            body.decision,
            user_id=user,
            parts=parts,
            days=body.days,
            approval_doc=body.approval_doc,
        )
        return requesting.filed_json(decided, parts, body.lang)


def _docs_page(description: dict[str, Any]) -> str:
    """The OpenAPI description as a plain page: nothing is loaded from anywhere."""
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{escape(operation.get('summary', ''))}</td></tr>"
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    return (
        "<!doctype html><html lang='zh-CN'><meta charset='utf-8'><title>API</title>"
        "<style>body{font-family:sans-serif;margin:2rem;max-width:60rem}td{padding:.3rem 1rem .3rem 0}</style>"
        f"<h1>{escape(description['info']['title'])} API</h1><p>HTTP Basic; the same users as the chat. "
        "<a href='/api/openapi.json'>openapi.json</a></p>"
        f"<table>{''.join(rows)}</table></html>"
    )
