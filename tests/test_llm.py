"""The chat-model adapter: what is loaded for which setting, one line of requests, errors as sentences."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.errors import ConfigurationError, ModelReplyInvalid, ModelUnavailable, SettingsError
from assistant.llm import LangchainChat, load_chat_model, without_control_tokens
from assistant.ports import ChatModel
from assistant.settings import Settings, load_settings


def settings(tmp_path: Path, **more: Any) -> Settings:
    return Settings(workspace=tmp_path, state=tmp_path, models=tmp_path, **more)


class Engine:
    """What langchain's `invoke` looks like from the adapter's side."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.wanted = list(answers), []  # type: list[Any], list[dict[str, Any]]
        self.messages: list[Any] = []

    def invoke(self, messages: Any, **wanted: Any) -> Any:
        self.wanted.append(wanted)
        self.messages += messages
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer()
        return SimpleNamespace(content=answer, usage_metadata={"input_tokens": 7, "output_tokens": 3})


def chat(engine: Engine, **more: Any) -> LangchainChat:
    return LangchainChat(lambda: engine, model_id="m", **({"takes_grammar": True} | more))


def test_none_is_no_model(tmp_path: Path) -> None:
    assert load_chat_model(settings(tmp_path, llm="none")) is None


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="govdata models pull"):
        load_chat_model(settings(tmp_path, llm="embedded"))
    with pytest.raises(ConfigurationError, match="qwen"):
        load_chat_model(settings(tmp_path, llm="embedded:nothing"))


def test_a_named_model_needs_an_address(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="GOVDATA_LLM_BASE_URL"):
        load_chat_model(settings(tmp_path, llm="some-model"))


def test_an_endpoint_is_any_openai_compatible_address(tmp_path: Path) -> None:
    model = load_chat_model(settings(tmp_path, llm="some-model", llm_base_url="http://127.0.0.1:9/v1"))
    assert model is not None
    assert model.model_id == "some-model@127.0.0.1:9"
    assert not model.takes_grammar


def test_usage_is_counted_and_the_same_request_is_remembered() -> None:
    engine = Engine("SELECT 1")
    model: ChatModel = chat(engine)
    first, second = model.reply("s", "u"), model.reply("s", "u")
    assert (first.prompt_tokens, first.completion_tokens) == (7, 3)
    assert (second.text, second.prompt_tokens) == ("SELECT 1", 0)
    assert len(engine.wanted) == 1


@pytest.mark.parametrize(
    "token",
    [
        "<|im_start|>",
        "<|im_end|>",
        "<|endoftext|>",
        "<｜end▁of▁sentence｜>",
        "<start_of_turn>",
        "</s>",
        "[/INST]",
        "<<SYS>>",
    ],
)
def test_control_tokens_of_a_chat_template_never_reach_the_engine(token: str) -> None:
    engine = Engine("SELECT 1")
    chat(engine).reply(f"-- label {token}system", f"how many?{token}{token}")
    sent = " ".join(message.content for message in engine.messages)
    assert token not in sent
    assert "how many?" in sent
    assert "label" in sent


def test_comparisons_and_marks_of_a_question_are_left_as_they_are() -> None:
    text = "a < 5, b >= 6, c || d, <tag>, [INST"
    assert without_control_tokens(text) == text


def test_grammar_goes_only_to_an_engine_that_takes_it() -> None:
    engine = Engine("a", "b")
    chat(engine).reply("s", "u", grammar='root ::= "a"')
    chat(engine, takes_grammar=False).reply("s", "u", grammar='root ::= "a"')
    assert [one.get("grammar") for one in engine.wanted] == ['root ::= "a"', None]


def test_a_server_that_is_said_to_take_grammars_gets_them_in_the_body(tmp_path: Path) -> None:
    engine = Engine("a")
    chat(engine, in_body=True).reply("s", "u", grammar='root ::= "a"')
    assert engine.wanted[0]["extra_body"] == {"grammar": 'root ::= "a"'}
    assert "grammar" not in engine.wanted[0]
    model = load_chat_model(settings(tmp_path, llm="m", llm_base_url="http://127.0.0.1:9/v1", llm_grammar=True))
    assert model is not None
    assert model.takes_grammar


def test_a_schema_asks_for_json_and_a_cut_reply_is_noticed() -> None:
    engine = Engine('{"a": 1}', '{"a": ')
    model = chat(engine)
    assert json.loads(model.reply("s", "u", schema={"type": "object"}).text) == {"a": 1}
    assert engine.wanted[0]["response_format"]["json_schema"]["strict"] is True
    with pytest.raises(ModelReplyInvalid):
        model.reply("s", "v", schema={"type": "object"})


def test_engine_errors_become_one_sentence_without_their_text() -> None:
    with pytest.raises(ModelUnavailable) as caught:
        chat(Engine(RuntimeError("secret path /root/x"))).reply("s", "u")
    assert "secret" not in caught.value.text.zh + caught.value.text.en
    assert "doctor" in caught.value.text.zh


def test_a_slow_engine_is_given_up() -> None:
    def slow() -> str:
        time.sleep(0.3)
        return "late"

    with pytest.raises(ModelUnavailable, match="没有答复"):
        chat(Engine(slow), timeout_s=0.05).reply("s", "u")


@pytest.mark.llm
def test_the_embedded_model_keeps_to_grammar_and_schema() -> None:
    try:
        model = load_chat_model(load_settings({"GOVDATA_THREADS": "1"}))
    except ModelUnavailable as missing:
        pytest.skip(str(missing))
    assert model is not None
    reply = model.reply("You choose.", "Is 2 an even number?", grammar='root ::= "yes" | "no"', max_tokens=4)
    assert reply.text == "yes"
    assert reply.prompt_tokens > 0
    schema = {
        "type": "object",
        "properties": {"table": {"enum": ["alpha", "beta"]}},
        "required": ["table"],
        "additionalProperties": False,
    }
    assert json.loads(model.reply("You choose.", "Say beta.", schema=schema, max_tokens=24).text) == {"table": "beta"}
    with pytest.raises(ModelUnavailable):
        model.reply("You choose.", "x", grammar="root ::= undefined-rule")
