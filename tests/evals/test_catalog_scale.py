"""The scale benchmark at a size that takes seconds: what it makes, that it resumes, that it finds what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.retrieval import index
from assistant.retrieval.catalog_passages import catalog_passages
from assistant.retrieval.index import library_path, refresh
from assistant.retrieval.library import Library
from assistant.settings import Settings
from evals.catalog_scale import MadeEncoder, measured
from evals.indexing_rate import rate, unchanged
from evals.made_catalog import MadeCatalog, questions
from tests.fakes import HashEncoder, MemoryStore


def test_a_made_catalog_has_the_size_and_is_the_same_each_time() -> None:
    catalog = MadeCatalog(count=30, items=430)
    assert len(catalog.resources) == len({one.resource_id for one in catalog.resources}) == 30
    assert sum(len(one.elements) for one in catalog.resources) == 430
    assert catalog.resources == MadeCatalog(count=30, items=430).resources
    assert questions(catalog, 20) == questions(catalog, 20)


def test_made_vectors_are_unit_vectors_and_near_for_like_texts() -> None:
    encoder = MadeEncoder()
    one, like, other = encoder.encode_passages(["某市企业登记信息", "某市企业登记", "水库监测"])
    assert sum(value * value for value in one) == pytest.approx(1, abs=1e-4)
    near, far = (sum(a * b for a, b in zip(one, vector, strict=True)) for vector in (like, other))
    assert near > 0.7 > far


def test_a_large_library_is_written_in_steps_and_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "STEP", 100)
    settings = Settings(workspace=tmp_path, state=tmp_path / "state", models=tmp_path)
    passages = catalog_passages(MadeCatalog(count=20, items=300))
    encoder, store = HashEncoder(), MemoryStore()
    written: list[int] = []

    def stop_at_the_second_step(done: int, total: int) -> None:
        written.append(done)
        if done == 20 + 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(settings, passages, encoder, store=store, progress=stop_at_the_second_step)
    assert len(Library(library_path(settings))) == 200
    assert written[-3:] == [20, 120, 220]
    again = refresh(settings, passages, encoder, store=store)
    assert (again.encoded, again.added, again.unchanged) == (0, 120, 200)
    assert refresh(settings, passages, encoder, store=store).added == 0
    assert Library(library_path(settings)).ids() == {item.passage_id for item in passages}


@pytest.mark.embedding  # the real vector store
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_benchmark_runs_through_the_real_library_and_store(tmp_path: Path) -> None:
    found = measured(tmp_path, small=10, large=140, items=700, asked=8)
    small, large = found["indexing"]
    assert (small["resources"], small["passages"]) == (10, 60)
    assert (large["resources"], large["passages"]) == (140, 840)
    assert large["encoded_before_the_break"] > 0
    assert large["encoded_before_the_break"] + large["encoded_after"] == 140  # nothing was encoded twice
    assert [one["kinds"] for one in found["searching"]] == ["resources", "resources and items"]
    assert all(one["ratio"] > 0 and one["large_p95"] >= one["large_p50"] > 0 for one in found["searching"])


@pytest.mark.embedding  # the real vector store
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_indexing_rate_is_measured_on_the_same_passages(tmp_path: Path) -> None:
    encoder = MadeEncoder()
    passages = catalog_passages(MadeCatalog(count=20, items=0))
    found = rate(passages, encoder, tmp_path, rounds=2)
    assert (found.passages, found.rounds) == (20, 2)
    assert encoder.encoded == 2 * (20 + 20) + 1  # bare and indexed in every round, and one to warm up
    assert found.share == pytest.approx(found.indexed / found.bare)
    assert unchanged(200, tmp_path).passages == 200
