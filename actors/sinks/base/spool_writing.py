"""The side of a spool that its sink's writer sees: what it draws, one by one or in batches, and what it says of it."""

from collections.abc import Iterable, Mapping, Sequence
from threading import Event

from actors.sinks.base.lane import Pass
from actors.sinks.base.records import Record, Rejected, what_of
from actors.sinks.base.spool_committer import MANY
from actors.sinks.base.spool_inbox import Inbox
from actors.sinks.base.spool_limits import SpoolLimits
from actors.sinks.base.spool_outbox import Outbox
from actors.sinks.base.spool_store import Drawn
from actors.sinks.base.valve import Valve
from engine.clock import Wall
from schemas.books import Books


class WriterSide:
    """See the module. Base of a spool, which says how one becomes the writer. May be called from several threads."""

    def __init__(
        self, inbox: Inbox, outbox: Outbox, books: tuple[Books, Books, Books], limits: SpoolLimits, wall: Wall
    ) -> None:
        self.valve = Valve()
        """What lets its records out."""
        self._inbox = inbox
        self._outbox = outbox
        self._books = books
        self._limits = limits
        self._wall = wall
        self._taken: list[Drawn] = []

    def _before_drawing(self) -> None:
        """Commit what there is, where no thread does."""

    @property
    def closed(self) -> bool:
        """Whether nothing more may come in."""
        return self._inbox.refusal is not None

    @property
    def in_flight(self) -> int:
        """Records that are drawn and not settled."""
        return self._outbox.in_flight

    @property
    def fenced(self) -> int:
        """Records that a replaced writer was kept from writing."""
        return self._outbox.fenced

    @property
    def rejected(self) -> Sequence[Rejected]:
        """The last hundred records that were rejected."""
        return self._outbox.rejected

    # One by one.

    def draw(self, mine: Pass, count: int) -> list[Drawn]:
        """The next records that nobody has drawn, in order; each is in flight under its row until it is settled."""
        self._before_drawing()
        granted = self.valve.grant(count)
        drawn = self._outbox.draw(mine, granted) if granted else []
        self.valve.unused(granted - len(drawn))
        return drawn

    def confirm(self, mine: Pass, rows: Iterable[int]) -> None:
        """These are delivered; rows that are not in flight are left alone."""
        if self._outbox.confirm(mine, rows) >= MANY or self._inbox.asleep:
            self._inbox.bell.set()

    def reject(self, mine: Pass, refused: Mapping[int, str]) -> Sequence[Rejected]:
        """These will never be taken: reason by row."""
        rejected = self._outbox.reject(mine, refused)
        if self._inbox.asleep:
            self._inbox.bell.set()
        return rejected

    def drop(self, mine: Pass, rows: Iterable[int], reason: str) -> None:
        """These are given up, for a named reason."""
        for one in self._outbox.settle(mine, rows, reason):
            self._books[what_of(one.record)].drop(one.record[0], reason)
        if self._inbox.asleep:
            self._inbox.bell.set()

    def give_back(self, mine: Pass, rows: Iterable[int] | None = None) -> None:
        """These are drawn again, before anything newer; all in flight when `None`."""
        self._outbox.give_back(mine, rows)

    # Batch by batch.

    def take(self, mine: Pass) -> Sequence[Record]:
        """The next batch, empty when nothing is queued. It stays queued in the books until it is settled."""
        self._outbox.check(mine)
        self._taken += self.draw(mine, self._limits.batch - len(self._taken))
        return [one.record for one in self._taken]

    def permit(self, mine: Pass, count: int) -> None:
        """Ask right before writing so many records. `FencedError`, and counted, when another writer has taken over."""
        self._outbox.check(mine, count)

    def settle(self, mine: Pass, refused: Mapping[int, str]) -> Sequence[Rejected]:
        """The batch taken last is written, all but the refused ones (reason by position), which are rejected."""
        self._outbox.check(mine)
        batch, self._taken = self._taken, []
        rejected = self.reject(mine, {batch[position].row: reason for position, reason in refused.items()})
        self.confirm(mine, [one.row for position, one in enumerate(batch) if position not in refused])
        return rejected

    def sleep(self, mine: Pass) -> bool:
        """Ask to be woken by the next record; false when one is there already, and may go out."""
        return self.valve.holds or self._outbox.sleep(mine)

    def linger(self, seconds: float) -> None:
        """Wait for a batch to fill, in real time, but not longer than this."""
        outbox = self._outbox
        outbox.filled.clear()
        outbox.enough = self._limits.batch
        if outbox.ready < self._limits.batch and not self.closed:
            self._wall.wait(seconds, outbox.filled)
        outbox.enough = 0

    def pause(self, seconds: float) -> None:
        """Wait in real time before trying again, whatever comes meanwhile."""
        self._wall.wait(seconds, Event())
