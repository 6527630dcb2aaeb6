"""What a sensor fault is: its parameters, the window in which it is in force, and the seam to the sensor.

A fault is a link in a sensor's chain: reading in, readings out - none (dropped), one (altered), several (duplicated),
or one with a later time (delayed). It draws from its own counter-based stream by the sensor's step, holds no clock and
keeps no reference to anything alive, so that its state can be taken out and put back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol

from engine.faults._parameters import Parameter, number, resolve
from engine.faults._parameters import problems as find_problems
from engine.sensors.base import Channel
from engine.streams import Stream
from schemas.commands import Scalar
from schemas.problems import Problem
from schemas.readings import Reading

__all__ = ["DAY_S", "NS", "Fault", "FaultKind", "Hang", "Kind", "Parameter", "SensorFault", "State", "fault_stream",
           "number"]  # fmt: skip

DAY_S: Final = 86_400.0
NS: Final = 1_000_000_000

State = tuple[float | int | bool | None, ...]
"""What a fault remembers between two readings."""


def fault_stream(seed: int, device: str, sensor: str, id: str) -> Stream:
    """The random stream of one fault instance, named by its place and its id and by nothing else."""
    return Stream(seed, f"{device}/{sensor}", f"fault/{id}")


class Hang(NamedTuple):
    """Where and when a fault hangs in a sensor's chain."""

    id: str
    stream: Stream
    channel: Channel
    since_ns: int
    until_ns: int | None


class SensorFault(Protocol):
    """One fault instance in a sensor's chain."""

    id: str
    since_ns: int
    until_ns: int | None

    def apply(self, reading: Reading, clean: float | None, step: int) -> tuple[Reading, ...]:
        """What becomes of a reading. `clean` is the true value, `step` the sensor's own count of samples."""

    def snapshot(self) -> State:
        """What the fault remembers; given to `restore` of a fault made alike, it goes on as if nothing had been."""

    def restore(self, state: State) -> None:
        """Take up a remembered state."""


class FaultKind(Protocol):
    """A kind of sensor fault, as the family knows it."""

    name: str
    parameters: tuple[Parameter, ...]

    def problems(self, given: Mapping[str, Scalar], path: str) -> list[Problem]:
        """What is wrong with parameters from outside; empty if nothing."""

    def make(
        self,
        parameters: Mapping[str, Scalar],
        stream: Stream,
        id: str,
        since_ns: int,
        until_ns: int | None,
        channel: Channel,
    ) -> SensorFault:
        """A fault ready to hang in a chain; `InvalidInput` names every wrong parameter."""


class Fault(ABC):
    """Base of a fault: leaves readings outside its window, and readings without a value, as they are."""

    __slots__ = ("_channel", "_stream", "first_ns", "id", "since_ns", "until_ns")

    def __init__(self, hang: Hang) -> None:
        self.id = hang.id
        self.first_ns: int | None = None
        """When it first changed a reading; its sensor notes it."""
        self.since_ns = hang.since_ns
        self.until_ns = hang.until_ns
        self._stream = hang.stream
        self._channel = hang.channel

    def apply(self, reading: Reading, clean: float | None, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """What becomes of a reading (see `SensorFault.apply`)."""
        time_ns = reading.time_ns
        if time_ns < self.since_ns or (self.until_ns is not None and time_ns >= self.until_ns):
            return (reading,)
        if reading.value is None:
            return (reading,)
        return self.lie(reading, reading.value, step)

    @abstractmethod
    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:
        """What becomes of a reading with a value, within the window."""

    def snapshot(self) -> State:
        """Nothing to remember, unless a kind says otherwise."""
        return ()

    def restore(self, state: State) -> None:
        """Nothing to take up, unless a kind says otherwise."""
        if state:
            raise ValueError(f"fault '{self.id}' remembers nothing, but was given {state!r}")


class Kind:
    """A fault kind made of its word, its parameters, a check across them and the class of its instances."""

    __slots__ = ("_across", "_build", "name", "parameters")

    def __init__(
        self,
        name: str,
        parameters: tuple[Parameter, ...],
        build: Callable[[Hang, Mapping[str, Scalar | None]], SensorFault],
        across: Callable[[Mapping[str, Scalar | None]], str] | None = None,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self._build = build
        self._across = across

    def problems(self, given: Mapping[str, Scalar], path: str = "parameters") -> list[Problem]:
        """What is wrong with parameters from outside; empty if nothing."""
        return find_problems(self.parameters, given, path, self._across)

    def make(
        self,
        parameters: Mapping[str, Scalar],
        stream: Stream,
        id: str,
        since_ns: int,
        until_ns: int | None,
        channel: Channel,
    ) -> SensorFault:
        """A fault ready to hang in a chain; `InvalidInput` names every wrong parameter."""
        values = resolve(self.parameters, parameters, f"fault '{self.name}'", self._across)
        return self._build(Hang(id, stream, channel, since_ns, until_ns), values)
