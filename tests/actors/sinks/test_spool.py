"""The spool: when a record is accepted, what a full one does, and what it finds again."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from actors.sinks.base import (
    FencedError,
    FileStore,
    LiveOptions,
    MemoryStore,
    Spool,
    SpoolLimits,
    SpoolOptions,
    Surroundings,
    make_spool,
)
from actors.sinks.base.spool_file import VERSION
from engine.clock import FakeWall
from tests.actors.sinks.spool_cases import frame, key, spool, truth


def sequences(made: Spool, count: int = 100) -> list[int]:
    """What a new writer finds."""
    mine = made.attach(9, lambda: None)
    return [one.record.sequence for one in made.draw(mine, count)]


def test_without_a_file_all_that_came_in_before_the_clock_waited_goes_out() -> None:
    made = Spool(
        MemoryStore(), SpoolLimits(capacity=5, high_water=2, group=3), lambda: True, FakeWall(), threaded=False
    )
    made.prepare()
    for number in range(20):
        made.put(frame("pi-1", number))
    mine = made.attach(1, lambda: None)
    out = []
    while drawn := made.draw(mine, 4):
        out += [one.record.sequence for one in drawn]
        made.confirm(mine, [one.row for one in drawn])
    assert out == list(range(20))
    assert made.depth == 0


def test_a_record_is_accepted_when_it_is_committed_and_not_before(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    made.put(frame())
    assert (made.books.totals().accepted, made.arriving, made.depth) == (0, 1, 1)
    assert not made.settled
    assert made.commit()
    assert (made.books.totals().accepted, made.arriving, made.depth) == (1, 0, 1)
    assert made.settled


def test_what_is_committed_outlives_the_process_with_its_books(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    for number in range(6):
        made.put(frame("pi-1", number))
        made.put_truth(truth("pi-1", number))
    made.commit_all()
    mine = made.attach(1, lambda: None)
    drawn = made.draw(mine, 4)
    made.confirm(mine, [drawn[0].row, drawn[1].row])
    made.reject(mine, {drawn[2].row: "poison"})
    made.commit_all()
    books = made.books.as_dict(), made.truth_books.as_dict()
    # no word of farewell: the file is as a killed process leaves it
    other = spool(tmp_path / "x.spool")
    assert (other.books.as_dict(), other.truth_books.as_dict()) == books
    assert books[0]["pi-1"]["acked"] == books[1]["pi-1"]["acked"] == books[0]["pi-1"]["rejected"] == 1
    again = other.draw(other.attach(1, lambda: None), 100)
    assert [key(one.record) for one in again] == [
        ("Truth", "pi-1", 1),
        *((what, "pi-1", number) for number in range(2, 6) for what in ("Frame", "Truth")),
    ]


def test_it_knows_how_far_each_device_has_come(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    for number in range(3):
        made.put(frame("pi-1", number))
    made.put(frame("pi-2", 7))
    mine = made.attach(1, lambda: None)
    made.confirm(mine, [one.row for one in made.draw(mine, 3)])
    made.commit_all()
    mark = spool(tmp_path / "x.spool").high_water()
    assert {device: one.sequence for device, one in mark.items()} == {"pi-1": 2, "pi-2": 7}
    assert mark["pi-2"].time_ns == frame("pi-2", 7).time_ns


def test_a_run_that_goes_on_says_nothing_twice(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    made.put(frame("pi-1", 0))
    made.put(frame("pi-1", 1))
    made.put_truth(truth("pi-1", 0))
    made.commit_all()
    other = spool(tmp_path / "x.spool")
    other.skip_known()
    for number in range(3):
        other.put(frame("pi-1", number))
        other.put_truth(truth("pi-1", number))
    other.put(frame("pi-2", 0))
    other.commit_all()
    found = [key(one.record) for one in other.draw(other.attach(1, lambda: None), 100)]
    assert len(set(found)) == len(found) == 7
    assert other.books.totals().accepted == 4


def test_another_run_has_books_of_its_own_and_delivers_what_is_left(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    for number in range(5):
        made.put(frame("pi-1", number))
    mine = made.attach(1, lambda: None)
    made.confirm(mine, [one.row for one in made.draw(mine, 2)])
    made.commit_all()
    other = spool(tmp_path / "x.spool")
    other.start_epoch()
    assert other.books.of("pi-1").as_dict() == {
        "accepted": 3, "acked": 0, "queued": 3, "dropped": {}, "rejected": 0
    }  # fmt: skip
    other.put(frame("pi-1", 0))
    mine = other.attach(1, lambda: None)
    drawn = other.draw(mine, 100)
    assert [one.record.sequence for one in drawn] == [2, 3, 4, 0]
    other.confirm(mine, [one.row for one in drawn[:2]])
    other.commit_all()
    third = spool(tmp_path / "x.spool")
    assert third.high_water()["pi-1"][:2] == (2, 0), "numbers of an earlier run do not count"
    assert third.books.of("pi-1").as_dict() == other.books.of("pi-1").as_dict()


def test_more_than_memory_holds_is_read_again_in_order(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool", capacity=10, group=7, batch=4)
    mine = made.attach(1, lambda: None)
    given = [frame(f"pi-{number % 3}", number) for number in range(5000)]
    for record in given:
        made.put(record)
        if made.arriving == 7:
            made.commit_all()
    found: list[Any] = []
    while batch := made.take(mine):
        found += batch
        made.settle(mine, {})
    assert found == given
    assert made.depth == 0


def test_what_is_given_back_comes_before_what_is_newer(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    mine = made.attach(1, lambda: None)
    for number in range(6):
        made.put(frame("pi-1", number))
    drawn = made.draw(mine, 4)
    made.give_back(mine, [drawn[1].row, drawn[3].row])
    assert [one.record.sequence for one in made.draw(mine, 3)] == [1, 3, 4]
    made.give_back(mine)
    assert [one.record.sequence for one in made.draw(mine, 9)] == [0, 1, 2, 3, 4, 5]


def test_a_replaced_writer_is_fenced_and_its_successor_has_all(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    first = made.attach(1, lambda: None)
    made.put(frame())
    rows = [one.row for one in made.draw(first, 1)]
    second = made.attach(2, lambda: None)
    for act in (made.draw, made.permit):
        with pytest.raises(FencedError):
            act(first, 1)
    with pytest.raises(FencedError):
        made.confirm(first, rows)
    with pytest.raises(FencedError):
        made.attach(1, lambda: None)
    assert made.fenced == 1
    assert [one.row for one in made.draw(second, 1)] == rows


def test_a_sleeping_writer_is_woken_by_the_commit(tmp_path: Path) -> None:
    woken: list[int] = []
    made = spool(tmp_path / "x.spool")
    mine = made.attach(1, lambda: woken.append(1))
    assert made.sleep(mine)
    made.put(frame())
    assert woken == []
    made.commit()
    assert woken == [1]
    assert not made.sleep(mine)
    made.put(frame("pi-1", 1))
    made.commit()
    assert woken == [1]


@pytest.mark.parametrize(
    ("policy", "reason", "left"),
    [("block", "shed", [0, 1, 2]), ("drop-newest", "newest", [0, 1, 2]), ("drop-oldest", "oldest", [5, 6, 7])],
)
@pytest.mark.parametrize("by", ["rows", "bytes"])
def test_a_full_spool_does_what_its_policy_says(
    policy: Any, reason: str, left: list[int], by: str, tmp_path: Path
) -> None:
    size = len(FileStore(tmp_path / "none").encode(frame())) + 64
    limit: dict[str, Any] = {"max_rows": 3} if by == "rows" else {"max_bytes": 3 * size}
    made = spool(tmp_path / "x.spool", policy=policy, group=1, **limit)
    for number in range(8):
        made.put(frame("pi-1", number))
    made.commit_all()
    assert made.books.of("pi-1").as_dict() == {
        "accepted": 8, "acked": 0, "queued": 3, "dropped": {reason: 5}, "rejected": 0
    }  # fmt: skip
    assert sequences(made) == left
    assert spool(tmp_path / "x.spool").books.as_dict() == made.books.as_dict()


@pytest.mark.parametrize("by", ["rows", "bytes"])
def test_a_limit_that_falls_within_a_group_is_kept_to_the_record(by: str, tmp_path: Path) -> None:
    size = len(FileStore(tmp_path / "none").encode(frame())) + 64
    limit: dict[str, Any] = {"max_rows": 3} if by == "rows" else {"max_bytes": 4 * size - 1}
    made = spool(tmp_path / "x.spool", group=8, **limit)
    for number in range(8):
        made.put(frame("pi-1", number))
    assert made.commit()
    assert made.books.totals().dropped == {"shed": 5}
    assert sequences(made) == [0, 1, 2]


def test_what_is_in_flight_is_never_dropped_as_the_oldest(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool", policy="drop-oldest", max_rows=2, group=1)
    mine = made.attach(1, lambda: None)
    made.put(frame("pi-1", 0))
    made.put(frame("pi-1", 1))
    rows = [one.row for one in made.draw(mine, 2)]
    made.put(frame("pi-1", 2))
    made.commit_all()
    assert made.books.totals().dropped == {"newest": 1}
    made.confirm(mine, rows)
    assert made.books.totals().acked == 2


@pytest.mark.parametrize("policy", ["block", "drop-newest", "drop-oldest"])
def test_at_pace_max_the_clock_waits_and_nothing_is_dropped(policy: Any, tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool", gated=lambda: True, policy=policy, max_rows=4, capacity=4, high_water=4, group=2)
    for number in range(40):
        made.put(frame("pi-1", number))
    assert not made.open()
    made.commit_all()
    assert not made.open()
    mine = made.attach(1, lambda: None)
    drawn = [one for _ in range(10) for one in made.draw(mine, 4)]
    assert [one.record.sequence for one in drawn] == list(range(40))
    made.confirm(mine, [one.row for one in drawn[:37]])
    assert not made.open(), "half of the mark has to be reached"
    made.confirm(mine, [one.row for one in drawn[37:]])
    assert made.open()
    assert not made.books.totals().dropped


@pytest.mark.parametrize(("policy", "left"), [("block", [0, 1, 2]), ("drop-oldest", [7, 8, 9])])
def test_a_disk_that_is_too_slow_does_not_hold_up_the_door(policy: Any, left: list[int], tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool", policy=policy, capacity=3)
    for number in range(10):
        made.put(frame("pi-1", number))
    assert made.arriving == 3
    made.commit_all()
    assert made.books.totals().holds
    assert made.books.totals().accepted == 10
    assert sequences(made) == left


def test_a_full_disk_is_told_accepts_nothing_and_recovers(tmp_path: Path) -> None:
    told: list[str] = []
    made = spool(tmp_path / "x.spool", capacity=50)
    made.report_to(told.append)
    made.put(frame("pi-1", 0))
    assert made.commit()
    database = made._store._writing  # type: ignore[attr-defined]
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(1, 200):
        made.put(frame("pi-1", number))
    assert not made.commit()
    assert not made.commit()
    assert "full" in made.trouble
    assert made.books.totals().accepted == 1, "nothing is accepted, and nothing is lost but what the door sheds"
    mine = made.attach(1, lambda: None)
    assert [one.record.sequence for one in made._outbox.draw(mine, 9)] == [0], "what is there goes out"
    database.execute("PRAGMA max_page_count = 1000000")
    assert made.commit_all()
    assert made.trouble == ""
    assert [bool(one) for one in told] == [True, False]
    totals = made.books.totals()
    assert totals.holds
    assert (totals.accepted, totals.queued, totals.dropped) == (200, 51, {"shed": 149})


def test_a_record_without_bytes_is_rejected_and_the_others_flow(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    bad: Any = object()
    for number in range(4):
        made.put(frame("pi-1", number)._replace(throttled=bad if number == 2 else 0))
    made.commit_all()
    assert [(one.sequence, one.what) for one in made.rejected] == [(2, "frame")]
    assert sequences(made) == [0, 1, 3]
    assert spool(tmp_path / "x.spool").books.totals().rejected == 1


def test_a_row_whose_bytes_are_damaged_is_named_and_the_others_flow(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    for number in range(4):
        made.put(frame("pi-1", number))
    made.commit_all()
    made._store.close()
    with sqlite3.connect(tmp_path / "x.spool") as database:
        database.execute("UPDATE records SET sequence = 9 WHERE row = 2")
    database.close()
    made = spool(tmp_path / "x.spool")
    mine = made.attach(1, lambda: None)
    drawn = made.draw(mine, 9)
    assert [one.record.sequence for one in drawn] == [0, 2, 3]
    made.confirm(mine, [one.row for one in drawn])
    made.commit_all()
    assert made.books.of("pi-1").dropped == {"lost": 1}
    assert made.books.totals().queued == 0
    assert "damaged" in (tmp_path / "x.losses.jsonl").read_text()
    assert spool(tmp_path / "x.spool").books.as_dict() == made.books.as_dict()


def test_rows_that_are_missing_are_counted_as_lost(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    for number in range(9):
        made.put(frame("pi-1", number))
    made.commit_all()
    made._store.close()
    with sqlite3.connect(tmp_path / "x.spool") as database:
        database.execute("DELETE FROM records WHERE row IN (3, 4)")
    database.close()
    made = spool(tmp_path / "x.spool")
    assert made.books.of("pi-1").dropped == {"lost": 2}
    assert "2 records of 1 devices" in made.loss
    assert sequences(made) == [0, 1, 4, 5, 6, 7, 8]


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    made._store.close()
    with sqlite3.connect(tmp_path / "x.spool") as database:
        database.execute("UPDATE about SET value = ? WHERE name = 'version'", (VERSION + 1,))
    database.close()
    with pytest.raises(OSError, match="later version"):
        spool(tmp_path / "x.spool")
    assert [one.name for one in tmp_path.iterdir()] == ["x.spool"]


def test_a_barrier_falls_when_what_stood_before_it_is_committed(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool", group=2)
    for number in range(3):
        made.put(frame("pi-1", number))
    barrier = made.barrier()
    made.commit()
    assert not barrier.is_set()
    made.commit()
    assert barrier.is_set()
    alone = made.barrier()
    made.commit_all()
    assert alone.is_set()


def test_a_barrier_that_is_shed_still_falls(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool", capacity=2, policy="drop-oldest")
    barrier = made.barrier()
    for number in range(5):
        made.put(frame("pi-1", number))
    made.commit_all()
    assert barrier.is_set()
    assert made.books.totals().accepted == 5


def test_power_durability_syncs_each_commit(tmp_path: Path) -> None:
    for durability, level in (("process", 1), ("power", 2)):
        store = FileStore(tmp_path / durability, durability)  # type: ignore[arg-type]
        store.open()
        assert store._writing is not None
        assert store._writing.execute("PRAGMA synchronous").fetchone() == (level,)
        assert store._writing.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        store.close()


def test_the_options_choose_where_and_how(tmp_path: Path) -> None:
    around = Surroundings("out", state_folder=tmp_path)
    kept = make_spool(LiveOptions(), around)
    assert kept.durable
    kept.prepare()
    assert (tmp_path / "out.spool").exists()
    kept.end("abandoned")
    assert kept.close()
    elsewhere = LiveOptions(spool=SpoolOptions(folder=str(tmp_path / "deep" / "er"), max_rows=7, durability="power"))
    assert elsewhere.spool_limits().max_rows == 7
    other = make_spool(elsewhere, around)
    other.prepare()
    assert (tmp_path / "deep" / "er" / "out.spool").exists()
    other.close()
    assert not make_spool(LiveOptions(spool="none"), around).durable
    assert not make_spool(LiveOptions(), Surroundings("out")).durable


def test_its_own_thread_commits_without_being_asked(tmp_path: Path) -> None:
    woken = threading.Event()
    made = Spool(FileStore(tmp_path / "x.spool"), SpoolLimits(group_s=0.001), lambda: False)
    mine = made.attach(1, woken.set)
    assert made.sleep(mine) or made.depth
    made.put(frame())
    assert woken.wait(30)
    drawn = made.draw(mine, 5)
    made.confirm(mine, [one.row for one in drawn])
    assert made.end("abandoned") == 0
    assert made.close(30)
    again = spool(tmp_path / "x.spool")
    assert again.books.totals().acked == 1
    assert again.depth == 0


def test_without_a_state_to_go_on_from_another_run_begins(tmp_path: Path) -> None:
    before = spool(tmp_path / "x.spool")
    before.put(frame("pi-1", 0))
    before.put(frame("pi-1", 1))
    mine = before.attach(1, lambda: None)
    before.confirm(mine, [one.row for one in before.draw(mine, 1)])
    before.commit_all()
    before._store.close()
    made = Spool(FileStore(tmp_path / "x.spool"), SpoolLimits(group_s=0.001), lambda: False)
    made.attach(1, lambda: None)
    made.put(frame("pi-1", 0))
    made.end("abandoned")
    assert made.close(30)
    assert made.books.of("pi-1").accepted == 2, "what was left, and what is new"
    after = spool(tmp_path / "x.spool")
    assert after.high_water()["pi-1"][:2] == (2, 0)
    assert sequences(after) == [1, 0]


def test_a_file_that_cannot_be_made_is_told_and_tried_again(tmp_path: Path) -> None:
    told = threading.Event()
    (tmp_path / "in the way").write_text("")
    made = Spool(FileStore(tmp_path / "in the way" / "x.spool"), SpoolLimits(), lambda: False)
    made.report_to(lambda trouble: told.set())
    made.attach(1, lambda: None)
    made.put(frame())
    assert told.wait(30)
    assert made.trouble
    assert made.books.totals().accepted == 0
    made.end("abandoned")
    assert made.close(30)


def test_in_memory_what_is_left_at_the_end_is_named() -> None:
    made = Spool(MemoryStore(), SpoolLimits(capacity=100), lambda: False, FakeWall(), threaded=False)
    mine = made.attach(1, lambda: None)
    for number in range(5):
        made.put(frame("pi-1", number))
    made.confirm(mine, [one.row for one in made.draw(mine, 2)])
    assert made.end("abandoned") == 3
    assert made.close()
    assert made.books.of("pi-1").as_dict() == {
        "accepted": 5, "acked": 2, "queued": 0, "dropped": {"abandoned": 3}, "rejected": 0
    }  # fmt: skip
