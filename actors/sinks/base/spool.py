"""A spool: a lane whose records outlive the process.

What comes in is `arriving` until a thread of the spool's own has committed it, in groups; from then on it is accepted.
It is drawn, in order, by the sink's writer, and leaves when the writer says what became of it: the row goes and the
ledger moves on in one transaction. A process that dies between the two finds the row again, so a record is delivered at
least once. What was still arriving was never accepted: a run that goes on where it stood says it again.

The door runs on the dispatcher's thread and only ever appends. The writer's side may be called from several threads
(those on which brokers confirm) and never waits for the disk, but for reading what is too much to be kept in memory.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from sys import maxsize
from threading import Event, Lock, Thread
from typing import NamedTuple

from actors.sinks.base.disk_faults import DiskFaults
from actors.sinks.base.lane import Pass
from actors.sinks.base.records import FRAME, what_of
from actors.sinks.base.spool_committer import MANY, Committer
from actors.sinks.base.spool_file import FileStore
from actors.sinks.base.spool_inbox import Inbox
from actors.sinks.base.spool_limits import SpoolLimits
from actors.sinks.base.spool_outbox import Outbox
from actors.sinks.base.spool_store import Drawn, Store
from actors.sinks.base.spool_writing import WriterSide
from engine.clock import Wall, WallClock
from schemas.books import Books


class HighWater(NamedTuple):
    """How far one device's records have come."""

    epoch: int
    sequence: int
    time_ns: int


class Spool(WriterSide):
    """See the module. Without `threaded` nothing is committed but by `commit`, or when the writer looks for more."""

    def __init__(
        self,
        store: Store,
        limits: SpoolLimits,
        gated: Callable[[], bool],
        wall: Wall | None = None,
        threaded: bool = True,
    ) -> None:
        self.books, self.truth_books, self.fault_books = books = (Books(), Books(), Books())
        self.problem = ""
        """What keeps the writer from writing now."""
        self._store = store
        inbox = Inbox(limits.capacity, limits.group, limits.policy, gated)
        # what no store keeps is in no other place, however much comes in before the clock waits
        outbox = Outbox(store, limits.capacity if store.durable else maxsize, books)
        super().__init__(inbox, outbox, books, limits, wall or WallClock())
        self._committer = Committer(store, self._inbox, self._outbox, books, limits, self._wall)
        self._threaded = threaded
        self._thread: Thread | None = None
        self._starting = Lock()
        self._shut = False
        self._over = False
        self.put = self.put_truth = self.put_fault = self._inbox.put
        """Take a frame, a truth, or a record of a fault in."""

    @property
    def durable(self) -> bool:
        """Whether what is accepted outlives the process."""
        return self._store.durable

    @property
    def arriving(self) -> int:
        """Records that came in and are not accepted yet."""
        return len(self._inbox.arriving) + self._committer.held

    @property
    def depth(self) -> int:
        """Records inside: arriving, queued, or in flight."""
        return self.arriving + self._outbox.waiting

    @property
    def path(self) -> Path | None:
        """Its file, when it has one."""
        return self._store.path if isinstance(self._store, FileStore) else None

    def oldest_ns(self) -> int | None:
        """The simulated instant of the oldest record inside, when it has a file; from any thread."""
        return self._store.oldest_ns() if self._outbox.waiting and isinstance(self._store, FileStore) else None

    @property
    def trouble(self) -> str:
        """What keeps the disk from taking anything now; nothing is accepted meanwhile."""
        return self._committer.trouble

    @property
    def faults(self) -> DiskFaults | None:
        """What is acted out of its disk; `None` when it has none."""
        return self._store.faults if isinstance(self._store, FileStore) else None

    def report_to(self, report: Callable[[str], None]) -> None:
        """Have told what troubles it and what is lost, and an empty text when it goes on; on its own thread."""
        self._committer.report = report

    @property
    def loss(self) -> str:
        """What was lost to a damaged file, for people."""
        return self._committer.loss

    @property
    def settled(self) -> bool:
        """Whether nothing would be lost if the process ended now."""
        return self._committer.idle if self.durable else self.depth == 0

    # --- before the run ---

    def prepare(self) -> None:
        """Open the file and find what is in it; the books are those of the earlier process. `OSError`.

        A spool that is attached to without this begins another run, as by `start_epoch`.
        """
        self._committer.open()

    def high_water(self, what: int = FRAME) -> Mapping[str, HighWater]:
        """How far each device's frames (or other records) have come; needs `prepare`."""
        epoch = self._committer.epoch
        found = self._committer.entries.items()
        return {d: HighWater(epoch, e.sequence, e.time_ns) for (d, kind), e in found if kind == what}

    def epoch_of(self, row: int) -> int:
        """The epoch of the run that made a record: what is left of an earlier run has been numbered by that one."""
        committer = self._committer
        return committer.epoch - (row < committer.since)

    def skip_known(self) -> None:
        """The run goes on where an earlier process stood and says some records again: let those pass by."""
        self._inbox.skip({key: entry.sequence for key, entry in self._committer.entries.items()})

    def start_epoch(self) -> None:
        """Another run begins, with books of its own; what is still queued will be carried out first."""
        self.prepare()
        self._committer.start_epoch()

    def barrier(self) -> Event:
        """Set once all that has come in so far is committed. On the door's thread."""
        return self._inbox.barrier()

    # --- the door's side, besides `put` and `put_truth` ---

    def open(self) -> bool:
        """Whether the clock may go on: false from the high-water mark until half of it is reached."""
        if self._shut:
            self._shut = self.depth > self._limits.high_water // 2
        elif self.depth >= self._limits.high_water:
            self._shut = True
        return not self._shut

    def refuse(self, reason: str = "closed") -> None:
        """Let nothing more in; what comes is dropped for this reason. What is queued stays."""
        self._inbox.refuse(reason)
        self._outbox.filled.set()

    def admit(self) -> None:
        """Let records in again after `refuse`, for a door that was started anew; not after `end`."""
        self._inbox.admit()

    def end(self, reason: str) -> int:
        """Take nothing more and carry nothing more out. What is on disk stays there, for the next run; what is only
        in memory is given up, for a named reason. Answers how much was given up."""
        self._outbox.detach()
        self.refuse(reason)
        self._over = True
        given_up = [] if self.durable else self._give_up(reason)
        self._committer.stop()
        return len(given_up)

    def _give_up(self, reason: str) -> list[Drawn]:
        self.commit_all()
        mine = self._outbox.attach(1 << 62, lambda: None, False)
        drawn: list[Drawn] = []
        while more := self._outbox.draw(mine, MANY):
            drawn += more
        self._outbox.settle(mine, [one.row for one in drawn], reason)
        for one in drawn:
            self._books[what_of(one.record)].drop(one.record[0], reason)
        self._outbox.detach()
        return drawn

    def close(self, timeout_s: float = 5.0) -> bool:
        """After `end`: wait until all is on the disk and the file is closed; whether it is."""
        self._committer.stop()
        if self._thread is None:
            self.commit_all()
            self._committer.finish()
            return True
        return self._committer.stopped.wait(timeout_s)

    # --- the committing thread ---

    def commit(self) -> bool:
        """One transaction, by hand; false when the disk does not take it now."""
        self._committer.open()
        return self._committer.commit()

    def commit_all(self) -> bool:
        """Commit until nothing is left; false when the disk does not take it now."""
        while not self._committer.idle:
            if not self.commit():
                return False
        return True

    def _before_drawing(self) -> None:
        if not self._threaded:
            self.commit_all()

    def _start(self) -> None:
        if self._threaded:
            with self._starting:
                if self._thread is None:
                    thread = Thread(target=self._committer.run, name="spool", daemon=True)
                    thread.start()  # may fail for want of threads: then the next writer tries again
                    self._thread = thread

    # --- the writer's side, besides what `WriterSide` has ---

    def attach(self, generation: int, wake: Callable[[], None]) -> Pass:
        """Become the writer. Whatever the last one had in flight is drawn again.

        `wake` is called on the committing thread when there is something to do after `sleep`. `FencedError` when a
        later generation is the writer already, or the spool has ended.
        """
        mine = self._outbox.attach(generation, wake, self._over)
        self._taken = []
        self._start()
        return mine
