"""The real decision point against the plain one on random requests; the laws it must obey; and mutants that must die.

GOVDATA_PDP_RUNS sets how many random requests are compared (default 20,000; nightly 200,000).
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from policy_worlds import FIXTURE
from reference_pdp import AGGREGATE, LEVELS, MASKED, ORDER, RAW, ROLES, Request, Use, decide

from assistant.catalog import Catalog, load_catalog
from assistant.domain import (
    CatalogResource,
    Category,
    Classification,
    ColumnRole,
    ColumnUse,
    DataElement,
    Decision,
    Grant,
    GrantMode,
    Level,
    OpenType,
    PrivacyUnit,
    Purpose,
    QueryFacts,
    RowFilter,
    Shape,
    SharingType,
    Text,
    Usage,
    User,
)
from assistant.policies.access import authorize
from assistant.policies.policy_set import PolicySet, Row
from assistant.policies.rules import load_policies

RUNS = int(os.environ.get("GOVDATA_PDP_RUNS", "20000"))
TODAY = date(2025, 12, 31)
DETAILS = ("", "distinct", "bin", "pair")
PERCENTILES = ("0.5", "0.25", "0.41", "0.05", "0.5 made", "0.4 shifted", "0.25,0.41", "0.5 shifted whole table")
KINDS = ("data", "statistical", "operations")


@cache
def policies() -> PolicySet:
    base = load_policies(FIXTURE, load_catalog(FIXTURE))
    purposes = {kind: Purpose(code=kind, name=Text(zh=kind, en=kind), kind=kind) for kind in KINDS}
    pairs = frozenset({("t.key0", "u.key"), ("u.key", "t.key0")} | {(f"t.c{i}", "u.key") for i in range(6)})
    return replace(base, purposes=purposes, join_pairs=pairs, mosaic_groups=(), territory_columns=())


def random_request(r: random.Random) -> Request:
    def use(place: int) -> Use:
        role, usage = r.choice(ROLES), r.choice(tuple(AGGREGATE))
        level = r.choices(LEVELS, weights=(30, 20, 20, 25, 3, 1, 1, 1))[0]
        return Use(
            role=role,
            level=level,
            usage=usage,
            column=f"c{place}",
            detail=r.choice(DETAILS if usage != "percentile" else (*DETAILS, *PERCENTILES)),
            span=r.choice((None, 1.0, 10.0, 100.0)),
            bin_width=r.choice((None, 10.0)),
            listed=r.random() < 0.7,
            number=r.random() < 0.8,
        )

    rows = r.random() < 0.5
    uses = tuple(use(place) for place in range(r.choices((0, 1, 2, 3), weights=(1, 6, 4, 2))[0]))
    modes = ("aggregate", "row_masked", "row_raw", "case", "approved_case", "none")
    statistical = r.random() < 0.15
    return Request(
        uses=tuple(replace(u, joined=u.usage == "join") for u in uses),
        rows=rows,
        countable=r.random() < 0.9,
        sharing=r.choice([s.value for s in SharingType]),
        opened=r.choice([o.value for o in OpenType]),
        has_unit=r.random() < 0.85,
        statistical_data=statistical,
        important=r.random() < 0.07,
        embargoed=r.random() < 0.07,
        user_role=r.choices(("analyst", "officer", "vendor"), weights=(10, 10, 1))[0],
        public=r.random() < 0.15,
        clearance=r.choice(("G1", "G2", "G3", "G4")),
        purpose=r.choices(KINDS, weights=(12, 4, 1))[0],
        registered=r.random() < 0.97,
        owner=r.random() < 0.4,
        grants=tuple(mode for mode in modes if r.random() < (0.05 if mode == "none" else 0.25)),
        everything=r.random() < 0.3,
        own_territory=r.random() < 0.7,
        pinned=r.random() < 0.4,
    )


def real(r: Request, rules: PolicySet, order: int = 0) -> Decision:
    """The same request in the product's own values."""
    catalog = Catalog(resources=(_resource(r),), version="x")
    codes = (r.purpose,) if r.registered else ("other",)
    user = User(
        user_id="u",
        name=Text(zh="u", en="u"),
        department="owner" if r.owner else "elsewhere",
        roles=(r.user_role,),
        clearance=Level[r.clearance],
        network="互联网" if r.public else "政务外网",
        purposes=codes,
        grants=tuple(_grants(r)[::-1] if order else _grants(r)),
    )
    return authorize(user, rules.purposes[r.purpose], _facts(r, order), rules, catalog, today=TODAY)


def _resource(r: Request) -> CatalogResource:
    def element(column: str, role: str, level: str, width: float | None = None, number: bool = True) -> DataElement:
        label = Classification(level=Level[level], role=ColumnRole(role), bin_width=width)
        return DataElement(
            element_id=f"t.{column}", name=column, column=column, label=label, type="number" if number else "string"
        )

    elements = [element(u.column, u.role, u.level, u.bin_width, u.number) for u in r.uses]
    elements += [element(name, "neutral", "G1") for name in ("key0", "district", "period")]
    categories = [Category.STATISTICAL_INDIVIDUAL] * r.statistical_data + [Category.IMPORTANT] * r.important
    return CatalogResource(
        resource_id="R",
        name="t",
        provider="owner",
        sharing_type=SharingType(r.sharing),
        open_type=OpenType(r.opened),
        level=Level.G2,
        categories=tuple(categories),
        table="t",
        unit=PrivacyUnit.PERSON if r.has_unit else None,
        unit_column="key0" if r.has_unit else None,
        release_column="period" if r.embargoed else None,
        releases=(("2025Q4", None),) if r.embargoed else (),
        elements=tuple(elements),
    )


def _facts(r: Request, order: int) -> QueryFacts:
    uses = [
        ColumnUse(
            table="t",
            column=u.column,
            usage=Usage(u.usage),
            scan="t",
            detail="u.key" if u.detail == "pair" else u.detail,
            span=u.span,
        )
        for u in r.uses
    ]
    if r.pinned and r.has_unit:  # fixed by the unit column itself, which is neutral here
        fixed = ColumnUse(
            table="t", column="key0", usage=Usage.FILTER_EQUAL, scan="t", detail="=", values=("x",), conjunct=True
        )
        uses.append(fixed)
    if r.own_territory:
        here = ColumnUse(
            table="t", column="district", usage=Usage.FILTER_EQUAL, scan="t", detail="=", values=("D1",), conjunct=True
        )
        uses.append(here)
    return QueryFacts(
        tables=("t",),
        uses=tuple(uses[::-1] if order else uses),
        outputs=(),
        functions=(),
        shape=Shape.ROWS if r.rows else Shape.AGGREGATE,
        countable=r.countable,
        row_tables=("t",) if r.rows else (),
    )


def _grants(r: Request) -> list[Grant]:
    found = []
    listed = tuple(u.column for u in r.uses if u.listed)
    for mode in r.grants:
        row = mode in ("row_masked", "row_raw", "approved_case")
        found.append(
            Grant(
                grant_id=mode,
                dataset="t",
                mode=GrantMode.CASE if mode == "approved_case" else GrantMode(mode),
                purposes=(r.purpose,),
                row_filters=(RowFilter(table="t", column="district", values=("D1",)),) if row else (),
                approval_doc="doc" if mode == "approved_case" else "",
                columns=_columns(r, listed),
            )
        )
    if r.everything:
        found.append(Grant(grant_id="all", dataset="*", mode=GrantMode.AGGREGATE, purposes=(r.purpose,)))
    return found


def _columns(r: Request, listed: tuple[str, ...]) -> tuple[str, ...]:
    """A grant that lists columns lists all that are used, or the request would be about that alone; see below."""
    complete = len(listed) == len(r.uses)
    return (*listed, "key0", "district", "period") if complete else ()


def requests(seed: int, runs: int) -> Iterator[Request]:
    r = random.Random(seed)
    for _ in range(runs):
        request = random_request(r)
        # without a complete list the grant names no columns, so none is `listed`
        if not all(use.listed for use in request.uses):
            request = replace(request, uses=tuple(replace(use, listed=False) for use in request.uses))
        yield replace(request, pinned=request.pinned and request.has_unit)


def _name(decision: Decision) -> str:
    return decision.outcome.name.lower()


def test_both_decision_points_agree() -> None:
    seen = dict.fromkeys(ORDER, 0)
    for request in requests(7, RUNS):
        expected = decide(request)
        assert _name(real(request, policies())) == expected, request
        seen[expected] += 1
    assert all(count > RUNS // 5000 for count in seen.values()), seen  # every outcome was really compared


def test_idempotent_and_independent_of_order() -> None:
    for request in requests(11, 2000):
        first = real(request, policies())
        assert real(request, policies()) == first
        assert real(request, policies(), order=1) == first


def test_raising_a_level_or_lowering_clearance_never_weakens() -> None:
    r = random.Random(13)
    for request in requests(13, 4000):
        before = ORDER.index(_name(real(request, policies())))
        lower = replace(request, clearance=r.choice(("G1", request.clearance)))
        assert ORDER.index(_name(real(lower, policies()))) >= before, lower
        if request.uses:
            place = r.randrange(len(request.uses))
            use = request.uses[place]
            higher = replace(use, level=LEVELS[min(len(LEVELS) - 1, LEVELS.index(use.level) + 1)])
            raised = replace(request, uses=(*request.uses[:place], higher, *request.uses[place + 1 :]))
            assert ORDER.index(_name(real(raised, policies()))) >= before, raised


def test_one_more_use_never_weakens() -> None:
    r = random.Random(17)
    for request in requests(17, 4000):
        before = ORDER.index(_name(real(request, policies())))
        extra = random_request(r).uses[:1]
        more = replace(request, uses=(*request.uses, *(replace(u, column="c5", listed=False) for u in extra)))
        if all(use.listed for use in request.uses) and extra:
            continue  # the list of the grant would change with it
        if extra and extra[0].usage != "join":
            assert ORDER.index(_name(real(more, policies()))) >= before, more


def test_deny_wins() -> None:
    for request in requests(19, 2000):
        withheld = replace(request, grants=("none", *request.grants))
        assert _name(real(withheld, policies())) == "refuse"
        if request.uses:
            secret = replace(request.uses[0], level="CORE")
            assert _name(real(replace(request, uses=(secret, *request.uses[1:])), policies())) == "refuse"


def _mutants() -> Iterator[tuple[str, PolicySet]]:
    """Every cell of the decision table replaced by another word, one at a time."""
    base = policies()
    for mode, rows in base.table.items():
        for usage, row in rows.items():
            for role in ROLES:
                now = getattr(row, role)
                weaker = "allow" if now != "allow" else "refuse"
                changed: Row = replace(row, **{role: weaker})  # type: ignore[arg-type]
                table = {**base.table, mode: {**rows, usage: changed}}
                yield f"{mode.value}.{usage.value}.{role}", replace(base, table=table)


def _probes(mode: str, usage: str, role: str) -> Iterator[Request]:
    """Requests whose verdict hangs on one cell of the table, in its several situations."""
    way = {"aggregate": "aggregate", "row_masked": "row_masked", "row_raw": "row_raw"}[mode]
    situations = itertools.product(
        (*DETAILS, *PERCENTILES) if usage == "percentile" else DETAILS,
        ((None, None), (1.0, 10.0), (100.0, 10.0)),
        (False, True),
        (False, True),
        (True, False),
        ("有条件共享", "无条件共享"),
        (True, False),
    )
    for detail, (span, width), rows, pinned, countable, sharing, listed in situations:
        use = Use(role, "G1", usage, column="c0", detail=detail, span=span, bin_width=width, listed=listed)
        chooser = Use("quasi_id", "G1", "filter_equal", column="c1", listed=listed)
        yield Request(
            uses=(replace(use, joined=usage == "join"), *((chooser,) if pinned else ())),
            rows=rows,
            countable=countable,
            sharing=sharing,
            grants=(way,),
            pinned=pinned,
            clearance="G4",
        )


def _dies(mutant: PolicySet, mode: str, usage: str, role: str) -> bool:
    """A test that compares with the plain decision point sees it; or the obligations differ from the real rules'."""
    for request in _probes(mode, usage, role):
        changed = real(request, mutant)
        if _name(changed) != decide(request):
            return True
        if changed.obligations != real(request, policies()).obligations:
            return True
    return False


def test_mutants_of_the_decision_table_are_killed() -> None:
    survivors = []
    total = 0
    for name, mutant in _mutants():
        total += 1
        mode, usage, role = name.split(".")
        if not _dies(mutant, mode, usage, role):
            survivors.append(name)
    assert total == 3 * 21 * 7
    assert len(survivors) <= total * 0.05, survivors


@pytest.mark.parametrize("table", [AGGREGATE, MASKED, RAW])
def test_the_plain_table_is_whole(table: dict[str, str]) -> None:
    assert set(table) == {usage.value for usage in Usage}
    assert all(len(cells) == len(ROLES) for cells in table.values())
