"""Choice by agreement of results."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import SqlDraft
from assistant.nl2sql.drafts.choosing import PLANNED, Candidate, choose, decided, fingerprint, hollow
from assistant.nl2sql.plans.confidence import threshold


def candidate(text: str, rows: Any, kind: str = "wide", coverage: float = 0.0) -> Candidate:
    return Candidate(draft=SqlDraft(text=text, drafter="m"), rows=rows, kind=kind, coverage=coverage)


def test_the_majority_result_wins_whatever_its_text() -> None:
    chosen = choose([candidate("a", ((1,),)), candidate("b", ((2,),)), candidate("c", ((2,),))])
    assert chosen is not None
    assert (chosen.draft.text, chosen.agreeing, chosen.ran) == ("b", 2, 3)


def test_without_agreement_the_first_stands_with_less_confidence() -> None:
    alone = choose([candidate("a", ((1,),))])
    split = choose([candidate("a", ((1,),)), candidate("b", ((2,),))])
    agreed = choose([candidate("p", ((1,),), PLANNED, 1.0), candidate("a", ((1,),))])
    assert alone is not None
    assert split is not None
    assert agreed is not None
    assert split.draft.text == "a"
    assert split.confidence < alone.confidence < agreed.confidence < 1
    assert agreed.draft.confidence == agreed.confidence


def test_one_reading_alone_is_below_the_bar_of_declared_figures() -> None:
    whole = choose([candidate("p", ((1,), (2,)), PLANNED, 1.0)])
    assert whole is not None
    assert 0.7 < whole.confidence < threshold("model")


def test_a_draft_that_explains_the_whole_question_outweighs_one_of_the_model() -> None:
    whole = choose([candidate("p", ((1,),), PLANNED, 1.0), candidate("a", ((2,),))])
    part = choose([candidate("p", ((1,),), PLANNED, 0.5), candidate("a", ((2,),))])
    outvoted = choose(
        [candidate("p", ((1,),), PLANNED, 0.7), candidate("a", ((2,),)), candidate("b", ((2,),), "plain")]
    )
    assert whole is not None
    assert part is not None
    assert outvoted is not None
    assert (whole.draft.text, part.draft.text, outvoted.draft.text) == ("p", "a", "a")
    assert part.confidence < whole.confidence


def test_no_draft_is_asked_for_that_could_change_nothing() -> None:
    whole, part = candidate("p", ((1,),), PLANNED, 1.0), candidate("p", ((1,),), PLANNED, 0.7)
    empty, model = candidate("p", ((0,),), PLANNED, 0.5), candidate("a", ((2,),))
    assert not decided([whole], ("wide", "plain"))  # a second reading is wanted for confidence
    assert decided([whole, model], ("plain",))
    assert not decided([part, model], ("plain",))
    assert not decided([empty, candidate("a", ((0,),))], ("plain",))  # nothing found may be a filter that met nothing
    assert decided([part, candidate("a", ((1,),))], ("plain",))
    assert decided([part, model], ())


def test_the_features_are_shares() -> None:
    chosen = choose([candidate("p", ((1,),), PLANNED, 0.7), candidate("a", None), candidate("b", ((1,),))])
    assert chosen is not None
    assert all(0.0 <= value <= 1.0 for value in chosen.features.values())
    assert chosen.features["agreement"] == 1.0
    assert chosen.features["rejected"] == 1.0
    assert chosen.features["hollow"] == 0.0


def test_a_rejected_draft_is_no_candidate_but_counts_as_asked() -> None:
    chosen = choose([candidate("a", None), candidate("b", ((1,),))])
    agreed = choose([candidate("a", ((1,),)), candidate("b", ((1,),))])
    assert chosen is not None
    assert agreed is not None
    assert chosen.draft.text == "b"
    assert chosen.confidence < agreed.confidence
    assert choose([candidate("a", None)]) is None
    assert choose([]) is None


def test_an_empty_result_yields_to_a_real_one() -> None:
    chosen = choose([candidate("a", ()), candidate("b", ()), candidate("c", ((5,),))])
    assert chosen is not None
    assert chosen.draft.text == "c"
    empty = choose([candidate("a", ()), candidate("b", ())])
    assert empty is not None
    assert empty.confidence < 0.5


def test_hollow_results() -> None:
    assert hollow(())
    assert hollow(((None,),))
    assert hollow(((0,),))
    assert not hollow(((0,), (3,)))


rows = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["x", "y", None]), st.floats(0, 1)), min_size=1, max_size=6
)


@given(rows, st.randoms())
def test_order_of_rows_and_columns_does_not_matter(table: list[tuple[Any, ...]], random: Any) -> None:
    places = [0, 1, 2]
    random.shuffle(places)
    shuffled = [tuple(row[place] for place in places) for row in table]
    random.shuffle(shuffled)
    assert fingerprint(table) == fingerprint(shuffled)


def test_numbers_are_compared_by_value_and_not_with_text() -> None:
    assert fingerprint([(1,)]) == fingerprint([(1.0,)])
    assert fingerprint([(1,)]) != fingerprint([("1",)])
    assert fingerprint([(1,), (1,)]) != fingerprint([(1,)])
