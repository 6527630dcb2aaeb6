"""A disk that is full, slow, tears writes and flips bits: nothing counts as safe that is not, and damage has a name."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors.chaos import ACTIONS
from actors.chaos.base import Backstage, NotPossibleError, read_parameters
from actors.sinks._line_file import LineFile
from actors.sinks.base import DiskFaults, Spool, Surroundings
from actors.sinks.memory import SINK as MEMORY
from engine.dispatcher import Dispatcher
from tests.actors.sinks.spool_cases import frame, spool


class Kept:
    """A sink as the actions find it."""

    def __init__(self, lane: Spool | None, disk: DiskFaults | None = None) -> None:
        self.name = "kept"
        self.lane = lane
        self.disk = disk if lane is None else lane.faults


def begin(sink: Any, word: str, **parameters: Any) -> None:
    action = ACTIONS.get(word)
    stage = Backstage(Dispatcher(), {}, {"kept": sink}, seed=7)
    action.begin(stage, "sinks/kept", read_parameters(action, parameters))


def end(sink: Any, word: str) -> None:
    ACTIONS.get(word).end(Backstage(Dispatcher(), {}, {"kept": sink}), "sinks/kept", True)


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        found: int = db.execute("SELECT count(*) FROM records").fetchone()[0]
    return found


@pytest.mark.parametrize(
    ("word", "parameters", "why"),
    [
        ("torn-write", {}, "torn"),
        ("disk", {"error": "full"}, "No space"),
        ("disk", {"error": "read-only"}, "Read-only"),
        ("disk", {"error": "broken"}, "Input/output"),
    ],
)
def test_a_spool_accepts_nothing_that_is_not_whole_on_disk(
    word: str, parameters: dict[str, Any], why: str, tmp_path: Path
) -> None:
    made = spool(tmp_path / "x.spool")
    sink = Kept(made)
    made.put(frame(sequence=0))
    assert made.commit_all()
    begin(sink, word, **parameters)
    made.put(frame(sequence=1))
    assert not made.commit_all()
    assert why in made.trouble
    assert made.books.totals().accepted == 1
    assert rows(tmp_path / "x.spool") == 1, "nothing of it is there"
    end(sink, word)
    assert made.commit_all()
    assert made.trouble == ""
    assert made.books.totals().accepted == rows(tmp_path / "x.spool") == 2
    made._store.close()


@pytest.mark.parametrize("word", ["torn-write", "disk"])
def test_a_file_is_whole_lines_whatever_becomes_of_a_write(word: str, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    sink = Kept(None, DiskFaults())
    file = LineFile(str(path), "none", "fail", sink.disk)
    file.append(b"one\n")
    begin(sink, word)
    with pytest.raises(OSError, match=r"torn|No space"):
        file.append(b"two and more\n")
    assert path.read_bytes() == b"one\n"
    end(sink, word)
    file.append(b"two\n")
    file.close()
    assert path.read_bytes() == b"one\ntwo\n"


def test_records_whose_bits_are_flipped_are_given_up_by_name_and_the_others_flow(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool", capacity=10)
    for number in range(200):
        made.put(frame(sequence=number))
        made.commit_all()
    begin(Kept(made), "bit-flip", bits=5)
    made.put(frame(sequence=200))
    assert made.commit_all()
    mine = made.attach(1, lambda: None)
    seen: list[int] = []
    while drawn := made.draw(mine, 50):
        assert [one.record for one in drawn] == [frame(sequence=one.record.sequence) for one in drawn]
        seen += [one.record.sequence for one in drawn]
        made.confirm(mine, [one.row for one in drawn])
    made.commit_all()
    missing = set(range(201)) - set(seen)
    assert seen == sorted(seen)
    assert 3 <= len(missing) <= 5
    assert made.books.totals().dropped == {"lost": len(missing)}
    assert made.books.totals().holds
    named = [json.loads(line)["loss"] for line in (tmp_path / "x.losses.jsonl").read_text().splitlines()]
    assert sorted(named) == sorted(f"pi-1 frame {number}: damaged" for number in missing)
    made._store.close()


def test_a_file_whose_bits_are_flipped_is_put_aside_while_it_is_used(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    for number in range(100):
        made.put(frame(sequence=number))
    made.commit_all()
    mine = made.attach(1, lambda: None)
    made.confirm(mine, [one.row for one in made.draw(mine, 40)])
    made.commit_all()
    begin(Kept(made), "bit-flip", bits=4000, part="file")
    for number in range(100, 103):
        made.put(frame(sequence=number))
        made.commit_all()
    made.commit_all()
    assert "damaged-1" in made.loss
    assert (tmp_path / "x.spool.damaged-1").exists()
    drawn = made.draw(mine, 1000)
    assert [one.record for one in drawn] == [frame(sequence=number) for number in range(40, 103)], "all at hand"
    assert made.books.totals().as_dict() == {
        "accepted": 103, "acked": 40, "queued": 63, "dropped": {}, "rejected": 0
    }, "and what had been delivered stays so, legible or not"  # fmt: skip
    made._store.close()


def test_bits_that_are_not_flipped_yet_will_not_be_when_it_is_over(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    sink = Kept(made)
    begin(sink, "bit-flip", bits=9)
    end(sink, "bit-flip")
    made.put(frame(sequence=0))
    made.commit_all()
    assert made._store.read(0, 9, 9)[1] == []
    made._store.close()


def test_only_what_is_kept_on_disk_can_be_damaged() -> None:
    memory = MEMORY.build(MEMORY.options.model_validate({}), Surroundings("kept"))
    for word in ("disk", "torn-write", "bit-flip"):
        with pytest.raises(NotPossibleError, match="on disk"):
            begin(memory, word)
    with pytest.raises(NotPossibleError, match="without a spool"):
        begin(Kept(None, DiskFaults()), "bit-flip")


DIES = """version: 1
name: dies
seed: 2
duration: 24s
pace: 4
fleet:
  - {{name: pi, kind: raspberry-pi, count: 5}}
sinks:
  - {options}
timeline:
  - {{at: 9s, do: chaos, action: torn-write, sink: {sink}, parameters: {{share: 0.37, then: dies}}, for: 10s}}
"""
SINKS = {
    # nobody is there, so whatever is accepted stays in the spool, where it can be counted
    "mqtt": "{kind: mqtt, format: json, options: {host: 127.0.0.1, port: 9, payload: frame}}",
    "file": "{kind: file, options: {path: frames.jsonl, mode: append}}",
}


def sequences(folder: Path, sink: str) -> dict[str, list[int]]:
    """What was kept, by device, in its order."""
    if sink == "file":
        records = [json.loads(line) for line in (folder / "frames.jsonl").read_text(encoding="utf-8").splitlines()]
        kept = [(record["device"], record["sequence"]) for record in records]
    else:
        with closing(sqlite3.connect(folder / "st" / "mqtt.spool")) as db:
            kept = db.execute("SELECT device, sequence FROM records ORDER BY row").fetchall()
    found: dict[str, list[int]] = {}
    for device, sequence in kept:
        found.setdefault(device, []).append(sequence)
    return found


@pytest.mark.parametrize("sink", SINKS)
def test_a_process_that_dies_in_the_midst_of_a_write_is_gone_on_from_without_a_gap(sink: str, tmp_path: Path) -> None:
    (tmp_path / "dies.yaml").write_text(DIES.format(sink=sink, options=SINKS[sink]), encoding="utf-8")
    command = [sys.executable, "-P", "-m", "api.cli", "run", "dies.yaml", "--quiet", "--state", "st"]
    file, log = tmp_path / "frames.jsonl", tmp_path / "st" / "mqtt.spool-wal"
    for code in (-9, 0):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == code, done.stderr
        if code and sink == "file":
            assert not file.read_bytes().endswith(b"\n"), "its last line is torn"
        elif code:
            assert (log.stat().st_size - 32) % (4096 + 24), "its last page is torn: a header, then pages with theirs"
    found = sequences(tmp_path, sink)
    assert len(found) == 5
    for numbers in found.values():
        assert sorted(set(numbers)) == list(range(24)), "no gap"
        assert sink == "file" or numbers == list(range(24)), "and in a spool nothing twice"
