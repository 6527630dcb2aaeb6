"""A spool whose process is killed, and a spool whose file is damaged: every accepted record is accounted for.

`SPOOL_KILLS` in the environment asks for a longer run.
"""

import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.actors.sinks.spool_cases import MAKERS, fault, frame, key, spool, truth

KILLS = int(os.environ.get("SPOOL_KILLS", "8"))
CHILD = Path(__file__).with_name("spool_child.py")
Name = tuple[str, str, int]


class Witness:
    """What was seen of a spool from outside, over all its lives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.accepted: dict[tuple[str, str], int] = defaultdict(int)
        self.delivered: dict[Name, int] = defaultdict(int)
        self.lives = 0

    def live(self, lines: int | None, *more: str, most: int = 100_000) -> None:
        """One life, killed once so many lines have been seen."""
        command = [sys.executable, str(CHILD), str(self.path), str(most), *more]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for number, line in enumerate(child.stdout):
                if line.endswith("\n"):
                    self.see(line.split())
                if number == lines:
                    child.send_signal(signal.SIGKILL)
                    lines = None
        self.lives += 1

    def see(self, words: list[str]) -> None:
        match words:
            case ["accepted", what, device, count]:
                self.accepted[what, device] = max(self.accepted[what, device], int(count))
            case ["delivered", what, device, sequence]:
                self.delivered[what, device, int(sequence)] += 1

    def check(self) -> None:
        """Nothing accepted is lost, nothing is skipped, and only the last of each life may have come twice."""
        made = spool(self.path)
        queued: set[Name] = set()
        mine = made.attach(1, lambda: None)
        while drawn := made.draw(mine, 1000):
            names = [key(one.record) for one in drawn]
            for one in drawn:
                maker = MAKERS[type(one.record).__name__]
                assert one.record == maker(one.record.device, one.record.sequence), "the very same"
            assert queued.isdisjoint(names)
            queued.update(names)
        for (what, device), accepted in self.accepted.items():
            totals = made._books[list(MAKERS).index(what)].of(device)
            assert totals.holds
            assert totals.accepted >= accepted, "what was accepted once stays so"
            there = {name[2] for name in (*queued, *self.delivered) if name[:2] == (what, device)}
            assert there == set(range(totals.accepted)), "no gap, and nothing that was not accepted"
        twice = sum(count - 1 for count in self.delivered.values())
        assert twice <= self.lives * 8000
        made._store.close()


def test_accepted_records_outlive_kills_at_any_moment(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "x.spool")
    random.seed(KILLS)
    for _ in range(KILLS):
        witness.live(random.randrange(20, 4000))
        witness.check()
    assert sum(witness.accepted.values()) > 100
    assert witness.delivered


def test_an_orderly_end_loses_nothing_at_all(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "x.spool")
    witness.live(None, most=500)
    witness.check()
    made = spool(tmp_path / "x.spool")
    assert [books.totals().accepted for books in made._books] == [1500] * 3
    twice = [name for name, count in witness.delivered.items() if count > 1]
    assert twice == [], "and nothing comes twice"


def test_the_checks_fail_when_records_are_accepted_before_they_are_committed(tmp_path: Path) -> None:
    def seek() -> None:
        for number in range(20):
            witness = Witness(tmp_path / f"{number}.spool")
            witness.live(200 + 97 * number, "sabotage")
            witness.check()

    with pytest.raises(AssertionError):
        seek()


def _filled(path: Path, records: int) -> dict[Name, bool]:
    """A spool with records, the first third of them delivered; which are to be there again."""
    made = spool(path, group=100)
    for number in range(records // 3):
        made.put(frame(f"pi-{number % 5}", number))
        made.put_truth(truth(f"pi-{number % 5}", number))
        made.put_fault(fault(f"pi-{number % 5}", number))
    made.commit_all()
    mine = made.attach(1, lambda: None)
    drawn = made.draw(mine, records // 3)
    made.confirm(mine, [one.row for one in drawn])
    made.commit_all()
    names = {key(one.record): True for one in drawn}
    while more := made.draw(mine, 1000):
        names |= {key(one.record): False for one in more}
    made._store.close()
    return names


def _damage(path: Path, how: str) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        if how == "truncate":
            file.truncate(random.randrange(size))
        else:
            for _ in range(random.choice([1, 3, 40])):
                file.seek(random.randrange(size))
                file.write(random.randbytes(random.choice([1, 64, 4096])))


@pytest.mark.parametrize("how", ["truncate", "scribble"])
@pytest.mark.parametrize("seed", range(max(6, KILLS // 2)))
def test_a_damaged_file_is_put_aside_and_what_is_legible_goes_on(how: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "x.spool"
    names = _filled(path, 3000)
    random.seed(seed)
    _damage(path, how)
    made = spool(path)
    mine = made.attach(1, lambda: None)
    saved: set[Name] = set()
    while drawn := made.draw(mine, 1000):
        for one in drawn:
            maker = MAKERS[type(one.record).__name__]
            assert one.record == maker(one.record.device, one.record.sequence), "no record is ever made up"
            assert key(one.record) not in saved
            saved.add(key(one.record))
        made.confirm(mine, [one.row for one in drawn])
    assert not [name for name in saved if names[name]] or made.loss, "nothing comes twice without a word"
    lost = {name for name, out in names.items() if not out} - saved
    if lost:
        assert made.loss or (tmp_path / "x.losses.jsonl").exists(), "a loss is told"
    if (aside := list(tmp_path.glob("x.spool.damaged-1"))) and lost:
        assert "damaged-1" in (tmp_path / "x.losses.jsonl").read_text()
        assert aside
    for books in made._books:
        assert books.totals().holds
        assert books.totals().queued == 0
    made.put(frame("pi-9", 0))
    assert made.commit_all(), "and it goes on"
    assert made.books.of("pi-9").accepted == 1
    made._store.close()


def test_a_file_that_is_damaged_while_it_is_used_is_put_aside_and_what_is_at_hand_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.spool"
    made = spool(path, group=100, capacity=400)
    mine = made.attach(1, lambda: None)
    for number in range(400):
        made.put(frame("pi-1", number))
    made.commit_all()
    drawn = made.draw(mine, 50)
    made.confirm(mine, [one.row for one in drawn])
    database = made._store._writing  # type: ignore[attr-defined]
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    database.execute("PRAGMA cache_size = 0")
    database.execute("PRAGMA shrink_memory")
    made.put(frame("pi-1", 400))
    made.commit_all()
    made.commit_all()
    assert "damaged-1" in made.loss
    assert made.trouble == ""
    rest = made.draw(mine, 1000)
    assert [one.record.sequence for one in rest] == list(range(50, 401))
    made.confirm(mine, [one.row for one in rest])
    assert made.commit_all()
    assert made.books.of("pi-1").as_dict() == {
        "accepted": 401, "acked": 401, "queued": 0, "dropped": {}, "rejected": 0
    }  # fmt: skip
    made._store.close()
    assert spool(path).books.as_dict() == made.books.as_dict()
