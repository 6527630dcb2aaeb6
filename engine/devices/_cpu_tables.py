"""Desktop and server processors: what each number is and where it comes from, by place in the parameter array.

Classes rather than products: 65 W and 125 W monolithic dies, and a 65 W chiplet part whose interconnect never rests.
"""

from collections.abc import Mapping
from typing import Final

from engine.devices._tables import Sourced, Table, curve
from engine.elementary import exp
from engine.physics import layout as at
from engine.physics.fan import CURVE
from engine.physics.governor import HWP, SCHEDUTIL

_POWER: Final = "fitted to published package power and temperature (thefpsreview.com, CoreFreq issue 129)"
_LIMITS: Final = "customary defaults of the class (estimate); PBP/MTP of Intel's data sheets"
_HEAT: Final = "fitted to implied junction-to-air resistance of reviews; still-air floor and capacities are estimates"
_CURVE: Final = "points read from a real board (LibreHardwareMonitor fixture)"
_EE: Final = "estimate"

COMMON: Final[Table] = {
    at.F_MIN: Sourced(8.0, _EE),
    at.F_SOFT: Sourced(1000000000.0, "no soft limit"),
    at.SOFT_LIMIT: Sourced(1e9, "no soft limit"),
    at.AIR_OFFSET: Sourced(6.0, "estimate: air in the case over the room"),
    at.BETA: Sourced(0.018, "estimate for FinFET processes"),
    at.G0: Sourced(0.3, _EE),
    at.R_LOAD_LINE: Sourced(0.0011, "largest load line of the data sheet, 1.10 mOhm"),
    at.V_SET: Sourced(12.1, "12.048 to 12.096 V over a session of a real board (LibreHardwareMonitor fixture)"),
    at.R_RAIL: Sourced(0.004, _EE),
    at.RIPPLE_SD: Sourced(0.002, _EE),
    at.RAIL_LOW: Sourced(11.4, "ATX: 12 V less 5 %"),
    at.RAIL_DEAD: Sourced(10.2, "estimate: 15 % below nominal a supply takes its power-good signal back"),
    at.RAIL_LEAST: Sourced(11.4, "ATX: 12 V less 5 %"),
    at.RAIL_HOLD: Sourced(2.0, "longer than a second"),
    at.FAN_KIND: Sourced(CURVE, _CURVE),
    at.RPM_MAX: Sourced(2000.0, _CURVE),
    at.RPM_NOMINAL: Sourced(2000.0, _CURVE),
    at.JITTER_SD: Sourced(0.012, "a real board at constant duty (LibreHardwareMonitor fixture)"),
    **curve(at.CURVE_T, (35.0, 45.0, 54.0, 70.0, 85.0), (0.25, 0.35, 0.51, 0.80, 1.00), _CURVE),
}


def _limits(pl1: float, pl2: float, tau_s: float, t_junction: float, source: str) -> Table:
    return {
        at.PL1: Sourced(pl1, source),
        at.PL2: Sourced(pl2, source),
        at.PL_DECAY: Sourced(exp(-1.0 / tau_s) if tau_s > 0.0 else 0.0, source),
        at.T_JUNCTION: Sourced(t_junction, source),
        at.T_HELD: Sourced(t_junction - 3.0, "the controller's lower end, less a play"),
    }


def _power(base: float, c_eff: float, a0: float, leak: float, v_leak: float) -> Table:
    return {
        at.P_BASE: Sourced(base, _POWER),
        at.C_EFF: Sourced(c_eff, _POWER),
        at.A0: Sourced(a0, _POWER),
        at.P_LEAK50: Sourced(leak, _POWER),
        at.V_LEAK: Sourced(v_leak, _POWER),
    }


def _heat(r1: float, c1: float, c2: float, rn: float, r_min: float, q_max: float) -> Table:
    return {
        at.R1: Sourced(r1, _HEAT),
        at.C1: Sourced(c1, _HEAT),
        at.C2: Sourced(c2, _HEAT),
        at.RN: Sourced(rn, _HEAT),
        at.R_MIN: Sourced(r_min, _HEAT),
        at.Q_MAX: Sourced(q_max, "estimate: free-air flow of a fan of the class, CFM"),
    }


_CLOCKS_65: Final[Table] = {
    at.F_MAX: Sourced(44.0, "class"),
    at.F_ALL_CORE: Sourced(40.0, "class"),
    **curve(at.VF_F, (0.8, 2.5, 4.0, 4.4), (0.70, 0.85, 1.10, 1.20), _EE),
}

MODELS: Final[Mapping[str, Table]] = {
    "65w": {
        **_CLOCKS_65,
        **_power(5.0, 11.0, 0.04, 7.0, 1.10),
        **_limits(65.0, 117.0, 28.0, 100.0, _LIMITS),
        **_heat(0.25, 12.0, 350.0, 1.8, 0.28, 40.0),
    },
    "125w": {
        at.F_MAX: Sourced(52.0, "class"),
        at.F_ALL_CORE: Sourced(49.0, "class"),
        **curve(at.VF_F, (0.8, 3.2, 4.9, 5.2), (0.70, 0.90, 1.25, 1.36), _EE),
        **_power(8.0, 18.5, 0.03, 16.0, 1.25),
        **_limits(125.0, 241.0, 56.0, 100.0, _LIMITS),
        **_heat(0.18, 15.0, 600.0, 1.2, 0.15, 60.0),
    },
    "chiplet": {
        **_CLOCKS_65,
        **_power(25.0, 7.0, 0.04, 7.0, 1.10),
        **_limits(88.0, 88.0, 0.0, 95.0, "PPT 1.35 x TDP (estimate); sensor's high limit 95 degC (zenpower issue 18)"),
        **_heat(0.30, 12.0, 350.0, 1.8, 0.28, 40.0),
    },
}

SETUPS: Final[Mapping[str, Table]] = {
    "tower": {at.GOVERNOR: Sourced(SCHEDUTIL, "Linux admin guide, cpufreq")},
    "tower-hwp": {at.GOVERNOR: Sourced(HWP, "estimate after a real board (LibreHardwareMonitor fixture)")},
}
