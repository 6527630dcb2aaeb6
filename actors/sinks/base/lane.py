"""The lane between a sink's door and its writer: bounded, accountable, fenced.

The door runs on the dispatcher's thread and only ever appends; the writer runs on a thread of its own and takes
batches. What the writer has taken stays in the lane's hands until it is settled, so a writer that dies or hangs loses
nothing: its successor finds those records at the head of the line, and the old one is refused when it wakes. A spool
on disk takes this place where frames must outlive the process.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock
from typing import Final, Literal, NamedTuple

from actors.sinks.base.records import FAULT, TRUTH, WORDS, Record, Rejected, what_of
from engine.clock import Wall, WallClock
from schemas.books import Books
from schemas.readings import Frame

Policy = Literal["block", "drop-newest", "drop-oldest"]

DROPPED: Final[Mapping[Policy, str]] = {"block": "shed", "drop-newest": "newest", "drop-oldest": "oldest"}


class FencedError(Exception):
    """The writer that asks has been replaced; it must not write any more."""


class Limits(NamedTuple):
    """How much a lane holds, in records."""

    capacity: int = 20_000
    high_water: int = 10_000
    """At pace max the clock waits above it, until the lane is down to half of it."""
    batch: int = 512
    policy: Policy = "block"
    """What happens in real time above `capacity`. `block` cannot hold real time up: it sheds, and counts as `shed`."""


class Pass:
    """The right of one incarnation of the writer to take and to write."""

    __slots__ = ("generation",)

    def __init__(self, generation: int) -> None:
        self.generation = generation


def _nobody() -> None:
    """Wakes the writer as long as there is none."""


class Lane:
    """See the module. `gated` says whether the clock waits for sinks now (pace max): then nothing is dropped."""

    def __init__(self, limits: Limits, gated: Callable[[], bool], wall: Wall | None = None) -> None:
        self.books, self.truth_books, self.fault_books = self._books = (Books(), Books(), Books())
        self.fenced = 0
        """Records that a replaced writer was kept from writing; its successor has them, so the books do not."""
        self.rejected: deque[Rejected] = deque(maxlen=100)
        self.problem = ""
        """What keeps the writer from writing now."""
        self.trouble = ""
        """Nothing: a memory has no troubles of its own."""
        self._limits = limits
        self._high_water = limits.high_water
        self._gated = gated
        self._wall = wall or WallClock()
        self._queue: deque[Record] = deque()
        self._flight: list[Record] = []
        self._lock = Lock()  # the writer's side, and what changes writers; never taken where a record comes in
        self._pass: Pass | None = None
        self._wake: Callable[[], None] = _nobody
        self._full = Event()
        self._shut = False
        self._refusal: str | None = None
        self._asleep = False
        # The length of the queue at which the door must do more than append: 1 while the writer sleeps, a batch while
        # it lingers, above capacity while it works, 0 when nothing may come in. One comparison on the hot path.
        self._attention = limits.capacity + 1

    @property
    def depth(self) -> int:
        """Records that are queued or being written."""
        return len(self._queue) + len(self._flight)

    def oldest_ns(self) -> int | None:
        """The simulated instant of the oldest record inside; from any thread."""
        for line in (self._flight, self._queue):
            try:
                return line[0].time_ns
            except IndexError:
                continue
        return None

    @property
    def settled(self) -> bool:
        """Whether nothing would be lost if the process ended now."""
        return self.depth == 0

    @property
    def closed(self) -> bool:
        """Whether nothing more may come in."""
        return self._refusal is not None

    # The door's side: one thread, no lock.

    def put(self, frame: Record) -> None:
        """Take a frame in."""
        self.books.account(frame[0]).accepted += 1
        queue = self._queue
        queue.append(frame)
        if len(queue) >= self._attention:
            self._attend()

    def put_truth(self, truth: Record) -> None:
        """Take a truth in."""
        self._put(truth, self.truth_books)

    def put_fault(self, fault: Record) -> None:
        """Take a record of a fault in."""
        self._put(fault, self.fault_books)

    def _put(self, record: Record, books: Books) -> None:
        books.account(record[0]).accepted += 1
        queue = self._queue
        queue.append(record)
        if len(queue) >= self._attention:
            self._attend()

    def _attend(self) -> None:
        if self._refusal is not None:
            self._drop_one(self._queue.pop, self._refusal)
            return
        if self._asleep:
            self._asleep = False
            self._heed(self._limits.capacity + 1)
            self._wake()  # after the two stores: if the writer fell asleep between them, this wakes it all the same
        elif not self._full.is_set():
            self._full.set()
        if len(self._queue) > self._limits.capacity and not self._gated():
            oldest = self._limits.policy == "drop-oldest"
            self._drop_one(self._queue.popleft if oldest else self._queue.pop, DROPPED[self._limits.policy])

    def _heed(self, length: int) -> None:
        """Set where the door must attend. Both threads do, so a refusal that comes between is looked for once more."""
        self._attention = length
        if self._refusal is not None:
            self._attention = 0

    def _drop_one(self, pop: Callable[[], Record], reason: str) -> None:
        try:
            record = pop()
        except IndexError:  # the writer was quicker: there is room again
            return
        self._books_of(record).drop(record[0], reason)

    def open(self) -> bool:
        """Whether the clock may go on: false from the high-water mark until half of it is reached."""
        if self._shut:
            self._shut = self.depth > self._limits.high_water // 2
        elif len(self._queue) >= self._high_water:
            self._shut = True
        return not self._shut

    def refuse(self, reason: str = "closed") -> None:
        """Let nothing more in; what comes is dropped for this reason. What is queued stays."""
        self._refusal = reason
        self._attention = 0
        self._full.set()

    def admit(self) -> None:
        """Let records in again after `refuse`, for a door that was started anew; not after `end`."""
        if self._refusal == "closed":
            self._refusal = None
            self._heed(1)  # attends at the next record, whatever the writer does

    def end(self, reason: str) -> int:
        """Give up all that is queued, for a named reason, and refuse what comes. Answers how many were given up."""
        with self._lock:
            self._pass = None
            given_up, self._flight = self._flight, []
        self.refuse(reason)
        while self._queue:
            try:
                given_up.append(self._queue.popleft())
            except IndexError:
                break
        for record in given_up:
            self._books_of(record).drop(record[0], reason)
        return len(given_up)

    def close(self) -> bool:
        """After `end`: nothing is left to be kept."""
        return True

    # The writer's side.

    def attach(self, generation: int, wake: Callable[[], None]) -> Pass:
        """Become the writer. Whatever the last one had in its hands goes back to the head of the line.

        `wake` is called on the door's thread when there is something to do after `sleep`. `FencedError` when a later
        generation is the writer already, or the lane has ended.
        """
        with self._lock:
            if self._refusal not in (None, "closed") or (self._pass and generation < self._pass.generation):
                raise FencedError
            self._pass = mine = Pass(generation)
            self._queue.extendleft(reversed(self._flight))
            self._flight = []
            self._wake = wake
        return mine

    def take(self, mine: Pass) -> Sequence[Record]:
        """The next batch, empty when nothing is queued. It stays queued in the books until it is settled."""
        with self._lock:
            self._check(mine, 0)
            flight, queue = self._flight, self._queue
            for _ in range(min(len(queue), self._limits.batch - len(flight))):
                try:
                    flight.append(queue.popleft())
                except IndexError:  # the door has just dropped its oldest
                    break
            return flight

    def permit(self, mine: Pass, count: int) -> None:
        """Ask right before writing so many records. `FencedError`, and counted, when another writer has taken over."""
        with self._lock:
            self._check(mine, count)

    def settle(self, mine: Pass, refused: Mapping[int, str]) -> Sequence[Rejected]:
        """The batch taken last is written, all but the refused ones (reason by position), which are rejected."""
        with self._lock:
            self._check(mine, 0)
            batch, self._flight = self._flight, []
        rejected = [self._reject(batch[position], reason) for position, reason in refused.items()]
        if refused:
            batch = [record for position, record in enumerate(batch) if position not in refused]
        frames = [record[0] for record in batch if isinstance(record, Frame)]
        self.books.ack(frames)
        if len(frames) < len(batch):
            for what in (TRUTH, FAULT):
                self._books[what].ack([record[0] for record in batch if what_of(record) == what])
        return rejected

    def sleep(self, mine: Pass) -> bool:
        """Ask to be woken by the next record; false when one is there already."""
        with self._lock:
            self._check(mine, 0)
        self._asleep = True
        self._heed(1)
        if not self._queue:
            return True
        self._asleep = False
        self._heed(self._limits.capacity + 1)
        return False

    def linger(self, seconds: float) -> None:
        """Wait for a batch to fill, in real time, but not longer than this."""
        self._full.clear()
        self._heed(self._limits.batch)
        if len(self._queue) < self._limits.batch and self._refusal is None:
            self._wall.wait(seconds, self._full)
        self._heed(self._limits.capacity + 1)

    def pause(self, seconds: float) -> None:
        """Wait in real time before trying again, whatever comes meanwhile."""
        self._wall.wait(seconds, Event())

    def _check(self, mine: Pass, count: int) -> None:
        if mine is not self._pass:
            self.fenced += count
            raise FencedError

    def _reject(self, record: Record, reason: str) -> Rejected:
        self._books_of(record).reject(record[0])
        rejected = Rejected(record.device, record.sequence, WORDS[what_of(record)], reason)
        self.rejected.append(rejected)
        return rejected

    def _books_of(self, record: Record) -> Books:
        return self._books[what_of(record)]
