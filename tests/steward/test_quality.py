from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant.audit import JsonlAuditLog
from assistant.domain import OpenType, SharingType
from assistant.nl2sql.plans.semantic_model import Metric
from assistant.steward.entries import completeness, missing_keys
from assistant.steward.estate import Estate
from assistant.steward.fields import Row
from assistant.steward.maturity import Beyond, abilities, measure_names, measures, rate
from assistant.steward.quality import Coverage, RuleResult, assess, coverage, quality_table
from assistant.steward.usage import request_rows
from assistant.steward.views import maturity_table
from tests.steward.conftest import item, resource

METRIC = Metric(
    id="m", name="常住人口", name_en="Residents", definition="居住半年以上", definition_en="", owner="市统计局"
)

# --------------------------------------------------------------------------- quality


def test_a_basis_is_owed_only_where_sharing_is_refused() -> None:
    refused = resource("R1", sharing_type=SharingType.NOT_SHARED, sharing_condition="", sharing_method="")
    assert missing_keys(refused) == ("sharing_basis",)
    assert missing_keys(resource("R2", sharing_type=SharingType.UNCONDITIONAL, sharing_condition="")) == ()
    assert missing_keys(resource("R3", open_type=OpenType.CONDITIONAL)) == ("open_condition",)
    assert 0 < completeness(refused) < 1 == completeness(resource("R2"))


def test_the_worst_resource_comes_first_with_its_reasons(estate: Callable[..., Estate]) -> None:
    poor = resource("R1", "甲局", owner_office="", update_cycle="每日", elements=(item("姓名", "R1"),))
    good = resource("R2", "乙局", table="t", elements=(item("地址", "R2"),))
    twin = resource("R3", "丙局", table="u", elements=(item("姓名", "R3"),))
    first, *rest = assess(estate(good, poor, twin), [RuleResult(resource_id="R2", checked=100, failed=10)])
    assert first.resource.resource_id == "R1"
    assert first.overdue
    assert not first.mounted
    assert first.missing == ("owner_office",)
    assert first.duplicated == ("姓名",)
    by_id = {one.resource.resource_id: one for one in rest}
    assert by_id["R2"].rules == 0.9
    assert by_id["R3"].rules is None
    assert quality_table(assess(estate(good))).ids == ("R2",)


def test_coverage_counts_what_the_engine_has() -> None:
    listed = [resource("R1", table="a", elements=(item("姓名", "a", column="x"),))]
    assert coverage(listed, {"a": {"x": "VARCHAR", "y": "VARCHAR"}, "b": {"z": "DATE"}}) == Coverage(
        tables=0.5, columns=1 / 3
    )
    assert coverage(listed, {}) == Coverage(tables=None, columns=None)


# --------------------------------------------------------------------------- maturity


def test_the_model_has_the_white_papers_abilities() -> None:
    parts = [one.part for one in abilities()]
    assert [parts.count(name) for name in ("基础保障", "数据支撑", "价值实现")] == [4, 8, 5]
    assert all(one.evidence or one.ask for one in abilities())
    assert all(
        len(item.steps) == 4 and list(item.steps) == sorted(item.steps) for one in abilities() for item in one.evidence
    )


def test_every_measure_of_the_model_has_a_name() -> None:
    used = {item.measure for one in abilities() for item in one.evidence}
    assert used == set(measure_names())


def test_every_measure_of_the_model_can_be_measured(estate: Callable[..., Estate]) -> None:
    requests = (Row(counted={"department": ("甲局",), "verdict": ("allow",)}, weight=4),)
    held = estate(resource("R1", table="t"), metrics=(METRIC,), requests=requests)
    assessed = assess(held, [RuleResult(resource_id="R1", checked=10, failed=1)])
    beyond = Beyond(documents=3, documents_in_force=2, roles=5, coverage=Coverage(tables=1.0, columns=1.0))
    known = measures(held, assessed, beyond)
    assert {item.measure for one in abilities() for item in one.evidence} <= set(known)


def test_a_level_is_that_of_the_weakest_evidence_and_nothing_is_invented(estate: Callable[..., Estate]) -> None:
    held = estate(resource("R1"), resource("R2", owner_office=""))
    rated = {one.ability.id: one for one in rate(held, assess(held), Beyond(), {"backup": 4, "training": 9})}
    assert rated["organisation"].level == min(one.level for one in rated["organisation"].evidence)
    assert rated["projects"].level is None
    assert rated["projects"].open
    assert rated["computing"].level == 4
    assert not rated["computing"].open
    assert rated["people"].answered == (("training", 5),)
    assert rated["quality"].level is None  # no rule was run: that is no evidence, not a bad mark
    assert len(maturity_table(tuple(rated.values())).rows) == 17


def test_an_empty_estate_has_no_level_at_all(estate: Callable[..., Estate]) -> None:
    assert {one.level for one in rate(estate(), (), Beyond())} == {None}


# --------------------------------------------------------------------------- the audit trail


def _record(log: JsonlAuditLog, department: str, tables: list[str], verdict: str, **more: object) -> None:
    log.append(
        {
            "subject": {"id": "wang", "dept": department},
            "question_redacted": "秘密的问题",
            "datasets": [{"id": table} for table in tables],
            "rules_fired": [{"rule": "R-1", "clause": "法"}],
            "verdict": verdict,
            **more,
        }
    )


def test_requests_are_counted_and_nothing_else_is_read(tmp_path: Path) -> None:
    log = JsonlAuditLog(tmp_path / "trail.jsonl", tmp_path / "keys.json")
    _record(log, "市民政局", ["pop", "hidden"], "refuse")
    _record(log, "市民政局", ["pop", "hidden"], "refuse")
    _record(log, "市统计局", [], "allow")
    _record(log, "市大数据局", [], "", kind="steward")  # looking at the catalog is no request for data
    rows = request_rows(tmp_path / "trail.jsonl", [resource("R1", table="pop")])
    counted = {(row.counted or {})["department"]: row for row in rows}
    assert counted[("市民政局",)].weight == 2
    assert counted[("市统计局",)].weight == 1
    assert len(counted) == 2
    assert dict(counted[("市民政局",)].counted or {})["resource"] == ("资源R1",)  # the other one is not visible
    assert "wang" not in str(rows)
    assert "秘密" not in str(rows)
    assert "hidden" not in str(rows)


def test_no_trail_is_no_request(tmp_path: Path) -> None:
    assert request_rows(tmp_path / "none.jsonl", []) == ()
