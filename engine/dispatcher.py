"""The dispatcher: one thread, one line of (cell, message), one clock.

Arrival order is the total order. An instant is lived wholly before the clock moves. Nothing on the hot path is
locked, tested twice or kept as a tuple: the line is one flat deque in which a cell stands before its message.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappop
from typing import Any, Final, Literal, TypeVar

import pykka

from engine.cell import RELEASE, START, Cell, DeadCell, Exit
from engine.clock import MAX, LagPolicy, Wall, WallClock
from engine.directory import Directory, Endpoint
from engine.door import Door
from engine.future import Helper, LightFuture, WouldBlock
from engine.handling import SPECIAL, exit_of, fail, handle, kill
from engine.pacer import Pacer, check_pace
from engine.timers import FAR, Timer, Timers

_R = TypeVar("_R")
_LOG: Final = logging.getLogger("pykka")
OnIdle = Literal["return", "wait"]
_GATE_POLL_S: Final = 0.002


_NAP_S: Final = 0.001
"""No sleep is shorter: what falls due within a millisecond is served by one waking."""
_TICK: Final[Any] = object()
"""Stands in the place of the message while a timer fires."""


class _Replan(BaseException):
    """Leaves the loop between two messages because control has changed what it may do."""


class Dispatcher:
    """Runs actors, timers and the clock on one thread: the one that calls `run`.

    Until then the thread that made the dispatcher owns it: it may start actors, tell and make timers.
    """

    _default: "Dispatcher | None" = None
    _default_lock: Final = threading.Lock()
    _numbers: int = 0

    def __init__(
        self,
        start_ns: int = 0,
        pace: float = MAX,
        lag: LagPolicy = "stretch",
        wall: Wall | None = None,
        door_capacity: int = 1000,
    ) -> None:
        self.now_ns = start_ns
        """The present instant, simulated nanoseconds; only moves forward."""
        self.owner = threading.get_ident()
        self.wall: Wall = wall or WallClock()
        self.pacer = Pacer(self.wall, start_ns, pace, lag)
        self.timers = Timers()
        self.directory = Directory(lambda: self.now_ns)
        self.gates: list[Callable[[], bool]] = []
        """At pace `MAX` the clock steps only while all of these are true."""
        self.on_exit: Callable[[Exit], None] = lambda exit: None
        """Gets exactly one report for every end of an addressed actor, on this dispatcher's thread."""
        self._line: deque[Any] = deque()
        self.post: Callable[[tuple[Any, Any]], None] = self._line.extend
        """Puts (cell, message) at the end of the line; only for the owning thread."""
        self._horizon = FAR
        self._replan = False
        self._running = False
        self._stopping = False
        self._steps = 0
        self._birth: tuple[str, int] | None = None
        self._thread: threading.Thread | None = None
        self._death_watch: dict[Cell, list[threading.Event]] = {}
        self.current_cell: Any = None
        self._door_cell = Cell(Dispatcher, self, -1)
        self._door_cell.receive = self._answer_door
        self._asleep = False
        self.door = Door(self._knock, door_capacity)

    # --- actors ---

    @classmethod
    def current(cls) -> "Dispatcher":
        """This thread's dispatcher: the one running or active on it, else a default one in the background."""
        found = Helper.by_thread.get(threading.get_ident())
        if found is not None:
            return found  # type: ignore[no-any-return]
        with cls._default_lock:
            if cls._default is None:
                default = cls(pace=1.0)
                default.run_in_thread(daemon=True)
                cls._default = default
            return cls._default

    @contextmanager
    def active(self) -> Iterator["Dispatcher"]:
        """Within this block, actors started by this thread live on this dispatcher."""
        me = threading.get_ident()
        before = Helper.by_thread.get(me)
        Helper.by_thread[me] = self
        try:
            yield self
        finally:
            if before is None:
                Helper.by_thread.pop(me, None)
            else:
                Helper.by_thread[me] = before

    def spawn(self, address: str, generation: int, factory: Callable[[], pykka.ActorRef[Any]]) -> pykka.ActorRef[Any]:
        """Start an actor at an address; `factory` calls `SomeActor.start(...)`.

        What the actor's `__init__` raises is reported (`where="init"`) and raised again.
        """
        with self.active():
            self._birth = (address, generation)
            try:
                return factory()
            except BaseException as error:
                self.exited(exit_of(address, generation, error, "init"))
                raise
            finally:
                self._birth = None

    def enter(self, cell: Cell) -> None:
        """Let an actor started by another thread begin; what it is told meanwhile is held back."""

        def begin() -> None:
            self.post((cell, START))

        self.door.control((begin, LightFuture()))

    def take_birth(self) -> tuple[str | None, int]:
        """The address and generation meant for the actor that is being made."""
        birth, self._birth = self._birth, None
        return birth or (None, 0)

    def bind(self, cell: Any, post: Callable[[tuple[Any, Any]], Any]) -> None:
        """Let a started cell answer to its address."""
        if cell.address is not None:
            self.directory.endpoint(cell.address).bind(cell, post, cell.generation)

    def unbind(self, cell: Any) -> None:
        """The cell has died: its address has nobody, and whoever waits for its end is told."""
        if cell.address is not None:
            self.directory.endpoint(cell.address).unbind(cell)
        for event in self._death_watch.pop(cell, ()):
            event.set()

    def when_dead(self, cell: Any, event: threading.Event) -> None:
        """Set an event when the cell dies (at once if it has)."""
        self._death_watch.setdefault(cell, []).append(event)
        if cell.dead:
            self.unbind(cell)

    def exited(self, exit: Exit) -> None:
        """Hand over the report of one end; a failing hook is logged and harms nobody."""
        try:
            self.on_exit(exit)
        except Exception:
            _LOG.exception("on_exit failed for %s", exit)

    # --- messages from elsewhere ---

    def send(self, address: str, message: Any) -> None:
        """Tell an address something, from any thread."""
        endpoint = self.directory.endpoint(address)
        if threading.get_ident() == self.owner:
            endpoint.tell(message)
        else:
            self.post_outside(endpoint, message)

    def post_outside(self, target: Any, message: Any) -> None:
        """Put a message at the outside door; `target` is a cell or an endpoint."""
        self.door.put((target, message))

    def call(self, function: Callable[[], _R], timeout: float = 10.0) -> _R:
        """Run a function on the dispatcher's thread between two messages and give its result."""
        if threading.get_ident() == self.owner:
            return function()
        future: LightFuture[_R] = LightFuture()
        self.door.control((function, future))
        result: _R = future.get(timeout=timeout)
        return result

    def _knock(self) -> None:
        self._line.extend((self._door_cell, None))

    def _answer_door(self, _: object) -> None:
        control, items = self.door.take()
        for target, message in items:
            if target.__class__ is Endpoint:
                target.tell(message)
            else:
                self._line.extend((target, message))
        for function, future in control:
            try:
                future.set(function())
            except BaseException as error:
                future.set_exception((error.__class__, error, error.__traceback__))
        if self._replan:
            raise _Replan

    # --- timers ---

    def every(self, whom: Any, period_ns: int, first_ns: int) -> Timer:
        """Call an actor, ref or endpoint with the due time (an int), first at `first_ns`, then every `period_ns`."""
        if period_ns < 1:
            raise ValueError(f"period_ns: found {period_ns}; allowed: 1 or more")
        return self._timer(first_ns, whom, period_ns, None)

    def at(self, when_ns: int, whom: Any, message: Any) -> Timer:
        """Give an actor, ref or endpoint a message at an instant (at once when that has passed)."""
        return self._timer(when_ns, whom, 0, message)

    def _timer(self, due: int, whom: Any, period: int, message: Any) -> Timer:
        due = max(due, self.now_ns)
        timer = self.timers.make(due, cell_of(whom), period, message)
        if due < self._horizon:
            self._horizon = due
        return timer

    # --- hanging ---

    def hang(self, address: str) -> bool:
        """Let the actor at an address take no messages from now on; whether somebody is there."""
        cell = self.directory.endpoint(address).cell
        if cell is None or cell.stash is not None:
            return cell is not None
        cell.stash = []
        cell.receive = cell.stash.append
        return True

    def release(self, address: str) -> bool:
        """Let a hanging actor take its messages again, in the order in which they came; whether it hung."""
        cell = self.directory.endpoint(address).cell
        if cell is None or cell.stash is None:
            return False
        self.post((cell, RELEASE))
        return True

    def replay(self, cell: Cell) -> None:
        """Open a cell and put what it held back at the head of the line."""
        stash, cell.stash = cell.stash, None
        if not cell.dead:
            cell.receive = cell.actor.on_receive
        if stash:
            pairs: list[Any] = []
            for message in reversed(stash):
                pairs += (message, cell)
            self._line.extendleft(pairs)

    def kill(self, address: str) -> bool:
        """End the actor at an address without running its code; whether somebody was there."""
        cell = self.directory.endpoint(address).cell
        if cell is None:
            return False
        kill(cell)
        return True

    # --- the loop ---

    def _live(self, limit: int, record: Callable[[int], None] | None) -> None:
        """Live every instant before `limit`: all messages, then the next timer, and so on.

        Returns when nothing is left to do before `limit`, when a gate is shut, or when control says so.
        One `try` around the inner loops costs nothing; on an error `cell` says whose it was.
        """
        line, pop, special, timers = self._line, self._line.popleft, SPECIAL, self.timers
        gates = self.gates if record is None else ()
        cell = message = timer = ring = None
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
                    timer, cell, message, due = source, source.cell, _TICK, source.due
                    if not cell.dead:
                        self.now_ns = due
                        self._fire_first(timer)
                    continue
                ring = source
                ring.lined_up = False
                self._horizon = min(timers.next_due(), limit)
                period, rotate = ring.period, ring.rotate
                timer = ring[0]
                while True:
                    due = timer.due
                    self.now_ns = due
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
                        break
                due = -1
            except _Replan:
                if ring is not None:
                    timers.line_up(ring)
                return
            except DeadCell:
                if message is not _TICK:
                    self.directory.dead(cell.address or str(cell.ref), message, cell.dead)
                elif ring is not None:
                    ring.pop()
            except BaseException as error:
                self._blame(cell, error, "timer" if message is _TICK else "receive")

    def _fire_first(self, timer: Timer) -> None:
        """Fire a one-shot, or the first shot of a periodic timer."""
        due, cell = timer.due, timer.cell
        if timer.period:
            self.timers.join(timer)
            cell.receive(due)
        else:
            message = timer.message
            timer.cancel()
            cell.receive(message)

    def _blame(self, cell: Any, error: BaseException, where: str) -> None:
        if cell.actor is None:
            _LOG.error("error in the dispatcher's own work", exc_info=error)
        else:
            fail(cell, error, where)

    def _open(self) -> bool:
        return all(gate() for gate in self.gates)

    def run(self, until_ns: int | None = None, on_idle: OnIdle = "return") -> None:
        """Live in the calling thread: every instant before `until_ns`, which is then the present instant.

        Without `until_ns`, until nothing is left to do (`on_idle="return"`) or until `stop` (`"wait"`).
        """
        limit = FAR if until_ns is None else until_ns
        with self._owning():
            while not self._stopping:
                self._replan = False
                self._live(*self._plan(limit))
                if not self._replan and not self._rest(limit, on_idle == "wait"):
                    break
            self._stopping = False

    @contextmanager
    def _owning(self) -> Iterator[None]:
        if self._running:
            raise RuntimeError("this dispatcher is running already")
        before, self.owner = self.owner, threading.get_ident()
        self._running = True
        self.pacer.anchor(self.now_ns)
        try:
            with self.active():
                yield
        finally:
            self._running = False
            self.owner = before

    def _plan(self, limit: int) -> tuple[int, Callable[[int], None] | None]:
        """How far to live now, and whether to note lateness."""
        pacer = self.pacer
        if pacer.paused:
            due = self.timers.next_due()
            if self._line or not self._steps or due >= limit:
                return -1, None
            self._steps -= 1
            return due + 1, None
        if pacer.pace == MAX:
            return limit, None
        return min(limit, pacer.now() + 1), self._record

    def _record(self, due: int) -> None:
        if self.pacer.record(due):
            self._horizon = -1
            self._replan = True
            self._late()

    def _late(self) -> None:
        """Lateness went beyond the limit: apply the policy."""
        self.pacer.stretch(self.now_ns)

    def _rest(self, limit: int, wait: bool) -> bool:
        """Nothing can be done at this moment: wait for time or for the outside; false when the run is over."""
        pacer, due = self.pacer, self.timers.next_due()
        if self._line:
            return True
        if pacer.paused:
            if self._steps and due < limit:
                return True
            self._steps = 0
            return wait and self._wait(None)
        if due >= limit and limit != FAR and (pacer.pace == MAX or pacer.now() >= limit):
            self.now_ns = max(self.now_ns, limit)
            return False
        target = min(due, limit)
        if target == FAR:
            return wait and self._wait(None)
        if pacer.pace == MAX:
            return self._wait(_GATE_POLL_S)
        return self._wait(max(pacer.seconds_until(target), 0.0))

    def _wait(self, seconds: float | None) -> bool:
        """Sleep until the bell rings, `seconds` at most; what came from outside happens at the time it came."""
        bell = self.door.bell
        bell.clear()
        if not self._line and (seconds is None or seconds > 0):
            self.wall.wait(None if seconds is None else max(seconds, _NAP_S), bell)
        pacer = self.pacer
        if self._line and pacer.pace != MAX and not pacer.paused:
            self.now_ns = max(self.now_ns, min(pacer.now(), self.timers.next_due()))
        return True

    # --- control, from any thread ---

    def _control(self, change: Callable[[], None]) -> None:
        def apply() -> None:
            change()
            self._replan = True
            self._horizon = -1

        if threading.get_ident() == self.owner:
            apply()
        else:
            self.door.control((apply, LightFuture()))

    def set_pace(self, pace: float) -> None:
        """Change the pace from the present instant on."""
        check_pace(pace)

        def change() -> None:
            self.pacer.anchor(self.now_ns)
            self.pacer.pace = pace

        self._control(change)

    def pause(self) -> None:
        """Let the clock stand; messages are still taken."""

        def change() -> None:
            self.pacer.paused = True

        self._control(change)

    def unpause(self) -> None:
        """Let the clock go on from where it stands."""

        def change() -> None:
            self.pacer.paused = False
            self._steps = 0
            self.pacer.anchor(self.now_ns)

        self._control(change)

    def step(self, n: int = 1) -> None:
        """Let a paused clock live `n` more instants; an idle dispatcher's owner lives them at once."""

        def change() -> None:
            self._steps += n

        self._control(change)
        if threading.get_ident() == self.owner and not self._running:
            self.pacer.paused, before = True, self.pacer.paused
            try:
                self.run()
            finally:
                self.pacer.paused = before

    def stop(self, timeout: float = 5.0) -> None:
        """End `run` after the present instant; from another thread, wait for a thread of `run_in_thread`."""

        def change() -> None:
            self._stopping = True

        self._control(change)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def run_in_thread(self, until_ns: int | None = None, daemon: bool = True) -> threading.Thread:
        """Run in a thread of its own, waiting for the outside when idle."""
        self.owner = 0
        thread = threading.Thread(
            target=self.run, args=(until_ns, "wait"), name="dispatcher", daemon=daemon
        )
        self._thread = thread
        thread.start()
        return thread

    def help(self, future: LightFuture[Any]) -> None:
        """A future is waited for on this thread: live the present instant if possible, else refuse."""
        if threading.get_ident() != self.owner:
            return
        if self._running:
            raise WouldBlock("a handler may not wait for a reply: the dispatcher that would bring it is waiting too")
        self.run(self.now_ns)


def cell_of(whom: Any) -> Any:
    """The cell behind an actor, a ref or an endpoint."""
    if whom.__class__ is Endpoint:
        return whom.cell if whom.cell is not None else _Forward(whom)
    return whom._cell


class _Forward:
    """Stands for whoever lives at an endpoint when a timer fires."""

    dead = ""
    actor = None

    def __init__(self, endpoint: Endpoint) -> None:
        self.receive = endpoint.tell
