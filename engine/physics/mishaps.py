"""Mishaps: what a worn body does now and then rather than always - a contact opens, the card stalls, the device resets.

Failure modes set rates a day (`OPEN_RATE`, `RESET_RATE`, `STALL_RATE`); once per wear window it is drawn, from the
device's own counter-based stream, what befalls it in the window to come. A brown-out of the rail resets as well. How
long each lasts and what share of opens resets are estimates.
"""

from collections.abc import MutableSequence, Sequence
from typing import Final

from engine.elementary import log
from engine.kernels import kernel
from engine.physics.layout import (
    CAP,
    F_MAX,
    HALT_UNTIL,
    HALTED,
    LAST_RESET,
    MISHAP_FROM,
    MUTED,
    OPEN,
    OPEN_FROM,
    OPEN_RATE,
    OPEN_UNTIL,
    POWERED,
    RAIL_GOOD,
    RESET_AT,
    RESET_RATE,
    RESETS,
    SOFT_LIMITED,
    STALL_FROM,
    STALL_RATE,
    STALL_UNTIL,
    STALLED,
    STICKY,
    TRIPPED,
    UNDER_VOLTAGE,
    WEAR_STEP,
)
from engine.physics.workload import NEVER
from engine.streams import draw, uniform

PURPOSE_OPEN: Final = 6
PURPOSE_UPSET: Final = 7
_DAY_TICKS: Final = 86_400.0
OPEN_MEAN_S: Final = 4.0
"""Mean length of an open beyond its first second."""
OPEN_RESETS: Final = 0.2
"""Share of opens that reset the device."""
STALL_LEAST_S: Final = 3.0
STALL_MEAN_S: Final = 15.0
"""Mean length of a stall beyond its least."""
STALL_MUTES_S: Final = 5.0
"""After this long in a stall whoever samples waits for the card as well."""
HALT_S: Final = 3.0
"""How long a reset holds the device without power."""


@kernel
def forget_mishaps(s: MutableSequence[float]) -> None:
    """Nothing is going on and nothing is to come."""
    s[MISHAP_FROM] = NEVER
    s[RESET_AT] = -1.0
    for place in (OPEN_FROM, OPEN_UNTIL, STALL_FROM, STALL_UNTIL, HALT_UNTIL, OPEN, STALLED, HALTED, MUTED):
        s[place] = 0.0


@kernel
def _expect(s: MutableSequence[float], tick: float) -> None:
    s[MISHAP_FROM] = min(s[MISHAP_FROM], tick)


@kernel
def _draw_open(s: MutableSequence[float], key0: int, key1: int, tick: int) -> None:
    words = draw(key0, key1, PURPOSE_OPEN, tick)
    if s[OPEN_UNTIL] > tick or uniform(words[0]) >= s[OPEN_RATE] * WEAR_STEP / _DAY_TICKS:
        return
    start = tick + int(WEAR_STEP * uniform(words[1]))
    s[OPEN_FROM] = float(start)
    s[OPEN_UNTIL] = start + 1.0 + int(-OPEN_MEAN_S * log(uniform(words[2])))
    if uniform(words[3]) < OPEN_RESETS:
        s[RESET_AT] = float(start)
    _expect(s, float(start))


@kernel
def _draw_upset(s: MutableSequence[float], key0: int, key1: int, tick: int) -> None:
    """Resets and stalls: each has a share of the unit interval of its own, so that one draw decides on both."""
    words = draw(key0, key1, PURPOSE_UPSET, tick)
    u = uniform(words[0]) * _DAY_TICKS / WEAR_STEP
    start = tick + int(WEAR_STEP * uniform(words[1]))
    if u < s[RESET_RATE]:
        s[RESET_AT] = float(start)
        _expect(s, float(start))
    elif u < s[RESET_RATE] + s[STALL_RATE] and s[STALL_UNTIL] <= tick:
        s[STALL_FROM] = float(start)
        s[STALL_UNTIL] = start + STALL_LEAST_S + int(-STALL_MEAN_S * log(uniform(words[2])))
        _expect(s, float(start))


@kernel(entry="draw_mishaps", signature="void(float64[::1], int64, int64, int64)")
def draw_mishaps(s: MutableSequence[float], key0: int, key1: int, tick: int) -> None:
    """What befalls the device in the wear window that begins at a tick, by the rates as they are."""
    if s[OPEN_RATE] > 0.0:
        _draw_open(s, key0, key1, tick)
    if s[RESET_RATE] + s[STALL_RATE] > 0.0:
        _draw_upset(s, key0, key1, tick)


@kernel
def _reset(s: MutableSequence[float], p: Sequence[float], tick: int) -> None:
    """What a reset does to the firmware: flags, caps and their memory are gone; heat and wear stay."""
    s[RESETS] += 1.0
    s[LAST_RESET] = float(tick)
    s[HALT_UNTIL] = tick + HALT_S
    s[RESET_AT] = -1.0
    s[CAP] = p[F_MAX]
    for place in (STICKY, UNDER_VOLTAGE, RAIL_GOOD, SOFT_LIMITED):
        s[place] = 0.0


@kernel
def step_mishaps(s: MutableSequence[float], p: Sequence[float], tick: int) -> None:
    """What is going on in the tick that begins now; called only when something may be."""
    if tick >= s[RESET_AT] >= 0.0:
        if p[POWERED] > 0.0 and s[TRIPPED] == 0.0:
            _reset(s, p, tick)
        else:
            s[RESET_AT] = -1.0
    s[OPEN] = 1.0 if s[OPEN_FROM] <= tick < s[OPEN_UNTIL] else 0.0
    s[STALLED] = 1.0 if s[STALL_FROM] <= tick < s[STALL_UNTIL] else 0.0
    s[HALTED] = 1.0 if tick < s[HALT_UNTIL] else 0.0
    waits = s[STALLED] > 0.0 and tick >= s[STALL_FROM] + STALL_MUTES_S
    s[MUTED] = 1.0 if waits or s[OPEN] > 0.0 else 0.0
    if s[RESET_AT] < 0.0 and tick >= max(s[OPEN_UNTIL], s[STALL_UNTIL], s[HALT_UNTIL]):
        s[MISHAP_FROM] = NEVER


@kernel
def brown_out(s: MutableSequence[float], p: Sequence[float], tick: int) -> None:
    """The rail is too low to live on: a reset at a tick, held for as long as the rail stays so."""
    if p[POWERED] == 0.0 or s[TRIPPED] > 0.0:
        return
    if s[HALTED] > 0.0:
        s[HALT_UNTIL] = tick + HALT_S
        s[LAST_RESET] = float(tick)
    elif s[RESET_AT] < 0.0:
        s[RESET_AT] = float(tick)
    _expect(s, float(tick))
