"""What detectors say, and for how long they learn."""

from typing import Final, NamedTuple

LEARN_S: Final = 600.0
"""Telemetry of the first so many seconds is taken as normal; nothing but plain limits is looked at meanwhile."""
LEAST: Final = 30
"""Readings that have to be seen before anything is known of a sensor."""


class Found(NamedTuple):
    """What a detector sees now."""

    sensor: str | None
    kind: str
    detail: str
    rul_s: float | None = None
    at_ns: int | None = None
    """When it was seen, where that is not the instant of the frame: a late one says nothing of now."""
