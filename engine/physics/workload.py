"""Workload: demand in units of full capacity, from a daily course, noise and bursts of work.

Reference section 1. Bursts arrive as a Poisson process (at most one a second) and last a bounded Pareto time;
how many run at once is limited to BURST_SLOTS, which the profiles reach less than once in a century.
"""

from collections.abc import MutableSequence, Sequence
from math import sqrt
from typing import Final

from engine.elementary import exp, power, sin
from engine.kernels import kernel
from engine.physics.layout import (
    AIR_DECAY,
    AIR_NOISE,
    AIR_OFFSET,
    AIR_SD,
    AIR_SWING,
    AMPLITUDE,
    BASE,
    BURST_ALPHA,
    BURST_CHANCE,
    BURST_END,
    BURST_HEIGHT,
    BURST_LONGEST,
    BURST_NEXT_END,
    BURST_SHARE,
    BURST_SHORTEST,
    BURST_SLOTS,
    BURST_SUM,
    DAY,
    DAY_FACTOR,
    DAY_SD,
    DEMAND,
    DEMAND_BASE,
    DEMAND_FACTOR,
    DEMAND_FIXED,
    DEMAND_NOISE,
    NOISE_DECAY,
    NOISE_KICK,
    ROOM,
    ROOM_EXCESS,
    ROOM_HEAT,
    ROOM_SWING,
    STALLED,
    START_S,
    T_AIR,
    WEEKEND,
)
from engine.streams import draw, normal, uniform

PURPOSE_TICK: Final = 1
PURPOSE_BURST: Final = 2
PURPOSE_DAY: Final = 3
PURPOSE_AIR: Final = 4
PURPOSE_SHOWN: Final = 5
NEVER: Final = 1e18
"""A tick that does not come."""
DEMAND_LEAST: Final = 0.005
DEMAND_MOST: Final = 1.3
_DAY_S: Final = 86400
_NINE: Final = 32400
_TWO_PI: Final = 6.283185307179586
_ROOM_FOLLOWS: Final = 0.09516258196404043  # 1 - exp(-60 s / 600 s): a room follows its heat in ten minutes (estimate)


@kernel
def step_minute(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, tick: int) -> None:
    """What changes slowly enough to be worked out once a minute: daily course, factor of the day, air."""
    second = int(p[START_S]) + tick
    day = second // _DAY_S
    phase = _TWO_PI * (second - day * _DAY_S - _NINE) / _DAY_S
    weekday = (day + 3) % 7  # 1970-01-01, day 0, was a Thursday; Monday is 0
    amplitude = p[AMPLITUDE] * p[WEEKEND] if weekday >= 5 else p[AMPLITUDE]
    s[DEMAND_BASE] = p[BASE] + amplitude * (sin(phase) + 0.3 * sin(2.0 * phase))
    if s[DAY] != day:
        s[DAY] = float(day)
        s[DAY_FACTOR] = exp(p[DAY_SD] * normal(draw(key0, key1, PURPOSE_DAY, day)[0]))
    if tick > 0:  # at tick 0 the body was built with the noise's own long-run spread
        kick = normal(draw(key0, key1, PURPOSE_AIR, tick)[0])
        s[AIR_NOISE] = s[AIR_NOISE] * p[AIR_DECAY] + p[AIR_SD] * sqrt(1.0 - p[AIR_DECAY] * p[AIR_DECAY]) * kick
    s[ROOM_EXCESS] += (p[ROOM_HEAT] - s[ROOM_EXCESS]) * _ROOM_FOLLOWS
    s[AIR_SWING] = p[ROOM_SWING] * sin(phase) + s[AIR_NOISE] + s[ROOM_EXCESS]


@kernel
def bounded_pareto(u: float, alpha: float, low: float, high: float) -> float:
    """Quantile at u of the Pareto law with exponent alpha, bounded to [low, high]."""
    return low * power(1.0 - u * (1.0 - power(low / high, alpha)), -1.0 / alpha)


@kernel
def sum_bursts(s: MutableSequence[float], now: int) -> None:
    """Forget ended bursts; work out the height of the others together and when the next of them ends."""
    total = 0.0
    next_end = NEVER
    for i in range(BURST_SLOTS):
        end = s[BURST_END + i]
        if end > now:
            total += s[BURST_HEIGHT + i]
            next_end = min(next_end, end)
        else:
            s[BURST_END + i] = 0.0
    s[BURST_SUM] = total
    s[BURST_NEXT_END] = next_end


@kernel
def begin_burst(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, now: int) -> None:
    """Begin a burst somewhere in the tick that ends now; when all slots are taken, the one ending first gives way."""
    words = draw(key0, key1, PURPOSE_BURST, now)
    length = bounded_pareto(uniform(words[0]), p[BURST_ALPHA], p[BURST_SHORTEST], p[BURST_LONGEST])
    slot = 0
    for i in range(1, BURST_SLOTS):
        if s[BURST_END + i] < s[BURST_END + slot]:
            slot = i
    s[BURST_END + slot] = now - uniform(words[2]) + length
    s[BURST_HEIGHT + slot] = p[BURST_SHARE] * (0.6 + 0.6 * uniform(words[1]))
    sum_bursts(s, now)


@kernel
def step_workload(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, now: int) -> None:
    """Demand in the tick that ends now. The noise is an Ornstein-Uhlenbeck process, stepped exactly."""
    words = draw(key0, key1, PURPOSE_TICK, now)
    noise = s[DEMAND_NOISE] * p[NOISE_DECAY] + p[NOISE_KICK] * normal(words[0])
    s[DEMAND_NOISE] = noise
    if now >= s[BURST_NEXT_END]:
        sum_bursts(s, now)
    if uniform(words[1]) < p[BURST_CHANCE]:
        begin_burst(s, p, key0, key1, now)
    if s[STALLED] > 0.0:
        return  # whatever waits for input and output waits on: the load stays as it is
    if p[DEMAND_FIXED] >= 0.0:
        s[DEMAND] = p[DEMAND_FIXED]
        return
    demand = (s[DEMAND_BASE] + noise + s[BURST_SUM]) * s[DAY_FACTOR] * p[DEMAND_FACTOR]
    s[DEMAND] = min(max(demand, DEMAND_LEAST), DEMAND_MOST)


@kernel
def step_air(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Air at the device."""
    s[T_AIR] = p[ROOM] + p[AIR_OFFSET] + s[AIR_SWING]
