"""Queries: asked from outside, never between actors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from schemas.books import Totals
from schemas.events import Entry
from schemas.readings import FaultTruth, Frame, Truth


@dataclass(frozen=True, slots=True)
class GetDevice:
    """How is this device?"""

    device: str


@dataclass(frozen=True, slots=True)
class GetBooks:
    """What became of what this sink was given?"""

    sink: str


@dataclass(frozen=True, slots=True)
class GetChildren:
    """Which actors does the supervisor look after, and how are they?"""


@dataclass(frozen=True, slots=True)
class GetFleet:
    """How are all devices?"""


@dataclass(frozen=True, slots=True)
class GetSettings:
    """What has been set at this device?"""

    device: str


class SettingsView(NamedTuple):
    """What has been set at one device."""

    revision: int
    """How often a parameter or an interval was set."""
    parameters: Mapping[str, float | int | str | bool]
    """What was set by commands."""


@dataclass(frozen=True, slots=True)
class GetHistory:
    """What has this device said lately?"""

    device: str
    sensor: str | None = None
    """One sensor, or all."""
    limit: int = 1_000
    """The newest points of each sensor, at most so many."""


@dataclass(frozen=True, slots=True)
class GetRecords:
    """What has come from record number `start` on, at most `limit` of it?"""

    start: int
    limit: int = 2_000


class FaultView(NamedTuple):
    """A sensor fault in force, seen from outside."""

    id: str
    sensor: str
    fault: str
    since_ns: int
    until_ns: int | None
    parameters: Mapping[str, float | int | str | bool]


class DeviceView(NamedTuple):
    """A device seen from outside."""

    device: str
    kind: str
    state: str
    cause: str
    """Why it is in this state."""
    sequence: int
    """The next frame's number."""
    intervals_ns: tuple[tuple[str, int], ...]
    labels: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
    digest: str
    frame: Frame | None
    truth: Truth | None
    hanging: tuple[FaultView, ...] = ()
    """The faults in force, with everything that is known of them."""


class ChildView(NamedTuple):
    """A supervised actor seen from outside."""

    address: str
    state: str
    """`starting`, `running`, `backing_off`, `stopped` or `given_up`."""
    generation: int
    restarts: int
    last_reason: str
    since_ns: int


class SinkView(NamedTuple):
    """A sink seen from outside."""

    sink: str
    kind: str
    frames: Totals
    truths: Totals
    depth: int
    """Records inside, not settled yet."""
    fenced: int
    """Records that a replaced writer was kept from writing; its successor has them."""
    problem: str
    """What keeps it from working now; empty when nothing does."""
    enabled: bool = True
    """Whether anything may go out."""
    max_per_s: float | None = None
    """Records a second that go out, at most."""
    faults: Totals = Totals()


class SwitchSink(NamedTuple):
    """Let a sink's records out, or keep them in. It answers like `GetBooks`."""

    sink: str
    enabled: bool


class FleetView(NamedTuple):
    """All devices at one moment; nothing in it changes any more. By device, where there is something to tell."""

    frames: Mapping[str, Frame]
    """The newest of each."""
    truths: Mapping[str, Truth]
    states: Mapping[str, str]
    faults: Mapping[str, tuple[FaultTruth, ...]]
    """Those in force."""
    revisions: Mapping[str, int]
    """How often a parameter or an interval was set."""
    parameters: Mapping[str, Mapping[str, float | int | str | bool]]
    """What was set by commands."""
    intervals: Mapping[str, Mapping[str, int]]
    """Sampling interval of each sensor, nanoseconds."""
    following: int
    """The number of the next record."""


class Point(NamedTuple):
    """One value of one sensor in the past."""

    time_ns: int
    value: float | None
    clean: float | None
    """What was really so; `None` where there is no such part, or where nobody is told the truth."""


class History(NamedTuple):
    """The last minutes of one device."""

    device: str
    sensors: tuple[tuple[str, tuple[Point, ...]], ...]
    """Points by sensor, the oldest first."""


Record = Frame | Truth | Entry
"""What can be followed while it happens."""


class Records(NamedTuple):
    """What has come in order; each record's number is one more than that of the one before."""

    start: int
    """The number of the first one: later than asked for when older ones are gone."""
    records: tuple[Record, ...]
    following: int
    """The number of the next record to come."""
