"""What runs is what was decided: a rewriting that forgets something is stopped by the text that it made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlglot import exp

from assistant.domain import (
    AuthorizedQuery,
    Finding,
    Mask,
    Obligation,
    PrivacyUnit,
    RowFilter,
    SqlDraft,
    UnitThreshold,
    ValidatedQuery,
)
from assistant.nl2sql import rewriting, validation

Schema = dict[str, dict[str, str]]
FILTER = RowFilter(table="mca_lowincome", column="district_code", values=("D03",))
MASK = Mask(table="pop_resident", column="name", kind="name")
UNITS = UnitThreshold(table="mca_lowincome", unit_column="person_id", unit=PrivacyUnit.PERSON, min_units=10)
ROWS = (
    "select r.name, l.monthly_amount from mca_lowincome l join pop_resident r using (person_id) "
    "where l.district_code = 'D03'"
)
COUNTS = "select reason, count(*) as n from mca_lowincome where district_code = 'D03' group by 1"
CASES: dict[str, tuple[str, tuple[Obligation, ...]]] = {
    "rows": (ROWS, (FILTER, MASK)),
    "counts": (COUNTS, (FILTER, UNITS)),
}


def rewritten(case: str, schema: Schema) -> AuthorizedQuery | tuple[Finding, ...]:
    sql, obligations = CASES[case]
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery)
    return rewriting.apply(query, obligations, schema=schema)


def drop_where(tree: exp.Expr) -> None:
    for select in tree.find_all(exp.Select):
        if isinstance(select.args["from_"].this, exp.Table):
            select.set("where", None)


def widen_filter(tree: exp.Expr) -> None:
    for found in tree.find_all(exp.In):
        found.append("expressions", exp.Literal.string("D01"))


def unmask(tree: exp.Expr) -> None:
    for alias in list(tree.find_all(exp.Alias)):
        if isinstance(alias.this, exp.Literal):
            alias.replace(exp.column(alias.alias, quoted=True))


def read_more(tree: exp.Expr) -> None:
    for select in tree.find_all(exp.Select):
        source = select.args["from_"].this
        if isinstance(source, exp.Table) and source.name == "mca_lowincome":
            select.append("expressions", exp.column("start_date", quoted=True))


def unwrap(tree: exp.Expr) -> None:
    for query in list(tree.find_all(exp.Subquery)):
        inner = query.this
        if isinstance(inner, exp.Select) and isinstance(inner.args["from_"].this, exp.Table):
            query.replace(exp.alias_(inner.args["from_"].this.copy(), query.alias, table=True))


def other_table(tree: exp.Expr) -> None:
    for table in tree.find_all(exp.Table):
        table.set("this", exp.to_identifier("hr_civil_servant", quoted=True))


def call_unknown(tree: exp.Expr) -> None:
    found = tree.find(exp.Select)
    assert found is not None
    found.set(
        "where", exp.Where(this=exp.Anonymous(this="current_setting", expressions=[exp.Literal.string("threads")]))
    )


def hide_more(tree: exp.Expr) -> None:
    found = tree.find(exp.Select)
    assert found is not None
    found.append("expressions", exp.alias_(exp.Literal.number(1), "more", quoted=True))


FAULTS: dict[str, Callable[[exp.Expr], None]] = {
    fault.__name__: fault
    for fault in (drop_where, widen_filter, unmask, read_more, unwrap, other_table, call_unknown, hide_more)
}
APPLIES = [(case, name) for case in CASES for name in FAULTS if (case, name) != ("counts", "unmask")]


@pytest.mark.parametrize("case", CASES)
def test_a_right_rewriting_passes(case: str, schema: Schema) -> None:
    assert isinstance(rewritten(case, schema), AuthorizedQuery)


@pytest.mark.parametrize(("case", "fault"), APPLIES)
def test_a_faulty_rewriting_never_runs(case: str, fault: str, schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    right = rewriting._limited

    def faulty(tree: exp.Expr, *rest: Any) -> exp.Expr:
        tree = right(tree, *rest)
        FAULTS[fault](tree)
        return tree

    monkeypatch.setattr(rewriting, "_limited", faulty)
    found = rewritten(case, schema)
    assert isinstance(found, tuple)
    assert {one.code for one in found} & {"not_enforced", "unknown_function", "unknown_table", "unknown_column"}
