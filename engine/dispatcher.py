"""The dispatcher: the loop with actors on it, their addresses and their timers."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final, TypeVar

import pykka

from engine.cell import ENTER, Cell, Exit
from engine.clock import MAX, LagPolicy, Wall
from engine.directory import Endpoint
from engine.doorway import Doorway, Turn
from engine.future import Helper
from engine.handling import exit_of, kill
from engine.timers import Timer

_R = TypeVar("_R")
_LOG: Final = logging.getLogger("pykka")


class Dispatcher(Doorway):
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
            self.door.put_always((Turn(lambda: self._exited(end), self.post), None))

    def _exited(self, end: Exit) -> None:
        """A failing hook is logged and harms nobody."""
        try:
            self.on_exit(end)
        except Exception:
            _LOG.exception("on_exit failed for %s", end)

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


class _Forward:
    """Stands for whoever lives at an endpoint when a timer fires."""

    dead = ""
    actor = None

    def __init__(self, endpoint: Endpoint) -> None:
        self.receive = endpoint.tell
        self.address = endpoint.address


def cell_of(whom: Any) -> Any:
    """The cell behind an actor, a ref or an endpoint; a timer lives no longer than it."""
    if whom.__class__ is Endpoint:
        return whom.cell if whom.cell is not None else _Forward(whom)
    return whom._cell
