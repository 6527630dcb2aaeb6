"""Rainflow counting at constant memory (ASTM E1049, four-point form): cycles of a temperature, as they come about.

The residue - turning points between which no cycle has closed yet - stands in a fixed block of the state array. A
closed cycle counts whole, each half cycle of the residue half, so the sum grows steadily while a swing grows. When the
block is full its oldest half cycle is counted off for good. What a cycle costs is Norris and Landzberg's law.
"""

from typing import Final

from engine.ageing.base import NOT_SEEN, ZERO_C_IN_K, Numbers
from engine.elementary import exp, power
from engine.kernels import kernel
from engine.physics.slots import CYCLE_TURNS, CYCLES

DEPTH: Final = CYCLES
"""How many turning points there are; the last one is the farthest point reached since the one before."""
CLOSED: Final = CYCLES + 1
"""Damage of all cycles that are over."""
RESIDUE: Final = CYCLES + 2
"""Damage of the residue's half cycles, but the last."""
MOST: Final = CYCLES + 3
"""The greatest sum so far: what has been handed out."""
PACE: Final = CYCLES + 4
"""Damage a second of late, smoothed over a day."""
NOW: Final = CYCLES + 5
"""Seconds since the part was new."""
TURN: Final = CYCLES + 6
AT: Final = TURN + CYCLE_TURNS

RIPPLE_K: Final = 2.0
"""Turns smaller than this are ripple, not cycles (estimate)."""
CYCLES_TO_FAILURE: Final = 6000.0
SWING_K: Final = 60.0
CYCLE_S: Final = 86_400.0
PEAK_K: Final = 60.0 + ZERO_C_IN_K
_SWING_EXPONENT: Final = 1.9
_FREQUENCY_EXPONENT: Final = 1.0 / 3.0
_CREEP_K: Final = 1414.0
_LEAST_PERIOD_S: Final = 600.0
"""Cycles faster than six an hour get no further relief by frequency: the law was not fitted there."""
_SMOOTH_S: Final = 86_400.0


@kernel
def cycle_cost(swing_k: float, period_s: float, peak_c: float) -> float:
    """Share of a life that one cycle costs: 1 / N_f.

    Norris-Landzberg: swing to the power 1.9, period to the power 1/3 (slow cycles creep more), exp(1414 K) of the peak.
    The reference is N_f 6000 at 60 K, one cycle a day, peak 60 degC.
    """
    period = max(period_s, _LEAST_PERIOD_S)
    creep = exp(_CREEP_K * (1.0 / PEAK_K - 1.0 / (peak_c + ZERO_C_IN_K)))
    shape = power(swing_k / SWING_K, _SWING_EXPONENT) * power(period / CYCLE_S, _FREQUENCY_EXPONENT)
    return shape * creep / CYCLES_TO_FAILURE


@kernel
def _half(state: Numbers, first: int) -> float:
    """Cost of the half cycle between turning point `first` and the next."""
    a = state[TURN + first]
    b = state[TURN + first + 1]
    if a == b:
        return 0.0
    return 0.5 * cycle_cost(abs(b - a), 2.0 * (state[AT + first + 1] - state[AT + first]), max(a, b))


@kernel
def _sum_residue(state: Numbers) -> None:
    total = 0.0
    for i in range(int(state[DEPTH]) - 2):
        total += _half(state, i)
    state[RESIDUE] = total


@kernel
def _take_out(state: Numbers, first: int, count: int) -> None:
    depth = int(state[DEPTH])
    for i in range(first, depth - count):
        state[TURN + i] = state[TURN + i + count]
        state[AT + i] = state[AT + i + count]
    state[DEPTH] = float(depth - count)


@kernel
def _close(state: Numbers) -> None:
    """Count every cycle that the newest point closes: the pair inside a swing at least as large on both sides."""
    while state[DEPTH] >= 4.0:
        last = int(state[DEPTH]) - 1
        inner = abs(state[TURN + last - 1] - state[TURN + last - 2])
        before = abs(state[TURN + last - 2] - state[TURN + last - 3])
        after = abs(state[TURN + last] - state[TURN + last - 1])
        if inner > before or inner > after:
            return
        state[CLOSED] += 2.0 * _half(state, last - 2)
        # The time that the cycle took is no part of the swing around it: the order of cycles does not matter.
        took = 2.0 * (state[AT + last - 1] - state[AT + last - 2])
        for i in range(last - 2):
            state[AT + i] += took
        _take_out(state, last - 2, 2)
        _sum_residue(state)


@kernel
def _push(state: Numbers, celsius: float) -> None:
    if state[DEPTH] >= CYCLE_TURNS:
        state[CLOSED] += _half(state, 0)
        _take_out(state, 0, 1)
    depth = int(state[DEPTH])
    state[TURN + depth] = celsius
    state[AT + depth] = state[NOW]
    state[DEPTH] = depth + 1.0
    _sum_residue(state)


@kernel
def begin_cycles(state: Numbers) -> None:
    """A new part has seen no cycle."""
    for i in range(CYCLES, AT + CYCLE_TURNS):
        state[i] = 0.0
    state[TURN] = NOT_SEEN


@kernel
def count_cycles(state: Numbers, celsius: float, seconds: float) -> float:
    """Damage that has come about with the temperature of one more window."""
    state[NOW] += seconds
    depth = int(state[DEPTH])
    if depth < 2:
        if depth == 0 or abs(celsius - state[TURN]) >= RIPPLE_K:
            _push(state, celsius)
        return _hand_out(state, seconds)
    turn = state[TURN + depth - 2]
    reached = state[TURN + depth - 1]
    if (reached - turn) * (celsius - reached) > 0.0:
        state[TURN + depth - 1] = celsius
        state[AT + depth - 1] = state[NOW]
        _close(state)
    elif abs(celsius - reached) >= RIPPLE_K:
        _push(state, celsius)
        _close(state)
    return _hand_out(state, seconds)


@kernel
def _hand_out(state: Numbers, seconds: float) -> float:
    """What the sum has grown by; and the smoothed pace of it, from which the future is expected."""
    depth = int(state[DEPTH])
    total = state[CLOSED] + state[RESIDUE] + (_half(state, depth - 2) if depth >= 2 else 0.0)
    grown = max(total - state[MOST], 0.0)
    state[MOST] += grown
    share = seconds / (_SMOOTH_S + seconds)
    state[PACE] += (grown / seconds - state[PACE]) * share
    return grown
