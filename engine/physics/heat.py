"""Heat: die and sink as two nodes, stepped exactly for inputs that are constant over the tick. Reference section 4."""

from collections.abc import MutableSequence, Sequence
from math import sqrt
from typing import Final

from engine.elementary import exp
from engine.kernels import kernel
from engine.physics.layout import (
    C1,
    C2,
    DIE_LOAD,
    FLOW_COOLING,
    OPEN,
    R1,
    R1_FACTOR,
    R_MIN,
    R_MIN_FACTOR,
    RN,
    RN_FACTOR,
    SINK_LOAD,
    T_AIR,
    T_DIE,
    T_SINK,
    TO_AIR,
)

_T_MOST: Final = 130.0
_PER_30_K: Final = 1.0 / 30.0
_OPEN_R1: Final = 0.5
"""By how much an open joint under the die adds to its resistance (estimate)."""


@kernel
def two_nodes(
    t_die: float,
    t_sink: float,
    p_die: float,
    p_sink: float,
    t_air: float,
    r1: float,
    c1: float,
    to_air: float,
    c2: float,
    h: float,
) -> tuple[float, float]:
    """Die and sink after h seconds of constant input: x_ss + expm(A h) (x - x_ss), by the real eigenvalues of A.

    `to_air` is the conductance from sink to air, W/K. Quotients are formed early, off the path of the exponentials.
    """
    a = 1.0 / (r1 * c1)
    b = 1.0 / (r1 * c2)
    c = to_air / c2
    trace = a + b + c
    root = sqrt(trace * trace - 4.0 * a * c)
    over_root = 1.0 / root
    fast = -0.5 * (trace + root)
    slow = -0.5 * (trace - root)
    e_fast = exp(fast * h)
    e_slow = exp(slow * h)
    on_one = (slow * e_fast - fast * e_slow) * over_root
    on_a = (e_slow - e_fast) * over_root
    sink_end = t_air + (p_die + p_sink) / to_air
    die_end = sink_end + r1 * p_die
    x = t_die - die_end
    y = t_sink - sink_end
    return (
        die_end + on_one * x + on_a * a * (y - x),
        sink_end + on_one * y + on_a * (b * (x - y) - c * y),
    )


@kernel
def still_air_factor(t_sink: float, t_air: float) -> float:
    """Natural convection: conductance over its value at 30 K, (dT/30)^(1/4), the laminar law; dT is at least 1 K."""
    return sqrt(sqrt(max(t_sink - t_air, 1.0) * _PER_30_K))


@kernel
def cooler_conductance(s: Sequence[float], p: Sequence[float], natural: bool) -> float:
    """Sink to air, W/K: still air (by the law of natural convection when `natural`) in parallel with the fan's flow."""
    still = 1.0 / (p[RN] * s[RN_FACTOR])
    if natural:
        still *= still_air_factor(s[T_SINK], s[T_AIR])
    if s[FLOW_COOLING] <= 0.0:
        return still
    return still + s[FLOW_COOLING] / (p[R_MIN] * s[R_MIN_FACTOR])


@kernel
def step_heat(s: MutableSequence[float], p: Sequence[float], natural: bool, h: float) -> None:
    """h seconds of heat; leakage, fan and the law of still air are frozen meanwhile."""
    to_air = cooler_conductance(s, p, natural)
    r1 = p[R1] * s[R1_FACTOR] * (1.0 + _OPEN_R1 * s[OPEN])
    air = s[T_AIR]
    die, sink = two_nodes(s[T_DIE], s[T_SINK], s[DIE_LOAD], s[SINK_LOAD], air, r1, p[C1], to_air, p[C2], h)
    s[TO_AIR] = to_air
    s[T_DIE] = min(max(die, air - 1.0), _T_MOST)
    s[T_SINK] = min(max(sink, air - 1.0), _T_MOST)
