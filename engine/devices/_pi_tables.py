"""Raspberry Pi: what each number is and where it comes from, by place in the parameter array.

"Fitted" values reproduce the measured power and step responses named with them; "estimate" marks engineering
estimates. Resistances K/W, capacities J/K, clocks GHz on curves and steps of 0.1 GHz elsewhere, powers W.
"""

from collections.abc import Mapping
from typing import Final

from engine.devices._tables import Sourced, Table, curve
from engine.physics import layout as at
from engine.physics.fan import LEVELS, ON_OFF
from engine.physics.governor import ONDEMAND

_FREQ: Final = "Raspberry Pi documentation, frequency management"
_DEFAULT: Final = "Raspberry Pi OS default governor"
_PSU: Final = "Raspberry Pi documentation, power supplies: 5.1 V nominal"
_POWER: Final = "fitted to published idle and all-core board power (sbc-reviews, Dramble, The MagPi 88)"
_STEP: Final = "fitted to published 10 min step responses (stressberry runs)"
_VF: Final = "estimate; clocks from the documentation's table"
_LEAK: Final = "fitted; doubling per 19 K is HotSpot's default leakage law for planar processes"
_EE: Final = "estimate"

COMMON: Final[Table] = {
    at.GOVERNOR: Sourced(ONDEMAND, _DEFAULT),
    at.AIR_OFFSET: Sourced(0.0, "the board stands in the room"),
    at.V_SET: Sourced(5.1, _PSU),
    at.RIPPLE_SD: Sourced(0.005, _EE),
    at.SD_CARD: Sourced(1.0, "boards start from a memory card"),
    at.RAIL_DEAD: Sourced(4.2, "estimate: the board's own regulators give up"),
    at.RAIL_LEAST: Sourced(4.63, _PSU + ": under-voltage"),
    at.RAIL_HOLD: Sourced(1.0, "the detector does not wait, and firmware lowers the clock within a second"),
    at.T_HELD: Sourced(78.75, "the controller's lower end, where it gives a clock step back, less a play"),
    at.G0: Sourced(1.0, "no power gating of cores"),
    at.R_LOAD_LINE: Sourced(0.0, "the core voltage shown is the set one"),
    at.PL1: Sourced(1e9, "no power limit"),
    at.PL2: Sourced(1e9, "no power limit"),
    at.PL_DECAY: Sourced(0.0, "no power limit"),
    at.T_JUNCTION: Sourced(85.0, _FREQ),
    at.JITTER_SD: Sourced(0.012, "a real board at constant duty (LibreHardwareMonitor fixture)"),
}

MODELS: Final[Mapping[str, Table]] = {
    "3b+": {
        at.F_MIN: Sourced(6.0, _FREQ),
        at.F_MAX: Sourced(14.0, _FREQ),
        at.F_ALL_CORE: Sourced(14.0, _FREQ),
        at.F_SOFT: Sourced(12.0, _FREQ + ": soft limit"),
        at.SOFT_LIMIT: Sourced(60.0, _FREQ + ": soft limit, may be set up to 70"),
        **curve(at.VF_F, (0.6, 1.2, 1.4), (1.20, 1.25, 1.33), _VF),
        at.P_BASE: Sourced(2.2, _POWER),
        at.C_EFF: Sourced(1.25, _POWER),
        at.A0: Sourced(0.25, _POWER),
        at.P_LEAK50: Sourced(0.18, _LEAK),
        at.V_LEAK: Sourced(1.30, _LEAK),
        at.BETA: Sourced(0.036, _LEAK),
        at.R_RAIL: Sourced(0.12, "estimate: cable and supply"),
    },
    "4": {
        at.F_MIN: Sourced(6.0, _FREQ),
        at.F_MAX: Sourced(15.0, _FREQ + "; 1.8 with arm_boost"),
        at.F_ALL_CORE: Sourced(15.0, _FREQ),
        at.F_SOFT: Sourced(15.0, "no soft limit"),
        at.SOFT_LIMIT: Sourced(1e9, "no soft limit"),
        **curve(at.VF_F, (0.6, 0.75, 1.0, 1.5, 1.8), (0.82, 0.84, 0.87, 0.93, 1.00), _VF),
        at.P_BASE: Sourced(2.0, _POWER),
        at.C_EFF: Sourced(2.35, _POWER),
        at.A0: Sourced(0.30, _POWER),
        at.P_LEAK50: Sourced(0.22, _LEAK),
        at.V_LEAK: Sourced(0.93, _LEAK),
        at.BETA: Sourced(0.036, _LEAK),
        at.R_RAIL: Sourced(0.12, "estimate: cable and supply"),
    },
    "5": {
        at.F_MIN: Sourced(15.0, "sbc-reviews issue 21: the real minimum"),
        at.F_MAX: Sourced(24.0, _FREQ),
        at.F_ALL_CORE: Sourced(24.0, _FREQ),
        at.F_SOFT: Sourced(24.0, "no soft limit"),
        at.SOFT_LIMIT: Sourced(1e9, "no soft limit"),
        **curve(at.VF_F, (1.5, 2.4), (0.72, 0.91), "measured, sbc-reviews issue 21"),
        at.P_BASE: Sourced(2.0, _POWER),
        at.C_EFF: Sourced(2.90, _POWER),
        at.A0: Sourced(0.16, _POWER),
        at.P_LEAK50: Sourced(0.50, "fitted"),
        at.V_LEAK: Sourced(0.91, "fitted"),
        at.BETA: Sourced(0.020, "estimate for FinFET processes"),
        at.R_RAIL: Sourced(0.06, "fitted to 4.90 V on a good third-party supply, 5.09 V on the official one"),
    },
}

_NO_FAN: Final[Table] = {
    at.FAN_KIND: Sourced(0.0, "no fan fitted"),
    at.R_MIN: Sourced(0.0, "no fan fitted"),
    at.RPM_MAX: Sourced(1.0, "no fan fitted"),
    at.RPM_NOMINAL: Sourced(1.0, "no fan fitted"),
    at.Q_MAX: Sourced(0.0, "no fan fitted"),
}
_ACTIVE_COOLER: Final = "Active Cooler product brief RP-008188-DS"


def _heat(r1: float, c1: float, c2: float, rn: float, source: str) -> Table:
    return {
        at.R1: Sourced(r1, source),
        at.C1: Sourced(c1, source),
        at.C2: Sourced(c2, source),
        at.RN: Sourced(rn, source),
    }


SETUPS: Final[Mapping[str, Mapping[str, Table]]] = {
    "3b+": {"open": {**_heat(3.6, 1.4, 30.0, 7.6, _STEP), **_NO_FAN}},
    "4": {
        "open": {**_heat(3.4, 1.2, 20.0, 7.2, _STEP), **_NO_FAN},
        "closed-case": {
            **_heat(3.4, 1.2, 60.0, 12.3, "set from 56 degC idle in the official case at 21 degC (martinrowan.co.uk)"),
            **_NO_FAN,
        },
        "heatsink-fan": {
            **_heat(2.0, 1.2, 48.0, 7.6, _STEP + "; still-air floor and sink capacity are estimates"),
            at.R_MIN: Sourced(4.6, _STEP),
            at.FAN_KIND: Sourced(ON_OFF, "Pi 4 Case Fan: on and off by GPIO"),
            at.FAN_TRIP: Sourced(0.0, "wired to 5 V, as most are; the GPIO overlay's default trip is 80 degC"),
            at.RPM_MAX: Sourced(5000.0, _EE),
            at.RPM_NOMINAL: Sourced(5000.0, _EE),
            at.Q_MAX: Sourced(1.4, "Pi 4 Case Fan data"),
        },
    },
    "5": {
        "open": {**_heat(2.4, 1.5, 26.0, 8.6, "fitted to published suites (Phoronix)"), **_NO_FAN},
        "active-cooler": {
            **_heat(1.7, 1.5, 45.0, 6.8, "fitted: tops out at 61 degC (stressberry issue 139)"),
            at.R_MIN: Sourced(2.45, "fitted: tops out at 61 degC (stressberry issue 139)"),
            at.FAN_KIND: Sourced(LEVELS, "Raspberry Pi documentation and device tree: four levels, 5 K hysteresis"),
            at.RPM_MAX: Sourced(8000.0, _ACTIVE_COOLER),
            at.RPM_NOMINAL: Sourced(8000.0, _ACTIVE_COOLER),
            at.Q_MAX: Sourced(1.09, _ACTIVE_COOLER),
        },
    },
}
