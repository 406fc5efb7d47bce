"""One frozen Settings: environment and file are read once, then passed by hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.domain import Text
from assistant.errors import SettingsError

_REPOSITORY = Path(__file__).resolve().parent.parent

# Nothing leaves the machine unless the operator configured it; read by the packages when they are imported.
QUIET_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "passive",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every knob, with the GOVDATA_* variable that sets it."""

    workspace: Path  # GOVDATA_WORKSPACE
    state: Path  # GOVDATA_STATE: warehouse, indexes, audit trail; default <workspace>/.state
    models: Path  # GOVDATA_MODELS: open weights; default ~/.cache/govdata/models
    llm: str = "embedded"  # GOVDATA_LLM: embedded | none | the model's name at llm_base_url
    llm_base_url: str = ""  # GOVDATA_LLM_BASE_URL: any OpenAI-compatible endpoint
    llm_api_key: str = ""  # GOVDATA_LLM_API_KEY
    llm_grammar: bool = False  # GOVDATA_LLM_GRAMMAR: 1 = the server there takes GBNF grammars, as llama.cpp's does
    encoder: str = "embedded"  # GOVDATA_ENCODER: embedded | a sentence-transformers name or path
    reranker: str = ""  # GOVDATA_RERANKER: a CrossEncoder name or path
    chroma_url: str = ""  # GOVDATA_CHROMA_URL: http://host:port of a Chroma server
    engine_url: str = ""  # GOVDATA_ENGINE_URL: default: the workspace's embedded DuckDB
    ledger: str = ""  # GOVDATA_LEDGER: postgresql://... for several processes; default: a file in `state`
    ledger_key: str = ""  # GOVDATA_LEDGER_KEY: the file with its key; default: a file in `state`
    query_timeout_s: float = 20.0  # GOVDATA_QUERY_TIMEOUT_S
    row_limit: int = 1000  # GOVDATA_ROW_LIMIT: rows
    threads: int = 2  # GOVDATA_THREADS


def load_settings(environment: Mapping[str, str] | None = None, *, workspace: Path | str | None = None) -> Settings:
    """Read GOVDATA_* once. Raises SettingsError naming the variable."""
    env = os.environ if environment is None else environment
    for name, value in QUIET_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    root = Path(workspace or env.get("GOVDATA_WORKSPACE") or _REPOSITORY / "corpora").expanduser().resolve()
    if not (root / "workspace.yaml").is_file():
        raise SettingsError(
            Text(
                zh=f"{root} 不是工作区：缺少 workspace.yaml。请用 --workspace 指定工作区目录。",
                en=f"{root} is not a workspace: workspace.yaml is missing. Name the folder with --workspace.",
            ),
            key="GOVDATA_WORKSPACE",
        )
    cache = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Settings(
        workspace=root,
        state=Path(env.get("GOVDATA_STATE") or root / ".state").expanduser(),
        models=Path(env.get("GOVDATA_MODELS") or cache / "govdata" / "models").expanduser(),
        llm=env.get("GOVDATA_LLM", "embedded"),
        llm_base_url=env.get("GOVDATA_LLM_BASE_URL", ""),
        llm_api_key=env.get("GOVDATA_LLM_API_KEY", ""),
        llm_grammar=env.get("GOVDATA_LLM_GRAMMAR", "") == "1",
        encoder=env.get("GOVDATA_ENCODER", "embedded"),
        reranker=env.get("GOVDATA_RERANKER", ""),
        chroma_url=env.get("GOVDATA_CHROMA_URL", ""),
        engine_url=env.get("GOVDATA_ENGINE_URL", ""),
        ledger=_ledger(env),
        ledger_key=env.get("GOVDATA_LEDGER_KEY", ""),
        query_timeout_s=_number(env, "GOVDATA_QUERY_TIMEOUT_S", 20.0),
        row_limit=int(_number(env, "GOVDATA_ROW_LIMIT", 1000)),
        threads=int(_number(env, "GOVDATA_THREADS", os.cpu_count() or 2)),
    )


def _ledger(env: Mapping[str, str]) -> str:
    url = env.get("GOVDATA_LEDGER", "")
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(  # without the value: it may hold a password
            Text(zh="应为 postgresql:// 开头的地址，或留空。", en="must begin with postgresql://, or be empty."),
            key="GOVDATA_LEDGER",
        )
    return url


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    raw = env.get(name, "")
    if not raw:
        return default
    try:
        return float(raw)
    except ValueError:
        raise SettingsError(
            Text(zh=f"应为数字，现为 {raw!r}。", en=f"must be a number, not {raw!r}."), key=name
        ) from None
