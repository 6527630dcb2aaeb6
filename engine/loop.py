"""The loop: the wall clock's say in when the next instant comes, the outside's in what happens now."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal

from engine.cell import Cell
from engine.clock import MAX, LagPolicy, Wall, WallClock
from engine.door import Door
from engine.future import Helper
from engine.line import Leave, Line
from engine.pacer import Pacer, check_pace
from engine.timers import FAR

_LOG: Final = logging.getLogger("pykka")
OnIdle = Literal["return", "wait"]
_GATE_POLL_S: Final = 0.002
_NAP_S: Final = 0.001
"""No sleep is shorter: what falls due within a millisecond is served by one waking."""
_SLICE_S: Final = 0.2
"""Longest sleep of the main thread, so that a signal handler's `stop` is noticed."""


class Loop(Line):
    """What a dispatcher does all day; `engine.dispatcher.Dispatcher` adds the actors to it."""

    def __init__(self, start_ns: int, pace: float, lag: LagPolicy, wall: Wall | None, door_capacity: int) -> None:
        super().__init__(start_ns)
        self.owner = threading.get_ident()
        """The thread whose messages need no door: the maker, until another one runs the loop."""
        self._maker = self.owner
        self.running = False
        self.resting = False
        """Whether the loop sleeps, for want of work or of time."""
        self.wall: Wall = wall or WallClock()
        self.pacer = Pacer(self.wall, start_ns, pace, lag)
        self.on_skip: Callable[[int], None] = lambda _: None
        """Gets the simulated nanoseconds that the lag policy `skip` left out."""
        self.skipped_to = 0
        """The instant up to which time was left out last."""
        self._stopping = self._leaving = self._overdue = self._interrupted = False
        self._steps = 0
        self._ahead = -1
        """Up to and with this instant a paused clock lives on."""
        self._door_cell = Cell(Loop, self, -1)
        self._door_cell.receive = self._answer_door
        self.door = Door(lambda: self._line.extend((self._door_cell, None)), door_capacity)

    def run(self, until_ns: int | None = None, on_idle: OnIdle = "return") -> None:
        """Live in the calling thread: every instant before `until_ns`, which is then the present instant.

        Without `until_ns`, until nothing is left to do (`on_idle="return"`) or until `stop` (`"wait"`).
        Raises `TooLate` under the lag policy `fail`, `KeyboardInterrupt` after Ctrl-C (at the end of an instant,
        never inside an actor).
        """
        limit = FAR if until_ns is None else until_ns
        with self._owning(), self._interruptible():
            while not self._stopping:
                self._replan = False
                self._live(*self._plan(limit))
                if self._overdue:
                    self._catch_up()
                elif not self._replan and not self._rest(limit, on_idle == "wait"):
                    break
            self._stopping = self._leaving = False

    @contextmanager
    def _owning(self) -> Iterator[None]:
        if self.running:
            raise RuntimeError("this dispatcher is running already")
        me = threading.get_ident()
        before, self.owner = self.owner, me
        beneath = Helper.by_thread.get(me)
        Helper.by_thread[me] = self
        self.running = True
        self.pacer.anchor(self.now_ns)
        try:
            yield
        finally:
            self.running = False
            self.owner = before or self._maker
            Helper.restore(me, beneath)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Python's own Ctrl-C would strike whichever actor is at work; here it ends the run instead."""
        if threading.current_thread() is not threading.main_thread() or (
            signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        ):
            yield
            return

        def interrupt(*_: object) -> None:
            self._interrupted = self._stopping = self._replan = True
            self._horizon = -1

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt

    def _plan(self, limit: int) -> tuple[int, Callable[[int], None] | None]:
        """How far to live now, and whether to note lateness."""
        pacer = self.pacer
        if pacer.paused:
            due = self.timers.next_due()
            if self._ahead > self.now_ns and not self._line:
                return min(self._ahead + 1, limit), None
            if self._line or not self._steps or due >= limit:
                return -1, None
            self._steps -= 1
            return due + 1, None
        if pacer.pace == MAX:
            return limit, None
        return min(limit, pacer.now() + 1), self._record

    def _record(self, due: int) -> None:
        pacer = self.pacer
        if pacer.pace != MAX and not pacer.paused and pacer.record(due):
            self._overdue = self._replan = True
            self._horizon = -1

    def _catch_up(self) -> None:
        """Lateness went beyond the limit: let the lag policy decide, unless nothing is due any more."""
        self._overdue = False
        due = self.timers.next_due()
        skipped = self.pacer.step_in(due) if due != FAR else 0
        if skipped:
            self.skipped_to = self.pacer.now()
            self.timers.skip_to(self.skipped_to)
            self.on_skip(skipped)

    def _rest(self, limit: int, wait: bool) -> bool:
        """Nothing can be done at this moment: wait for time or for the outside; false when the run is over."""
        pacer, due = self.pacer, self.timers.next_due()
        if self._line:
            return True
        if pacer.paused:
            if self._ahead > self.now_ns:
                return self._go_ahead(due, limit)
            if self._steps and due < limit:
                return True
            self._steps = 0
            return wait and self._wait(None, limit)
        target = min(due, limit)
        if target == FAR:
            return wait and self._wait(None, limit)
        if pacer.pace == MAX:
            if due < limit:
                return self._wait(_GATE_POLL_S, limit)
        elif pacer.now() < target:
            return self._wait(pacer.seconds_until(target), limit)
        elif due < limit:
            return True
        self.now_ns = max(self.now_ns, limit)
        return False

    def _go_ahead(self, due: int, limit: int) -> bool:
        """A paused clock that lives on for a while has nothing left to do in it, or waits at a gate."""
        if due <= self._ahead and due < limit:
            return self._wait(_GATE_POLL_S, limit)
        self.now_ns = max(self.now_ns, min(self._ahead, limit))
        self._ahead = -1
        return True

    def _wait(self, seconds: float | None, limit: int) -> bool:
        """Sleep until the bell rings, `seconds` at most; what comes from outside happens at the time it comes."""
        bell = self.door.bell
        bell.clear()
        if threading.current_thread() is threading.main_thread():
            seconds = _SLICE_S if seconds is None else min(seconds, _SLICE_S)
        if not self._line and not self._stopping:
            self.resting = True
            self.wall.wait(None if seconds is None else max(seconds, _NAP_S), bell)
            self.resting = False
        pacer = self.pacer
        if self._line and pacer.pace != MAX and not pacer.paused:
            self.now_ns = max(self.now_ns, min(pacer.now(), self.timers.next_due(), limit))
        return True

    def _answer_door(self, _: object) -> None:
        """Take in what waits at the door: control is done at once, messages join the line."""
        control, items = self.door.take()
        for action in control:
            try:
                action()
            except Exception:
                _LOG.exception("a control action failed")
        for target, message in items:
            target.post_in(message)
        if self._leaving:
            raise Leave

    # --- control, from any thread ---

    def control(self, change: Callable[[], None]) -> None:
        """Make a change on the loop's own thread, now or as soon as the door is answered, and plan anew."""

        def apply() -> None:
            change()
            self._replan = True
            self._horizon = -1

        if threading.get_ident() == self.owner:
            apply()
        else:
            self.door.control(apply)

    def set_pace(self, pace: float) -> None:
        """Change the pace from the present instant on."""
        check_pace(pace)
        self.control(lambda: self.pacer.set_pace(pace, self.now_ns))

    def pause(self) -> None:
        """Let the clock stand at the end of the present instant; messages are still taken."""
        self._pause(True)

    def unpause(self) -> None:
        """Let the clock go on from where it stands."""
        self._pause(False)

    def _pause(self, paused: bool) -> None:
        def change() -> None:
            self._ahead = -1
            self.pacer.pause(paused, self.now_ns)

        self.control(change)

    def advance(self, span_ns: int) -> None:
        """Let a paused clock live on for so much simulated time, as fast as it goes; one that runs is left alone.

        A pause ends it where it stands.
        """

        def change() -> None:
            if self.pacer.paused:
                self._ahead = max(self._ahead, self.now_ns) + span_ns

        self.control(change)

    def step(self, n: int = 1) -> None:
        """Let a paused clock live `n` more instants; the owner of a loop at rest lives them at once."""

        def change() -> None:
            self._steps += n

        self.control(change)
        if threading.get_ident() == self.owner and not self.running:
            before, self.pacer.paused = self.pacer.paused, True
            try:
                self.run()
            finally:
                self.pacer.paused = before

    def leave_out(self, until_ns: int) -> None:
        """Leave out simulated time up to an instant, as the lag policy `skip` does; by the owner, while it rests."""
        skipped = until_ns - self.now_ns
        if skipped > 0:
            self.pacer.skipped_ns += skipped
            self.timers.skip_to(until_ns)
            self.now_ns = until_ns

    @property
    def queued(self) -> int:
        """Messages that stand in line; from any thread."""
        return len(self._line) // 2

    def wake(self) -> None:
        """Look at the gates again; from any thread."""
        self.door.bell.set()
