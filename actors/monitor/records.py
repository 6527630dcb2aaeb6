"""What a monitor is told: one frame of telemetry, as anybody can read it from a topic or a file."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from actors.monitor.alerts import instant_ns

_HEAD: Final = frozenset({"device", "kind", "sequence", "time", "throttled", "units", "extra"})


class Seen(NamedTuple):
    """One frame."""

    device: str
    kind: str
    sequence: int
    time_ns: int
    throttled: int | None
    values: Mapping[str, float | None]
    """What each sensor said; a sensor that is not there said nothing."""
    arrived_ns: int | None = None
    """Wall time at which it came from a topic; `None` where nobody knows."""


def from_line(line: str | bytes) -> Seen:
    """A frame in the product's own JSON. Raises `ValueError`."""
    data = json.loads(line)
    if not isinstance(data, dict) or not isinstance(data.get("device"), str):
        raise ValueError("no frame: no device")
    values = {name: _number(value) for name, value in data.items() if name not in _HEAD}
    for extra in data.get("extra") or ():
        values.setdefault(str(extra["sensor"]), _number(extra.get("value")))
    return Seen(
        data["device"],
        str(data.get("kind", "")),
        int(data["sequence"]),
        instant_ns(str(data["time"])),
        data.get("throttled"),
        values,
    )


def from_record(record: Mapping[str, Any]) -> Seen:
    """A frame decoded from Avro or from JSON with a schema: readings in a list, the instant in nanoseconds."""
    readings = {str(reading["sensor"]): _number(reading.get("value")) for reading in record["readings"]}
    return Seen(
        str(record["device"]),
        str(record.get("kind", "")),
        int(record["sequence"]),
        int(record["time_ns"]),
        record.get("throttled"),
        readings,
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
