"""ADAPTER gradio: the chat. Layout and events only; what is shown comes from presenting.py and svg_chart.py.

No postponed annotations in this module: gradio looks at `request: gr.Request` and must find the class, not its name.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assistant.domain import Answer, Lang, Text
from assistant.errors import AssistantError
from assistant.language import render, to_traditional
from assistant.stages import STAGE_NAMES, StageEvent
from assistant.web import approval_tab, presenting, steward_tab
from assistant.web.approval_desk import ApprovalDesk, offer_markdown
from assistant.web.chat_desk import ChatDesk
from assistant.web.steward_desk import StewardDesk
from assistant.web.svg_chart import draw

FONTS = ["Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "sans-serif"]
LANGUAGES = [("简体中文", "zh"), ("繁體中文", "zh-Hant"), ("English", "en")]
EXAMPLES = {
    "zh": (
        "2025年各区新设企业数，和上年同期比",
        "今年各区住房成交均价排名前五",
        "2024年每月热线工单量",
        "有条件共享的数据怎么申请",
    ),
    "en": (
        "New firms by district in 2025, compared with the same period last year",
        "Top 5 districts by home price this year",
        "Hotline tickets by month in 2024",
        "How do I apply for conditionally shared data?",
    ),
}
_SUGGESTIONS = 4
_PANEL = 12  # components of the side panel
_WORDS = {
    "purpose": Text(zh="使用用途", en="Purpose"),
    "ask": Text(zh="请用一句话提问，例如：2025年各区新设企业数，和上年同期比", en="Ask in one sentence"),
    "chart": Text(zh="图表", en="Chart"),
    "table": Text(zh="结果", en="Result"),
    "why": Text(zh="为什么", en="Why"),
    "sources": Text(zh="依据", en="Sources"),
    "sql": Text(zh="查询语句", en="SQL"),
    "new": Text(zh="新的对话", en="New conversation"),
    "empty": Text(
        zh="答复的图表、理由、依据和查询语句会显示在这里。", en="Chart, reasons, sources and SQL appear here."
    ),
    "next": Text(zh="可以接着问", en="You could ask next"),
    "edit": Text(zh="修改理解（不用重新提问）", en="Change what was understood"),
}
CSS = """
.gradio-container {max-width: 1280px !important}
#panel {border-left: 1px solid var(--border-color-primary); padding-left: 14px}
#head {display: flex; justify-content: space-between; align-items: baseline}
"""


def build_app(desk: ChatDesk) -> Any:
    """The Blocks app of the chat, to be mounted behind a log-in."""
    import gradio as gr

    with gr.Blocks(
        title=f"{desk.parts.workspace.name} · 政务数据助手", analytics_enabled=False, fill_width=True
    ) as app:
        conversation, current = gr.State(""), gr.State("")
        head = gr.Markdown(elem_id="head")
        with gr.Row():
            purpose = gr.Radio(choices=[], label="使用用途", scale=3, elem_id="purpose")
            tongue = gr.Radio(choices=LANGUAGES, value="zh", label="语言 / Language", scale=2, elem_id="language")
        with gr.Tab("问数 / Ask"), gr.Row():
            with gr.Column(scale=3):
                chat = gr.Chatbot(height=560, show_label=False, elem_id="chat", render_markdown=True, buttons=["copy"])
                box = gr.Textbox(
                    show_label=False, lines=1, max_lines=4, autofocus=True, submit_btn=True, elem_id="question"
                )
                with gr.Row():
                    nexts = [gr.Button(text, size="sm", elem_classes="next") for text in EXAMPLES["zh"]]
                edit = gr.Dropdown(choices=[], value=None, visible=False, interactive=True, elem_id="edit")
                fresh = gr.Button("新的对话", size="sm", variant="secondary", elem_id="fresh")
            with gr.Column(scale=2, elem_id="panel"):
                tabs = _panel(gr)
        with gr.Tab("目录 / Catalog", elem_id="steward"):
            steward_tab.build_page(gr, StewardDesk(desk.parts), purpose, tongue)
        labels, form, approvals = tabs.pop("labels"), tabs.pop("request"), tabs.pop("approvals")
        outputs = [chat, box, conversation, current, *tabs.values(), *nexts, edit]

        def greet(request: gr.Request) -> list[Any]:
            user = request.username or ""
            lang = _browser_language(request.headers.get("accept-language", ""))
            return [_title(desk, user, lang), *_dressed(gr, desk, user, lang), lang, *_examples(lang)]

        def switch(lang: Lang, request: gr.Request) -> list[Any]:
            user = request.username or ""
            return [_title(desk, user, lang), *_dressed(gr, desk, user, lang)]

        def respond(
            text: str, shown: list[Any], code: str | None, lang: Lang, thread: str, request: gr.Request
        ) -> Iterator[list[Any]]:
            yield from _respond(gr, desk, text, shown, code, lang, thread, request.username or "")

        def export(kind: str, question_id: str, request: gr.Request) -> Any:
            return _export(desk, kind, question_id, request.username or "")

        dressed = [purpose, box, fresh, *labels]
        app.load(greet, None, [head, *dressed, tongue, *nexts], api_visibility="private")
        tongue.change(switch, [tongue], [head, *dressed], api_visibility="private")
        inputs = [box, chat, purpose, tongue, conversation]
        settings = {"concurrency_limit": 2, "concurrency_id": "ask", "api_visibility": "private"}
        box.submit(respond, inputs, outputs, **settings)
        for button in nexts:
            button.click(respond, [button, *inputs[1:]], outputs, **settings)
        edit.input(respond, [edit, *inputs[1:]], outputs, **settings)
        fresh.click(
            lambda: ([], "", "", gr.update(value="")),
            None,
            [chat, conversation, current, tabs["chart"]],
            api_visibility="private",
        )
        for kind in ("xlsx", "csv", "docx"):
            tabs[kind].click(export, [gr.State(kind), current], tabs[kind], api_visibility="private")
        approval_desk = ApprovalDesk(desk.parts, desk.answer)
        approval_tab.wire(gr, app, approval_desk, form, approvals, current=current, tongue=tongue)
    return app


def mount_chat(app: Any, desk: ChatDesk, verify: Callable[[str, str], bool]) -> Any:
    """The chat at / of a FastAPI application, behind a log-in; fonts and scripts come from this host alone."""
    import gradio as gr

    theme = gr.themes.Default(font=FONTS, font_mono=["Noto Sans Mono CJK SC", "monospace"])
    chat = build_app(desk)
    chat.queue(default_concurrency_limit=2, max_size=50)
    return gr.mount_gradio_app(
        app,
        chat,
        path="/",
        auth=verify,
        auth_message="政务数据助手 · 请登录 Please log in",
        theme=theme,
        css=CSS,
        footer_links=[],
        show_error=False,
        allowed_paths=[],
    )


TABS = ("table", "why", "sources", "sql")


def _panel(gr: Any) -> dict[str, Any]:
    """The side panel's components by name, in the order of `_panel_values`."""
    with gr.Tabs(elem_id="tabs") as tabs:
        with gr.Tab(_word("table", "zh"), id="table") as table_tab:
            chart = gr.HTML(elem_id="chart")
            table = gr.Dataframe(interactive=False, visible=False, elem_id="table", wrap=True)
            with gr.Row():
                files = {
                    kind: gr.DownloadButton(kind, size="sm", visible=False, elem_id=f"export-{kind}")
                    for kind in ("xlsx", "csv", "docx")
                }
        with gr.Tab(_word("why", "zh"), id="why") as why_tab:
            why = gr.Markdown(elem_id="why")
            form = approval_tab.request_form(gr)
        with gr.Tab(_word("sources", "zh"), id="sources") as sources_tab:
            sources = gr.Markdown(elem_id="sources")
        with gr.Tab(_word("sql", "zh"), id="sql") as sql_tab:
            sql = gr.Code(language="sql", interactive=False, show_label=False, elem_id="sql")
        approvals = approval_tab.approval_tab(gr)
    shown = {"chart": chart, "table": table, **files, "why": why, "sources": sources, "sql": sql, "tabs": tabs}
    offered = {name: form[name] for name in ("form", "offer", "told")}
    labels = [table_tab, why_tab, sources_tab, sql_tab]
    return {**shown, **offered, "labels": labels, "request": form, "approvals": approvals}


def _title(desk: ChatDesk, user_id: str, lang: Lang) -> str:
    user = desk.parts.policies.user(user_id)
    name = render(user.name, lang) if user else user_id
    workspace = desk.parts.workspace
    title = workspace.name_en if lang == "en" else render(Text(zh=workspace.name, en=""), lang)
    return f"## {presenting.escape(title)}　<small>{presenting.escape(name)} · [{_leave(lang)}](/logout)</small>"


def _leave(lang: Lang) -> str:
    return render(Text(zh="退出", en="log out"), lang)


def _dressed(gr: Any, desk: ChatDesk, user_id: str, lang: Lang) -> list[Any]:
    """Purpose, question box and new-conversation button in the reader's language."""
    choices = desk.purposes(user_id, lang)
    return [
        gr.update(choices=choices, value=choices[0][1] if len(choices) == 1 else None, label=_word("purpose", lang)),
        gr.update(placeholder=_word("ask", lang)),
        gr.update(value=_word("new", lang)),
        *[gr.update(label=_word(name, lang)) for name in TABS],
    ]


def _examples(lang: Lang) -> list[str]:
    if lang == "en":
        return list(EXAMPLES["en"])
    return [to_traditional(text) if lang == "zh-Hant" else text for text in EXAMPLES["zh"]]


def _word(name: str, lang: Lang) -> str:
    return render(_WORDS[name], lang)


def _browser_language(header: str) -> Lang:
    first = header.split(",")[0].lower()
    if first.startswith("zh"):
        return "zh-Hant" if any(mark in first for mark in ("tw", "hk", "mo", "hant")) else "zh"
    return "en" if first.startswith("en") else "zh"


def _respond(
    gr: Any, desk: ChatDesk, text: str, shown: list[Any], code: str | None, lang: Lang, thread: str, user_id: str
) -> Iterator[list[Any]]:
    """Stages stream into the conversation as they are done; then the answer and its panel."""
    keep = [gr.skip()] * (_PANEL + _SUGGESTIONS + 1)
    messages = [*shown, gr.ChatMessage(role="user", content=presenting.escape(text))]
    steps: list[StageEvent] = []
    for event in desk.ask(text, user_id=user_id, purpose_code=code, conversation_id=thread, lang=_answer_lang(lang)):
        if isinstance(event, StageEvent):
            steps = [step for step in steps if step.stage is not event.stage or step.done] + [event]
            yield [[*messages, _progress(gr, steps, lang)], "", thread, gr.skip(), *keep]
        elif isinstance(event, AssistantError):
            said = gr.ChatMessage(role="assistant", content=presenting.escape(render(event.text, lang)))
            yield [[*messages, said], text, thread, gr.skip(), *keep]
        else:
            done = gr.ChatMessage(role="assistant", content=presenting.bubble(event))
            told = [*messages, _progress(gr, steps, lang, total=True), done]
            shown_after = [*_panel_values(gr, event), *_nexts(gr, event), _edits(gr, desk, event, user_id, code)]
            yield [told, "", event.conversation_id, event.question_id, *shown_after]


def _answer_lang(lang: Lang) -> Lang | None:
    """The switch decides between the two scripts; otherwise the question's own language does."""
    return None if lang == "zh" else lang


def _progress(gr: Any, steps: list[StageEvent], lang: Lang, total: bool = False) -> Any:
    names = [f"{'✓' if step.done else '…'} {render(STAGE_NAMES[step.stage], lang)}" for step in steps]
    elapsed = sum(step.elapsed_ms for step in steps if step.done) / 1000
    title = render(Text(zh="处理步骤", en="Steps"), lang) if total else names[-1]
    lines = [
        f"{name}　{step.elapsed_ms:.0f} ms" if step.done else name for name, step in zip(names, steps, strict=True)
    ]
    metadata = {"title": title, "status": "done" if total else "pending", "duration": round(elapsed, 2)}
    return gr.ChatMessage(role="assistant", content="  \n".join(lines), metadata=metadata)


def _panel_values(gr: Any, answer: Answer) -> list[Any]:
    lang, table = answer.lang, answer.table
    has_rows = bool(table and table.rows)
    picture = draw(answer.chart, lang) if answer.chart else ""
    return [
        picture or ("" if has_rows else f"<p>{_word('empty', lang)}</p>"),
        gr.update(value=presenting.grid(table, lang), visible=True) if table and has_rows else gr.update(visible=False),
        *[gr.update(value=None, visible=has_rows) for _ in range(3)],
        presenting.decision_markdown(answer),
        presenting.evidence_markdown(answer.evidence, lang),
        answer.sql or "",
        gr.update(selected="table" if has_rows else "sources" if answer.drafter == "quotes" else "why"),
        gr.update(visible=answer.request is not None),
        offer_markdown(answer.request, lang),
        "",
    ]


def _nexts(gr: Any, answer: Answer) -> list[Any]:
    asked = [option.question for option in answer.options] or list(answer.next)
    padded = [*asked, *[""] * _SUGGESTIONS][:_SUGGESTIONS]
    return [gr.update(value=question, visible=bool(question)) for question in padded]


def _edits(gr: Any, desk: ChatDesk, answer: Answer, user_id: str, code: str | None) -> Any:
    """The pieces of the interpretation and what each can be changed to; choosing one asks the changed question."""
    choices = desk.changes(answer, user_id, code)
    return gr.update(choices=choices, value=None, visible=bool(choices), label=_word("edit", answer.lang))


def _export(desk: ChatDesk, kind: Any, question_id: str, user_id: str) -> str | None:
    content = desk.export(user_id, question_id, kind)
    if content is None:
        return None
    path = Path(tempfile.mkdtemp(prefix="govdata-")) / f"{question_id}.{kind}"
    path.write_bytes(content)
    return str(path)
