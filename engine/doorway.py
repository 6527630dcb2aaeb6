"""The doorway: what other threads may ask of a dispatcher, and how it is ended."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from engine.cell import Cell
from engine.directory import Endpoint
from engine.future import Ask, LightFuture, WouldBlockError
from engine.handling import SPECIAL, bury
from engine.loop import Loop
from engine.mailbox import ClosedError, FullError
from engine.registry import TABLE

_R = TypeVar("_R")


class Doorway(Loop):
    """The loop as seen from other threads."""

    _thread: threading.Thread | None = None

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
        ask = Ask(message, future)
        try:
            self.send(address, ask)
        except ClosedError:
            ask.refuse(f"{address} cannot be reached: the dispatcher is closed")
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

    def when_quiet(self, function: Callable[[], object]) -> None:
        """Run a function on the dispatcher's thread at a moment when no message stands in line; from any thread."""

        def look() -> None:
            if self._line:
                self.post((Turn(look, self.post), None))
            else:
                function()

        self.door.control(look)

    def help(self) -> None:
        """A future is waited for on this thread: live the present instant if possible, else refuse."""
        if threading.get_ident() != self.owner:
            return
        if self.running:
            raise WouldBlockError("a handler may not wait: the dispatcher that would bring the reply waits too")
        with self._owning():
            self._live(-1, None)

    def run_in_thread(self, until_ns: int | None = None, daemon: bool = True) -> threading.Thread:
        """Run in a thread of its own, waiting for the outside when idle."""
        self._maker, self.owner = threading.get_ident(), 0
        thread = threading.Thread(target=self.run, args=(until_ns, "wait"), name="dispatcher", daemon=daemon)
        self._thread = thread
        thread.start()
        return thread

    def stop(self, timeout: float = 5.0) -> None:
        """End `run` after the present instant; from another thread wait for that, and cut an endless instant short.

        One that is closed, or is being closed by somebody else, has ended already.
        """
        with suppress(ClosedError):
            self._stop(timeout)

    def _stop(self, timeout: float) -> None:

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


class Turn:
    """Something to do in its turn: behind what came through the door, and stood in line, before it."""

    __slots__ = ("_act", "_post")

    actor = None
    address = ""
    dead = ""

    def __init__(self, act: Callable[[], None], post: Callable[[tuple[Any, Any]], None]) -> None:
        self._act = act
        self._post = post

    def post_in(self, _: None) -> None:
        """Into the line, as if it were an actor with a message."""
        self._post((self, None))

    def receive(self, _: None) -> None:
        """It is its turn."""
        self._act()

    def name(self) -> str:
        """What to call it when it fails."""
        return "a turn at the door"
