"""What both stores have to keep: counters, keys, failures, and processes that ask at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cell_builders import counts, ledger_cell, unit_set
from ledger_stores import DAY, KEY, Clock, Store, ask

from assistant.errors import StoreUnavailable
from assistant.policies.ledger import (
    CellLedger,
    LedgerKey,
    SqliteLedger,
    postgres_ledger,
)
from assistant.policies.publication import publish
from assistant.policies.unit_sets import hashes_of

# --------------------------------------------------------------------------- row counters, failures


def test_rows_are_counted_in_a_rolling_window(ledger: CellLedger, clock: Clock) -> None:
    assert ledger.take_rows("u1", {"t": 1000}, 20)
    clock.now += 20 * DAY
    assert ledger.take_rows("u1", {"t": 1000}, 3)
    assert ledger.take_rows("u2", {"t": 1000}, 100)
    assert (ledger.rows_used("u1", "t"), ledger.rows_used("u1", "other")) == (23, 0)
    clock.now += 15 * DAY
    assert ledger.rows_used("u1", "t") == 3
    assert ledger.rows_used("u1", "t", 60) == 23


def test_rows_beyond_a_limit_are_not_counted(ledger: CellLedger, clock: Clock) -> None:
    """All names or none, and the window is the one that is asked for."""
    assert ledger.take_rows("u1", {"t": 25, "grant G": 10}, 10)
    assert not ledger.take_rows("u1", {"t": 25, "grant G": 10}, 1)
    assert (ledger.rows_used("u1", "t"), ledger.rows_used("u1", "grant G")) == (10, 10)
    assert ledger.take_rows("u1", {"t": 25}, 15)
    clock.now += 31 * DAY
    assert not ledger.take_rows("u1", {"t": 25}, 1, days=60)
    assert ledger.take_rows("u1", {"t": 25}, 25)


def test_processes_share_one_row_cap(tmp_path: Path) -> None:
    """Forty takers, each of whom saw an unused cap: together they get the cap and not a row more."""
    from concurrent.futures import ThreadPoolExecutor

    file = tmp_path / "ledger.sqlite"
    SqliteLedger(file).rows_used("u1", "t")
    ledgers = [SqliteLedger(file) for _ in range(8)]  # a connection each, as processes have
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda i: ledgers[i % 8].take_rows("u1", {"t": 25}, 2), range(40)))
    assert sum(taken) == 12
    assert SqliteLedger(file).rows_used("u1", "t") == 24


def test_no_ledger_no_answer(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    ledger = SqliteLedger(blocked / "ledger.sqlite", key=tmp_path / "ledger.key")
    with pytest.raises(StoreUnavailable):
        ledger.review(KEY, [ledger_cell(0, range(50))])
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable):
        publish(*counts({("a",): range(50)}), SqliteLedger(damaged), group="g")


def test_a_server_that_is_not_there_means_no_answer(tmp_path: Path) -> None:
    """In both languages, and without the address, which may hold a password."""
    pytest.importorskip("psycopg")
    gone = postgres_ledger(f"postgresql://u:secret@/db?host={tmp_path}", tmp_path / "ledger.key")
    with pytest.raises(StoreUnavailable) as failure:
        publish(*counts({("a",): range(50)}), gone, group="g")
    said = failure.value.text
    assert "披露台账" in said.zh
    assert "ledger" in said.en
    assert not any(word in text for text in (said.zh, said.en) for word in ("secret", str(tmp_path)))


def test_a_connection_that_was_cut_is_made_again(ledger: CellLedger, store: Store) -> None:
    """One answer fails; the next one knows what was given before."""
    if not store.url:
        pytest.skip("the embedded store has no connection to lose")
    assert ask(ledger, range(500)) == []
    store.rows("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and query <> ''")
    with pytest.raises(StoreUnavailable):
        ask(ledger, range(497))
    assert ask(ledger, range(497)) == [0]


def test_another_key_means_no_answer(ledger: CellLedger, store: Store, tmp_path: Path) -> None:
    """Its sets could not be compared with those that are there."""
    assert ask(ledger, range(500)) == []
    (tmp_path / "ledger.key").write_text("00" * 32, encoding="ascii")
    with pytest.raises(StoreUnavailable, match="密钥"):
        ask(store.open(), range(497))


def test_a_broken_key_means_no_answer(store: Store, tmp_path: Path) -> None:
    (tmp_path / "ledger.key").write_text("no key", encoding="ascii")
    with pytest.raises(StoreUnavailable, match="密钥"):
        ask(store.open(), range(500))


def test_the_store_does_not_tell_who_is_in_a_cell(ledger: CellLedger, store: Store, tmp_path: Path) -> None:
    """Unit hashes and question digests are keyed, the key lies elsewhere, and one unit differs between data sets."""
    assert ask(ledger, range(500)) == []
    assert ask(ledger, range(500), key=LedgerKey(dataset="u", group="g")) == []
    held = [bytes(blob) for (blob,) in store.rows("select hashes from units order by dataset")]
    first, second = (set(np.frombuffer(blob, dtype="<u8").tolist()) for blob in held)
    assert len(first) == len(second) == 500
    assert not first & second
    assert not (first | second) & set(hashes_of(unit_set(range(500))).tolist())
    secret = bytes.fromhex((tmp_path / "ledger.key").read_text(encoding="ascii").strip())
    stored = [bytes(cell) for row in store.rows("select value, value from meta") for cell in row]
    assert secret not in stored
    assert (tmp_path / "ledger.key").stat().st_mode & 0o077 == 0
    assert store.rows("select predicate from cells where predicate = 'p'") == []


# --------------------------------------------------------------------------- processes


_RACER = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from cell_builders import counts
from assistant.policies.ledger import SqliteLedger, postgres_ledger
from assistant.policies.publication import publish
url, key, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
ledger = postgres_ledger(url, key) if url else SqliteLedger(key.with_suffix(".sqlite"), key=key)
print("ready", flush=True)
sys.stdin.readline()
for round in range(5):
    base = round * 10_000
    made = publish(*counts({{("a",): range(base, base + size)}}), ledger, group="g")
    print(made.decision.outcome.name, flush=True)
"""


def test_processes_at_the_same_time_cannot_both_win(ledger: CellLedger, store: Store, tmp_path: Path) -> None:
    """Five rounds of sets that differ by few: check and record is one step, whoever asks."""
    del ledger
    program = _RACER.format(path=[str(Path(__file__).parent), str(Path(__file__).parents[2])])
    command = [sys.executable, "-c", program, store.url, str(tmp_path / "ledger.key")]
    racers = [
        subprocess.Popen([*command, str(500 + i)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for i in range(3)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    said = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        out, _ = racer.communicate(timeout=60)
        assert racer.returncode == 0
        said.append(out.split())
    for outcomes in zip(*said, strict=True):
        assert sorted(outcomes) == ["ALLOW", "SUPPRESS", "SUPPRESS"]
