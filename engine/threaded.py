"""Actors on threads of their own, for what must wait on the outside; their inbox is bounded and gauged.

A thread cannot be killed. An actor that does not come back is abandoned: its cell is closed, its address given to
the next generation, and what it still says is fenced off at `ThreadedActor.send`.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final

import pykka
from pykka import ActorDeadError, messages

from engine.cell import DeadCell, no_one
from engine.dispatcher import Dispatcher
from engine.future import Ask, Helper, LightFuture, Ref
from engine.handling import SPECIAL, STOP, fail, handle, refuse
from engine.mailbox import CAPACITY, Block, ClosedError, FullError, Mailbox, Overflow

_here: Final = threading.get_ident


class ThreadedCell:
    """What a dispatcher (if any) knows of a threaded actor; the counterpart of `engine.cell.Cell`."""

    __slots__ = (
        "_lock",
        "actor",
        "address",
        "dead",
        "dispatcher",
        "generation",
        "mailbox",
        "receive",
        "ref",
        "stash",
        "stopped",
    )

    def __init__(self, actor: Any, mailbox: Mailbox) -> None:
        self._lock = threading.Lock()
        self.actor = actor
        self.mailbox = mailbox
        self.dispatcher: Dispatcher | None = Helper.by_thread.get(_here())
        birth = (None, 0) if self.dispatcher is None else self.dispatcher.take_birth()
        self.address: str | None = birth[0]
        self.generation: int = birth[1]
        self.dead = ""
        self.receive: Callable[[Any], None] = self.post_in
        """What a timer calls."""
        self.stash = None
        self.stopped: threading.Event = actor.actor_stopped
        self.ref: Any = None
        mailbox.on_drop = self._lost

    def name(self) -> str:
        """What to call it where it has no address."""
        return str(self.ref)

    def die(self, reason: str) -> bool:
        """Close the inbox; whether it was this call that ended the actor. What waits is refused."""
        with self._lock:
            if self.dead:
                return False
            self.dead = reason
        self.receive = no_one
        self.stopped.set()
        control, items = self.mailbox.close()
        self._refuse(control)
        self._refuse(items)
        return True

    def _refuse(self, items: Iterable[Any]) -> None:
        for message in items:
            try:
                refuse(self, message)
            except DeadCell:
                self._dead_letter(message, self.dead)

    def _dead_letter(self, message: Any, reason: str) -> None:
        if self.dispatcher is not None and not isinstance(message, WakeUp):
            self.dispatcher.directory.dead(self.address or self.name(), message, reason)

    def put(self, message: Any) -> bool:
        """Put a message into the inbox; whether it was kept. A dispatcher's thread never waits for room."""
        if message.__class__ is STOP:
            self.mailbox.put_always(message)
            return True
        helper = Helper.by_thread.get(_here())
        return self.mailbox.put(message, wait=helper is None or helper.owner != _here())

    def post(self, pair: tuple[Any, Any]) -> None:
        """Take a message from an endpoint: what finds no room or nobody is a dead letter, never an exception."""
        self.post_in(pair[1])

    def post_in(self, message: Any) -> None:
        """Take a message from an endpoint or a timer."""
        try:
            kept = self.put(message)
        except ClosedError:
            self._dead_letter(message, self.dead or "dead")
        else:
            if not kept:
                self._dead_letter(message, "full")

    def _lost(self, message: Any) -> None:
        """A message was dropped or refused: an asker is told, the actor may count it."""
        if message.__class__ is Ask:
            error = FullError(f"{self.ref} has no room")
            message.future.set_exception((FullError, error, None))
        else:
            actor = self.actor
            if actor is not None:
                actor.on_overflow(message)

    def hang(self) -> None:
        """Take no messages from now on, not even control."""
        self.mailbox.hold(True)

    def release(self) -> None:
        """Take messages again."""
        self.mailbox.hold(False)


class WakeUp:
    """What an actor tells itself to go on; nobody misses it when the actor has ended, so it is no dead letter."""

    __slots__ = ()


class ThreadedRef(Ref):
    """Reference to a threaded actor."""

    def __init__(self, actor: Any, cell: ThreadedCell) -> None:
        pykka.ActorRef.__init__(self, actor)
        self._cell = cell

    def tell(self, message: Any) -> None:
        """Send a message; `ActorDeadError` when the actor is dead, `FullError` when its inbox refuses."""
        cell: ThreadedCell = self._cell
        try:
            kept = cell.put(message)
        except ClosedError:
            raise ActorDeadError(f"{self} not found") from None
        if not kept and isinstance(cell.mailbox.overflow, Block):
            raise FullError(f"{self} has no room")

    def post_ask(self, message: Any, future: Any, urgent: bool = False) -> None:
        """Send a message whose reply goes into a future."""
        cell: ThreadedCell = self._cell
        ask = Ask(message, future)
        try:
            if urgent:
                cell.mailbox.put_control(ask)
            elif message.__class__ is STOP:
                cell.mailbox.put_always(ask)
            else:
                cell.put(ask)
        except ClosedError:
            ask.refuse(f"{self} not found")


class ThreadedActor(pykka.ThreadingActor):
    """An actor on a thread of its own, with a bounded inbox; it may wait.

    The thread is a daemon: an actor that hangs must not keep the program from ending.
    """

    use_daemon_thread = True
    mailbox_capacity: ClassVar[int] = CAPACITY
    mailbox_overflow: ClassVar[Overflow] = Block(10.0)
    """What happens to a message when the inbox is full. Of a dispatcher's thread `Block` refuses at once."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        super().__init__()
        self.mailbox = Mailbox(self.mailbox_capacity, self.mailbox_overflow)
        self._cell = cell = ThreadedCell(self, self.mailbox)
        self.dispatcher = cell.dispatcher
        self.address = cell.address
        self.generation = cell.generation
        self._actor_ref = cell.ref = ThreadedRef(self, cell)

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return LightFuture()

    def _start_actor_loop(self) -> None:
        if self.dispatcher is not None:
            self.dispatcher.bind(self._cell, self._cell.post)
        super()._start_actor_loop()

    def stop(self) -> None:
        """Stop the actor once what stands in its inbox has been done."""
        self._actor_ref.tell(messages._ActorStop())

    def on_overflow(self, message: Any) -> None:
        """Hook, called on the SENDER's thread for each message that the inbox dropped or refused."""

    @property
    def fenced(self) -> bool:
        """Whether this incarnation was given up: nothing it does may reach the outside any more."""
        cell = self._cell
        if cell.dead == "killed":
            return True
        if cell.dispatcher is None or cell.address is None:
            return False
        return cell.dispatcher.directory.endpoint(cell.address).generation != cell.generation

    def send(self, address: str, message: Any) -> bool:
        """Tell an address something; false (and a dead letter, reason `fenced`) once this incarnation is given up."""
        home = self.dispatcher
        if home is None:
            raise RuntimeError(f"{self} was started without a dispatcher")
        if self.fenced:
            home.directory.dead(address, message, "fenced")
            return False
        home.send(address, message)
        return True

    def _actor_loop(self) -> None:
        """Live, and leave no end untold: also an error of the machinery around the actor's own code is reported."""
        try:
            self._live(self._cell)
        except BaseException as error:
            fail(self._cell, error, "thread")

    def _live(self, cell: ThreadedCell) -> None:
        try:
            self.on_start()
        except BaseException as error:
            fail(cell, error, "on_start", hook=False)
        while not cell.dead:
            try:
                self._take(cell, self.mailbox.get())
            except (ClosedError, DeadCell):
                break

    def _take(self, cell: ThreadedCell, message: Any) -> None:
        if message.__class__ in SPECIAL:
            handle(cell, message)
            return
        try:
            self.on_receive(message)
        except BaseException as error:
            fail(cell, error, "receive")
