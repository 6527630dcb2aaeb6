"""What a fault of a pair is: how it is begun, what is seen of it from outside, its end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from tests.endurance.pair_stage import USUAL_QUEUED, Before, Stage

FOR: Final = "10s"
Side = Literal["mqtt", "kafka"]
Seen = Callable[[Stage, Before], bool]


class Cast(NamedTuple):
    """What a fault of a pair is done to, so that the other one's marks are not taken for its own."""

    devices: tuple[str, ...]
    """Of the kind whose frames the recorder hears."""
    side: Side


def nothing(stage: Stage) -> None:
    """There is nothing to do from outside."""


@dataclass
class Fault:
    """One fault of one row, once."""

    name: str
    steps: tuple[dict[str, Any], ...] = ()
    """What the product is asked to do."""
    seen: Seen = lambda stage, before: True
    begin: Callable[[Stage], None] = nothing
    """What is done from outside."""
    end: Callable[[Stage], None] = nothing
    late: bool = False
    """Whether records carry its mark, so that it is seen as well when they have waited for the other one's end."""


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    number: int
    forms: tuple[Callable[[Cast], Fault], ...]
    side: Side | None = None
    """The only side that it can be on, or that it is seen on."""


def lasting(name: str, seen: Seen, **step: Any) -> Fault:
    return Fault(name, ({"at": "0s", "for": FOR, **step},), seen)


def once(name: str, seen: Seen, **step: Any) -> Fault:
    return Fault(name, ({"at": "0s", **step},), seen)


def waits(side: Side) -> Seen:
    """Records wait that do not wait usually."""
    return lambda stage, _: stage.queued(side) >= USUAL_QUEUED[side] + 8
