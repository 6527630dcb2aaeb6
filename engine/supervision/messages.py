"""What a supervisor is told, and what it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from engine.supervision.specs import ChildSpec


class Tellable(Protocol):
    """Whatever takes a message: an endpoint, an actor's reference."""

    def tell(self, message: Any, /) -> object:
        """Take one message."""


@dataclass(frozen=True, slots=True)
class AddChild:
    """Look after one more child, and start it."""

    spec: ChildSpec
    branch: str
    reply_to: Tellable | None = None
    """Gets `ChildrenAdded`."""


@dataclass(frozen=True, slots=True)
class AddChildren:
    """Look after many more children, started in this order."""

    specs: Sequence[ChildSpec]
    branch: str
    all_or_nothing: bool = False
    """One that does not start takes the others down again, in reverse; else each has its own outcome."""
    reply_to: Tellable | None = None
    """Gets `ChildrenAdded`."""


@dataclass(frozen=True, slots=True)
class RemoveChild:
    """Stop a child with its parts, and forget them."""

    address: str
    reply_to: Tellable | None = None
    """Gets `Settled` when they have really ended."""


@dataclass(frozen=True, slots=True)
class StopChild:
    """Stop a child with its parts; they stay known and can be started again."""

    address: str
    reply_to: Tellable | None = None
    """Gets `Settled` when they have really ended."""


@dataclass(frozen=True, slots=True)
class RestartChild:
    """Stop a child with its parts if they live, and start them afresh: also those stopped or given up."""

    address: str
    reply_to: Tellable | None = None
    """Gets `Settled` when that is over."""


@dataclass(frozen=True, slots=True)
class StopAll:
    """Stop all children in reverse order; nothing is started afterwards."""

    reply_to: Tellable | None = None
    """Gets `AllStopped`."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell `watcher` (an address) when the present incarnation at `address` ends: once, and at once if nobody lives."""

    address: str
    watcher: str


@dataclass(frozen=True, slots=True)
class Unwatch:
    """Do not tell after all."""

    address: str
    watcher: str


@dataclass(frozen=True, slots=True)
class GetChild:
    """How is the child at this address? Asked from outside."""

    address: str


class Outcome(NamedTuple):
    """How the start of one child ended."""

    address: str
    ok: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChildrenAdded:
    """Every child asked for has been started, or has not."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A command about one child is carried out, or overtaken by another."""

    address: str
    state: str
    """The child's state now; `removed` or `unknown` when there is none."""


@dataclass(frozen=True, slots=True)
class AllStopped:
    """No child lives any more, apart from abandoned threads."""

    zombies: int


@dataclass(frozen=True, slots=True)
class Terminated:
    """The watched incarnation has ended; `generation` is 0 when the address was never known."""

    address: str
    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class PartLost:
    """To the owner: the part at this address does not answer until `PartBack`."""

    address: str


@dataclass(frozen=True, slots=True)
class PartBack:
    """To the owner: a new actor answers at this part's address."""

    address: str
