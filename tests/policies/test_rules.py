"""Loading: the packaged policies and the demo city's are whole; what is wrong is named; nothing loosens."""

from __future__ import annotations

import re
import shutil
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from policy_worlds import DEMO, FIXTURE, ROOT, World

from assistant.catalog import load_catalog
from assistant.domain import ColumnRole, GrantMode, Level, PrivacyUnit, Usage
from assistant.errors import PolicyLoadError
from assistant.policies.conditions import CONDITIONS, STRICTER
from assistant.policies.policy_checks import check_clauses, check_reach, check_scheme, parse_clause
from assistant.policies.policy_set import Row
from assistant.policies.rules import DEFAULTS, load_policies

ARTICLE = re.compile(r"^(第[一二三四五六七八九十百零]+条)", re.MULTILINE)


def _articles(folder: Path) -> dict[str, set[str]]:
    return {file.stem: set(ARTICLE.findall(file.read_text(encoding="utf-8"))) for file in folder.glob("*.md")}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    copy = tmp_path / "workspace"
    shutil.copytree(FIXTURE / "catalog", copy / "catalog")
    shutil.copytree(FIXTURE / "policies", copy / "policies")
    return copy


def _load(workspace: Path) -> object:
    return load_policies(workspace, load_catalog(workspace))


def test_the_table_covers_every_usage_role_and_mode(demo_world: World) -> None:
    table = demo_world.policies.table
    assert set(table) == {GrantMode.AGGREGATE, GrantMode.ROW_MASKED, GrantMode.ROW_RAW}
    for rows in table.values():
        assert set(rows) == set(Usage)
        for row in rows.values():
            assert {row.cell(role) for role in ColumnRole} <= set(CONDITIONS)
    assert {f.name for f in fields(Row)} - {"rule"} == {role.value for role in ColumnRole}


def test_every_condition_is_used_and_explained() -> None:
    text = (DEFAULTS / "decision_table.yaml").read_text(encoding="utf-8")
    guide = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^#   (\w+) +[^|\n]*[\u4e00-\u9fff]", text, re.MULTILINE))
    assert set(CONDITIONS) <= explained
    assert set(STRICTER) == set(CONDITIONS)
    for word in CONDITIONS:
        assert f"`{word}`" in guide, word
    unused = {w for w in CONDITIONS if not re.search(rf": {w}[,}}]", text)}
    assert unused == {"needs_approval"}  # kept for workspaces that tighten a cell to it


def test_stricter_is_an_order() -> None:
    for word, stricter in STRICTER.items():
        assert word not in stricter
        assert stricter <= set(CONDITIONS)
        for other in stricter:
            assert word not in STRICTER[other], (word, other)


def test_every_clause_exists(demo_world: World) -> None:
    articles = _articles(DEMO / "documents")
    assert check_clauses(demo_world.policies, articles) == ()
    rule = demo_world.policies.rules["R-G3-005"]
    wrong = replace(rule, local_clause="《云澜市统计数据保密与发布规定》第九百条")
    broken = replace(demo_world.policies, rules={**demo_world.policies.rules, rule.id: wrong})
    (found,) = check_clauses(broken, articles)
    assert found.hint == "R-G3-005"
    assert re.match(r"\S+policies/rules\.yaml:\d+ \[local_clauses\.R-G3-005\] R-G3-005", found.message.zh)
    assert check_clauses(demo_world.policies, {}) != ()
    assert check_clauses(replace(demo_world.policies, laws=()), articles) != ()


@pytest.mark.parametrize(
    ("clause", "parsed"),
    [
        ("统计法第二十八条", (("统计法", "第二十八条"),)),
        ("甲法第一条、第二条；《乙办法》第三条", (("甲法", "第一条"), ("甲法", "第二条"), ("乙办法", "第三条"))),
        ("法释〔2017〕10号第五条", (("法释〔2017〕10号", "第五条"),)),
        ("没有条号", (("没有条号", ""),)),
    ],
)
def test_clauses_are_parsed(clause: str, parsed: tuple[tuple[str, str], ...]) -> None:
    assert parse_clause(clause) == parsed


def test_no_rule_is_unreachable(demo_world: World) -> None:
    assert check_reach(demo_world.policies) == ()
    table = {mode: dict(rows) for mode, rows in demo_world.policies.table.items()}
    del table[GrantMode.AGGREGATE][Usage.WINDOW]
    assert [f.hint for f in check_reach(replace(demo_world.policies, table=table))] == ["R-G4-019"]


def test_the_demo_users_are_those_of_the_contract(demo_world: World) -> None:
    named = {"public", "analyst", "civil", "health", "stats", "tax", "market", "hotline", "steward", "evaluator"}
    named |= {"auditor", "admin", "vendor"}
    policies = demo_world.policies
    assert named <= set(policies.users)
    for name in named:
        user = policies.users[name]
        assert policies.purpose(user, None) is not None, name
        assert policies.has_data_access(user) == (name not in ("auditor", "admin", "vendor"))


def test_departments_are_providers_of_the_catalog(demo_world: World) -> None:
    """A row grant of one's own duty only means something when the names agree."""
    providers = {resource.provider for resource in demo_world.catalog.resources}
    outside = {"public", "vendor", "auditor"}
    assert {u.department for u in demo_world.policies.users.values() if u.user_id not in outside} <= providers


def test_level_schemes_are_dated_mappings(demo_world: World) -> None:
    for name in ("national", "zhejiang", "beijing"):
        scheme = load_policies(DEMO, demo_world.catalog, scheme=name).scheme
        assert scheme.scheme == name
        assert scheme.valid_from is not None
        assert {Level.G1, Level.G2, Level.G3, Level.G4} <= set(scheme.levels.values())
    national = load_policies(FIXTURE, load_catalog(FIXTURE)).scheme
    assert national.name_of(Level.IMP) == "重要数据"
    packaged = (DEFAULTS / "level_schemes" / "national.yaml").read_bytes()
    assert (DEMO / "policies" / "level_schemes" / "national.yaml").read_bytes() == packaged
    with pytest.raises(PolicyLoadError, match="atlantis"):
        load_policies(DEMO, demo_world.catalog, scheme="atlantis")


def test_a_scheme_that_is_not_used_is_read_for_its_mistakes(workspace: Path) -> None:
    schemes = workspace / "policies" / "level_schemes"
    schemes.mkdir(exist_ok=True)
    shutil.copy(DEMO / "policies" / "level_schemes" / "zhejiang.yaml", schemes)
    _load(workspace)
    text = (schemes / "zhejiang.yaml").read_text(encoding="utf-8")
    (schemes / "zhejiang.yaml").write_text(text.replace(": G4", ": G9"), encoding="utf-8")
    with pytest.raises(PolicyLoadError, match=r"zhejiang.yaml:\d+ .*G9"):
        _load(workspace)
    (schemes / "zhejiang.yaml").write_text(text.replace("scheme: zhejiang", "scheme: beijing"), encoding="utf-8")
    with pytest.raises(PolicyLoadError, match="文件名是 zhejiang"):
        _load(workspace)


def test_a_scheme_that_is_not_in_force_is_told(demo_world: World) -> None:
    scheme = demo_world.policies.scheme
    assert scheme.valid_from is not None
    assert check_scheme(demo_world.policies, scheme.valid_from) == ()
    [early] = check_scheme(demo_world.policies, scheme.valid_from - timedelta(days=1))
    assert early.code == "scheme_not_in_force"
    ended = replace(demo_world.policies, scheme=replace(scheme, valid_to=date(2026, 1, 1)))
    assert check_scheme(ended, date(2025, 12, 31)) == ()
    assert [one.code for one in check_scheme(ended, date(2026, 1, 1))] == ["scheme_not_in_force"]


@pytest.mark.parametrize("name", ["threshold.yaml", "thresholds.yml", "own/thresholds.yaml", "level_schemes/a/b.yaml"])
def test_a_file_that_nothing_reads_stops_the_start(workspace: Path, name: str) -> None:
    path = workspace / "policies" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("sensitive_min_units: 50\n", encoding="utf-8")
    with pytest.raises(PolicyLoadError, match="没有任何规则会读取"):
        _load(workspace)


def test_the_version_changes_with_any_file(workspace: Path) -> None:
    catalog = load_catalog(workspace)
    before = load_policies(workspace, catalog).version
    assert load_policies(workspace, catalog).version == before
    tests = workspace / "policies" / "tests"
    tests.mkdir()
    (tests / "cases.yaml").write_text("cases: []\n", encoding="utf-8")
    assert load_policies(workspace, catalog).version == before
    (workspace / "policies" / "decision_table.yaml").write_text(
        "aggregate: {count: {quasi_id: refuse}}\n", encoding="utf-8"
    )
    assert load_policies(workspace, catalog).version != before


WRONG = yaml.safe_load((ROOT / "tests" / "cases" / "policy_files.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case["id"])
def test_a_wrong_file_is_named_with_line_and_key(workspace: Path, case: dict[str, str]) -> None:
    path = workspace / "policies" / case["file"]
    text = path.read_text(encoding="utf-8")
    assert case["right"] in text
    path.write_text(text.replace(case["right"], case["wrong"], 1), encoding="utf-8")
    with pytest.raises(PolicyLoadError, match=case["named"]) as caught:
        _load(workspace)
    assert case["file"] in caught.value.text.zh
    assert case["key"] in caught.value.text.en
    assert re.search(rf"{case['file']}:\d+", caught.value.text.en)


LOOSER = [
    ("decision_table.yaml", "aggregate: {output: {direct_id: allow}}"),
    ("decision_table.yaml", "aggregate: {group: {quasi_id: allow}}"),
    ("decision_table.yaml", "row_masked: {output: {direct_id: allow}}"),
    ("decision_table.yaml", "aggregate: {output: {direct_id: perhaps}}"),
    ("decision_table.yaml", "aggregate: {output: {strange_id: refuse}}"),
    ("decision_table.yaml", "aggregate: {peek: {direct_id: refuse}}"),
    ("decision_table.yaml", "root: {output: {direct_id: refuse}}"),
    ("decision_table.yaml", "aggregate: {output: {rule: R-G4-002}}"),
    ("rules.yaml", "local_clauses: {R-G9-001: 甲法第一条}"),
    ("roles.yaml", "roles: [{code: vendor, name: {zh: 外包, en: Vendor}, data_access: true}]"),
]


@pytest.mark.parametrize(("file", "text"), LOOSER)
def test_a_workspace_may_only_tighten(workspace: Path, file: str, text: str) -> None:
    (workspace / "policies" / file).write_text(text + "\n", encoding="utf-8")
    with pytest.raises(PolicyLoadError, match=file):
        _load(workspace)


def test_a_stricter_cell_is_taken(workspace: Path) -> None:
    text = "aggregate: {group: {quasi_id: aggregate_only}}\n"
    (workspace / "policies" / "decision_table.yaml").write_text(text, encoding="utf-8")
    policies = load_policies(workspace, load_catalog(workspace))
    assert policies.table[GrantMode.AGGREGATE][Usage.GROUP].quasi_id == "aggregate_only"
    assert policies.table[GrantMode.AGGREGATE][Usage.GROUP].neutral == "allow"


THRESHOLDS = yaml.safe_load((DEFAULTS / "thresholds.yaml").read_text(encoding="utf-8"))
LOWER = [
    {"min_units": {**THRESHOLDS["min_units"], "person": 9}},
    {"min_units": {"person": 10}},
    {"sensitive_min_units": 19},
    {"percentile_factor": 3},
    {"percentile_digits": 4},
    {"moment_min_units": 49},
    {"p_percent": 5.0},
    {"dominance": [2, 95.0]},
    {"dominance": [1, 90.0]},
    {"zero_is_disclosive": []},
    {"rolling_days": 7},
    {"max_case_days": 60},
    {"max_grant_days": 1000},
    {"row_caps": [{**THRESHOLDS["row_caps"][0], "rows": 26}, *THRESHOLDS["row_caps"][1:]]},
    {"row_caps": THRESHOLDS["row_caps"][1:]},
    {"row_caps": THRESHOLDS["row_caps"][:2]},
]


@pytest.mark.parametrize("change", LOWER, ids=str)
def test_thresholds_are_never_lowered(workspace: Path, change: dict[str, object]) -> None:
    path = workspace / "policies" / "thresholds.yaml"
    path.write_text(yaml.safe_dump({**THRESHOLDS, **change}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(PolicyLoadError, match=r"thresholds\.yaml"):
        _load(workspace)


def test_thresholds_are_raised(workspace: Path) -> None:
    raised = {**THRESHOLDS, "min_units": {**THRESHOLDS["min_units"], "person": 30}}
    path = workspace / "policies" / "thresholds.yaml"
    path.write_text(yaml.safe_dump(raised, allow_unicode=True), encoding="utf-8")
    policies = load_policies(workspace, load_catalog(workspace))
    assert policies.thresholds.min_units[PrivacyUnit.PERSON] == 30


def test_the_defaults_are_the_specified_ones(fixture_world: World) -> None:
    numbers = fixture_world.policies.thresholds
    assert dict(numbers.min_units) == {
        PrivacyUnit.PERSON: 10, PrivacyUnit.HOUSEHOLD: 10, PrivacyUnit.ENTERPRISE: 3, PrivacyUnit.RESPONDENT: 3,
        PrivacyUnit.FACILITY: 10,
    }  # fmt: skip
    assert (numbers.sensitive_min_units, numbers.percentile_factor) == (20, 4)
    assert (numbers.percentile_digits, numbers.moment_min_units) == (3, 50)
    assert (numbers.p_percent, numbers.dominance) == (10.0, (2, 90.0))
    assert [cap.rows for cap in numbers.row_caps] == [25, 250, 2500]
    assert (numbers.rolling_days, numbers.max_grant_days, numbers.max_case_days) == (30, 365, 30)
    assert numbers.zero_is_disclosive == (ColumnRole.SENSITIVE_ATTR,)


def test_a_missing_users_file_means_no_users(workspace: Path) -> None:
    (workspace / "policies" / "users.yaml").unlink()
    assert load_policies(workspace, load_catalog(workspace)).user("bd_analyst") is None
