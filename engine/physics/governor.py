"""Clock governors: which clock a demand asks for. Clocks are multiples of 0.1 GHz. Reference section 2."""

from collections.abc import MutableSequence, Sequence
from typing import Final

from engine.kernels import kernel
from engine.physics.layout import CAP, CLOCK, DEMAND, F_ALL_CORE, F_MAX, F_MIN, GOVERNOR, LIMIT, LOAD

ONDEMAND: Final = 0.0
SCHEDUTIL: Final = 1.0
HWP: Final = 2.0

_UP_THRESHOLD: Final = 0.5
_ALL_CORE_DEMAND: Final = 0.9
_HWP_IDLE: Final = 0.02


@kernel
def nearest_step(clock: float) -> float:
    """The nearest multiple of 0.1 GHz."""
    return int(clock * 10.0 + 0.5) / 10.0


@kernel
def moved(clock: float, steps: float) -> float:
    """A clock some steps of 0.1 GHz up (or down, when negative)."""
    return int(clock * 10.0 + steps + 0.5) / 10.0


@kernel
def ondemand(p: Sequence[float], demand: float, clock: float) -> float:
    """Above half load at the present clock to the highest one, else in proportion to that load, nearest step."""
    load = min(1.0, demand * p[F_MAX] / clock) if clock > 0.0 else 1.0
    if load > _UP_THRESHOLD:
        return p[F_MAX]
    return nearest_step(p[F_MIN] + load * (p[F_MAX] - p[F_MIN]))


@kernel
def schedutil(p: Sequence[float], demand: float) -> float:
    """1.25 times the clock that would just serve the demand, next step up; above 90 % the all-core clock."""
    if demand > _ALL_CORE_DEMAND:
        return p[F_ALL_CORE]
    clock = int(12.5 * p[F_MAX] * demand + 0.999999) / 10.0
    return min(max(clock, p[F_MIN]), p[F_MAX])


@kernel
def hwp(p: Sequence[float], demand: float) -> float:
    """Race to idle: near the highest clock as soon as there is work; above 90 % the all-core clock."""
    if demand <= _HWP_IDLE:
        return p[F_MIN]
    if demand > _ALL_CORE_DEMAND:
        return p[F_ALL_CORE]
    return nearest_step(p[F_MAX] * (0.80 + 0.20 * min(1.0, 3.0 * demand)))


@kernel
def step_clock(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Clock and load in this tick, under both limits. Work beyond the clock is dropped."""
    if p[GOVERNOR] == ONDEMAND:
        clock = ondemand(p, s[DEMAND], s[CLOCK])
    elif p[GOVERNOR] == SCHEDUTIL:
        clock = schedutil(p, s[DEMAND])
    else:
        clock = hwp(p, s[DEMAND])
    clock = min(clock, s[CAP], s[LIMIT])
    s[CLOCK] = clock
    s[LOAD] = min(1.0, s[DEMAND] * p[F_MAX] / clock)
