"""What a device is for life: its body, its numbers, its faults. Outlives the actor, so that a restart goes on."""

from collections.abc import Container, Mapping
from typing import Any, NamedTuple, Protocol

from actors.device.chances import Chance, FaultChances
from actors.device.records import Records
from actors.device.schedule import Grid
from engine.devices.base import Body
from engine.digest import FrameDigest
from engine.lifecycle import State
from engine.links.base import LINK
from schemas.readings import Frame, Truth


class Tells(Protocol):
    """An address that takes messages."""

    def tell(self, message: Any, /) -> None: ...


class FaultInForce(NamedTuple):
    """One sensor fault hanging in a sensor's chain."""

    id: str
    sensor: str
    fault: str
    since_ns: int
    until_ns: int | None
    effect: Any
    parameters: Mapping[str, Any] = {}


class MakeFault(Protocol):
    """Makes one sensor fault; raises `ValueError` with a helpful text when the words or parameters are wrong."""

    def __call__(
        self,
        *,
        device: str,
        sensor: str,
        fault: str,
        parameters: Mapping[str, Any],
        id: str,
        since_ns: int,
        until_ns: int | None,
    ) -> Any: ...


class Outlets(NamedTuple):
    """Where a device's words go: the same tuples are shared by all devices of a route."""

    frames: tuple[Tells, ...]
    truth: tuple[Tells, ...]
    journal: Tells
    connections: tuple[Tells, ...] = ()
    """Sinks through which the device has a connection of its own."""
    faults: tuple[Tells, ...] = ()
    """Who is told of every change of a fault's record."""


class SensorFact(NamedTuple):
    """One sensor as its device knows it."""

    name: str
    place: int
    """Place of its quantity among the body's clean values."""
    address: str


class DeviceMemory:
    """Everything of one device that an actor's crash must not touch."""

    __slots__ = (
        "body",
        "boot_ns",
        "boot_until_ns",
        "boots",
        "cause",
        "chance",
        "chances",
        "clean",
        "clean_before",
        "digest",
        "faults",
        "faults_made",
        "frame",
        "grid",
        "id",
        "intervals_ns",
        "kept_records",
        "kind",
        "labels",
        "late",
        "links",
        "make_fault",
        "readings",
        "recorded",
        "resets",
        "sensors",
        "sequence",
        "settable",
        "shown",
        "state",
        "truth",
    )

    def __init__(
        self,
        *,
        id: str,
        kind: str,
        labels: Mapping[str, str],
        body: Body,
        grid: Grid,
        sensors: tuple[SensorFact, ...],
        intervals_ns: Mapping[str, int],
        boot_ns: int,
        make_fault: MakeFault,
        settable: Container[str] = (),
    ) -> None:
        self.id = id
        self.kind = kind
        self.labels = labels
        self.body = body
        self.grid = grid
        self.sensors = sensors
        self.intervals_ns = intervals_ns
        self.boot_ns = boot_ns
        self.make_fault = make_fault
        self.settable = settable
        self.state = State.PROVISIONED
        self.cause = "made"
        self.boots = 0
        self.boot_until_ns = 0
        self.sequence = 0
        self.readings = 0
        self.resets = 0, 0
        """As of the last look at the body."""
        self.digest = FrameDigest()
        self.faults: tuple[FaultInForce, ...] = ()
        self.links: tuple[Any, ...] = ()
        """Of the faults those of the link, as they act: kept beside because every frame asks."""
        self.late: list[Any] = []
        """Frames on their way: deliveries that are not due yet, in the order in which they were sent."""
        self.faults_made = 0
        self.chances: FaultChances | None = None
        """Where sensor faults that come by chance are drawn from."""
        self.chance: Chance | None = None
        """The next of them."""
        self.clean: tuple[float | None, ...] = ()
        self.clean_before: tuple[float | None, ...] = ()
        self.shown: tuple[float | None, ...] = ()
        self.kept_records: Records | None = None
        """Its records of faults, once there was a reason to keep any: most fleets never ask."""
        self.recorded = False
        """Whether records are kept even when nobody is told the truth."""
        self.frame: Frame | None = None
        self.truth: Truth | None = None

    @property
    def records(self) -> Records:
        """Records of its faults, to be kept from now on."""
        if self.kept_records is None:
            self.kept_records = Records(self.id)
        return self.kept_records

    def set_faults(self, faults: tuple[FaultInForce, ...]) -> None:
        """These are in force now."""
        self.faults = faults
        self.links = self.chain(LINK)

    def chain(self, sensor: str) -> tuple[Any, ...]:
        """The faults in force at one sensor, in the order in which they came."""
        return tuple(fault.effect for fault in self.faults if fault.sensor == sensor)


def tell_faults(memory: DeviceMemory, outlets: Outlets) -> None:
    """Tell what has changed of its records of faults, after the frame and the truth in which it has."""
    for record in memory.records.take():
        for sink in outlets.faults:
            sink.tell(record)
