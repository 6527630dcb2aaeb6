"""A slow onset: how much of a fault is in force some time after it began."""

from typing import Final

from engine.faults.base import NS, Parameter

RAMP: Final = Parameter("ramp_s", "how long it takes to come fully into force", 0.0, lo=0.0, hi=864_000.0, unit="s")


def share(since_ns: int, time_ns: int, ramp_s: float) -> float:
    """From 0 at the onset to 1 when the ramp is over."""
    if ramp_s <= 0.0:
        return 1.0
    return min((time_ns - since_ns) / (ramp_s * NS), 1.0)
