"""`govdata doctor`: what is installed, built and writable; what is missing and how to get it."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from typing import Any

from assistant import assembly, models
from assistant.domain import Text
from assistant.errors import AssistantError
from assistant.incidents import open_incidents
from assistant.retrieval.index import library_path
from assistant.settings import Settings
from assistant.warehouse.building import warehouse_path

_PACKAGES = (
    "sqlglot",
    "duckdb",
    "chromadb",
    "sentence_transformers",
    "llama_index",
    "langchain",
    "gradio",
    "xllamacpp",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    name: str
    ok: bool
    text: Text

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "ok": self.ok, "zh": self.text.zh, "en": self.text.en}


def examine(settings: Settings) -> tuple[Examined, ...]:
    """Every check, in the order in which a newcomer would mend them."""
    return (
        _packages(),
        _writable(settings),
        _private(settings),
        _built(settings),
        _weights(settings),
        _answers(settings),
        _incidents(settings),
    )


def _packages() -> Examined:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    return Examined(
        name="packages",
        ok=not missing,
        text=Text(zh=f"缺少 {'、'.join(missing)}：运行 make serve 安装", en=f"missing {missing}: run `make serve`")
        if missing
        else Text(zh="依赖齐全", en="all installed"),
    )


def _writable(settings: Settings) -> Examined:
    folder = settings.state
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    ok = os.access(folder, os.W_OK)
    return Examined(
        name="state",
        ok=ok,
        text=Text(zh=f"{settings.state} 可写", en=f"{settings.state} is writable")
        if ok
        else Text(
            zh=f"{settings.state} 不可写：无法记录审计就不会答复",
            en=f"{settings.state} is not writable: no audit, no answer",
        ),
    )


def _private(settings: Settings) -> Examined:
    """The warehouse and what was asked lie there: other accounts of the machine need not read them."""
    open_to_all = settings.state.is_dir() and bool(settings.state.stat().st_mode & 0o007)
    return Examined(
        name="private",
        ok=not open_to_all,
        text=Text(
            zh=f"本机其他账户可以读取 {settings.state}：请运行 chmod o-rwx {settings.state}",
            en=f"other accounts of this machine can read {settings.state}: run chmod o-rwx {settings.state}",
        )
        if open_to_all
        else Text(zh="本机其他账户读不到状态目录", en="other accounts of this machine cannot read the state directory"),
    )


def _built(settings: Settings) -> Examined:
    absent = [path.name for path in (warehouse_path(settings.state), library_path(settings)) if not path.is_file()]
    return Examined(
        name="index",
        ok=not absent,
        text=Text(zh=f"缺少 {'、'.join(absent)}：运行 govdata index", en=f"missing {absent}: run `govdata index`")
        if absent
        else Text(zh="仓库与索引已建立", en="warehouse and indexes are built"),
    )


def _weights(settings: Settings) -> Examined:
    if not settings.llm.startswith("embedded"):
        return Examined(name="model", ok=True, text=Text(zh=f"语言模型：{settings.llm}", en=f"model: {settings.llm}"))
    try:
        path = models.locate(settings.models, settings.llm.partition(":")[2] or models.DEFAULT)
    except AssistantError as error:
        return Examined(name="model", ok=False, text=error.text)
    return Examined(name="model", ok=True, text=Text(zh=f"语言模型已校验：{path.name}", en=f"verified: {path.name}"))


def _answers(settings: Settings) -> Examined:
    try:
        parts = assembly.build(settings)
        parts.audit.check_writable()
    except AssistantError as error:
        return Examined(name="workspace", ok=False, text=error.text)
    told = f"{len(parts.catalog.resources)} / {len(parts.policies.users)}"
    return Examined(
        name="workspace",
        ok=True,
        text=Text(zh=f"工作区可用（信息资源 / 用户：{told}）", en=f"the workspace opens (resources / users: {told})"),
    )


def _incidents(settings: Settings) -> Examined:
    """Blocked answers that wait for a data steward. They are work to do, not a fault of the installation."""
    try:
        waiting = len(open_incidents(assembly.audit_paths(settings)[0]))
    except AssistantError as error:
        return Examined(name="incidents", ok=False, text=error.text)
    text = Text(
        zh=f"待处理的标识信息事件：{waiting} 件（数据管理员：govdata steward --view incidents）",
        en=f"identifier incidents to deal with: {waiting} (data steward: govdata steward --view incidents)",
    )
    return Examined(name="incidents", ok=True, text=text)
