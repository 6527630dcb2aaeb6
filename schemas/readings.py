"""What a device says (readings, frames) and what is really so (truth, records of faults).

These are `NamedTuple`s, not frozen dataclasses: they are made for every sample of every sensor, and a named
tuple costs a third of a frozen dataclass to make.
"""

from typing import NamedTuple


class Sample(NamedTuple):
    """What is truly there at one instant, told by a device to one of its sensors."""

    time_ns: int
    """Simulated instant, nanoseconds since the Unix epoch."""
    clean: float | None
    """True value in the quantity's unit; `None` when the part is not fitted (a board without a fan)."""


class Reading(NamedTuple):
    """One value of one sensor at one instant."""

    sensor: str
    quantity: str
    unit: str
    value: float | None
    """What the sensor says; `None` when the part is not fitted or the sensor knows no value."""
    time_ns: int
    """Simulated instant of the measurement, nanoseconds since the Unix epoch."""


class Answer(NamedTuple):
    """A sensor's answer to a sample when it is not exactly one reading: none (dropped) or several (duplicated)."""

    sensor: str
    readings: tuple[Reading, ...]


class Frame(NamedTuple):
    """All readings of one device at one instant, numbered per device without gaps."""

    device: str
    kind: str
    sequence: int
    """Counts from 0 per device; never repeats and never skips."""
    time_ns: int
    readings: tuple[Reading, ...]
    throttled: int | None
    """The firmware's `get_throttled` word as the real device shows it; `None` where there is no such register."""


class WearTruth(NamedTuple):
    """How far one failure mode of a body has come."""

    mode: str
    damage: float
    """D in [0, 1]; 1 is functional failure."""
    event_state: float
    """1 is healthy, 0 is the event: `1 - damage`, or the margin to the symptom's threshold where that is a failure."""
    rul_s: float | None
    """Remaining useful life of this part at present stress, simulated seconds; `None` when it does not wear or cannot
    be told."""


class FaultTruth(NamedTuple):
    """One sensor fault in force."""

    id: str
    sensor: str
    fault: str
    since_ns: int


class RecordTruth(NamedTuple):
    """The record of one fault, natural or injected: in force, or ended since the truth before."""

    id: str
    layer: str
    """`wear`, `sensor`, `link`, `clock` or `cause` (a common cause)."""
    mode: str
    """The failure mode, or the kind of fault."""
    sensor: str | None
    """The sensor that lies; `None` unless the layer is `sensor`."""
    onset_ns: int
    """Simulated instant of the onset: of an injected fault its beginning, of wear the first frame at damage 0.05."""
    observable_after_s: float | None
    """From the onset to the first time anything could be seen of it; `None` while nothing could."""
    ended_after_s: float | None
    """From the onset to its end by repair or clearing; `None` while it is in force."""
    severity: float
    """0 to 1: damage of a failure mode, share of a fault that has come about."""
    cause: str
    """`wear`, `initial` (worn from the start), `shock`, `injected`, or the name of a common cause."""


class Truth(NamedTuple):
    """What is really so about one device at the instant of one frame; travels beside the frame, never in it."""

    device: str
    sequence: int
    """The sequence of the frame it belongs to."""
    time_ns: int
    state: str
    """State of the device's life cycle."""
    health: float
    """Health index: the smallest event state of all wearing parts, in [0, 1]."""
    rul_s: float | None
    """Remaining useful life at present stress, simulated seconds; `None` when nothing wears or it cannot be told."""
    wear: tuple[WearTruth, ...]
    faults: tuple[FaultTruth, ...]
    symptoms: tuple[str, ...]
    """Visible consequences that are not faults: `throttled`, `under-voltage`, `soft-limit`, `fan-degraded`..."""
    clean: tuple[tuple[str, float | None], ...]
    """True value per sensor, in the order of the frame's readings."""
    records: tuple[RecordTruth, ...] = ()
    """Every fault in force on any layer, and those that have ended since the truth before."""
    dominant: str | None = None
    """The failure mode that has come furthest, once its damage is 0.05; `None` before."""


class FaultPoint(NamedTuple):
    """One point of a curve."""

    after_s: float
    """Simulated seconds since the onset."""
    severity: float


class FaultRecord(NamedTuple):
    """The whole record of one fault as it stands since an instant; the newest one of an `id` of a device is in force.

    Made when the fault begins, when it can first be observed, when it ends, and when the run ends before it.
    """

    device: str
    sequence: int
    """Counts from 0 per device over all changes of all its records; never repeats and never skips."""
    time_ns: int
    """Simulated instant of the frame with which it came to be so, or of the run's end."""
    id: str
    layer: str
    mode: str
    sensor: str | None
    onset_ns: int
    observable_after_s: float | None
    ended_after_s: float | None
    severity: float
    cause: str
    """These are as in `RecordTruth`."""
    censored: bool
    """Whether its end was not seen: it was still in force when the run ended."""
    curve: tuple[FaultPoint, ...]
    """Severity over time, a point for every change of 0.05."""

    @property
    def own_id(self) -> str:
        """Its id without the device's, which stands before those that nobody has chosen."""
        return self.id.removeprefix(f"{self.device}/")

    @property
    def key(self) -> str:
        """What names it among the faults of all devices: a common cause has one id on many of them."""
        return f"{self.device}/{self.own_id}"
