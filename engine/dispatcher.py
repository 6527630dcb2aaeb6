"""The dispatcher: the loop with actors on it, their addresses, their timers, and the way in for other threads."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final, TypeVar

import pykka

from engine.cell import ENTER, Cell, Exit
from engine.clock import MAX, LagPolicy, Wall
from engine.directory import Endpoint
from engine.future import Ask, Helper, LightFuture, WouldBlockError
from engine.handling import SPECIAL, bury, exit_of, kill
from engine.loop import Loop
from engine.mailbox import ClosedError, FullError
from engine.registry import TABLE
from engine.timers import Timer

_R = TypeVar("_R")
_LOG: Final = logging.getLogger("pykka")


class Dispatcher(Loop):
    """Runs actors, timers and the clock on one thread: the one that calls `run`.

    Until then the thread that made the dispatcher owns it: it may start actors, tell and make timers.
    """

    _default: ClassVar["Dispatcher | None"] = None
    _default_lock: Final = threading.Lock()

    def __init__(
        self,
        start_ns: int = 0,
        pace: float = MAX,
        lag: LagPolicy = "stretch",
        wall: Wall | None = None,
        door_capacity: int = 1000,
    ) -> None:
        super().__init__(start_ns, pace, lag, wall, door_capacity)
        self.on_exit: Callable[[Exit], None] = lambda _: None
        """Gets exactly one report for every end of an addressed actor, on this dispatcher's thread."""
        self._births: dict[int, tuple[str, int]] = {}
        self._thread: threading.Thread | None = None
        self._death_watch: dict[Any, list[threading.Event]] = {}

    # --- whose actors start where ---

    @classmethod
    def current(cls) -> "Dispatcher":
        """This thread's dispatcher: the one running or active on it, else a default one in the background."""
        found: Dispatcher | None = Helper.by_thread.get(threading.get_ident())
        if found is not None:
            return found
        with cls._default_lock:
            if cls._default is None:
                default = cls(pace=1.0)
                default.run_in_thread()
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
            Helper.restore(me, before)

    def spawn(self, address: str, generation: int, factory: Callable[[], pykka.ActorRef[Any]]) -> pykka.ActorRef[Any]:
        """Start an actor at an address; `factory` calls `SomeActor.start(...)`, dispatched or threaded.

        What the actor's `__init__` raises is reported (`where="init"`) and raised again.
        """
        me = threading.get_ident()
        before = Helper.by_thread.get(me)
        Helper.by_thread[me] = self
        self._births[me] = (address, generation)
        try:
            return factory()
        except BaseException as error:
            self.report(exit_of(address, generation, error, "init"))
            raise
        finally:
            self._births.pop(me, None)
            Helper.restore(me, before)

    def take_birth(self) -> tuple[str | None, int]:
        """The address and generation meant for the actor that this thread is making."""
        return self._births.pop(threading.get_ident(), None) or (None, 0)

    def enter(self, cell: Cell) -> None:
        """Let an actor started by another thread begin; what it is told meanwhile is held back."""
        self.door.control(lambda: self.post((cell, ENTER)))

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

    def report(self, end: Exit) -> None:
        """Hand over the report of one end, from any thread, behind what the actor sent before."""
        if threading.get_ident() == self.owner:
            self._exited(end)
        else:
            self.door.put_always((_Call(lambda: self._exited(end)), None))

    def _exited(self, end: Exit) -> None:
        """A failing hook is logged and harms nobody."""
        try:
            self.on_exit(end)
        except Exception:
            _LOG.exception("on_exit failed for %s", end)

    # --- messages from elsewhere ---

    def send(self, address: str, message: Any) -> None:
        """Tell an address something, from any thread; `FullError` when the door stays crowded."""
        endpoint = self.directory.endpoint(address)
        if threading.get_ident() == self.owner:
            endpoint.tell(message)
        elif not self.post_outside(endpoint, message):
            raise FullError(f"the dispatcher did not take a message for {address} in time")

    def post_outside(self, target: Any, message: Any) -> bool:
        """Put a message at the outside door, for a cell or an endpoint; whether there was room."""
        return self.door.put((target, message))

    def ask(self, address: str, message: Any, timeout: float) -> Any:
        """Ask whoever lives at an address, from outside of handlers; `pykka.Timeout` after `timeout` seconds."""
        future: LightFuture[Any] = LightFuture()
        endpoint = self.directory.find(address)
        if endpoint is None or endpoint.cell.__class__ is Cell:
            future.home = self
        if self.running and threading.get_ident() == self.owner:
            raise WouldBlockError(f"a handler may not wait for {address}: tell, or ask with block=False")
        try:
            self.send(address, Ask(message, future))
        except ClosedError:
            raise pykka.ActorDeadError(f"{address}: the dispatcher is closed") from None
        return future.get(timeout=timeout)

    def call(self, function: Callable[[], _R], timeout: float = 10.0) -> _R:
        """Run a function on the dispatcher's thread between two messages and give its result."""
        if threading.get_ident() == self.owner:
            return function()
        future: LightFuture[_R] = LightFuture()

        def perform() -> None:
            try:
                future.set(function())
            except BaseException as error:
                future.set_exception((error.__class__, error, error.__traceback__))

        self.door.control(perform)
        result: _R = future.get(timeout=timeout)
        return result

    def help(self) -> None:
        """A future is waited for on this thread: live the present instant if possible, else refuse."""
        if threading.get_ident() != self.owner:
            return
        if self.running:
            raise WouldBlockError("a handler may not wait: the dispatcher that would bring the reply waits too")
        with self._owning():
            self._live(-1, None)

    # --- timers ---

    def every(self, whom: Any, period_ns: int, first_ns: int) -> Timer:
        """Call an actor, ref or endpoint with the due time (an int), first at `first_ns`, then every `period_ns`."""
        if period_ns < 1:
            raise ValueError(f"period_ns: found {period_ns}; allowed: 1 or more")
        return self._timer(first_ns, whom, period_ns, None)

    def at(self, when_ns: int, whom: Any, message: Any) -> Timer:
        """Give an actor, ref or endpoint a message at an instant (the present one when that has passed)."""
        return self._timer(when_ns, whom, 0, message)

    def _timer(self, due: int, whom: Any, period: int, message: Any) -> Timer:
        due = max(due, self.now_ns)
        timer = self.timers.make(due, cell_of(whom), period, message)
        if due < self._horizon:
            self._horizon = due
        return timer

    # --- hanging and killing ---

    def hang(self, address: str) -> bool:
        """Let the actor at an address take no messages from now on; whether somebody is there."""
        return self.call(lambda: self._with_cell(address, lambda cell: cell.hang()))

    def release(self, address: str) -> bool:
        """Let a hanging actor take its messages again, in the order in which they came; whether somebody is there."""
        return self.call(lambda: self._with_cell(address, lambda cell: cell.release()))

    def kill(self, address: str) -> bool:
        """End the actor at an address without running its code; whether somebody was there."""
        return self.call(lambda: self._with_cell(address, kill))

    def _with_cell(self, address: str, act: Callable[[Any], None]) -> bool:
        endpoint = self.directory.find(address)
        if endpoint is None or endpoint.cell is None:
            return False
        act(endpoint.cell)
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

    # --- a thread of its own ---

    def run_in_thread(self, until_ns: int | None = None, daemon: bool = True) -> threading.Thread:
        """Run in a thread of its own, waiting for the outside when idle."""
        self._maker, self.owner = threading.get_ident(), 0
        thread = threading.Thread(target=self.run, args=(until_ns, "wait"), name="dispatcher", daemon=daemon)
        self._thread = thread
        thread.start()
        return thread

    def stop(self, timeout: float = 5.0) -> None:
        """End `run` after the present instant; from another thread wait for that, and cut an endless instant short."""

        def change() -> None:
            self._stopping = True

        def leave() -> None:
            self._leaving = True

        if self.running or threading.get_ident() != self.owner:
            self.control(change)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
            if thread.is_alive():
                self.door.control(leave)
                thread.join(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Stop for good, without a word to the actors left: askers are told, what stands in line are dead letters."""
        if self.running:
            self.stop(timeout)
        control, items = self.door.mailbox.close()
        self.owner = threading.get_ident()
        for action in control:
            action()
        for ref in TABLE:
            if getattr(ref, "_home", None) is self:
                bury(ref._cell, "closed")
        while self._line:
            items.append((self._line.popleft(), self._line.popleft()))
        for target, message in items:
            if message.__class__ is Ask:
                message.refuse("nobody will answer: the dispatcher is closed")
            elif self._is_letter(target, message):
                self.directory.dead(target.address or str(target), message, "closed")

    def _is_letter(self, target: Any, message: Any) -> bool:
        """Whether what stands in line is a message from somebody to an actor."""
        known = target.__class__ in (Cell, Endpoint) and target is not self._door_cell
        return known and message.__class__ not in SPECIAL


class _Call:
    """Something to do in its turn among the messages of the door."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act

    def post_in(self, _: None) -> None:
        """It is its turn."""
        self.act()


class _Forward:
    """Stands for whoever lives at an endpoint when a timer fires."""

    dead = ""
    actor = None

    def __init__(self, endpoint: Endpoint) -> None:
        self.receive = endpoint.tell


def cell_of(whom: Any) -> Any:
    """The cell behind an actor, a ref or an endpoint; a timer lives no longer than it."""
    if whom.__class__ is Endpoint:
        return whom.cell if whom.cell is not None else _Forward(whom)
    return whom._cell
