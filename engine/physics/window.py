"""The wear window: what stresses a body, summed over the ticks between wear steps; and what is shown at a stop."""

from collections.abc import MutableSequence, Sequence
from typing import Final

from engine.kernels import kernel
from engine.physics.layout import (
    F_ALL_CORE,
    FLAGS,
    FLOW,
    HIGH_SINK,
    JITTER_SD,
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
    POWER,
    Q_MAX,
    RIPPLE_FACTOR,
    RIPPLE_SD,
    RPM,
    RPM_JITTER,
    RPM_MAX,
    SHOWN,
    SHOWN_RAIL,
    SHOWN_RPM,
    SHOWN_THROTTLED,
    SHOWN_TRIPPED,
    STEPS,
    STICKY,
    T_AIR,
    T_DIE,
    T_SINK,
    TRIPPED,
    V_CORE,
    V_RAIL,
    WEAR_STEP,
)
from engine.physics.workload import PURPOSE_SHOWN
from engine.streams import draw, normal

# --- places in the state: sums over the present window ---
SUM_AIR: Final = 37
SUM_DIE: Final = 38
SUM_SINK: Final = 39
SUM_RPM_RATIO: Final = 40
SUM_FLOW: Final = 41
MIN_SINK: Final = 42
MAX_SINK: Final = 43
SUM_ON: Final = 154
SUM_VOLT: Final = 155
SUM_WORK: Final = 156
SUM_TOP: Final = 157


@kernel
def step_window(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Add this tick to the window's sums."""
    s[SUM_AIR] += s[T_AIR]
    s[SUM_DIE] += s[T_DIE]
    s[SUM_SINK] += s[T_SINK]
    s[SUM_RPM_RATIO] += s[RPM] / p[RPM_MAX]
    s[SUM_FLOW] += s[FLOW]
    s[MIN_SINK] = min(s[MIN_SINK], s[T_SINK])
    s[MAX_SINK] = max(s[MAX_SINK], s[T_SINK])
    if s[V_CORE] > 0.0:
        s[SUM_ON] += 1.0
        s[SUM_VOLT] += s[V_CORE]
        s[SUM_WORK] += s[LOAD] * s[STEPS]
        if s[STEPS] >= p[F_ALL_CORE]:
            s[SUM_TOP] += 1.0


@kernel
def close_window(s: MutableSequence[float]) -> None:
    """Turn the sums of a whole window into the means that wear looks at, and begin a new one."""
    s[MEAN_AIR] = s[SUM_AIR] / WEAR_STEP
    s[MEAN_DIE] = s[SUM_DIE] / WEAR_STEP
    s[MEAN_SINK] = s[SUM_SINK] / WEAR_STEP
    s[MEAN_RPM_RATIO] = s[SUM_RPM_RATIO] / WEAR_STEP
    s[MEAN_FLOW] = s[SUM_FLOW] / WEAR_STEP
    s[MEAN_ON] = s[SUM_ON] / WEAR_STEP
    s[MEAN_VOLT] = s[SUM_VOLT] / WEAR_STEP
    s[MEAN_WORK] = s[SUM_WORK] / WEAR_STEP
    s[MEAN_TOP] = s[SUM_TOP] / WEAR_STEP
    s[LOW_SINK] = s[MIN_SINK]
    s[HIGH_SINK] = s[MAX_SINK]
    s[SUM_AIR] = 0.0
    s[SUM_DIE] = 0.0
    s[SUM_SINK] = 0.0
    s[SUM_RPM_RATIO] = 0.0
    s[SUM_FLOW] = 0.0
    s[SUM_ON] = 0.0
    s[SUM_VOLT] = 0.0
    s[SUM_WORK] = 0.0
    s[SUM_TOP] = 0.0
    s[MIN_SINK] = s[T_SINK]
    s[MAX_SINK] = s[T_SINK]


@kernel
def show(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, now: int) -> None:
    """Write what is to be seen now. What has no memory is worked out only here: ripple of the rail, jitter of the fan.

    The clock stands there already. The voltage shown is the input rail; a kind whose sensor looks at the core voltage
    writes that afterwards.
    """
    words = draw(key0, key1, PURPOSE_SHOWN, now)
    rail = s[V_RAIL] + p[RIPPLE_SD] * s[RIPPLE_FACTOR] * normal(words[0])
    jitter = max(0.0, 1.0 + p[JITTER_SD] * s[RPM_JITTER] * normal(words[1]))
    s[SHOWN] = s[T_DIE]
    s[SHOWN + 1] = s[POWER]
    s[SHOWN + 2] = 100.0 * s[LOAD]
    s[SHOWN + 3] = rail
    s[SHOWN + 4] = p[Q_MAX] * s[FLOW] * jitter
    s[SHOWN_THROTTLED] = s[STICKY] * 65536.0 + s[FLAGS]
    s[SHOWN_RPM] = s[RPM] * jitter
    s[SHOWN_RAIL] = rail
    s[SHOWN_TRIPPED] = s[TRIPPED]
