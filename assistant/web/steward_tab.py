"""Layout of the steward's page: a question about the catalog, its filter (editable), a table, proposed fixes.

No postponed annotations in this module: gradio looks at `request: gr.Request` and must find the class, not its name.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.domain import Lang, Text
from assistant.errors import AssistantError
from assistant.language import render
from assistant.steward.desk import StewardAnswer
from assistant.steward.filters import filter_from_json
from assistant.steward.tables import StewardTable, cell
from assistant.web import presenting
from assistant.web.maturity_form import build_form
from assistant.web.steward_desk import StewardDesk

_PRIVATE = {"api_visibility": "private"}
_VIEWS = (
    ("目录质量 / Quality", "quality"),
    ("成熟度 / Maturity", "maturity"),
    ("定级建议 / Proposals", "proposals"),
    ("标识事件 / Incidents", "incidents"),
)
_UNREAD = Text(zh="没有用到这些词：", en="These words had no part in it: ")
_FOLLOWS = Text(
    zh="这是在上一问的筛选条件上修改的结果；如果是另一个问题，请先点“新问题”再问。",
    en="This edits the filter of the question before. If it is another question, press “New question” first and as"
    "k again.",
)
_FIXES = Text(zh="拟议修改（不会自动生效）", en="Proposed fixes (never applied by themselves)")
_EXPORTS = (
    ("导出目录 / Catalog (DCAT-AP 3)", "dcat", "catalog.jsonld"),
    ("导出目录 / Catalog (xlsx)", "xlsx", "catalog.xlsx"),
)
_TAKE = """() => { setTimeout(() => {
  const taken = document.querySelector('#steward-file');
  (taken.querySelector('a, button') || taken).click();
}, 400); }"""
_DECISIONS = (("采纳 / Accept", "accepted"), ("不采纳 / Reject", "rejected"))
_OPEN_SHOWN = 5  # questions to departments that are listed above the table
_NOTHING = Text(zh="没有符合条件的条目。", en="Nothing in the catalog fits.")
_NO_PROPOSAL = Text(
    zh="没有这一数据项的待处理建议。请点“定级建议”，从表中复制数据项代码。",
    en="There is no open proposal for this item. Open “Proposals” and copy an item id from the table.",
)
_REMEMBERED = Text(zh="已记录。目录文件没有改动。", en="Remembered. No catalog file was changed.")
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
    fresh = gr.Button("新问题 / New question", size="sm", elem_id="steward-fresh")
    told = gr.Markdown(elem_id="steward-told")
    with gr.Accordion("筛选条件（可修改） / Filter (editable)", open=False):
        shown = gr.Code(language="json", show_label=False, elem_id="steward-filter")
        again = gr.Button("按此筛选 / Apply", size="sm", elem_id="steward-apply")
    table = gr.Dataframe(interactive=False, wrap=True, elem_id="steward-table", max_height=520)
    fixes = gr.Markdown(elem_id="steward-fixes")
    written = gr.State(b"")  # the table as CSV, kept by the server
    with gr.Row():
        views = [(gr.Button(label, size="sm", elem_id=f"steward-{name}"), name) for label, name in _VIEWS]
    outputs = [told, shown, table, fixes, written]
    inputs = [purpose, tongue]
    box.submit(_asking(gr, desk), [box, shown, *inputs], outputs, **_PRIVATE)
    fresh.click(lambda: ["", "", "", None, "", b""], None, [box, *outputs], **_PRIVATE)
    again.click(_applying(gr, desk), [shown, *inputs], outputs, **_PRIVATE)
    for button, name in views:
        button.click(_viewing(gr, desk, name), inputs, outputs, **_PRIVATE)
    _files(gr, desk, purpose, written)
    _verdicts(gr, desk, inputs, outputs)
    build_form(gr, desk, inputs, outputs, _kept)


def _asking(gr: Any, desk: StewardDesk) -> Any:
    def ask(text: str, written: str, code: str | None, lang: Lang, request: gr.Request) -> list[Any]:
        user, after = request.username or "", _filter(written)
        return _guarded(
            lambda: _shown(desk.ask(text, user_id=user, purpose_code=code, lang=lang, after=after), lang), lang
        )

    return ask


def _applying(gr: Any, desk: StewardDesk) -> Any:
    def apply(written: str, code: str | None, lang: Lang, request: gr.Request) -> list[Any]:
        chosen, user = _filter(written), request.username or ""
        if chosen is None:
            return [render(_BAD_FILTER, lang), written, None, "", b""]
        return _guarded(lambda: _shown(desk.apply(chosen, user_id=user, purpose_code=code, lang=lang), lang), lang)

    return apply


def _viewing(gr: Any, desk: StewardDesk, name: Any) -> Any:
    def show(code: str | None, lang: Lang, request: gr.Request) -> list[Any]:
        user = request.username or ""
        return _guarded(lambda: _viewed(desk.view(name, user_id=user, purpose_code=code), lang), lang)

    return show


def _files(gr: Any, desk: StewardDesk, purpose: Any, written: Any) -> None:
    """What can be taken along: the table that is shown, and the catalog in the two forms of exchange."""
    with gr.Row():
        csv = gr.Button("导出本表 / Table (csv)", size="sm", elem_id="steward-csv")
        whole = [(gr.Button(label, size="sm", elem_id=f"steward-{kind}"), kind, name) for label, kind, name in _EXPORTS]
    # A download button hands out the file that it holds when it is clicked: it is given the file, then clicked.
    taken = gr.DownloadButton("", visible="hidden", elem_id="steward-file")

    def table(content: bytes) -> str | None:
        return _file("catalog-answer.csv", content) if content else None

    def catalog(kind: Any, name: str) -> Any:
        def export(code: str | None, request: gr.Request) -> str | None:
            try:
                return _file(name, desk.export(kind, user_id=request.username or "", purpose_code=code))
            except AssistantError:
                return None

        return export

    csv.click(table, [written], taken, **_PRIVATE).success(None, None, None, js=_TAKE)
    for button, kind, name in whole:
        button.click(catalog(kind, name), [purpose], taken, **_PRIVATE).success(None, None, None, js=_TAKE)


def _verdicts(gr: Any, desk: StewardDesk, inputs: list[Any], outputs: list[Any]) -> None:
    """A proposal is accepted or rejected by its item's code; the verdict is remembered, no file is changed."""
    with gr.Accordion("处理定级建议 / Decide on a proposal", open=False), gr.Row():
        code = gr.Textbox(label="数据项代码 / Item id", scale=3, elem_id="steward-item")
        chosen = [(gr.Button(label, size="sm", elem_id=f"steward-{verdict}"), verdict) for label, verdict in _DECISIONS]

    def deciding(verdict: Any) -> Any:
        def decide(element: str, purpose: str | None, lang: Lang, request: gr.Request) -> list[Any]:
            user = request.username or ""
            return _guarded(lambda: _decided(desk, element.strip(), verdict, user, purpose, lang), lang)

        return decide

    for button, verdict in chosen:
        button.click(deciding(verdict), [code, *inputs], outputs, **_PRIVATE)


def _decided(desk: StewardDesk, element: str, verdict: Any, user: str, purpose: str | None, lang: Lang) -> list[Any]:
    """Remember the verdict; the diff of an accepted one and the proposals that are left."""
    open_ones = {one.element_id: one for one in desk.proposals(user_id=user, purpose_code=purpose)}
    if element not in open_ones:
        return [render(_NO_PROPOSAL, lang), "", None, "", b""]
    diff = desk.decide(open_ones[element], verdict, user_id=user)
    left = desk.view("proposals", user_id=user, purpose_code=purpose)
    told = render(_REMEMBERED, lang)
    return [told, "", _grid(left, lang), _diff(diff, lang), left.as_csv(lang)]


def _kept(step: Callable[[], tuple[StewardTable, str]], lang: Lang) -> list[Any]:
    """The table that a kept answer leads to, with what is said about it."""

    def shown() -> list[Any]:
        table, told = step()
        return [told, *_viewed(table, lang)[1:]]

    return _guarded(shown, lang)


def _viewed(made: StewardTable, lang: Lang) -> list[Any]:
    return [_counted(made, lang), "", _grid(made, lang), "", made.as_csv(lang)]


def _counted(table: StewardTable, lang: Lang) -> str:
    if not table.rows:
        return render(_NOTHING, lang)
    return render(Text(zh=f"共 {len(table.rows)} 行", en=f"{len(table.rows)} rows"), lang)


def _file(name: str, content: bytes) -> str:
    path = Path(tempfile.mkdtemp(prefix="govdata-")) / name
    path.write_bytes(content)
    return str(path)


def _filter(written: str | None) -> Any:
    """The filter as it stands in the editor, or None where there is none or it cannot be read."""
    try:
        return filter_from_json(json.loads(written)) if written and written.strip() else None
    except (ValueError, AssistantError):
        return None


def _guarded(step: Callable[[], list[Any]], lang: Lang) -> list[Any]:
    try:
        return step()
    except AssistantError as error:
        return [presenting.escape(render(error.text, lang)), "", None, "", b""]


def _shown(answer: StewardAnswer, lang: Lang) -> list[Any]:
    counted = presenting.escape(answer.asks_back) or _counted(answer.table, lang)
    lines = [f"**{presenting.escape(answer.interpretation)}**　{counted}"]
    if answer.unread and not answer.asks_back:
        lines.append(render(_UNREAD, lang) + presenting.escape("、".join(answer.unread)))
    if answer.follow_up:
        lines.append(f"*{render(_FOLLOWS, lang)}*")
    if answer.fixes.open:
        asked = [presenting.escape(render(one, lang)) for one in answer.fixes.open]
        lines.append("\n".join(f"- {one}" for one in asked[:_OPEN_SHOWN]))
    return [
        "\n\n".join(lines),
        json.dumps(answer.filter.as_json(), ensure_ascii=False, indent=1),
        _grid(answer.table, lang),
        _diff(answer.fixes.diff, lang),
        answer.table.as_csv(lang),
    ]


def _diff(diff: str, lang: Lang) -> str:
    return f"**{render(_FIXES, lang)}**\n\n```diff\n{diff.replace('```', '')}\n```" if diff else ""


def _grid(table: StewardTable, lang: Lang) -> dict[str, list[Any]]:
    rows = [[cell(value, lang, name) for name, value in zip(table.columns, row, strict=True)] for row in table.rows]
    return {"headers": [render(label, lang) for label in table.labels], "data": rows}
