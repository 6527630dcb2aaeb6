"""Voltage and power: V-f curve, switching and leakage power, load line, sag of the input rail. Reference section 3."""

from collections.abc import MutableSequence, Sequence
from math import sqrt
from typing import Final

from engine.elementary import exp
from engine.kernels import kernel
from engine.physics.layout import (
    A0,
    BETA,
    C_EFF,
    CLOCK,
    DIE_LOAD,
    ETA_VRM,
    F_MIN,
    FLAGS,
    G0,
    LOAD,
    OPEN,
    P_BASE,
    P_LEAK50,
    POWER,
    POWER_LEAK,
    R_LL_FACTOR,
    R_LOAD_LINE,
    R_RAIL,
    R_RAIL_FACTOR,
    SINK_LOAD,
    STEPS,
    SUPPLY_SAG,
    T_DIE,
    V_CORE,
    V_LEAK,
    V_RAIL,
    V_SET,
    VF_F,
    VF_V,
    VOLT_FACTOR,
    VOLT_SET,
)

_T_CLAMP: Final = 120.0
_OPEN_RAIL: Final = 2.0
"""By how much an open contact adds to the resistance of the rail (estimate)."""


@kernel
def voltage_at(p: Sequence[float], clock: float) -> float:
    """Core voltage set for a clock in GHz: linear between the model's points."""
    i = 0
    while i < 3 and clock > p[VF_F + i + 1]:
        i += 1
    share = (clock - p[VF_F + i]) / (p[VF_F + i + 1] - p[VF_F + i])
    return p[VF_V + i] + share * (p[VF_V + i + 1] - p[VF_V + i])


@kernel
def switching_power(p: Sequence[float], volt: float, clock: float, load: float) -> float:
    """W (nF times V^2 times GHz), with the clock tree's share A0 at no load."""
    return p[C_EFF] * volt * volt * clock * (p[A0] + (1.0 - p[A0]) * load)


@kernel
def leakage_power(p: Sequence[float], volt: float, t_die: float, load: float) -> float:
    """W; grows by exp(beta) per kelvin, its exponent held above 120 deg C."""
    return (
        p[P_LEAK50] * (volt / p[V_LEAK]) * exp(p[BETA] * (min(t_die, _T_CLAMP) - 50.0)) * (p[G0] + (1.0 - p[G0]) * load)
    )


@kernel
def rail_voltage(s: Sequence[float], p: Sequence[float], power: float) -> float:
    """Input rail under a power, without ripple."""
    supply = p[V_SET] * (1.0 - p[SUPPLY_SAG])
    resistance = p[R_RAIL] * s[R_RAIL_FACTOR] * (1.0 + _OPEN_RAIL * s[OPEN])
    return max(supply - resistance * power / supply, 0.0)


@kernel
def step_board_power(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Power of a board: the regulator's losses count, and the core sees the set voltage."""
    volt = voltage_at(p, s[CLOCK]) * s[VOLT_FACTOR]
    leak = leakage_power(p, volt, s[T_DIE], s[LOAD])
    soc = (switching_power(p, volt, s[CLOCK], s[LOAD]) + leak) / s[ETA_VRM]
    s[POWER_LEAK] = leak
    s[POWER] = soc + p[P_BASE]
    s[VOLT_SET] = volt
    s[V_CORE] = volt
    s[V_RAIL] = rail_voltage(s, p, s[POWER])
    s[DIE_LOAD] = soc
    s[SINK_LOAD] = p[P_BASE]


@kernel
def step_package_power(s: MutableSequence[float], p: Sequence[float]) -> None:
    """Power of a CPU package; regulator losses show in the 12 V rail, the load line in the core voltage."""
    volt = voltage_at(p, s[CLOCK]) * s[VOLT_FACTOR]
    leak = leakage_power(p, volt, s[T_DIE], s[LOAD])
    core = switching_power(p, volt, s[CLOCK], s[LOAD]) + leak
    s[POWER_LEAK] = leak
    s[POWER] = core + p[P_BASE]
    # V_core = V - R * core / V_core, solved for V_core; a load line too weak for the power halves the voltage.
    under_root = volt * volt - 4.0 * p[R_LOAD_LINE] * s[R_LL_FACTOR] * core
    s[VOLT_SET] = volt
    s[V_CORE] = 0.5 * (volt + sqrt(max(under_root, 0.0)))
    s[V_RAIL] = rail_voltage(s, p, s[POWER] / s[ETA_VRM])
    s[DIE_LOAD] = s[POWER]
    s[SINK_LOAD] = 0.0


@kernel
def switch_off(s: MutableSequence[float], p: Sequence[float]) -> None:
    """A tick without power: nothing runs and nothing heats; the supply keeps its open voltage."""
    s[CLOCK] = 0.0
    s[STEPS] = p[F_MIN]
    s[LOAD] = 0.0
    s[POWER] = 0.0
    s[POWER_LEAK] = 0.0
    s[V_CORE] = 0.0
    s[V_RAIL] = p[V_SET] * (1.0 - p[SUPPLY_SAG])
    s[DIE_LOAD] = 0.0
    s[SINK_LOAD] = 0.0
    s[FLAGS] = 0.0
