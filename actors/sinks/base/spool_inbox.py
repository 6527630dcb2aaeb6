"""The side of a spool where records come in: a line in memory, with no lock and no disk in the way."""

from collections import deque
from collections.abc import Callable, Mapping
from threading import Event
from typing import NamedTuple

from actors.sinks.base.lane import DROPPED, Policy
from actors.sinks.base.records import Record, what_of
from actors.sinks.base.spool_ledger import Key
from schemas.readings import Frame


class Shed(NamedTuple):
    """A record that came in and was given up before it had a row."""

    record: Record
    reason: str


class Barrier(Event):
    """Stands in the line like a record; set once all that stood before it is committed."""


class Inbox:
    """The door's thread appends, the committer's takes away. `gated` says whether the clock waits for sinks now."""

    def __init__(self, capacity: int, group: int, policy: Policy, gated: Callable[[], bool]) -> None:
        self.arriving: deque[Record | Barrier] = deque()
        self.shed: deque[Shed] = deque()
        self.waived: deque[Barrier] = deque()
        """Barriers that were given up with what stood around them."""
        self.bell = Event()
        """Rings for the committer."""
        self.asleep = False
        self.refusal: str | None = None
        self.policy: Policy = policy
        self._capacity = capacity
        self._group = group
        self.gated = gated
        self.leftover: Callable[[Record, str], None] | None = None
        """Takes what is given up once nobody looks into `shed` any more."""
        self._known: dict[Key, int] = {}
        # The length of the line at which the door must do more than append: 1 while the committer sleeps, a group
        # while it lingers, above capacity while it works, 0 when nothing may come in. One comparison on the hot path.
        self._attention = capacity + 1

    # The door's side.

    def put(self, record: Record) -> None:
        """Take a record in."""
        if self._known and self._is_known(record):
            return
        line = self.arriving
        line.append(record)
        if len(line) >= self._attention:
            self._attend()

    def barrier(self) -> Barrier:
        """Set once all that has come in so far is committed. On the door's thread."""
        barrier = Barrier()
        self.arriving.append(barrier)
        self.bell.set()
        return barrier

    def _attend(self) -> None:
        if self.refusal is not None:
            self._give_up(self.arriving.pop, self.refusal)
        elif len(self.arriving) > self._capacity and not self.gated():
            oldest = self.policy == "drop-oldest"
            self._give_up(self.arriving.popleft if oldest else self.arriving.pop, DROPPED[self.policy])
        if not self.bell.is_set():
            self.bell.set()

    def _give_up(self, pop: Callable[[], Record | Barrier], reason: str) -> None:
        try:
            record = pop()
        except IndexError:  # the committer was quicker: there is room again
            return
        if isinstance(record, Barrier):
            self.waived.append(record)
        elif self.leftover is not None:
            self.leftover(record, reason)
        else:
            self.shed.append(Shed(record, reason))

    def _is_known(self, record: Record) -> bool:
        """Whether the spool had it in an earlier life. What is newer ends the matter for its device."""
        key = (record[0], what_of(record))
        newest = self._known.get(key)
        if newest is None:
            return False
        sequence = record[2] if isinstance(record, Frame) else record[1]
        if sequence <= newest:
            return True
        del self._known[key]
        return False

    def skip(self, known: Mapping[Key, int]) -> None:
        """Let records up to these sequences pass by: they were accepted before."""
        self._known = dict(known)

    def refuse(self, reason: str) -> None:
        """Let nothing more in; what comes is dropped for this reason."""
        self.refusal = reason
        self._attention = 0
        self.bell.set()

    def admit(self) -> None:
        """Let records in again after a door was closed; not after the end."""
        if self.refusal == "closed":
            self.refusal = None
            self._heed(1)

    # The committer's side.

    def await_work(self) -> None:
        """From now on the bell rings at the next record."""
        self.bell.clear()
        self.asleep = True
        self._heed(1)

    def await_group(self) -> None:
        """From now on the bell rings when a group is full."""
        self.bell.clear()
        self.asleep = False
        self._heed(self._group)

    def at_work(self) -> None:
        """From now on the door only appends."""
        self.asleep = False
        self._heed(self._capacity + 1)

    def _heed(self, length: int) -> None:
        """Set where the door must attend. Both threads do, so a refusal that comes between is looked for once more."""
        self._attention = length
        if self.refusal is not None:
            self._attention = 0
