"""Clock governors: which clock a demand asks for, in steps of 0.1 GHz. Reference section 2."""

from collections.abc import MutableSequence, Sequence
from typing import Final

from engine.kernels import kernel
from engine.physics.layout import CAP, CLOCK, DEMAND, F_ALL_CORE, F_MAX, F_MIN, GOVERNOR, LIMIT, LOAD, STEPS

ONDEMAND: Final = 0.0
SCHEDUTIL: Final = 1.0
HWP: Final = 2.0

STEPS_PER_GHZ: Final = 10.0
_UP_THRESHOLD: Final = 0.5
_ALL_CORE_DEMAND: Final = 0.9
_HWP_IDLE: Final = 0.02
_NEXT: Final = 0.999999


@kernel
def ondemand(p: Sequence[float], demand: float, steps: float) -> float:
    """Above half load at the present clock to the highest one, else in proportion to that load, nearest step."""
    work = demand * p[F_MAX]
    if work > _UP_THRESHOLD * steps:
        return p[F_MAX]
    return float(int(p[F_MIN] + work / steps * (p[F_MAX] - p[F_MIN]) + 0.5))


@kernel
def schedutil(p: Sequence[float], demand: float) -> float:
    """1.25 times the clock that would just serve the demand, next step up; above 90 % the all-core clock."""
    if demand > _ALL_CORE_DEMAND:
        return p[F_ALL_CORE]
    steps = float(int(1.25 * p[F_MAX] * demand + _NEXT))
    return min(max(steps, p[F_MIN]), p[F_MAX])


@kernel
def hwp(p: Sequence[float], demand: float) -> float:
    """Race to idle: near the highest clock as soon as there is work; above 90 % the all-core clock."""
    if demand <= _HWP_IDLE:
        return p[F_MIN]
    if demand > _ALL_CORE_DEMAND:
        return p[F_ALL_CORE]
    return float(int(p[F_MAX] * (0.80 + 0.20 * min(1.0, 3.0 * demand)) + 0.5))


@kernel
def step_clock(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Clock and load in this tick, under both limits. Work beyond the clock is dropped."""
    demand = s[DEMAND]
    if p[GOVERNOR] == ONDEMAND:
        wanted = ondemand(p, demand, s[STEPS])
    elif p[GOVERNOR] == SCHEDUTIL:
        wanted = schedutil(p, demand)
    else:
        wanted = hwp(p, demand)
    steps = min(wanted, s[CAP], s[LIMIT])
    s[STEPS] = steps
    s[CLOCK] = steps / STEPS_PER_GHZ
    s[LOAD] = min(1.0, demand * p[F_MAX] / steps)
