"""Recognisers of Chinese identifiers, disguises, prose, tables and columns. Cases: tests/cases/identifiers.yaml."""

from __future__ import annotations

import base64
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from assistant.domain import Column, ColumnRole, LabelStatus, ResultTable, Scalar
from assistant.errors import ConfigurationError
from assistant.policies import checksums
from assistant.policies.column_evidence import column_evidence, wilson_low
from assistant.policies.identifiers import redact, scan, scan_table
from assistant.yaml_source import build, read_yaml

CASES = Path(__file__).resolve().parents[1] / "cases" / "identifiers.yaml"


def _vin(text: str) -> str:
    return text[:8] + checksums.vin_check(text) + text[9:]


def _other(character: str) -> str:
    return "0" if character != "0" else "1"


BUILDERS: dict[str, Callable[[str], str]] = {
    "id": lambda s: s + checksums.resident_id_check(s),
    "uscc": lambda s: _uscc(s),
    "org": lambda s: s + checksums.organisation_check(s),
    "card": lambda s: s + checksums.luhn_check(s),
    "vin": _vin,
    "mrz": lambda s: _mrz(s),
    "lower": str.lower,
    "full": lambda s: "".join(chr(ord(c) + 0xFEE0) for c in s),
    "zero": lambda s: "\u200b".join(s),
    "spell": lambda s: "".join("〇一二三四五六七八九"[int(c)] if c.isdigit() else c for c in s),
    "capital": lambda s: "".join("零壹贰叁肆伍陆柒捌玖"[int(c)] if c.isdigit() else c for c in s),
    "reverse": lambda s: s[::-1],
    "arabic": lambda s: "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in s),
    "circled": lambda s: "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(c)] if c.isdigit() else c for c in s),
    "keycap": lambda s: "".join(f"{c}\ufe0f\u20e3" if c.isdigit() else c for c in s),
    "letters": lambda s: s.replace("0", "O").replace("1", "l"),
    "quoted": lambda s: '"'.join(s),
    "lines": lambda s: "\n".join((s[:6], s[6:14], s[14:])),
    "tags": lambda s: "<b>".join((s[:6], s[6:14], s[14:])),
    "entities": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "escapes": lambda s: "".join(f"\\u{ord(c):04x}" for c in s),
    "dump": lambda s: " ".join(f"{ord(c):02X}" for c in s),
    "hex": lambda s: s.encode().hex(),
    "b64": lambda s: base64.b64encode(s.encode()).decode(),
    "percent": lambda s: "".join(f"%{ord(c):02X}" for c in s),
    "tail": lambda s: s[14:],
    "tail2": lambda s: s[16:],
    "last": lambda s: s[-1],
    "wrong": lambda s: s[:-1] + ("1" if s[-1] != "1" else "2"),
    "wrongcard": lambda s: s + _other(checksums.luhn_check(s)),
    "wrongvin": lambda s: s[:8] + _other(checksums.vin_check(s)) + s[9:],
    "d": lambda s: s,
}


def _uscc(body: str) -> str:
    """Eight characters of registration and eight of organisation, completed by both check characters."""
    whole = body[:8] + body[8:16] + checksums.organisation_check(body[8:16])
    return whole + checksums.uscc_check(whole)


def _mrz(text: str) -> str:
    number, birth, expiry = text[:9], text[12:18], text[20:26]
    digits = [checksums.mrz_check(part) for part in (number, birth, expiry)]
    return f"{number}{digits[0]}{text[9:12]}{birth}{digits[1]}{text[19]}{expiry}{digits[2]}"


def filled(template: str) -> str:
    """Placeholders {name:argument}, innermost first."""
    while found := re.search(r"\{(\w+):([^{}]*)\}", template):
        template = template[: found.start()] + BUILDERS[found[1]](found[2]) + template[found.end() :]
    return template


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCase:
    id: str
    title: str
    text: str
    expect: tuple[str, ...] = ()
    hint: str = ""


def _cases() -> list[TextCase]:
    return [build(TextCase, node, ConfigurationError) for node in read_yaml(CASES).child("texts").sequence()]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.id)
def test_a_text(case: TextCase) -> None:
    text = filled(case.text)
    found = [f"{hit.kind}={text[hit.start : hit.end]}" for hit in scan(text, hint=case.hint)]
    assert found == [filled(one) for one in case.expect], case.title


@pytest.mark.parametrize("case", [c for c in _cases() if c.expect and not c.hint], ids=lambda case: case.id)
def test_redacting_a_text_leaves_nothing_and_changes_nothing_more(case: TextCase) -> None:
    once = redact(filled(case.text))
    assert scan(once) == ()
    assert redact(once) == once
    for one in case.expect:
        assert filled(one).partition("=")[2] not in once or len(filled(one).partition("=")[2]) < 2


def test_only_a_right_check_digit_counts_as_sure() -> None:
    sure = {hit.kind for c in _cases() for hit in scan(filled(c.text), hint=c.hint) if hit.checksummed}
    assert sure == {
        "resident_id", "foreign_resident_id", "uscc", "sole_trader_uscc", "organisation_code", "bank_card",
        "passport_mrz", "vin", "imei",
    }  # fmt: skip
    (slip,) = scan(filled("{wrong:{id:99010119900101123}}"))
    assert (slip.checksummed, slip.confidence < 0.9) == (False, True)


def test_check_digits_of_the_standards() -> None:
    assert checksums.is_resident_id("11010519491231002X")  # GB 11643
    assert checksums.is_uscc("91350100M000100Y43")  # GB 32100
    assert not checksums.is_uscc("91350100M000100Y4Z")
    assert checksums.is_organisation_code("D2143569X")  # GB 11714
    assert checksums.is_luhn("79927398713")  # ISO/IEC 7812
    assert checksums.is_vin("1M8GDM9AXKP042788")  # ISO 3779 / GB 16735
    assert checksums.mrz_check("L898902C3") == "6"  # ICAO 9303


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_read_and_redacted_for_good(text: str) -> None:
    for hit in scan(text):
        assert 0 <= hit.start < hit.end <= len(text)
    once = redact(text)
    assert redact(once) == once


@settings(max_examples=100, deadline=None)
@given(
    st.text(alphabet="甲乙丙丁，。 abcXYZ", max_size=12), st.integers(0, 10**9), st.text(alphabet="，。 x", max_size=6)
)
def test_an_id_number_is_found_wherever_it_stands(before: str, seed: int, after: str) -> None:
    draw = random.Random(seed)
    body = f"99{draw.randint(0, 9999):04}{draw.randint(1930, 2020)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    number = BUILDERS["id"](f"{body}{draw.randint(0, 999):03}")
    text = f"{before}：{number}。{after}"
    assert ("resident_id", number) in {(hit.kind, text[hit.start : hit.end]) for hit in scan(text)}


def test_chance_seldom_looks_like_an_identifier() -> None:
    """Random numbers of 18 digits: region, birthday and check digit together let 3 in 100,000 through; cards more."""
    draw = random.Random(7)
    hits = [hit for _ in range(4000) for hit in scan(str(draw.randint(10**17, 10**18 - 1)))]
    assert sum(hit.kind == "resident_id" and hit.checksummed for hit in hits) <= 1
    assert len(hits) <= 14


def test_long_text_is_read_in_pieces() -> None:
    number = filled("{id:99010119900101123}")
    text = "政务服务" * 4990 + "，" + number + "，" + "公开透明" * 5000
    assert [text[hit.start : hit.end] for hit in scan(text)] == [number]


def test_hostile_text_is_read_in_linear_time() -> None:
    start = time.perf_counter()
    for unit in ("1", "路", "A1", "我是张", "1-", "号", "a.", "%31", "1 ", "a@", "人民路1号"):
        scan((unit * 20_000)[:20_000])
    assert time.perf_counter() - start < 20


# --------------------------------------------------------------------------- tables


def table(*rows: tuple[Scalar, ...]) -> ResultTable:
    columns = tuple(Column(name=f"c{i}") for i in range(len(rows[0])))
    return ResultTable(columns=columns, rows=rows, cells=(), elapsed_ms=0.0)


def test_identifiers_in_cells() -> None:
    found = scan_table(table(("甲", "13800001234", 5), ("乙", None, 13900005678)))
    assert [(hit.row, hit.columns, hit.hit.kind) for hit in found] == [(0, (1,), "mobile"), (1, (2,), "mobile")]


def test_an_id_number_cut_into_columns() -> None:
    number = filled("{id:99010119900101123}")
    found = scan_table(table(("甲", number[:6], number[6:14], number[14:]), ("乙", "12", "34", "56")))
    assert [(hit.row, hit.columns, hit.hit.kind) for hit in found] == [(0, (1, 2, 3), "resident_id")]


def test_columns_apart_are_not_joined() -> None:
    number = filled("{id:99010119900101123}")
    assert scan_table(table((number[:9], 1.5, number[9:]))) == ()


def test_ordinary_results_are_clean() -> None:
    rows = tuple((f"示例{i}区", f"2025年{i + 1}月", 312_456 + i, 0.125, "990101") for i in range(12))
    assert scan_table(table(*rows)) == ()


# --------------------------------------------------------------------------- columns


def ids(count: int) -> list[Scalar]:
    return [BUILDERS["id"](f"99010119{60 + i % 40}{1 + i % 12:02}{1 + i % 28:02}{i % 1000:03}") for i in range(count)]


def test_a_column_of_id_numbers() -> None:
    (proposal, *_) = column_evidence(ids(600))
    assert (proposal.kind, proposal.role, proposal.status) == (
        "resident_id",
        ColumnRole.DIRECT_ID,
        LabelStatus.PROPOSED,
    )
    assert proposal.wilson_low > 0.98


def test_a_small_sample_proves_nothing() -> None:
    assert column_evidence(ids(150)) == ()


def test_mobiles_need_a_name_that_says_so() -> None:
    mobiles: list[Scalar] = [f"199{i:08}" for i in range(400)]
    assert [p.kind for p in column_evidence(mobiles, name="caller_phone")] == ["mobile"]
    assert "mobile" not in {p.kind for p in column_evidence(mobiles, name="ref_no")}


def test_text_that_holds_identifiers_is_free_text() -> None:
    texts: list[Scalar] = [f"第{i}件：路灯不亮" if i % 5 else f"我是张三，电话199{i:08}" for i in range(500)]
    (proposal,) = column_evidence(texts, name="content")
    assert (proposal.kind, proposal.role) == ("embedded", ColumnRole.FREE_TEXT)
    assert 0.15 < proposal.match < 0.25


def test_code_lists_and_near_keys() -> None:
    assert column_evidence(["汉族", "回族", "满族"] * 100)[0].kind == "ethnicity"
    assert column_evidence(["佛教", "无", "道教"] * 100)[0].role is ColumnRole.SENSITIVE_ATTR
    assert column_evidence(["B24", "E11.9", "I10"] * 100, name="icd10")[0].kind == "diagnosis_code"
    assert column_evidence([f"1980-01-{1 + i % 28:02}" for i in range(300)], name="birth_date")[0].kind == "birth_date"
    assert column_evidence([f"K{i}" for i in range(300)])[0].kind == "nearly_unique"
    assert column_evidence(["D01", "D02"] * 200) == ()
    assert column_evidence([1, 2, None] * 100) == ()


@pytest.mark.parametrize(
    ("matched", "n", "low"), [(0, 0, 0.0), (10, 10, 0.722), (170, 200, 0.794), (998, 1000, 0.9927)]
)
def test_wilson(matched: int, n: int, low: float) -> None:
    assert wilson_low(matched, n) == pytest.approx(low, abs=0.001)
