"""The audit trail: nothing unrecorded, nothing raw, and every tampering found at its exact position."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.audit import JsonlAuditLog, records, tail, verify
from assistant.audit_chain import GENESIS, canonical, merkle_root, record_hash
from assistant.audit_facts import recorded_facts
from assistant.audit_keys import load_keys, public_path, rotate_literal_key
from assistant.audit_record import decision_record
from assistant.audit_redaction import normalise_sql, redact_question
from assistant.audit_retention import RETENTION, months_to_keep, retention_of
from assistant.audit_verification import Tampering, Verification
from assistant.domain import (
    Answer,
    Category,
    Classification,
    Column,
    ColumnRole,
    ColumnUse,
    Decision,
    Level,
    Outcome,
    OutputFact,
    OutputKind,
    PrivacyUnit,
    Purpose,
    QueryFacts,
    Question,
    Reason,
    ReleasedTable,
    RowFilter,
    Shape,
    Status,
    Suppression,
    Text,
    UnitThreshold,
    Usage,
    User,
)
from assistant.errors import AuditUnavailable

START = datetime(2025, 10, 31, 1, 0, tzinfo=UTC)


class Clock:
    """A clock that a test can set; it moves by one second a reading."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass(frozen=True)
class Trail:
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "trail.jsonl"

    @property
    def key(self) -> Path:
        return self.folder / "audit.key"

    @property
    def roots(self) -> Path:
        return self.folder / "trail.roots.jsonl"

    def log(self, clock: Callable[[], datetime] | None = None, every: int = 5) -> JsonlAuditLog:
        return JsonlAuditLog(self.path, self.key, checkpoint_records=every, clock=clock or Clock())

    def verify(self) -> Verification:
        return verify(self.path, public_keys=public_path(self.key))

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines(keepends=True)

    def write(self, lines: list[bytes]) -> None:
        self.path.write_bytes(b"".join(lines))


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail(tmp_path)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Seventeen decisions and three checkpoints (6, 12, 18): twenty records, the last two under no root."""
    original = Trail(tmp_path_factory.mktemp("written"))
    log = original.log()
    for number in range(17):
        log.append({"verdict": "allow", "number": number})
    assert original.verify() == Verification(
        ok=True, records=20, checkpoints=3, last_hash=json.loads(original.lines()[-1])["hash"]
    )
    return original


@pytest.fixture
def copy(written: Trail, tmp_path: Path) -> Trail:
    return copied(written, tmp_path / "copy")


def copied(written: Trail, folder: Path) -> Trail:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(written.folder, folder)
    return Trail(folder)


# ----------------------------------------------------------------------------- writing


def test_records_are_chained_numbered_and_dated_in_beijing_time(trail: Trail):
    log = trail.log()
    assert [log.append({"verdict": "refuse"}) for _ in range(3)] == [1, 2, 3]
    first, second, third = records(trail.path)
    assert first["prev_hash"] == GENESIS
    assert (second["prev_hash"], third["prev_hash"]) == (first["hash"], second["hash"])
    assert first["ts"] == "2025-10-31T09:00:01.000000+08:00"
    assert first["hash"] == record_hash(first)
    assert trail.verify().ok


def test_a_second_log_on_the_same_file_continues_the_chain(trail: Trail):
    one, other = trail.log(), trail.log()
    assert [one.append({}), other.append({}), other.append({}), one.append({})] == [1, 2, 3, 4]
    assert trail.verify().ok


def test_processes_that_write_at_once_lose_nothing(trail: Trail):
    script = (
        "import sys; from pathlib import Path; from assistant.audit import JsonlAuditLog\n"
        "log = JsonlAuditLog(Path(sys.argv[1]), Path(sys.argv[2]), checkpoint_records=7)\n"
        "for n in range(15): log.append({'writer': sys.argv[3], 'n': n})\n"
    )
    arguments = [sys.executable, "-c", script, str(trail.path), str(trail.key)]
    started = [subprocess.Popen([*arguments, str(number)], cwd=Path(__file__).parents[1]) for number in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    assert trail.verify().ok
    kept = [(one["writer"], one["n"]) for one in records(trail.path) if one["kind"] == "decision"]
    assert sorted(kept) == [(str(writer), n) for writer in range(3) for n in range(15)]


def test_checkpoints_come_by_count_by_time_and_on_demand(trail: Trail):
    clock = Clock()
    log = trail.log(clock, every=100)
    log.append({})
    clock.now += timedelta(hours=1)
    log.append({})
    assert [one["kind"] for one in records(trail.path)] == ["decision", "checkpoint", "decision"]
    assert log.checkpoint() == 4
    assert log.checkpoint() is None
    shipped = [json.loads(line) for line in trail.roots.read_bytes().splitlines()]
    assert [(one["first_seq"], one["last_seq"]) for one in shipped] == [(1, 1), (2, 3)]
    chain = [one["hash"] for one in records(trail.path)]
    assert shipped[1]["merkle_root"] == merkle_root(chain[1:3])


def test_merkle_root_follows_rfc_6962():
    leaf = ["aa" * 32, "bb" * 32, "cc" * 32]
    assert merkle_root(leaf) != merkle_root(leaf[::-1])
    assert merkle_root(leaf[:1]) != leaf[0]  # a leaf is hashed with its prefix
    assert merkle_root([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_tail_gives_the_last_decisions_without_checkpoints(written: Trail):
    assert [one["number"] for one in tail(written.path, 3)] == [14, 15, 16]
    assert len(tail(written.path, 100)) == 17
    assert tail(written.path, 0) == []
    assert tail(written.folder / "absent.jsonl") == []


def test_tail_reads_back_over_blocks(trail: Trail):
    log = trail.log()
    for number in range(6):
        log.append({"number": number, "long": "长" * 20_000})
    assert [one["number"] for one in log.tail(5)] == [1, 2, 3, 4, 5]


def test_keys_are_private_and_their_public_half_is_not(trail: Trail):
    trail.log()
    assert stat.S_IMODE(trail.key.stat().st_mode) == 0o600
    assert load_keys(trail.key).signing.hex() not in public_path(trail.key).read_text()


# ----------------------------------------------------------------------------- failing closed


def test_a_trail_that_cannot_be_opened_gives_no_sequence_number(trail: Trail):
    log = trail.log()
    trail.path.mkdir()
    with pytest.raises(AuditUnavailable, match="不提供答复"):
        log.append({"verdict": "allow"})
    with pytest.raises(AuditUnavailable):
        log.check_writable()


def test_a_folder_that_is_a_file_gives_no_log(tmp_path: Path):
    (tmp_path / "state").write_text("")
    with pytest.raises(AuditUnavailable):
        JsonlAuditLog(tmp_path / "state" / "trail.jsonl", tmp_path / "state" / "audit.key")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_gives_no_sequence_number(trail: Trail):
    log = trail.log()
    log.append({})
    trail.path.chmod(0o400)
    with pytest.raises(AuditUnavailable):
        log.append({})


def test_a_full_disk_leaves_no_half_record_and_the_log_recovers(trail: Trail, monkeypatch: pytest.MonkeyPatch):
    log = trail.log()
    log.append({"n": 1})
    before, real_write = trail.path.read_bytes(), os.write

    def half_a_write(descriptor: int, data: bytes) -> int:
        real_write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", half_a_write)
        with pytest.raises(AuditUnavailable):
            log.append({"n": 2})
    assert trail.path.read_bytes() == before
    assert log.append({"n": 2}) == 2
    assert trail.verify().ok


def test_roots_that_cannot_be_shipped_stop_the_log(trail: Trail):
    log = trail.log(every=2)
    log.append({})
    log.append({})
    trail.roots.mkdir()
    with pytest.raises(AuditUnavailable):
        log.append({})
    trail.roots.rmdir()
    assert log.append({}) == 4  # 3 is the checkpoint
    assert trail.verify().ok


@pytest.mark.parametrize("damage", ["cut", "torn", "no head", "last edited", "replaced", "foreign"])
def test_a_damaged_end_stops_the_log(copy: Trail, damage: str):
    lines = copy.lines()
    head = copy.folder / "trail.head"
    match damage:
        case "cut":
            copy.write(lines[:-1])
        case "torn":
            copy.write([*lines, b'{"seq":21,'])
        case "no head":
            head.unlink()
        case "last edited":
            copy.write([*lines[:-1], lines[-1].replace(b"allow", b"ALLOW")])
        case "replaced":
            copy.write([])
        case "foreign":
            copy.write([*lines, lines[3]])
    with pytest.raises(AuditUnavailable, match="govdata audit verify"):
        copy.log().append({})


def test_a_crash_between_record_and_head_is_no_damage(copy: Trail):
    head = copy.folder / "trail.head"
    before = head.read_bytes()
    assert copy.log(Clock(START + timedelta(minutes=5))).append({}) == 21
    head.write_bytes(before)
    assert copy.log(Clock(START + timedelta(minutes=6))).append({}) == 22
    assert copy.verify().ok


def test_a_torn_record_can_be_set_aside_and_is_recorded(copy: Trail):
    torn = b'{"seq":21,"verd'
    copy.write([*copy.lines(), torn])
    log = copy.log(Clock(START + timedelta(minutes=5)))
    aside = log.set_aside_torn_record()
    assert aside is not None
    assert aside.read_bytes() == torn
    assert log.set_aside_torn_record() is None
    assert log.append({}) == 22
    assert copy.verify().ok


def test_a_damaged_record_cannot_be_set_aside(copy: Trail):
    copy.write([*copy.lines()[:-1], b'{"seq":21,"verd'])
    with pytest.raises(AuditUnavailable):
        copy.log().set_aside_torn_record()


def test_forged_first_records_without_a_key(trail: Trail):
    """No position before the first is ever reported."""
    for fields in ({"seq": 0, "prev_hash": GENESIS}, {"seq": 1, "prev_hash": "1" * 64}, {"seq": -3, "prev_hash": 5}):
        record = fields | {"ts": "2025-10-31T09:00:01.000000+08:00", "kind": "decision"}
        trail.write([canonical(record | {"hash": record_hash(record)}) + b"\n"])
        assert verify(trail.path).first_bad_seq == 1


@pytest.mark.parametrize("entry", [{"seq": 7}, {"hash": ""}, {"ts": "2020"}, {"kind": "checkpoint"}])
def test_a_caller_cannot_forge_chain_fields(trail: Trail, entry: dict[str, object]):
    with pytest.raises(AuditUnavailable):
        trail.log().append(entry)


@pytest.mark.parametrize("value", [object(), float("nan"), "\ud800", {1, 2}])
def test_what_cannot_be_written_is_not_written(trail: Trail, value: object):
    log = trail.log()
    with pytest.raises(AuditUnavailable):
        log.append({"value": value})
    assert log.append({}) == 1


def test_a_broken_key_file_is_an_audit_failure(trail: Trail):
    trail.key.write_text("{}")
    with pytest.raises(AuditUnavailable):
        trail.log()


# ----------------------------------------------------------------------------- verification: each attack by name

SEQ = st.integers(1, 20)


@dataclass(frozen=True)
class Attack:
    cause: Tampering
    lines: list[bytes]
    first_bad: int


def edited(lines: list[bytes], at: int) -> Attack:
    record = json.loads(lines[at - 1]) | {"verdict": "refuse?"}
    return Attack(Tampering.EDITED, [*lines[: at - 1], canonical(record) + b"\n", *lines[at:]], at)


def edited_and_rehashed(lines: list[bytes], at: int) -> Attack:
    """The attacker recomputes every hash from here on, but has no key."""
    chained, previous = list(lines), json.loads(lines[at - 2])["hash"] if at > 1 else GENESIS
    for index in range(at - 1, len(lines)):
        record = json.loads(lines[index]) | {"prev_hash": previous}
        if index == at - 1:
            record["verdict"] = "refuse?"
        record["hash"] = previous = record_hash(record)
        chained[index] = canonical(record) + b"\n"
    return Attack(Tampering.EDITED, chained, at)


def dropped(lines: list[bytes], at: int) -> Attack:
    cause = Tampering.DROPPED if at < len(lines) else Tampering.CUT
    return Attack(cause, lines[: at - 1] + lines[at:], at)


def inserted(lines: list[bytes], at: int) -> Attack:
    """A made-up record takes the position, self-consistent but unsigned."""
    true_one = json.loads(lines[at - 1])
    made_up = true_one | {"verdict": "made up"}
    made_up["hash"] = record_hash(made_up)
    return Attack(Tampering.INSERTED, [*lines[: at - 1], canonical(made_up) + b"\n", *lines[at - 1 :]], at)


def swapped(lines: list[bytes], at: int) -> Attack:
    at = min(at, len(lines) - 1)
    changed = list(lines)
    changed[at - 1], changed[at] = changed[at], changed[at - 1]
    return Attack(Tampering.SWAPPED, changed, at)


def cut(lines: list[bytes], at: int) -> Attack:
    return Attack(Tampering.CUT, lines[: at - 1], at)


def replayed(lines: list[bytes], at: int) -> Attack:
    return Attack(Tampering.REPLAYED, [*lines, lines[at - 1]], len(lines) + 1)


def replayed_within(lines: list[bytes], at: int) -> Attack:
    at = max(2, at)
    return Attack(Tampering.REPLAYED, [*lines[: at - 1], lines[0], *lines[at - 1 :]], at)


ATTACKS = [edited, edited_and_rehashed, dropped, inserted, swapped, cut, replayed, replayed_within]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("at", [1, 2, 6, 11, 19, 20])
def test_each_attack_is_named_with_its_position(copy: Trail, attack: Callable[[list[bytes], int], Attack], at: int):
    done = attack(copy.lines(), at)
    copy.write(done.lines)
    found = copy.verify()
    assert (found.ok, found.first_bad_seq, found.cause) == (False, done.first_bad, done.cause)
    assert found.records == done.first_bad - 1


@pytest.mark.parametrize("attack", [edited, dropped, inserted, swapped, replayed], ids=lambda one: one.__name__)
def test_attacks_show_without_a_public_key_and_without_roots(copy: Trail, attack: Callable[[list[bytes], int], Attack]):
    done = attack(copy.lines(), 8)
    copy.write(done.lines)
    copy.roots.unlink()
    found = verify(copy.path)
    assert (found.ok, found.first_bad_seq, found.cause) == (False, done.first_bad, done.cause)


def test_whoever_has_the_key_is_caught_by_the_other_custodian(written: Trail, tmp_path: Path):
    """A trail written anew with the same key is perfect in itself; the shipped root names the record that changed."""
    forged = Trail(tmp_path / "forged")
    forged.folder.mkdir()
    shutil.copy(written.key, forged.key)
    shutil.copy(public_path(written.key), public_path(forged.key))
    log = forged.log()
    for number in range(17):
        log.append({"verdict": "refuse" if number == 7 else "allow", "number": number})
    assert forged.verify().ok
    found = verify(forged.path, written.roots, public_keys=public_path(written.key))
    assert (found.first_bad_seq, found.cause) == (9, Tampering.EDITED)  # number 7 is record 9: 6 is a checkpoint


def test_a_cut_that_also_rewinds_the_head_is_caught_by_the_roots_or_the_expected_count(copy: Trail):
    copy.write(copy.lines()[:15])
    (copy.folder / "trail.head").unlink()
    found = copy.verify()
    assert (found.first_bad_seq, found.cause) == (16, Tampering.CUT)
    copy.roots.write_bytes(b"".join(copy.roots.read_bytes().splitlines(keepends=True)[:2]))
    assert copy.verify().ok
    counted = verify(copy.path, expected_records=20)
    assert (counted.first_bad_seq, counted.cause) == (16, Tampering.CUT)


def test_an_emptied_or_deleted_trail_is_cut_at_its_first_record(copy: Trail):
    copy.write([])
    assert (copy.verify().first_bad_seq, copy.verify().cause) == (1, Tampering.CUT)
    copy.path.unlink()
    assert (copy.verify().first_bad_seq, copy.verify().cause) == (1, Tampering.CUT)


def test_a_forged_root_is_reported(copy: Trail):
    first, *rest = copy.roots.read_bytes().splitlines(keepends=True)
    forged = json.loads(first) | {"merkle_root": "0" * 64}
    forged["hash"] = record_hash(forged)
    copy.roots.write_bytes(canonical(forged) + b"\n" + b"".join(rest))
    assert (copy.verify().first_bad_seq, copy.verify().cause) == (1, Tampering.ROOT_MISMATCH)


def test_a_clock_set_back_is_recorded_and_reported_while_time_never_runs_backwards(trail: Trail):
    clock = Clock()
    log = trail.log(clock, every=100)
    log.append({})
    log.append({})
    clock.now -= timedelta(hours=2)
    log.append({})
    log.append({})
    stamps = [one["ts"] for one in records(trail.path)]
    assert stamps == sorted(stamps)
    assert next(one for one in records(trail.path) if one["seq"] == 3)["clock_back_s"] == pytest.approx(7199, abs=2)
    assert (trail.verify().first_bad_seq, trail.verify().cause) == (3, Tampering.CLOCK_ROLLBACK)


def test_an_ordinary_clock_correction_is_no_incident(trail: Trail):
    clock = Clock()
    log = trail.log(clock)
    log.append({})
    clock.now -= timedelta(seconds=1.5)
    log.append({})
    assert trail.verify().ok


def test_a_true_signature_over_a_time_that_runs_back_is_reported(trail: Trail, monkeypatch: pytest.MonkeyPatch):
    log = trail.log()
    log.append({})
    monkeypatch.setattr(log, "_moment", lambda head: {"ts": "2025-01-01T00:00:00.000000+08:00"})
    log.append({})
    assert (trail.verify().first_bad_seq, trail.verify().cause) == (2, Tampering.CLOCK_ROLLBACK)


hypothesis_on_files = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@hypothesis_on_files
@given(attack=st.sampled_from(ATTACKS), at=SEQ)
def test_any_attack_anywhere_is_found_where_it_was_made(written: Trail, tmp_path: Path, attack, at: int):
    trail = copied(written, tmp_path / "copy")
    done = attack(trail.lines(), at)
    trail.write(done.lines)
    found = trail.verify()
    assert (found.first_bad_seq, found.cause) == (done.first_bad, done.cause)


@hypothesis_on_files
@given(data=st.data())
def test_one_flipped_byte_is_found_in_its_record(written: Trail, tmp_path: Path, data: st.DataObject):
    trail = copied(written, tmp_path / "copy")
    content = bytearray(trail.path.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    trail.path.write_bytes(content)
    changed = written.path.read_bytes()[:position].count(b"\n") + 1
    assert trail.verify().first_bad_seq == changed


@hypothesis_on_files
@given(first=SEQ, second=SEQ)
def test_two_records_that_change_places_are_found_at_the_earlier_one(
    written: Trail, tmp_path: Path, first: int, second: int
):
    trail = copied(written, tmp_path / "copy")
    lines = trail.lines()
    lines[first - 1], lines[second - 1] = lines[second - 1], lines[first - 1]
    trail.write(lines)
    found = trail.verify()
    expected = (None, None) if first == second else (min(first, second), Tampering.SWAPPED)
    assert (found.first_bad_seq, found.cause) == expected


# ----------------------------------------------------------------------------- the record


def question(text: str) -> Question:
    user = User(user_id="civil", name=Text(zh="民政", en="Civil"), department="市民政局", clearance=Level.G4)
    purpose = Purpose(code="低保核对", name=Text(zh="低保核对", en="Verification"))
    return Question(question_id="q1", text=text, user=user, purpose=purpose, lang="zh", asked_at=START)


def answer(sql: str, text: str = "示例甲 1200 元") -> Answer:
    table = ReleasedTable(
        columns=(Column(name="name"), Column(name="amount")),
        rows=(("示例甲", 1200), ("示例乙", None)),
        suppressions=(
            Suppression(row=1, column=1, kind="primary", rule="R-k"),
            Suppression(row=0, column=1, kind="secondary", rule="R-k"),
        ),
    )
    decision = Decision(
        outcome=Outcome.SUPPRESS,
        reasons=(Reason(rule="R-G5-001", clause="个人信息保护法第四条", text=Text(zh="", en="")),),
        obligations=(
            RowFilter(table="t", column="district_code", values=("990103",)),
            UnitThreshold(table="t", unit_column="person_id", unit=PrivacyUnit.PERSON, min_units=10),
        ),
        gate="G5",
    )
    return Answer(
        question_id="q1",
        conversation_id="c1",
        status=Status.PARTLY_SUPPRESSED,
        text=text,
        lang="zh",
        sql=sql,
        table=table,
        decision=decision,
        timings_ms=(("run", 120.0),),
    )


FACTS = QueryFacts(
    tables=("pop_resident",),
    uses=(ColumnUse(table="pop_resident", column="name", usage=Usage.FILTER_EQUAL, values=("示例甲", None)),),
    outputs=(OutputFact(name="n", kind=OutputKind.AGGREGATE, sources=("pop_resident.name",), aggregate="count"),),
    functions=(),
    shape=Shape.ROWS,
    countable=True,
)
LABELS = {
    "pop_resident.name": Classification(
        level=Level.G4, role=ColumnRole.DIRECT_ID, categories=(Category.PERSONAL,), valid_from=date(2025, 1, 1)
    )
}


def test_a_record_says_everything_but_values(trail: Trail):
    log = trail.log()
    asked = question("示例甲（身份证 990101199001011234）的低保金额是多少，电话19900001234")
    sql = "select name, amount from pop_resident where name = '示例甲' and phone = '19900001234'"
    record = decision_record(
        question=asked, answer=answer(sql), keys=log.keys, facts=FACTS, labels=LABELS, session_id="s1", units_touched=37
    )
    seq = log.append(record.entry())
    stored = re.sub(r"[0-9a-f]{12,}", "", trail.path.read_text(encoding="utf-8"))  # without hashes and tokens
    for value in ("示例甲", "示例乙", "990101199001011234", "19900001234", "1200", "990103"):
        assert value not in stored
    (kept,) = [one for one in records(trail.path) if one["seq"] == seq]
    assert kept["subject"]["id"] == "civil"
    assert kept["rules_fired"] == [{"rule": "R-G5-001", "clause": "个人信息保护法第四条"}]
    assert (kept["verdict"], kept["gate"], kept["status"]) == ("suppress", "G5", "partly_suppressed")
    assert kept["suppressed_cells"] == {"primary": 1, "secondary": 1}
    assert (kept["units_touched_band"], kept["latency_bucket"], kept["rows_returned"]) == ("10-100", "<=300ms", 2)
    assert kept["retention"] == ["decision", "provision"]
    assert kept["plan_labels"][0]["role"] == "direct_id"
    assert log.keys.matches(kept["facts"]["uses"][0]["values"][0], "示例甲")
    assert kept["session_id"] == "s1"


def test_the_facts_of_a_decision_can_be_read_back_for_replay(trail: Trail):
    log = trail.log()
    record = decision_record(question=question("?"), answer=answer("select 1"), keys=log.keys, facts=FACTS)
    log.append(record.entry())
    (kept,) = records(trail.path)
    tokens = replace(FACTS.uses[0], values=(log.keys.token("示例甲"), None))
    assert recorded_facts(kept) == replace(FACTS, uses=(tokens,))
    assert recorded_facts({"verdict": "refuse"}) is None


def test_a_refusal_without_sql_and_text_that_is_no_unicode_can_be_recorded(trail: Trail):
    log = trail.log()
    refused = Answer(question_id="q1", conversation_id="", status=Status.REFUSED, text="不能提供", lang="zh")
    record = decision_record(question=question("\ud800 查一下"), answer=refused, keys=log.keys)
    assert log.append(record.entry()) == 1
    assert trail.verify().ok


def test_literal_keys_rotate_and_old_tokens_still_match(trail: Trail):
    before = load_keys(trail.key)
    after = rotate_literal_key(trail.key)
    old, new = before.token("示例甲"), after.token("示例甲")
    assert old != new
    assert after.matches(old, "示例甲")
    assert after.matches(new, "示例甲")
    assert not after.matches(new, "示例乙")
    assert after.key_id == before.key_id


def shown(value: object) -> str:
    return f"<{len(str(value))}>"


@pytest.mark.parametrize(
    ("sql", "normalised"),
    [
        ("select 1 -- 示例甲\n from t limit 10", "select 1 from t limit 10"),
        ("select * from t where a='x''y' and b=\"c d\"", "select * from t where a='<3>' and b=\"c d\""),
        ("select $$张三$$, 990101", "select '<2>', <6>"),
        ("select '未闭合的字符串", "select '<7>'"),
        ('select "110105194912310021"', 'select "<18>"'),
        ('select name from t where name="示例甲"', 'select name from t where name="<3>"'),
        ("select /* 身份证 */ t1.c2", "select t1.c2"),
    ],
)
def test_sql_is_normalised_as_tokens_even_when_it_does_not_parse(sql: str, normalised: str):
    assert normalise_sql(sql, shown) == normalised


@pytest.mark.parametrize(
    "raw",
    [
        "990101 1990 0101 1234",
        "１９９０００００００１",
        "a.b@example.org",
        "云A·12345",
        "「示例甲」",
        "一九九〇〇一〇一",
    ],
)
def test_questions_are_redacted(raw: str):
    redacted = redact_question(f"查询{raw}的记录", (), lambda value: "hmac:k:" + "f" * 32)
    assert raw not in redacted
    assert not any(part in redacted for part in ("1234", "example", "示例甲", "一九九"))
    assert redacted.startswith("查询")


def test_ordinary_questions_stay_readable():
    text = "2025年各区新设企业数,和2024年同期比 GDP PM2.5 top 10"
    assert redact_question(text, (), shown) == text


def test_retention_is_the_longest_of_the_classes_and_unknown_means_for_ever():
    assert retention_of(()) == ("decision",)
    assert retention_of((Category.MINOR_U14, Category.STATISTICAL_AGGREGATE)) == (
        "decision",
        "sensitive_personal",
        "statistical_release",
    )
    assert months_to_keep({"retention": ["decision", "statistical_release"]}) == 120
    assert months_to_keep({}) == 36
    assert months_to_keep({"retention": ["invented"]}) is None
    assert all(one.months is None or one.months >= one.online_months for one in RETENTION)


@pytest.fixture(autouse=True)
def _no_file_is_left_open(recwarn: pytest.WarningsRecorder) -> Iterator[None]:
    yield
    assert not [one for one in recwarn if issubclass(one.category, ResourceWarning)]
