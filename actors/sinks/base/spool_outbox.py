"""The side of a spool where records go out: what is committed, drawn, and settled."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from threading import Event, Lock

from actors.sinks.base.lane import FencedError, Pass
from actors.sinks.base.records import FAULT, FRAME, TRUTH, WORDS, Record, Rejected, what_of
from actors.sinks.base.spool_ledger import ACKED, REJECTED, Settled
from actors.sinks.base.spool_store import CorruptError, Drawn, Store
from schemas.books import Books
from schemas.readings import Frame

_PAGE = 1000
"""Rows read from the store at once."""


def _nobody() -> None:
    """Wakes the writer as long as there is none."""


class Outbox:
    """Keeps up to `window` records at hand; what is more is read again from the store, in its turn."""

    def __init__(self, store: Store, window: int, books: tuple[Books, Books, Books]) -> None:
        self.rejected: deque[Rejected] = deque(maxlen=100)
        self.fenced = 0
        self.broken = False
        """The store was found broken while it was read."""
        self.waiting = 0
        """Records that are committed and not settled."""
        self.settled: list[Settled] = []
        """What is out and still has its row."""
        self.filled = Event()
        """Set when so much is ready that a writer that waits for a batch may go."""
        self.enough = 0
        self._store = store
        self._window = window
        self._books = books
        self._lock = Lock()
        self._paging = Lock()
        self._ready: deque[Drawn] = deque()
        self._flight: dict[int, Drawn] = {}
        self._cursor = 0
        """All rows up to this one are ready, in flight or out."""
        self._last = 0
        self._asleep = False
        self._wake: Callable[[], None] = _nobody
        self._pass: Pass | None = None

    @property
    def in_flight(self) -> int:
        """Records that are drawn and not settled."""
        return len(self._flight)

    @property
    def ready(self) -> int:
        """Records that can be drawn without reading."""
        return len(self._ready)

    # The committer's side.

    def begin(self, rows: int, last: int) -> None:
        """So many rows are in the store, up to this number."""
        with self._lock:
            self.waiting, self._last = rows, last
            self._cursor = 0 if rows else last

    def publish(self, drawn: list[Drawn]) -> None:
        """These are committed now, in the order of their rows, above all that were before."""
        with self._lock:
            self.waiting += len(drawn)
            if self._cursor == self._last and len(self._ready) + len(drawn) <= self._window:
                self._ready += drawn
                self._cursor = drawn[-1].row
            self._last = drawn[-1].row
            asleep, self._asleep = self._asleep, False
            if len(self._ready) >= self.enough:
                self.filled.set()
        if asleep:
            self._wake()

    def take_settled(self) -> list[Settled]:
        """What has been settled since the last time."""
        with self._lock:
            settled, self.settled = self.settled, []
        return settled

    def oldest(self, rows: int, size: int, reason: str) -> list[Settled]:
        """Give up the oldest records that nobody has drawn: so many rows at least, and so many bytes."""
        given_up: list[Settled] = []
        while rows > 0 or size > 0:
            with self._lock:
                one = self._ready.popleft() if self._ready else None
            if one is None:
                if not self._fill():
                    break
                continue
            given_up.append(settled(one, reason))
            self.drop(one.record, reason)
            rows -= 1
            size -= one.size
        return given_up

    def drop(self, record: Record, reason: str) -> None:
        """One committed record is given up."""
        self._books[what_of(record)].drop(record[0], reason)
        with self._lock:
            self.waiting -= 1

    def at_hand(self) -> list[Drawn]:
        """Every committed record that is in memory."""
        with self._lock:
            return [*self._flight.values(), *self._ready]

    def lose(self, count: int) -> None:
        """So many rows are no longer in the store."""
        with self._lock:
            self.waiting -= count
            self.broken = False

    # The writer's side.

    def attach(self, generation: int, wake: Callable[[], None], ended: bool) -> Pass:
        """Become the writer; what the last one had in flight will be drawn again. `FencedError` when too late."""
        with self._lock:
            if ended or (self._pass and generation < self._pass.generation):
                raise FencedError
            self._pass = mine = Pass(generation)
            self._wake = wake
            self._return(list(self._flight))
        return mine

    def detach(self) -> None:
        """Nobody is the writer any more."""
        with self._lock:
            self._pass = None

    def check(self, mine: Pass, count: int = 0) -> None:
        """`FencedError`, and counted, when another writer has taken over."""
        if mine is not self._pass:
            self.fenced += count
            raise FencedError

    def draw(self, mine: Pass, count: int) -> list[Drawn]:
        """The next records that nobody has drawn, in order."""
        while True:
            with self._lock:
                self.check(mine)
                ready = self._ready
                drawn = [ready.popleft() for _ in range(min(count, len(ready)))]
                for one in drawn:
                    self._flight[one[0]] = one
            if drawn or not self._fill():
                return drawn

    def settle(self, mine: Pass, rows: Iterable[int], outcome: str = ACKED) -> list[Drawn]:
        """These are out; rows that are not in flight are left alone. Answers the others."""
        flight = self._flight
        with self._lock:
            self.check(mine)
            out = [flight.pop(row) for row in rows if row in flight]
            self.settled += [settled(one, outcome) for one in out]
            self.waiting -= len(out)
        return out

    def confirm(self, mine: Pass, rows: Iterable[int]) -> int:
        """These are delivered. Answers how many wait for their rows to be taken out."""
        out = self.settle(mine, rows)
        frames = [one[1][0] for one in out if one[1].__class__ is Frame]
        self._books[FRAME].ack(frames)
        if len(frames) < len(out):
            for what in (TRUTH, FAULT):
                self._books[what].ack([one[1][0] for one in out if what_of(one[1]) == what])
        return len(self.settled)

    def reject(self, mine: Pass, refused: Mapping[int, str]) -> list[Rejected]:
        """These will never be taken, for these reasons."""
        return [self.rejection(one.record, refused[one.row]) for one in self.settle(mine, refused, REJECTED)]

    def rejection(self, record: Record, reason: str) -> Rejected:
        """Count one record as rejected."""
        what = what_of(record)
        self._books[what].reject(record[0])
        rejected = Rejected(record.device, record.sequence, WORDS[what], reason)
        self.rejected.append(rejected)
        return rejected

    def give_back(self, mine: Pass, rows: Iterable[int] | None) -> None:
        """These are drawn again later, before anything newer; all in flight when `None`."""
        with self._lock:
            self.check(mine)
            self._return(list(self._flight) if rows is None else [row for row in rows if row in self._flight])

    def sleep(self, mine: Pass) -> bool:
        """Ask to be woken by the next record; false when one is there already."""
        with self._lock:
            self.check(mine)
            self._asleep = not self._ready and self._cursor == self._last
            return self._asleep

    def _return(self, rows: list[int]) -> None:
        returned = [self._flight.pop(row) for row in sorted(rows)]
        if self._ready and returned and returned[-1].row > self._ready[0].row:
            self._ready = deque(sorted([*returned, *self._ready], key=_row))
        else:
            self._ready.extendleft(reversed(returned))

    def _fill(self) -> bool:
        """Read on where memory ends; false when there is nothing more to read, or nothing legible now."""
        with self._paging:
            with self._lock:
                after, upto = self._cursor, self._last
                if self._ready:
                    return True
            if after >= upto:
                return False
            try:
                drawn, damaged = self._store.read(after, upto, _PAGE)
            except CorruptError:
                self.broken = True
                return False
            with self._lock:
                last = max([after, *(one.row for one in drawn[-1:]), *(one.row for one in damaged)])
                self._ready += drawn
                self._cursor = last if drawn or damaged else upto
                self.settled += damaged
                self.waiting -= len(damaged)
        for one in damaged:
            with suppress(KeyError):
                self._books[one.what].drop(one.device, one.outcome)
        return bool(drawn or damaged)


def settled(one: Drawn, outcome: str) -> Settled:
    """What became of one record that has a row."""
    row, record, size = one
    if isinstance(record, Frame):
        return Settled(row, record[0], 0, record[2], record[3], size, outcome)
    return Settled(row, record[0], what_of(record), record[1], record[2], size, outcome)


def _row(one: Drawn) -> int:
    return one.row
