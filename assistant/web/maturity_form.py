"""The questions of the maturity self-assessment that the workspace cannot answer by itself, as a small form.

No postponed annotations in this module: gradio looks at `request: gr.Request` and must find the class, not its name.
"""

from collections.abc import Callable
from typing import Any

from assistant.domain import Lang, Text
from assistant.language import render
from assistant.steward.maturity_answers import LEVELS, LONGEST_BASIS, questions
from assistant.web.steward_desk import StewardDesk

_PRIVATE = {"api_visibility": "private"}
_KEPT = Text(zh="已记录，等级已重新计算。", en="Kept; the levels were worked out again.")


def build_form(gr: Any, desk: StewardDesk, inputs: list[Any], outputs: list[Any], shown: Callable[..., Any]) -> None:
    """A question, a level from 1 to 5, what it rests on. `shown` (step, lang) guards a step that makes the outputs."""
    with gr.Accordion("回答成熟度自评问题 / Answer the self-assessment", open=False):
        question = gr.Dropdown(
            choices=[(f"{one.text.zh} / {one.text.en}", one.id) for one in questions()],
            label="问题 / Question",
            elem_id="steward-maturity-question",
        )
        level = gr.Radio(
            choices=[(f"{number} {text.zh} / {text.en}", number) for number, text in enumerate(LEVELS, start=1)],
            label="等级 / Level",
            elem_id="steward-maturity-level",
        )
        basis = gr.Textbox(
            label=f"依据（不超过 {LONGEST_BASIS} 字） / What it rests on",
            max_length=LONGEST_BASIS,
            elem_id="steward-maturity-basis",
        )
        keep = gr.Button("记录回答 / Keep the answer", size="sm", elem_id="steward-maturity-keep")

    def answer(
        asked: str | None, given: int | None, rests_on: str, code: str | None, lang: Lang, request: gr.Request
    ) -> list[Any]:
        user = request.username or ""

        def step() -> Any:
            desk.answer_maturity(asked or "", given or 0, rests_on or "", user_id=user)
            return desk.view("maturity", user_id=user, purpose_code=code), render(_KEPT, lang)

        return list(shown(step, lang))

    keep.click(answer, [question, level, basis, *inputs], outputs, **_PRIVATE)
