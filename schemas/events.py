"""Events: past tense, frozen. Every one goes into the journal, as history or as operations."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A device went from one state of its life cycle to another."""

    device: str
    time_ns: int
    before: str
    after: str
    cause: str


@dataclass(frozen=True, slots=True)
class FaultInjected:
    """A sensor fault began."""

    device: str
    sensor: str
    id: str
    fault: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class FaultCleared:
    """A sensor fault ended."""

    device: str
    sensor: str
    id: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class WearInjected:
    """A failure mode was brought to a given damage at once."""

    device: str
    mode: str
    damage: float
    time_ns: int


@dataclass(frozen=True, slots=True)
class PartRepaired:
    """A wearing part was renewed."""

    device: str
    mode: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """A parameter of the body was changed."""

    device: str
    name: str
    value: float | int | str | bool
    time_ns: int


@dataclass(frozen=True, slots=True)
class IntervalSet:
    """A sampling interval was changed; `sensor` is `None` for all."""

    device: str
    sensor: str | None
    interval_ns: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class ConnectionActed:
    """A device did something to its connection: `drop`, `disconnect`, `go-offline`, `go-online`, `half-open`..."""

    device: str
    what: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ActorFailed:
    """An actor died of an error, or failed while answering."""

    address: str
    generation: int
    reason: str
    error: str
    where: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ActorRestarted:
    """A new actor answers to the address."""

    address: str
    generation: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class ActorGivenUp:
    """An actor failed too often and is no longer restarted."""

    address: str
    generation: int
    reason: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ActorStopped:
    """An actor ended because it was asked to."""

    address: str
    generation: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class ActorHung:
    """An actor takes no messages."""

    address: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ActorReleased:
    """A hanging actor takes its messages again."""

    address: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ChaosBegun:
    """An action of the family of chaos began at a target."""

    action: str
    target: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class ChaosEnded:
    """What an action of the family of chaos began was undone."""

    action: str
    target: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class VictimsSpared:
    """The cap kept devices from a step that had drawn them."""

    step: str
    devices: tuple[str, ...]
    time_ns: int


@dataclass(frozen=True, slots=True)
class ChaosOver:
    """All chaos was ended and everything undone: `end` as planned, or the reason of an abort."""

    reason: str
    undone: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A command was not carried out."""

    command: str
    reason: str
    time_ns: int


@dataclass(frozen=True, slots=True)
class RequestMade:
    """Somebody asked for a change from outside, or was turned away."""

    who: str
    """The key's id, or how the caller came in."""
    name: str
    """The key's name."""
    what: str
    """Method and path."""
    outcome: str
    """The answer's status, and for a refusal its kind."""
    time_ns: int


@dataclass(frozen=True, slots=True)
class TimeSkipped:
    """The machine could not keep up and the lag policy skipped simulated instants."""

    skipped_ns: int
    time_ns: int


Event = (
    StateChanged
    | FaultInjected
    | FaultCleared
    | WearInjected
    | PartRepaired
    | ParameterSet
    | IntervalSet
    | ConnectionActed
    | ActorFailed
    | ActorRestarted
    | ActorGivenUp
    | ActorStopped
    | ActorHung
    | ActorReleased
    | ChaosBegun
    | ChaosEnded
    | VictimsSpared
    | ChaosOver
    | CommandRefused
    | RequestMade
    | TimeSkipped
)


class Entry(NamedTuple):
    """One line of the journal."""

    number: int
    history: bool
    """Whether it happened in the simulated world; else it belongs to operations."""
    event: Event
