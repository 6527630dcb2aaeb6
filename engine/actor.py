"""Actors that live on a dispatcher: Pykka actors in every documented respect, without a thread of their own."""

import itertools
import threading
from typing import Any, Final, Self

import pykka
from pykka import ActorDeadError, messages

from engine.cell import START, Cell
from engine.dispatcher import Dispatcher
from engine.future import Ask, LightFuture, Ref
from engine.mailbox import ClosedError, FullError
from engine.registry import TABLE

_numbers: Final = itertools.count(1)
_here: Final = threading.get_ident


class DispatchedRef(Ref):
    """Reference to a dispatched actor."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._home: Dispatcher = cell.dispatcher

    actor_class = property(lambda self: self._cell.kind)
    actor_urn = property(lambda self: self._cell.urn)
    actor_inbox = property(lambda self: self._cell)
    actor_stopped = property(lambda self: self._cell)

    def _actor_weakref(self) -> Any:  # type: ignore[override]
        return self._cell.actor

    def tell(self, message: Any) -> None:
        """Send a message; `ActorDeadError` when the actor is dead, `FullError` when the door stays crowded."""
        cell = self._cell
        if cell.dead:
            raise ActorDeadError(f"{self} not found")
        home = self._home
        if _here() == home.owner:
            home.post((cell, message))
        else:
            self._tell_outside(message)

    def _tell_outside(self, message: Any) -> None:
        try:
            kept = self._home.post_outside(self._cell, message)
        except ClosedError:
            raise ActorDeadError(f"{self} not found") from None
        if not kept:
            raise FullError(f"the dispatcher did not take a message for {self} in time")

    def post_ask(self, message: Any, future: Any, urgent: bool = False) -> None:  # noqa: ARG002
        """Send a message whose reply goes into a future (there is one line for all: nothing is urgent in it)."""
        cell, home, ask = self._cell, self._home, Ask(message, future)
        future.home = home
        if cell.dead:
            ask.refuse(f"{self} not found")
        elif _here() == home.owner:
            home.post((cell, ask))
        else:
            try:
                self._tell_outside(ask)
            except (ActorDeadError, FullError) as error:
                future.set_exception((error.__class__, error, None))


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

    actor_urn = property(lambda self: self._cell.urn)
    actor_inbox = property(lambda self: self._cell)
    actor_stopped = property(lambda self: self._cell)

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> pykka.ActorRef[Self]:
        """Start an actor on the current dispatcher; see `pykka.Actor.start`."""
        actor = cls(*args, **kwargs)
        ref = actor._actor_ref
        TABLE.append(ref)
        actor._start_actor_loop()
        return ref

    @staticmethod
    def _create_actor_inbox() -> Any:
        raise NotImplementedError("the cell is the inbox")

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return LightFuture()

    def _start_actor_loop(self) -> None:
        cell, home = self._cell, self.dispatcher
        if _here() == home.owner:
            cell.receive = self.on_receive
            home.bind(cell, home.post)
            if self.__class__.on_start is not pykka.Actor.on_start:
                home.post((cell, START))
        else:
            cell.hang()
            home.bind(cell, home.post)
            home.enter(cell)

    def stop(self) -> None:
        """Stop the actor once what stands in the line before has been done."""
        self._actor_ref.tell(messages._ActorStop())
