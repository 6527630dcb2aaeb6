"""How a scenario reshapes records for a consumer that exists already: other names, other units, nested parts.

These are the plain, checked words; how they are written in a scenario is in `schemas/scenario/mapping.py`, and what
the formats make of them in `schemas/formats`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from schemas.quantities import Quantity
from schemas.released import What

TimeForm = Literal["millis", "micros", "nanos", "seconds", "text"]
TIME_FORMS: Final[tuple[TimeForm, ...]] = get_args(TimeForm)
"""How an instant is written: a whole number of units since the Unix epoch, seconds with a fraction, RFC 3339 text."""

Place = Literal["reading", "frame", "truth", "fault", "wear", "faults", "clean", "records", "curve"]
"""Where a field is taken from: a record, or one item of a list of it. An item of a frame is a reading."""

_READING: Final = ("device", "kind", "sequence", "part", "parts", "time", "sensor", "quantity", "unit", "value")

_TRUTH: Final = (
    *("device", "sequence", "time", "state", "health", "rul_s", "wear", "faults", "symptoms", "clean"),
    *("records", "dominant"),
)
_RECORD: Final = (
    *("id", "layer", "mode", "sensor", "onset", "observable_after_s", "ended_after_s", "severity", "cause"),
)

SOURCES: Final[Mapping[Place, tuple[str, ...]]] = MappingProxyType(
    {
        "reading": _READING,
        "frame": ("device", "kind", "sequence", "time", "throttled", "readings"),
        "truth": _TRUTH,
        "wear": ("mode", "damage", "event_state", "rul_s"),
        "faults": ("id", "sensor", "fault", "since"),
        "clean": ("sensor", "value"),
        "fault": ("device", "sequence", "time", *_RECORD, "censored", "curve"),
        "records": _RECORD,
        "curve": ("after_s", "severity"),
    }
)
"""What `from` may name at each place."""

INSTANTS: Final = frozenset({"time", "since", "onset"})
LISTS: Final[Mapping[str, Place]] = MappingProxyType(
    {
        "readings": "reading",
        "wear": "wear",
        "faults": "faults",
        "clean": "clean",
        "records": "records",
        "curve": "curve",
    }
)
"""Lists of records, with the place that one of their items is."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A field whose value is taken from the record."""

    source: str
    form: TimeForm | None = None
    """For an instant; `None` is the format's own way."""
    each: "Fields | None" = None
    """For a list of records: the fields of each; `None` is the format's own way."""


@dataclass(frozen=True, slots=True)
class Sensed:
    """A field of a frame or a truth with the value at one sensor, null when there is none."""

    sensor: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A field that is the same in every record."""

    value: bool | int | float | str


@dataclass(frozen=True, slots=True)
class Nested:
    """A field that is a record of its own."""

    fields: "Fields"


Node: TypeAlias = Taken | Sensed | Fixed | Nested
Fields: TypeAlias = tuple[tuple[str, Node], ...]
"""Names and what stands under them, in order."""

NO_UNITS: Final[Mapping[Quantity, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of record is written; the default is as the released schema says."""

    name: str | None = None
    """Full name of the record: `com.example.Measurement`."""
    fields: Fields | None = None
    units: Mapping[Quantity, str] = field(default_factory=lambda: NO_UNITS)
    """Quantities in another unit than their own."""


PLAIN: Final = Shape()


@dataclass(frozen=True, slots=True)
class PayloadMapping:
    """The shapes of a sink's records; what is not there is as the released schema says."""

    shapes: Mapping[What, Shape] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, what: What) -> Shape:
        """The shape of one kind of record."""
        return self.shapes.get(what, PLAIN)
