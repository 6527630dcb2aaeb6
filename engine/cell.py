"""The cell: what the dispatcher knows of one actor, and how an actor's end is reported."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from engine.line import Line


class Exit(NamedTuple):
    """One incarnation of an addressed actor is over (or never began)."""

    address: str
    generation: int
    reason: Literal["normal", "abnormal"]
    error: str
    """Class name of the exception; empty on a normal end."""
    detail: str
    """The exception's text and the innermost place; empty on a normal end."""
    where: str
    """`init`, `on_start`, `receive`, `timer`, `ask`, `proxy`, `defer`, `on_stop`, `stop`, `kill`."""


class DeadCell(BaseException):
    """Raised by the `receive` of a cell whose actor is gone; never leaves the dispatcher."""


def no_one(_: object) -> None:
    """What a dead cell does with a message: the loop counts it (or drops the timer it came from)."""
    raise DeadCell


class Start:
    """First message of an actor: runs `on_start`."""

    __slots__ = ("entering",)

    def __init__(self, entering: bool) -> None:
        self.entering = entering
        """Whether another thread started the actor, and what it was told since is held back."""


START: Final = Start(entering=False)
ENTER: Final = Start(entering=True)


class Cell:
    """Everything the hot path needs of one actor, in slots; it outlives the actor and keeps it from leaking.

    `receive` is swapped and never tested: the actor's `on_receive` while it lives, `stash.append` while it hangs,
    a raiser once it is dead. The cell also stands in for Pykka's inbox and stopped-event.
    """

    __slots__ = (
        "actor",
        "address",
        "dead",
        "dispatcher",
        "generation",
        "kind",
        "number",
        "receive",
        "ref",
        "stash",
    )

    def __init__(self, kind: type[Any], dispatcher: "Line | None", number: int) -> None:
        self.receive: Callable[[Any], Any] = no_one
        self.actor: Any = None
        self.dispatcher: Any = dispatcher
        self.address: str | None = None
        self.generation = 0
        self.number = number
        self.ref: Any = None
        self.stash: list[Any] | None = None
        self.dead = ""
        """Why nobody answers: empty while alive, then `stopped`, `crashed`, `killed`."""
        self.kind = kind

    def is_set(self) -> bool:
        """Whether the actor has stopped (Pykka reads this as its `actor_stopped` event)."""
        return self.dead != ""

    def set(self) -> None:
        """Mark the actor as stopped; it takes no more messages."""
        self.die("stopped")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait in another thread until the actor has stopped; whether it has."""
        if self.dead:
            return True
        event = threading.Event()
        self.dispatcher.when_dead(self, event)
        return event.wait(timeout) or self.dead != ""

    @property
    def urn(self) -> str:
        """A counter makes a name unique within the process at no cost."""
        return f"urn:data-simulator:actor:{self.number}"

    def name(self) -> str:
        """What to call it where it has no address."""
        return str(self.ref)

    def die(self, reason: str) -> bool:
        """From now on every message ends as a dead letter with this reason; false when it was dead already."""
        if self.dead:
            return False
        self.dead = reason
        self.receive = no_one
        return True

    def hang(self) -> None:
        """Hold every message back from now on."""
        if self.stash is None:
            self.stash = []
            self.receive = self.stash.append

    def release(self) -> None:
        """Take messages again, those held back first."""
        if self.stash is not None:
            self.dispatcher.replay(self)

    def post_in(self, message: Any) -> None:
        """Put a message that came through the door into the line."""
        self.dispatcher.post((self, message))

    def put(self, envelope: Any) -> None:
        """Take a Pykka envelope (only code that reaches into `actor_inbox` uses this)."""
        if envelope.reply_to is None:
            self.ref.tell(envelope.message)
        else:
            self.ref.post_ask(envelope.message, envelope.reply_to)

    def get(self) -> Any:
        """There is nothing to get: the line belongs to the dispatcher."""
        raise NotImplementedError("messages of a dispatched actor stand in its dispatcher's line")

    def empty(self) -> bool:
        """Whether nothing is held back for this actor."""
        return not self.stash
