"""The line: the messages of one instant and the timers, lived in order on one thread.

Arrival order is the total order. An instant is lived wholly before the clock moves. Nothing on the hot path is
locked, tested twice or kept as a tuple: the line is one flat deque in which a cell stands before its message.
"""

import logging
from collections import deque
from collections.abc import Callable
from heapq import heappop
from typing import Any, Final

from engine.cell import DeadCell
from engine.directory import Directory
from engine.handling import SPECIAL, blame, handle
from engine.timers import FAR, Ring, Timer, Timers

_LOG: Final = logging.getLogger("pykka")
_TICK: Final[Any] = object()
"""Stands in the place of the message while a timer fires."""


class Leave(BaseException):
    """Leaves the line between two messages, in the middle of an instant that will not end."""


class Line:
    """What stands to be done, and the doing of it."""

    def __init__(self, start_ns: int) -> None:
        self.now_ns = start_ns
        """The present instant, simulated nanoseconds; only moves forward."""
        self.timers = Timers()
        self.directory = Directory(lambda: self.now_ns)
        self.gates: list[Callable[[], bool]] = []
        """At pace `MAX` the clock steps only while all of these are true."""
        self._line: deque[Any] = deque()
        self.post: Callable[[tuple[Any, Any]], None] = self._line.extend
        """Puts (cell, message) at the end of the line; only for the owning thread."""
        self._horizon = FAR
        """No timer of the ring under way fires at or after this instant; control pulls it in to be heard."""
        self._replan = False

    # The hot loop is one function on purpose: a call per message would cost as much as the message.
    def _live(self, limit: int, record: Callable[[int], None] | None) -> None:
        """Live every instant before `limit`: all messages, then the next timer, its messages, and so on.

        Returns when nothing is left to do before `limit`, when a gate is shut, or when control says so.
        One `try` around the inner loops costs nothing; on an error `cell` says whose it was.
        """
        line, pop, special, timers = self._line, self._line.popleft, SPECIAL, self.timers
        gates = self.gates if record is None else ()
        cell: Any = None
        message: Any = None
        ring: Ring | None = None
        due = -1
        while True:
            try:
                while line:
                    cell = pop()
                    message = pop()
                    if message.__class__ in special:
                        handle(cell, message)
                    else:
                        cell.receive(message)
                cell = None  # from here on an error is the loop's own
                if record is not None and due >= 0:
                    record(due)
                due = -1
                if ring is not None:
                    timers.line_up(ring)
                    ring = None
                timers.purge_if_grown()
                if self._replan or timers.next_due() >= limit or (gates and not self._open()):
                    return
                source = heappop(timers.heads)[2]
                if source.__class__ is Timer:
                    cell, message = source.cell, _TICK
                    if not cell.dead:
                        due = self.now_ns = source.due
                        self._fire(source)
                    continue
                ring = timers.take(source)
                self._horizon = min(timers.next_due(), limit)
                period, rotate = ring.period, ring.rotate
                timer = ring[0]
                while True:
                    self.now_ns = due = timer.due
                    timer.due = due + period
                    rotate(-1)
                    message = _TICK
                    cell = timer.cell
                    cell.receive(due)
                    while line:
                        cell = pop()
                        message = pop()
                        if message.__class__ in special:
                            handle(cell, message)
                        else:
                            cell.receive(message)
                    if record is not None:
                        record(due)
                    timer = ring[0]
                    if timer.due >= self._horizon or (gates and not self._open()):
                        due = -1
                        break
            except DeadCell:
                if message is not _TICK:
                    self.directory.dead_cell(cell, message)
                elif ring is not None:
                    ring.pop()
            except Leave:
                if ring is not None:
                    timers.line_up(ring)
                return
            except BaseException as error:
                if cell is None:
                    raise
                blame(cell, error, "timer" if message is _TICK else "receive")

    def _fire(self, timer: Timer) -> None:
        """Fire a one-shot, or the first shot of a periodic timer."""
        due, cell, message = timer.due, timer.cell, timer.message
        if timer.period:
            self.timers.join(timer)
            cell.receive(due)
        else:
            timer.cancel()
            cell.receive(message)

    def _open(self) -> bool:
        """Whether the clock may step; a gate that fails holds nobody up."""
        try:
            return all(gate() for gate in self.gates)
        except Exception:
            _LOG.exception("a gate failed")
            return True
