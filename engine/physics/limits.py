"""Limits on the clock: thermal throttling, under-voltage, soft limit, turbo power, protection. Reference section 2."""

from collections.abc import MutableSequence, Sequence
from typing import Final

from engine.kernels import kernel
from engine.physics.layout import (
    CAP,
    CLOCK_LOSS,
    F_MAX,
    F_MIN,
    F_SOFT,
    FLAGS,
    LIMIT,
    PL1,
    PL2,
    PL_DECAY,
    POWER,
    POWER_MEAN,
    RAIL_GOOD,
    SOFT_LIMIT,
    SOFT_LIMITED,
    STICKY,
    T_DIE,
    T_JUNCTION,
    TRIPPED,
    UNDER_VOLTAGE,
    V_RAIL,
)

POWER_LIMITED: Final = 1
"""A CPU's own flags; a board's are the bits of `get_throttled`."""
THROTTLED: Final = 4

# Raspberry Pi firmware; its controller is the reference's model [EE] of documented behaviour [RPI-FREQ], [RPI-PSU].
_THROTTLE_AT: Final = 80.5
_RELEASE_BELOW: Final = 79.0
_HARD_LIMIT: Final = 85.0
_CRITICAL: Final = 110.0
_SOFT_PLAY: Final = 1.5
_RAIL_LOW: Final = 4.63
_RAIL_GOOD: Final = 4.70
_RAIL_GOOD_TICKS: Final = 2.0
# Desktop and server processors.
_PROCHOT_PLAY: Final = 2.0
_THERMTRIP_OVER: Final = 25.0


@kernel
def step_board_cap(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Thermal cap of a board: a step down per second from 80.5 deg C, up below 79, lowest from 85."""
    t = s[T_DIE]
    if t >= _HARD_LIMIT:
        s[CAP] = p[F_MIN]
        if t >= _CRITICAL:
            s[TRIPPED] = 1.0
    elif t >= _THROTTLE_AT:
        s[CAP] = max(s[CAP] - 1.0, p[F_MIN])
    elif t < _RELEASE_BELOW and s[CAP] < p[F_MAX]:
        s[CAP] = min(s[CAP] + 1.0, p[F_MAX])


@kernel
def step_under_voltage(s: MutableSequence[float]) -> None:
    """Under-voltage from a rail below 4.63 V until it has been above 4.70 V for 2 s."""
    if s[V_RAIL] < _RAIL_LOW:
        s[UNDER_VOLTAGE] = 1.0
        s[RAIL_GOOD] = 0.0
    elif s[UNDER_VOLTAGE] > 0.0:
        s[RAIL_GOOD] = s[RAIL_GOOD] + 1.0 if s[V_RAIL] > _RAIL_GOOD else 0.0
        if s[RAIL_GOOD] >= _RAIL_GOOD_TICKS:
            s[UNDER_VOLTAGE] = 0.0


@kernel
def step_board_limits(s: MutableSequence[float], p: Sequence[float]) -> None:
    """All limits of a board from the last tick's temperature and rail.

    Bits as `get_throttled` documents them: under-voltage sets 0 and 2, the thermal cap 1 and 2, the soft limit 1 and 3.
    """
    step_board_cap(s, p)
    step_under_voltage(s)
    if s[T_DIE] >= p[SOFT_LIMIT]:
        s[SOFT_LIMITED] = 1.0
    elif s[T_DIE] < p[SOFT_LIMIT] - _SOFT_PLAY:
        s[SOFT_LIMITED] = 0.0
    flags = 0
    ceiling = max(p[F_MAX] - s[CLOCK_LOSS], p[F_MIN])
    if s[CAP] < p[F_MAX]:
        flags |= 6
    if s[SOFT_LIMITED] > 0.0:
        flags |= 10
        ceiling = min(ceiling, p[F_SOFT])
    if s[UNDER_VOLTAGE] > 0.0:
        flags |= 5
        ceiling = p[F_MIN]
    s[FLAGS] = float(flags)
    s[LIMIT] = ceiling
    if flags != 0:
        s[STICKY] = float(int(s[STICKY]) | flags)


@kernel
def step_package_limits(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Limits of a CPU from the last tick: PROCHOT two steps down, power limit one step down, else one step up.

    Power may reach PL2 while its exponentially weighted mean is below PL1; then PL1 rules.
    """
    s[LIMIT] = max(p[F_MAX] - s[CLOCK_LOSS], p[F_MIN])
    s[POWER_MEAN] += (s[POWER] - s[POWER_MEAN]) * (1.0 - p[PL_DECAY])
    limit = p[PL2] if s[POWER_MEAN] < p[PL1] else p[PL1]
    t = s[T_DIE]
    if t >= p[T_JUNCTION]:
        s[CAP] = max(s[CAP] - 2.0, p[F_MIN])
        s[FLAGS] = float(int(s[FLAGS]) | THROTTLED)
        if t >= p[T_JUNCTION] + _THERMTRIP_OVER:
            s[TRIPPED] = 1.0
    elif s[POWER] > limit:
        s[CAP] = max(s[CAP] - 1.0, p[F_MIN])
        s[FLAGS] = float(int(s[FLAGS]) | POWER_LIMITED)
    elif s[CAP] < p[F_MAX] and t < p[T_JUNCTION] - _PROCHOT_PLAY and s[POWER_MEAN] < p[PL1]:
        s[CAP] = min(s[CAP] + 1.0, p[F_MAX])
    if s[CAP] >= p[F_MAX]:
        s[FLAGS] = 0.0
