"""A spool against a small model, in random histories with many lives: nothing lost, nothing twice within a life."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actors.sinks.base import Drawn, Record
from tests.actors.sinks.spool_cases import MAKERS, key, spool

DEVICES = ("pi-1", "pi-2", "cpu-1")
ROWS = 14


class SpoolMachine(RuleBasedStateMachine):
    """The model: what was accepted, in order, and what has become of each."""

    @initialize(policy=st.sampled_from(["block", "drop-newest", "drop-oldest"]), window=st.sampled_from([3, 50]))
    def begin(self, policy: Any, window: int) -> None:
        self.folder = TemporaryDirectory()
        self.limits = {"policy": policy, "capacity": window, "batch": 4, "max_rows": ROWS, "group": 3}
        self.sequence = 0
        self.arriving: list[Record] = []
        self.queued: dict[tuple[str, str, int], Record] = {}
        self.flight: dict[int, Record] = {}
        self.counts: dict[str, int] = {"accepted": 0, "acked": 0, "rejected": 0, "dropped": 0}
        self.full = False
        self.open()

    def open(self) -> None:
        self.spool = spool(Path(self.folder.name) / "x.spool", **self.limits)
        self.mine = self.spool.attach(1, lambda: None)
        self.flight.clear()

    @rule(device=st.sampled_from(DEVICES), what=st.sampled_from(tuple(MAKERS)), count=st.integers(1, 4))
    def put(self, device: str, what: str, count: int) -> None:
        for _ in range(count):
            record = MAKERS[what](device, self.sequence)
            self.sequence += 1
            self.spool.put(record)
            self.arriving.append(record)

    @rule()
    def commit(self) -> None:
        assert self.spool.commit_all()
        self._settle_arrivals()

    def _settle_arrivals(self) -> None:
        """What came in is queued now, or was dropped: the books say how many, what is drawn says which."""
        dropped = self._dropped()
        self.counts["accepted"] += len(self.arriving)
        gone = dropped - self.counts["dropped"]
        self.counts["dropped"] = dropped
        room = {key(one): one for one in self.arriving}
        self.arriving.clear()
        self.queued |= room
        assert gone == 0 or len(self.queued) > self._smallest()
        self.missing = getattr(self, "missing", 0) + gone

    def _smallest(self) -> int:
        return min(ROWS, int(self.limits["capacity"])) - 3

    def _dropped(self) -> int:
        totals = [books.totals() for books in self.spool._books]
        return sum(sum(one.dropped.values()) for one in totals)

    @rule(count=st.integers(1, 6))
    def draw(self, count: int) -> None:
        drawn = self.spool.draw(self.mine, count)
        self._settle_arrivals()
        self._took(drawn)

    def _took(self, drawn: list[Drawn]) -> None:
        rows = [one.row for one in drawn]
        assert rows == sorted(set(rows))
        for one in drawn:
            assert one.row not in self.flight
            assert self.queued[key(one.record)] == one.record, "the very same, and not out yet"
            self.flight[one.row] = one.record

    @rule(which=st.sets(st.integers(0, 9)), refuse=st.booleans())
    def settle(self, which: set[int], refuse: bool) -> None:
        rows = [row for place, row in enumerate(self.flight) if place in which]
        if refuse:
            rejected = self.spool.reject(self.mine, dict.fromkeys(rows, "no"))
            assert [one.reason for one in rejected] == ["no"] * len(rows)
        else:
            self.spool.confirm(self.mine, [*rows, 10**9])
        self.counts["rejected" if refuse else "acked"] += len(rows)
        for row in rows:
            del self.queued[key(self.flight.pop(row))]

    @rule(everything=st.booleans())
    def give_back(self, everything: bool) -> None:
        rows = None if everything else list(self.flight)[::2]
        self.spool.give_back(self.mine, rows)
        for row in list(self.flight) if rows is None else rows:
            del self.flight[row]

    @rule()
    def die(self) -> None:
        """The process is gone, with all that it had not committed."""
        self.spool.commit_all()
        self._settle_arrivals()
        self.spool._store.close()
        self.open()

    @rule()
    def die_before_the_acks(self) -> None:
        """As `die`, but what was confirmed last has not been written: it comes once more."""
        lost = [one for one in self.spool._outbox.settled if not one.outcome]
        if self.arriving or len(lost) != len(self.spool._outbox.settled):
            return
        self.spool._store.close()
        self.counts["acked"] -= len(lost)
        makers = tuple(MAKERS.values())
        for one in lost:
            record = makers[one.what](one.device, one.sequence)
            self.queued[key(record)] = record
        self.open()

    @invariant()
    def the_books_hold(self) -> None:
        if not hasattr(self, "spool"):
            return
        for device in DEVICES:
            assert all(books.of(device).holds for books in self.spool._books)
        frames, truths, faults = (books.totals() for books in self.spool._books)
        every = frames.plus(truths).plus(faults)
        assert every.holds
        assert (every.acked, every.rejected) == (self.counts["acked"], self.counts["rejected"])
        if not self.arriving:
            assert every.accepted == self.counts["accepted"]
            assert every.queued == self.spool.depth <= max(ROWS, 0)
            assert every.queued == len(self.queued) - getattr(self, "missing", 0)

    def teardown(self) -> None:
        """Everything that is still queued comes out, in order per device, and then the file is empty."""
        if not hasattr(self, "spool"):
            return
        self.spool.commit_all()
        self._settle_arrivals()
        self.spool.give_back(self.mine)
        self.flight.clear()
        last: dict[tuple[str, str], int] = {}
        while drawn := self.spool.draw(self.mine, 5):
            for one in drawn:
                what, device, sequence = key(one.record)
                assert sequence > last.get((what, device), -1)
                last[what, device] = sequence
                assert self.queued.pop((what, device, sequence)) == one.record
            self.spool.confirm(self.mine, [one.row for one in drawn])
        assert len(self.queued) == getattr(self, "missing", 0), "what did not come was dropped, and counted"
        assert self.spool.commit_all()
        assert self.spool.depth == 0
        self.spool._store.close()
        self.folder.cleanup()


SpoolMachine.TestCase.settings = settings(
    max_examples=int(os.environ.get("SPOOL_HISTORIES", "60")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestSpool = SpoolMachine.TestCase
