"""What a run says that it produced: the file of a spool, books, a summary, frames in a file."""

import json
import sqlite3
from pathlib import Path

import pytest

from actors.auditor.produced import told
from actors.auditor.sightings import Message
from actors.sinks.base.spool import Spool
from actors.sinks.base.spool_file import FileStore
from actors.sinks.base.spool_limits import SpoolLimits
from schemas.books import Books
from schemas.formats.json import FORMAT as JSON
from schemas.problems import InvalidInput
from schemas.readings import FaultRecord, Frame
from tests.actors.auditor.planted import audited, fleet, messages, reference
from tests.contracts.formats import fault

FRAMES = fleet(2, 10)


def spooled(path: Path, frames: list[Frame], confirmed: int, rejected: int = 0) -> Spool:
    """A spool in which so many frames were delivered and rejected, in their order, all on disk."""
    spool = Spool(FileStore(path), SpoolLimits(), lambda: False, threaded=False)
    spool.prepare()
    for frame in frames:
        spool.put(frame)
    if confirmed:
        mine = spool.attach(1, lambda: None)
        rows = [one.row for one in spool.draw(mine, confirmed + rejected)]
        spool.reject(mine, dict.fromkeys(rows[confirmed:], "poison"))
        spool.confirm(mine, rows[:confirmed])
    assert spool.commit_all()
    return spool


def test_a_spool_tells_what_was_delivered_and_what_is_queued_while_it_is_open(tmp_path: Path) -> None:
    spool = spooled(tmp_path / "mqtt.spool", FRAMES, 14, rejected=2)
    try:
        entries = told(books=[tmp_path / "mqtt.spool"]).books
    finally:
        spool.end("over")
        spool.close()
    assert set(entries) == {("frame", "pi-0000"), ("frame", "pi-0001")}
    for entry in entries.values():
        assert (entry.accepted, entry.acked, entry.queued, entry.rejected, entry.dropped) == (10, 7, 2, 1, 0)
        assert entry.high == 9
        assert list(entry.waiting or ()) == [(8, 9)]


def test_a_spool_from_which_nothing_left_tells_all_of_it(tmp_path: Path) -> None:
    spool = spooled(tmp_path / "mqtt.spool", FRAMES, 0)
    spool.end("over")
    spool.close()
    produced = told(books=[tmp_path / "mqtt.spool"])
    assert audited([], produced).findings.explained == len(FRAMES)
    # a delivery that the process did not live to write down
    verdict = audited(messages(FRAMES[:4], "avro"), produced)
    assert (verdict.findings.recovered, verdict.findings.explained, verdict.failed) == (4, 16, [])


def test_rows_of_an_earlier_run_are_not_of_this_one(tmp_path: Path) -> None:
    spool = spooled(tmp_path / "mqtt.spool", FRAMES, 0)
    spool.start_epoch()
    for frame in FRAMES[:2]:
        spool.put(frame)
    assert spool.commit_all()
    spool.end("over")
    spool.close()
    produced = told(books=[tmp_path / "mqtt.spool"])
    assert {entry.queued for entry in produced.books.values()} == {1}
    assert {entry.high for entry in produced.books.values()} == {0}
    assert produced.epochs == {"pi-0000": "2", "pi-0001": "2"}


def test_books_by_device(tmp_path: Path) -> None:
    books = Books()
    for _ in range(5):
        books.accept("pi-0000")
    books.ack(["pi-0000", "pi-0000"])
    books.drop("pi-0000", "shed")
    (tmp_path / "books.json").write_text(json.dumps(books.as_dict()), encoding="utf-8")
    entry = told(books=[tmp_path / "books.json"]).books["frame", "pi-0000"]
    assert (entry.accepted, entry.acked, entry.queued, entry.dropped, entry.high) == (5, 2, 2, 1, 4)


def test_frames_of_a_file_are_what_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl"
    path.write_bytes(b"".join(JSON.encode(frame) + b"\n" for frame in FRAMES))
    assert told(references=[path]).reference == reference(FRAMES).reference


def test_a_summary_tells_how_many_and_what(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"frames": 20, "digests": {"pi-0000": "ab"}, "pace": "max"}), encoding="utf-8")
    produced = told(summaries=[path])
    assert (produced.frames, produced.digests, produced.pace) == (20, {"pi-0000": "ab"}, "max")


@pytest.mark.parametrize("option", ["books", "summaries", "references"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b'{"a": 1}', b"SQLite format 3\0 and nothing else"])
def test_files_of_another_kind_are_refused(tmp_path: Path, option: str, content: bytes | None) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    if option == "references" and content == b"":
        # a file sink that was given nothing
        assert not told(references=[path]).reference
        return
    with pytest.raises(InvalidInput, match="file"):
        told(**{option: [path]})


def test_a_database_that_is_no_spool_is_refused(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "other.db")
    db.execute("CREATE TABLE ledger(a)")
    db.commit()
    db.close()
    with pytest.raises(InvalidInput, match=r"other\.db"):
        told(books=[tmp_path / "other.db"])


FAULTS = [fault(sequence, "pi-0001")._replace(id=f"pi-0001/{name}/0") for sequence, name in enumerate("abab")]


def told_of(records: list[FaultRecord], form: str = "json") -> list[Message]:
    """Messages of records of faults; every fault in a partition of its own."""
    encode = JSON.encode_fault
    return [
        Message("faults", one.key.encode(), encode(one), {"content": b"fault"} if form else {}, ord(one.own_id[0]))
        for one in records
    ]


@pytest.mark.parametrize("form", ["json", ""], ids=["headed", "bare"])
def test_records_of_faults_are_held_against_the_books_like_others(form: str, tmp_path: Path) -> None:
    spool = Spool(FileStore(tmp_path / "mqtt.spool"), SpoolLimits(), lambda: False, threaded=False)
    spool.prepare()
    for record in FAULTS:
        spool.put_fault(record)
    mine = spool.attach(1, lambda: None)
    spool.confirm(mine, [one.row for one in spool.draw(mine, 10)])
    spool.end("over")
    spool.close()
    produced = told(books=[tmp_path / "mqtt.spool"])
    assert set(produced.books) == {("fault", "pi-0001")}
    by_fault = sorted(FAULTS, key=lambda one: one.id)  # partition by partition, as a reader may come to them
    assert audited(told_of(by_fault, form), produced).failed == []
    assert audited(told_of(FAULTS[:2] + FAULTS[3:], form), produced).failed == ["broker-loss"]
    late = [FAULTS[2], FAULTS[0], *FAULTS[1::2]]
    assert audited(told_of(late, form), produced).findings.reordered == 1
