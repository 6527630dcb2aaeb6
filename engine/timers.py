"""Timers: one ring per distinct period, and a heap of ring heads and one-shots.

A timer of a ring is re-armed in constant time: `now + period` is always the newest in its ring. Timers due at the
same time fire in the order in which they were made (`number`).
"""

import heapq
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from engine.cell import Cell, DeadCell

FAR: Final = 1 << 80
"""Later than any instant."""


class _Cancelled:
    """Stands where the cell of a cancelled timer stood."""

    dead = "cancelled"

    @staticmethod
    def receive(_: object) -> None:
        """Tell the loop to drop the timer."""
        raise DeadCell


_CANCELLED: Final[Any] = _Cancelled()


class Timer:
    """One timer: due time, whom it calls, and how often."""

    __slots__ = ("cell", "due", "message", "number", "period")

    def __init__(self, due: int, number: int, cell: Any, period: int, message: Any) -> None:
        self.due = due
        self.number = number
        self.cell = cell
        self.period = period
        self.message = message

    def cancel(self) -> None:
        """It fires no more; cancelling twice is harmless."""
        self.cell = _CANCELLED
        self.message = None

    @property
    def active(self) -> bool:
        """Whether it may still fire."""
        return not self.cell.dead


class Ring(deque[Timer]):
    """All timers of one period, soonest first."""

    __slots__ = ("lined_up", "period")

    def __init__(self, period: int) -> None:
        super().__init__()
        self.period = period
        self.lined_up = False
        """Whether the ring stands in the heap of heads."""


Entry = tuple[int, int, Ring | Timer]


class Timers:
    """All timers of one dispatcher."""

    __slots__ = ("_purge_at", "heads", "made", "rings")

    def __init__(self) -> None:
        self.heads: list[Entry] = []
        self.rings: dict[int, Ring] = {}
        self.made = 0
        self._purge_at = 4096

    def make(self, due: int, cell: Cell | Any, period: int, message: Any) -> Timer:
        """A new timer; its first shot stands in the heap whatever its period."""
        number = self.made
        self.made = number + 1
        timer = Timer(due, number, cell, period, message)
        heapq.heappush(self.heads, (due, number, timer))
        return timer

    def next_due(self) -> int:
        """When the next timer is due; `FAR` without any."""
        return self.heads[0][0] if self.heads else FAR

    def line_up(self, ring: Ring) -> None:
        """Put a ring back among the heads, unless it is there or empty."""
        if ring and not ring.lined_up:
            ring.lined_up = True
            heapq.heappush(self.heads, (ring[0].due, ring[0].number, ring))

    def take(self, what: Ring | Timer) -> Ring:
        """Take the ring just popped from the heads under way; `line_up` puts it back."""
        assert isinstance(what, Ring)
        what.lined_up = False
        return what

    def join(self, timer: Timer) -> None:
        """After its first shot a periodic timer goes into the ring of its period."""
        ring = self.rings.get(timer.period)
        if ring is None:
            ring = self.rings[timer.period] = Ring(timer.period)
        timer.due += timer.period
        ring.append(timer)
        self.line_up(ring)

    def purge_if_grown(self) -> None:
        """Drop the timers of the dead once as many were made as were there at the last purge."""
        if self.made >= self._purge_at:
            left = self.rebuild(lambda timer: timer.due)
            self._purge_at = self.made + max(left, 4096)

    def skip_to(self, now: int) -> None:
        """Periodic timers leave out every shot due before `now`; one-shots stay due."""

        def due(timer: Timer) -> int:
            late = now - timer.due
            return timer.due + -(-late // timer.period) * timer.period if timer.period and late > 0 else timer.due

        self.rebuild(due)

    def rebuild(self, due: Callable[[Timer], int]) -> int:
        """Sort everything anew with the due times that `due` gives; no ring may be under way. How many are left."""
        entries: list[Entry] = []
        count = 0
        for _, _, what in self.heads:
            if isinstance(what, Timer) and what.active:
                what.due = due(what)
                entries.append((what.due, what.number, what))
                count += 1
        for ring in self.rings.values():
            alive = [timer for timer in ring if timer.active]
            for timer in alive:
                timer.due = due(timer)
            alive.sort(key=lambda timer: (timer.due, timer.number))
            ring.clear()
            ring.extend(alive)
            ring.lined_up = bool(alive)
            if alive:
                entries.append((alive[0].due, alive[0].number, ring))
            count += len(alive)
        self.rings = {period: ring for period, ring in self.rings.items() if ring}
        self.heads[:] = entries
        heapq.heapify(self.heads)
        return count
