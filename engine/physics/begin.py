"""How a body begins: at air temperature, its slow noises already somewhere in their long-run spread."""

from collections.abc import MutableSequence, Sequence
from math import sqrt
from typing import Final

from engine.kernels import kernel
from engine.physics.layout import (
    AIR_NOISE,
    AIR_SD,
    BURST_NEXT_END,
    CAP,
    DEMAND_NOISE,
    F_ALL_CORE,
    F_MAX,
    F_MIN,
    FAN_ANCHOR,
    FAN_SMOOTH,
    FLOW,
    HIGH_SINK,
    LOAD,
    LOW_SINK,
    MEAN_AIR,
    MEAN_DIE,
    MEAN_FLOW,
    MEAN_ON,
    MEAN_RPM_RATIO,
    MEAN_SINK,
    MEAN_TOP,
    MEAN_VOLT,
    MEAN_WORK,
    NOISE_DECAY,
    NOISE_KICK,
    POWER,
    POWER_MEAN,
    RPM,
    RPM_MAX,
    STEPS,
    STICKY,
    T_AIR,
    T_DIE,
    T_JUNCTION,
    T_SINK,
    TRIPPED,
    V_CORE,
    V_RAIL,
    V_SET,
)
from engine.physics.mishaps import forget_mishaps
from engine.physics.window import MAX_SINK, MIN_SINK, show
from engine.physics.workload import NEVER, PURPOSE_AIR, PURPOSE_TICK, step_air, step_minute
from engine.streams import draw, normal

SETTLE_ROUNDS: Final = 50
_COARSE_ROUNDS: Final = 20
_COARSE_S: Final = 400.0
_FINE_S: Final = 10.0
_OVERSHOOT: Final = 1.0


@kernel(entry="begin", signature="void(float64[::1], float64[::1], int64, int64)")
def begin(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int) -> None:
    """The state at tick 0 of a device that is as cold as its air."""
    sigma = p[NOISE_KICK] / sqrt(1.0 - p[NOISE_DECAY] * p[NOISE_DECAY])
    s[DEMAND_NOISE] = sigma * normal(draw(key0, key1, PURPOSE_TICK, 0)[0])
    s[AIR_NOISE] = p[AIR_SD] * normal(draw(key0, key1, PURPOSE_AIR, 0)[0])
    s[BURST_NEXT_END] = NEVER
    forget_mishaps(s)
    s[STEPS] = p[F_MIN]
    s[CAP] = p[F_MAX]
    s[V_RAIL] = p[V_SET]
    step_minute(s, p, key0, key1, 0)
    step_air(s, p)
    s[T_DIE] = s[T_AIR]
    s[T_SINK] = s[T_AIR]
    s[FAN_SMOOTH] = s[T_AIR]
    s[FAN_ANCHOR] = s[T_AIR]
    note_stress(s, p)
    show(s, p, key0, key1, 0)


@kernel
def note_stress(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Stress as it is now stands for the first wear window's means, until that has passed."""
    s[MEAN_AIR] = s[T_AIR]
    s[MEAN_DIE] = s[T_DIE]
    s[MEAN_SINK] = s[T_SINK]
    s[MEAN_RPM_RATIO] = s[RPM] / p[RPM_MAX]
    s[MEAN_FLOW] = s[FLOW]
    s[MEAN_ON] = 1.0 if s[V_CORE] > 0.0 else 0.0
    s[MEAN_VOLT] = s[V_CORE]
    s[MEAN_WORK] = s[LOAD] * s[STEPS] * s[MEAN_ON]
    s[MEAN_TOP] = s[MEAN_ON] if s[STEPS] >= p[F_ALL_CORE] else 0.0
    s[LOW_SINK] = s[T_SINK]
    s[HIGH_SINK] = s[T_SINK]
    s[MIN_SINK] = s[T_SINK]
    s[MAX_SINK] = s[T_SINK]


@kernel
def settle_step(settling: int) -> float:
    """Seconds of one round of settling: long steps first, for the sink; then short ones, for the control."""
    return _COARSE_S if settling < _COARSE_ROUNDS else _FINE_S


@kernel
def rest(s: MutableSequence[float], p: Sequence[float]) -> None:
    """After a long step, let what follows slowly have arrived as well, and nothing have tripped on the way."""
    s[T_DIE] = min(s[T_DIE], p[T_JUNCTION] + _OVERSHOOT)  # so that its limit acts, and no more
    s[POWER_MEAN] = s[POWER]
    s[FAN_SMOOTH] = s[T_DIE]
    s[FAN_ANCHOR] = s[T_DIE]
    s[STICKY] = 0.0
    s[TRIPPED] = 0.0
    note_stress(s, p)
