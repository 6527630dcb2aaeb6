"""A slow onset and a slow end: how much of a fault is in force at an instant."""

from typing import Final

from engine.faults.base import NS, Parameter

RAMP: Final = Parameter("ramp_s", "how long it takes to come fully into force", 0.0, lo=0.0, hi=864_000.0, unit="s")
FADE: Final = Parameter(
    "fade_s",
    "how long before its end it begins to go; only where its end is known",
    0.0,
    lo=0.0,
    hi=864_000.0,
    unit="s",
)


def share(time_ns: int, since_ns: int, until_ns: int | None, ramp_s: float, fade_s: float) -> float:
    """From 0 at the onset to 1 when the ramp is over, and back to 0 at the end of what fades; the lesser of both."""
    come = 1.0 if ramp_s <= 0.0 else min((time_ns - since_ns) / (ramp_s * NS), 1.0)
    if fade_s <= 0.0 or until_ns is None:
        return come
    return min(come, max(0.0, (until_ns - time_ns) / (fade_s * NS)))
