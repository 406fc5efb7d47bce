"""Layout of the steward's page: a question about the catalog, its filter (editable), a table, proposed fixes.

No postponed annotations in this module: gradio looks at `request: gr.Request` and must find the class, not its name.
"""

import json
from typing import Any

from assistant.domain import Lang, Text
from assistant.errors import AssistantError
from assistant.language import render
from assistant.steward.desk import StewardAnswer
from assistant.steward.filters import filter_from_json
from assistant.steward.tables import StewardTable
from assistant.web import presenting
from assistant.web.steward_desk import StewardDesk

_PRIVATE = {"api_visibility": "private"}
_VIEWS = (("目录质量 / Quality", "quality"), ("成熟度 / Maturity", "maturity"), ("定级建议 / Proposals", "proposals"))
_UNREAD = Text(zh="没有用到这些词：", en="These words had no part in it: ")
_FIXES = Text(zh="拟议修改（不会自动生效）", en="Proposed fixes (never applied by themselves)")
_YES_NO = {"yes": Text(zh="是", en="yes"), "no": Text(zh="否", en="no")}
_BAD_FILTER = Text(
    zh="筛选条件不是有效的 JSON，请检查括号与引号。", en="The filter is not valid JSON; check brackets and quotes."
)


def build_page(gr: Any, desk: StewardDesk, purpose: Any, tongue: Any) -> None:
    """The components and their events, inside whatever container is open."""
    box = gr.Textbox(
        label="问目录 / Ask the catalog",
        placeholder="更新周期超期的目录 · 哪些资源含身份证号但未标敏感 · 按六大基础库统计资源数和挂载率",
        submit_btn=True,
        elem_id="steward-question",
    )
    told = gr.Markdown(elem_id="steward-told")
    with gr.Accordion("筛选条件（可修改） / Filter (editable)", open=False):
        shown = gr.Code(language="json", show_label=False, elem_id="steward-filter")
        again = gr.Button("按此筛选 / Apply", size="sm")
    table = gr.Dataframe(interactive=False, wrap=True, elem_id="steward-table", max_height=520)
    fixes = gr.Markdown(elem_id="steward-fixes")
    with gr.Row():
        views = [(gr.Button(label, size="sm"), name) for label, name in _VIEWS]
    outputs = [told, shown, table, fixes]

    def ask(text: str, written: str, code: str | None, lang: Lang, request: gr.Request) -> list[Any]:
        after = _filter(written)
        return _guarded(
            lambda: desk.ask(text, user_id=request.username or "", purpose_code=code, lang=lang, after=after), lang
        )

    def apply(written: str, code: str | None, lang: Lang, request: gr.Request) -> list[Any]:
        chosen = _filter(written)
        if chosen is None:
            return [render(_BAD_FILTER, lang), written, None, ""]
        return _guarded(lambda: desk.apply(chosen, user_id=request.username or "", purpose_code=code, lang=lang), lang)

    def view(name: Any) -> Any:
        def show(code: str | None, lang: Lang, request: gr.Request) -> list[Any]:
            try:
                made = desk.view(name, user_id=request.username or "", purpose_code=code)
            except AssistantError as error:
                return [presenting.escape(render(error.text, lang)), "", None, ""]
            return ["", "", _grid(made, lang), ""]

        return show

    box.submit(ask, [box, shown, purpose, tongue], outputs, **_PRIVATE)
    again.click(apply, [shown, purpose, tongue], outputs, **_PRIVATE)
    for button, name in views:
        button.click(view(name), [purpose, tongue], outputs, **_PRIVATE)


def _filter(written: str | None) -> Any:
    """The filter as it stands in the editor, or None where there is none or it cannot be read."""
    try:
        return filter_from_json(json.loads(written)) if written and written.strip() else None
    except (ValueError, AssistantError):
        return None


def _guarded(step: Any, lang: Lang) -> list[Any]:
    try:
        return _shown(step(), lang)
    except AssistantError as error:
        return [presenting.escape(render(error.text, lang)), "", None, ""]


def _shown(answer: StewardAnswer, lang: Lang) -> list[Any]:
    lines = [f"**{presenting.escape(answer.interpretation)}**"]
    if answer.unread:
        lines.append(render(_UNREAD, lang) + presenting.escape("、".join(answer.unread)))
    diff = answer.fixes.diff
    return [
        "\n\n".join(lines),
        json.dumps(answer.filter.as_json(), ensure_ascii=False, indent=1),
        _grid(answer.table, lang),
        f"**{render(_FIXES, lang)}**\n\n```diff\n{diff.replace('```', '')}\n```" if diff else "",
    ]


def _grid(table: StewardTable, lang: Lang) -> dict[str, list[Any]]:
    plain = table.as_json(lang)
    said = {one: render(text, lang) for one, text in _YES_NO.items()}
    rows = [[said.get(value, value) for value in row] for row in plain["rows"]]
    return {"headers": [one["label"] for one in plain["columns"]], "data": rows}
