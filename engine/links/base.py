"""What a link fault is: frames in, frames out - none (lost or kept), one (late, or with another time), several.

It acts on closed frames, so the device's own digest and sequence know nothing of it. It draws from its own
counter-based stream by the frame's sequence and holds no clock, so its state can be taken out and put back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple, Protocol

from engine.faults._parameters import Parameter, number, resolve
from engine.faults._parameters import problems as find_problems
from engine.streams import Stream
from schemas.commands import LINK, Scalar
from schemas.problems import Problem
from schemas.readings import Frame, Reading

__all__ = ["LINK", "NS", "Delivery", "Kind", "LinkFault", "LinkKind", "Parameter", "Through", "frame_of", "moved",
           "number", "plain"]  # fmt: skip

NS: Final = 1_000_000_000
Layer = Literal["link", "clock"]


class Delivery(NamedTuple):
    """A frame, and when the sinks are told."""

    at_ns: int
    frame: Frame


class Through(NamedTuple):
    """Where and when a link fault is in force."""

    id: str
    stream: Stream
    since_ns: int
    until_ns: int | None


class LinkFault(ABC):
    """One link fault in force on one device."""

    __slots__ = ("_stream", "first_ns", "id", "since_ns", "until_ns")

    def __init__(self, through: Through) -> None:
        self.id, self._stream, self.since_ns, self.until_ns = through
        self.first_ns: int | None = None
        """When it first changed what becomes of a frame; its device notes it."""

    @abstractmethod
    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """What goes on of a frame, never earlier than it came."""

    def end(self, now_ns: int) -> tuple[Delivery, ...]:  # noqa: ARG002 - for those that keep frames
        """What was kept, now that the fault is over."""
        return ()

    def snapshot(self) -> Any:
        """What it remembers, as plain data; given to `restore` of one made alike, it goes on as if nothing had been."""
        return ()

    def restore(self, state: Any) -> None:
        """Take up a remembered state."""
        if state:
            raise ValueError(f"fault '{self.id}' remembers nothing, but was given {state!r}")


class LinkKind(Protocol):
    """A kind of link fault, as the family knows it."""

    name: str
    layer: Layer
    parameters: tuple[Parameter, ...]

    def problems(self, given: Mapping[str, Scalar], path: str) -> list[Problem]:
        """What is wrong with parameters from outside; empty if nothing."""

    def make(
        self, parameters: Mapping[str, Scalar], stream: Stream, id: str, since_ns: int, until_ns: int | None
    ) -> LinkFault:
        """A fault in force; `InvalidInput` names every wrong parameter."""


class Kind:
    """A link fault made of its word, its layer, its parameters and the class of its instances."""

    __slots__ = ("_build", "layer", "name", "parameters")

    def __init__(
        self,
        name: str,
        layer: Layer,
        parameters: tuple[Parameter, ...],
        build: Callable[[Through, Mapping[str, Scalar | None]], LinkFault],
    ) -> None:
        self.name = name
        self.layer = layer
        self.parameters = parameters
        self._build = build

    def problems(self, given: Mapping[str, Scalar], path: str = "parameters") -> list[Problem]:
        """What is wrong with parameters from outside; empty if nothing."""
        return find_problems(self.parameters, given, path)

    def make(
        self, parameters: Mapping[str, Scalar], stream: Stream, id: str, since_ns: int, until_ns: int | None
    ) -> LinkFault:
        """A fault in force; `InvalidInput` names every wrong parameter."""
        values = resolve(self.parameters, parameters, f"fault '{self.name}'")
        return self._build(Through(id, stream, since_ns, until_ns), values)


def moved(frame: Frame, by_ns: int) -> Frame:
    """A frame as a device with another clock would have stamped it, its readings included."""
    readings = tuple(reading._replace(time_ns=reading.time_ns + by_ns) for reading in frame.readings)
    return frame._replace(time_ns=frame.time_ns + by_ns, readings=readings)


def plain(frame: Frame) -> tuple[Any, ...]:
    """A frame as plain data."""
    return (*frame[:4], tuple(map(tuple, frame.readings)), frame.throttled)


def frame_of(data: Any) -> Frame:
    """The frame of plain data."""
    device, kind, sequence, time_ns, readings, throttled = data
    return Frame(device, kind, sequence, time_ns, tuple(Reading(*each) for each in readings), throttled)
