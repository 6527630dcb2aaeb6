"""What the policy wants done. It does nothing itself."""

from typing import Any, NamedTuple

from engine.supervision.child import Child
from engine.supervision.messages import Tellable
from schemas.events import Event


class Start(NamedTuple):
    """Start an actor for this child's new generation; then say `started`, or `exited`."""

    child: Child


class Stop(NamedTuple):
    """Ask the child's actor to end; then say `exited`, or `overdue`."""

    child: Child


class Fence(NamedTuple):
    """The child's thread is abandoned: nothing it still says may count."""

    address: str
    generation: int
    zombies: int
    """How many threads live abandoned now."""


class Sleep(NamedTuple):
    """Say `woke(token)` after this long."""

    token: int
    delay_ns: int
    threaded: bool
    """In wall time; else in simulated time."""


class Note(NamedTuple):
    """Put an event into the journal."""

    event: Event


class Tell(NamedTuple):
    """Tell whoever lives at an address."""

    address: str
    message: object


class Reply(NamedTuple):
    """Answer whoever asked for something."""

    to: Tellable
    message: Any


class Forget(NamedTuple):
    """A child is struck out: nobody will live at its address."""

    address: str


class Collapse(NamedTuple):
    """All children are stopped because branches failed too often; only the outside can help."""

    reason: str


Action = Start | Stop | Fence | Sleep | Note | Tell | Reply | Forget | Collapse
