"""Actors that live on a dispatcher: Pykka actors in every documented respect, without a thread of their own."""

import itertools
import logging
import threading
from typing import Any, Final, Self

import pykka
from pykka import ActorDeadError, messages

from engine.cell import START, Cell
from engine.dispatcher import Dispatcher
from engine.future import Ask, Helper, LightFuture, WouldBlock
from engine.handling import dead_error
from engine.mailbox import Closed
from engine.registry import TABLE

_LOG: Final = logging.getLogger("pykka")
_numbers: Final = itertools.count(1)
_here: Final = threading.get_ident


class DispatchedRef(pykka.ActorRef[Any]):
    """Reference to a dispatched actor; usable from any thread."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._home = cell.dispatcher

    actor_class = property(lambda self: self._cell.kind)  # type: ignore[assignment]
    actor_urn = property(lambda self: urn(self._cell))  # type: ignore[assignment]
    actor_inbox = property(lambda self: self._cell)  # type: ignore[assignment]
    actor_stopped = property(lambda self: self._cell)  # type: ignore[assignment]

    def _actor_weakref(self) -> Any:
        return self._cell.actor

    def is_alive(self) -> bool:
        """Whether the actor takes messages."""
        return not self._cell.dead

    def tell(self, message: Any) -> None:
        """Send a message; `ActorDeadError` when the actor is dead."""
        cell = self._cell
        if cell.dead:
            raise ActorDeadError(f"{self} not found")
        home = self._home
        if _here() == home.owner:
            home.post((cell, message))
        else:
            home.post_outside(cell, message)

    def ask(self, message: Any, *, block: bool = True, timeout: float | None = None) -> Any:
        """Send a message and wait for the reply, `timeout` seconds at most (`None`: a default limit)."""
        if block:
            refuse_in_handler(self)
        future: LightFuture[Any] = LightFuture()
        self.post_ask(message, future)
        return future.get(timeout=timeout) if block else future

    def post_ask(self, message: Any, future: Any) -> None:
        """Send a message whose reply goes into a future."""
        cell, home = self._cell, self._home
        future.home = home
        if cell.dead:
            future.set_exception(dead_error(cell, "not found"))
        elif _here() == home.owner:
            home.post((cell, Ask(message, future)))
        else:
            try:
                home.post_outside(cell, Ask(message, future))
            except Closed:
                future.set_exception(dead_error(cell, "not found"))


def refuse_in_handler(ref: Any) -> None:
    """Raise `WouldBlock` when the calling thread is a dispatcher in the middle of its work."""
    helper = Helper.by_thread.get(_here())
    if helper is not None and helper._running:
        raise WouldBlock(f"a handler may not wait for {ref}: tell, or ask with block=False")


def urn(cell: Cell) -> str:
    """A counter makes a unique name within the process at no cost."""
    return f"urn:data-simulator:actor:{cell.number}"


class DispatchedActor(pykka.Actor):
    """An actor on a dispatcher. `on_receive` must not block: what waits on the outside is a `ThreadedActor`."""

    dispatcher: Dispatcher
    """Where the actor lives."""
    address: str | None
    """Its address, or `None` when it was started without one."""
    generation: int
    """Which incarnation it is at its address."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        self.dispatcher = dispatcher = Dispatcher.current()
        cell = Cell(self.__class__, dispatcher, next(_numbers))
        cell.address, cell.generation = dispatcher.take_birth()
        self.address = cell.address
        self.generation = cell.generation
        cell.actor = self
        self._cell = cell
        self._actor_ref = cell.ref = DispatchedRef(cell)

    actor_urn = property(lambda self: urn(self._cell))  # type: ignore[assignment]
    actor_inbox = property(lambda self: self._cell)  # type: ignore[assignment]
    actor_stopped = property(lambda self: self._cell)  # type: ignore[assignment]

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> pykka.ActorRef[Self]:
        """Start an actor on the current dispatcher; see `pykka.Actor.start`."""
        actor = cls(*args, **kwargs)
        TABLE.append(actor._actor_ref)
        actor._start_actor_loop()
        return actor._actor_ref

    @staticmethod
    def _create_actor_inbox() -> Any:
        raise NotImplementedError("the cell is the inbox")

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return LightFuture()

    def _start_actor_loop(self) -> None:
        cell, home = self._cell, self.dispatcher
        home.bind(cell, home.post)
        if _here() == home.owner:
            cell.receive = self.on_receive
            if self.__class__.on_start is not pykka.Actor.on_start:
                home.post((cell, START))
        else:
            cell.stash = []
            cell.receive = cell.stash.append
            home.enter(cell)

    def stop(self) -> None:
        """Stop the actor once what stands in the line before has been done."""
        self._actor_ref.tell(messages._ActorStop())
