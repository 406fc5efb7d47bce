from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Level, SharingType, Text
from assistant.errors import CatalogError, ConfigurationError
from assistant.yaml_source import MAX_BYTES, build, read_folder, read_text, read_yaml, try_build

CASES = Path(__file__).parent / "cases"
FILE = Path("file.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    name: str
    level: Level = Level.G1
    sharing: SharingType = SharingType.UNCONDITIONAL
    day: date | None = None
    width: float = 0.0
    count: int = 0
    words: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    order: Literal["asc", "desc"] = "asc"
    title: Text | None = None


def cases(name: str) -> list[Any]:
    listed = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=str(case["id"])) for case in listed]


@pytest.mark.parametrize("case", cases("yaml_errors.yaml"))
def test_a_broken_file_is_pointed_at(case: dict[str, Any]) -> None:
    with pytest.raises(CatalogError) as caught:
        read_text(case["text"], FILE, CatalogError)
    assert case["says"] in caught.value.text.en
    assert "file.yaml" in caught.value.text.zh
    if "line" in case:
        assert caught.value.line == case["line"]
    if "key" in case:
        assert caught.value.key == case["key"]


@pytest.mark.parametrize("case", cases("yaml_values.yaml"))
def test_a_wrong_value_is_pointed_at(case: dict[str, Any]) -> None:
    node = read_text(case["text"], FILE, CatalogError)
    if case.get("right"):
        assert build(Sample, node).name
        return
    with pytest.raises(CatalogError) as caught:
        build(Sample, node)
    assert case["says"] in caught.value.text.en
    assert (caught.value.line, caught.value.key) == (case["line"], case["key"])


def test_values_become_what_the_fields_say() -> None:
    text = """
name: 0012
level: G3
sharing: 不予共享
day: 2025-10-31
width: 5
words: [一, 2]
codes: {01: 男, 02: 女}
parts: [{name: a}]
title: {zh: 题, en: title}
"""
    assert build(Sample, read_text(text, FILE)) == Sample(
        name="0012",
        level=Level.G3,
        sharing=SharingType.NOT_SHARED,
        day=date(2025, 10, 31),
        width=5.0,
        words=("一", "2"),
        codes=(("01", "男"), ("02", "女")),
        parts=(Part(name="a"),),
        title=Text(zh="题", en="title"),
    )


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    node = read_text("level: G9\nwidth: wide\ncolour: red", FILE, CatalogError)
    errors: list[ConfigurationError] = []
    assert try_build(Sample, node, errors) is None
    assert [e.key for e in errors] == ["colour", "", "level", "width"]
    with pytest.raises(CatalogError) as caught:
        build(Sample, node)
    assert caught.value.text.en.count("\n") == 3


def test_one_wrong_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("name: b", encoding="utf-8")
    (tmp_path / "c.yaml").write_bytes(b"name: \xff\xfe")
    (tmp_path / "notes.txt").write_text("not read", encoding="utf-8")
    nodes, errors = read_folder(tmp_path, CatalogError)
    assert [node.file.name for node in nodes] == ["b.yaml"]
    assert [Path(e.file).name for e in errors] == ["a.yaml", "c.yaml"]


def test_a_missing_folder_and_a_missing_file_are_errors_too(tmp_path: Path) -> None:
    assert len(read_folder(tmp_path / "none")[1]) == 1
    with pytest.raises(CatalogError, match="无法读取文件"):
        read_yaml(tmp_path / "none.yaml", CatalogError)


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigurationError, match="4 MiB"):
        read_yaml(path)


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000], ids=["flow", "block", "mapping"])
def test_deep_nesting_is_an_error_and_no_crash(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"嵌套过深|YAML"):
        read_text(text, FILE)


def test_aliases_cost_what_they_repeat() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(ConfigurationError, match="别名按展开计"):
        read_text("\n".join(lines), FILE)
    assert read_text("a: &x {b: 1}\nc: *x", FILE).plain() == {"a": {"b": 1}, "c": {"b": 1}}


def test_nodes_know_their_place() -> None:
    node = read_text("a: 1\nb:\n  - c: 2\n  - d: 3\n", FILE)
    item = node.child("b").sequence()[1].child("d")
    assert (item.line, item.key, item.value) == (4, "b[1].d", 3)
    with pytest.raises(ConfigurationError, match="缺少必填项 e"):
        node.child("e")
    assert [e.key for e in node.unknown_keys(("a",))] == ["b"]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc名称_", min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(plain.filter(lambda value: value is not None))
def test_what_yaml_wrote_is_read_back(value: Any) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    assert read_text(text, FILE).plain() == yaml.safe_load(text)
