"""The watchdog: names the actor whose code really blocks its dispatcher, and past a limit ends the process.

A handler cannot be interrupted. So a thread of its own knocks at the dispatcher's door; when nobody answers in
time, the dispatcher's stack says whose handler it is in. The hot path pays nothing for this. A process that stays
blocked is ended with an exit code of its own, so that whoever started it can resume it.
"""

import os
import sys
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, NamedTuple

from engine.clock import NANOSECONDS, Wall, WallClock
from engine.dispatcher import Dispatcher

BLOCKED_EXIT: Final = 75
"""Exit code of a process ended for a blocked dispatcher (`EX_TEMPFAIL` of sysexits.h: try again)."""


class Blocked(NamedTuple):
    """The dispatcher has not come round for a while."""

    address: str
    """Whose code it is in: an address, or the actor's name where it has none; empty when it cannot be said."""
    seconds: float
    """For how long, wall time."""
    endless: bool
    """True when messages do flow but the instant does not end (an actor that tells itself without end, or simply
    much to do); this is reported and never ends the process."""
    stack: str
    """Where the code stands."""

    @property
    def report(self) -> str:
        """All of it for people: a sentence, then the stack."""
        who = self.address or "an actor without a name"
        what = "tells itself messages without end" if self.endless else "does not come back from its code"
        return f"{who} {what}: {self.seconds:.1f} s so far\n{self.stack}"


class Watchdog:
    """Watches one dispatcher that runs in another thread."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        on_blocked: Callable[[Blocked], None],
        report_after_s: float = 2.0,
        end_after_s: float = 60.0,
        wall: Wall | None = None,
        end: Callable[[int], Any] = os._exit,
    ) -> None:
        self._dispatcher = dispatcher
        self._on_blocked = on_blocked
        self._report_after = report_after_s
        self._end_after = end_after_s
        self._wall: Wall = wall or WallClock()
        self._end = end
        self._answered = True
        self._since = self._wall.monotonic_ns()
        self._instant = -1
        self._instant_since = self._since
        self._reported = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch from a daemon thread until `stop`."""
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def _watch(self) -> None:
        pause = min(self._report_after, self._end_after) / 4
        while not self._wall.wait(pause, self._stop):
            self.look()

    def look(self) -> None:
        """One look: knock, or judge how long nobody has answered."""
        now = self._wall.monotonic_ns()
        if not self._dispatcher.running:
            self._answered = True
            self._instant = -1
            return
        endless = self._answered and self._same_instant(now)
        since = self._instant_since if endless else self._since
        if self._answered:
            self._answered, self._since = False, now
            self._dispatcher.door.control(self._come_round)
            if not endless:
                self._reported = False
                return
        self._judge((now - since) / NANOSECONDS, endless)

    def _come_round(self) -> None:
        self._answered = True

    def _same_instant(self, now: int) -> bool:
        """Whether the dispatcher is still busy with the instant of the last look."""
        dispatcher = self._dispatcher
        if dispatcher.now_ns != self._instant or dispatcher.resting:
            self._instant, self._instant_since = dispatcher.now_ns, now
            return False
        return True

    def _judge(self, seconds: float, endless: bool) -> None:
        if seconds >= self._report_after and not self._reported:
            self._reported = True
            address, stack = culprit(self._dispatcher)
            self._on_blocked(Blocked(address, seconds, endless, stack))
        if seconds >= self._end_after and not endless:
            self._end(BLOCKED_EXIT)


def culprit(dispatcher: Dispatcher) -> tuple[str, str]:
    """Whose code the dispatcher is in at this moment, and its stack; from another thread."""
    frame = sys._current_frames().get(dispatcher.owner)
    if frame is None:
        return "", ""
    stack = "".join(traceback.format_stack(frame))
    cell = _cell_of(frame)
    return ("" if cell is None else cell.address or cell.name()), stack


def _cell_of(frame: FrameType | None) -> Any:
    """The cell that the loop is serving, from the loop's own frame."""
    while frame is not None:
        if frame.f_code is Dispatcher._live.__code__:
            return frame.f_locals.get("cell")
        frame = frame.f_back
    return None
