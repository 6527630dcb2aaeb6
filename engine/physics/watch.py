"""Watching over symptoms that fail a device, where a group wants that: the rail, the core voltage, the heat.

A part is blamed for what it does itself: margins compare with what a new part would give at the same instant, power
and air. So a feed that sags, a hot room and a case that throttles when new fail nobody. Margins keep their smallest
value until a repair; they are brought up to date once a minute, before wear goes on, and a rail that is too low is
seen in every tick. How long and by how much heat has to last is an estimate.
"""

from collections.abc import MutableSequence, Sequence
from typing import Final

from engine.elementary import power
from engine.kernels import kernel
from engine.physics.layout import (
    FLOW_COOLING,
    FLOW_FACTOR,
    MEAN_AIR,
    MEAN_DIE,
    MEAN_SINK,
    R1_FACTOR,
    R_LL_FACTOR,
    R_MIN,
    R_MIN_FACTOR,
    R_RAIL_FACTOR,
    RAIL_DEAD,
    RAIL_HOLD,
    RAIL_LEAST,
    RAIL_WATCH,
    RN_FACTOR,
    SUPPLY_SAG,
    T_HELD,
    TO_AIR,
    V_CORE,
    V_RAIL,
    V_SET,
    VOLT_SET,
)
from engine.physics.mishaps import brown_out
from engine.physics.slots import HOT_MINUTES, RAIL_FELL, RAIL_LOW_AT, RAIL_LOW_FOR

LEAST: Final = 1e-3
"""A margin while its threshold is not met for good: a rail that dips, heat that passes."""
HOT_FOR_MINUTES: Final = 10.0
HOTTER_BY_K: Final = 5.0
"""What a part must add to the die's temperature to be blamed: the least that dust is known to have cost."""
CORE_LEAST: Final = 0.93
"""Of what a healthy regulator would give: the least voltage that a clock needs."""
_COOLING_EXPONENT: Final = 0.7


@kernel
def rail_as_new(s: Sequence[float], p: Sequence[float]) -> float:
    """Rail that a new supply would give at the same power, V."""
    supply = p[V_SET] * (1.0 - p[SUPPLY_SAG])
    return supply - (supply - s[V_RAIL]) / s[R_RAIL_FACTOR]


@kernel
def low_rail(s: MutableSequence[float], p: Sequence[float], tick: int) -> None:
    """The rail is lower than somebody wants to know of, at the end of a tick."""
    if s[V_RAIL] < p[RAIL_DEAD]:
        brown_out(s, p, tick)
    if p[RAIL_WATCH] > p[RAIL_DEAD] and rail_as_new(s, p) >= p[RAIL_LEAST]:
        s[RAIL_LOW_FOR] = s[RAIL_LOW_FOR] + 1.0 if s[RAIL_LOW_AT] == tick - 1.0 else 1.0
        s[RAIL_LOW_AT] = float(tick)
        if s[RAIL_LOW_FOR] >= p[RAIL_HOLD]:
            s[RAIL_FELL] = 1.0


@kernel
def _sink(s: MutableSequence[float], place: int, margin: float) -> None:
    s[place] = min(s[place], max(margin, LEAST))


@kernel
def _watch_rail(s: MutableSequence[float], p: Sequence[float], place: int) -> None:
    if s[RAIL_FELL] > 0.0:
        s[place] = 0.0
        return
    new = rail_as_new(s, p)
    if s[V_CORE] > 0.0 and s[place] > 0.0 and new > p[RAIL_LEAST]:
        _sink(s, place, (s[V_RAIL] - p[RAIL_LEAST]) / (new - p[RAIL_LEAST]))


@kernel
def _watch_core(s: MutableSequence[float], place: int) -> None:
    core = s[V_CORE]
    if core <= 0.0:
        return
    healthy = s[VOLT_SET] - (s[VOLT_SET] - core) / s[R_LL_FACTOR]
    least = CORE_LEAST * healthy
    s[place] = 0.0 if core < least else min(s[place], (core - least) / (healthy - least))


@kernel
def heat_by_paste(s: Sequence[float]) -> float:
    """By how much the die would be cooler with new paste, K."""
    return (s[MEAN_DIE] - s[MEAN_SINK]) * (1.0 - 1.0 / s[R1_FACTOR])


@kernel
def heat_by_dust(s: Sequence[float], p: Sequence[float]) -> float:
    """By how much the sink, and the die with it, would be cooler without dust, K."""
    if s[TO_AIR] <= 0.0:
        return 0.0
    forced = 0.0
    clean = 0.0
    if s[FLOW_COOLING] > 0.0:
        forced = s[FLOW_COOLING] / (p[R_MIN] * s[R_MIN_FACTOR])
        clean = forced * s[R_MIN_FACTOR] / power(s[FLOW_FACTOR], _COOLING_EXPONENT)
    clean += (s[TO_AIR] - forced) * s[RN_FACTOR]
    return max((s[MEAN_SINK] - s[MEAN_AIR]) * (1.0 - s[TO_AIR] / clean), 0.0)


@kernel
def heat_margin(left_k: float, added_k: float) -> float:
    """Margin of one part: `left_k` below the heat that throttles, of which a new part would leave `added_k` more.

    A part that adds less than `HOTTER_BY_K` is not to blame, however hot it is.
    """
    innocent = 1.0 - added_k / HOTTER_BY_K
    return innocent if left_k <= 0.0 else max(left_k / (left_k + added_k), innocent)


@kernel
def _watch_heat(s: MutableSequence[float], p: Sequence[float], dust: int, paste: int) -> None:
    if s[V_CORE] <= 0.0:
        s[HOT_MINUTES] = 0.0
        return
    left = p[T_HELD] - s[MEAN_DIE]
    s[HOT_MINUTES] = 0.0 if left > 0.0 else s[HOT_MINUTES] + 1.0
    by_dust = heat_by_dust(s, p) if dust >= 0 else 0.0
    by_paste = heat_by_paste(s) if paste >= 0 else 0.0
    if dust >= 0:
        _sink(s, dust, heat_margin(left, by_dust))
    if paste >= 0:
        _sink(s, paste, heat_margin(left, by_paste))
    if s[HOT_MINUTES] >= HOT_FOR_MINUTES and max(by_dust, by_paste) >= HOTTER_BY_K:
        s[dust if by_dust >= by_paste else paste] = 0.0


@kernel(entry="watch_symptoms", signature="void(float64[::1], float64[::1], int64[::1])")
def watch_symptoms(s: MutableSequence[float], p: Sequence[float], places: Sequence[int]) -> None:
    """Bring the margins up to date; `places` has where those of rail, core, dust and paste stand, or -1."""
    if places[0] >= 0:
        _watch_rail(s, p, places[0])
    if places[1] >= 0:
        _watch_core(s, places[1])
    if places[2] >= 0 or places[3] >= 0:
        _watch_heat(s, p, places[2], places[3])
