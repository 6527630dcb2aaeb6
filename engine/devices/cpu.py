"""Desktop and server processors of the 65 W, 125 W and chiplet classes under a tower cooler in a case."""

from collections.abc import Mapping, MutableSequence, Sequence
from types import MappingProxyType
from typing import Final

from engine.devices import _cpu_tables as tables
from engine.devices._body import Make
from engine.devices._kind import KernelKind
from engine.devices._settings import COMMON
from engine.devices.base import Setting
from engine.kernels import kernel
from engine.physics import layout as at
from engine.physics.begin import SETTLE_ROUNDS, rest, settle_step
from engine.physics.electric import step_package_power, switch_off
from engine.physics.fan import step_fan
from engine.physics.governor import HWP, SCHEDUTIL, step_clock
from engine.physics.heat import step_heat
from engine.physics.layout import (
    CORE_NOISE,
    DEMAND,
    HALTED,
    MISHAP_FROM,
    POWERED,
    RAIL_WATCH,
    SHOWN,
    TRIPPED,
    V_CORE,
    V_RAIL,
    WEAR_STEP,
)
from engine.physics.limits import POWER_LIMITED, THROTTLED, step_package_limits
from engine.physics.mishaps import step_mishaps
from engine.physics.watch import low_rail
from engine.physics.window import close_window, show, step_window
from engine.physics.workload import PURPOSE_SHOWN, step_air, step_minute, step_workload
from engine.streams import draw, normal


@kernel
def _step(s: MutableSequence[float], p: Sequence[float], h: float) -> None:
    """One tick under the demand and air at hand: limits from the last tick, clock, power, fan, heat."""
    on = p[POWERED] > 0.0 and s[TRIPPED] == 0.0 and s[HALTED] == 0.0
    if on:
        step_package_limits(s, p)
        step_clock(s, p)
        step_package_power(s, p)
    else:
        switch_off(s, p)
    step_fan(s, p, on)
    step_heat(s, p, False, h)


@kernel
def _show(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, now: int) -> None:
    show(s, p, key0, key1, now)
    s[SHOWN + 3] = s[V_CORE]
    if s[CORE_NOISE] > 0.0:
        s[SHOWN + 3] *= 1.0 + s[CORE_NOISE] * normal(draw(key0, key1, PURPOSE_SHOWN, now)[2])


@kernel(entry="advance_cpu", signature="void(float64[::1], float64[::1], int64, int64, int64, int64)")
def _advance(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, first: int, last: int) -> None:
    for tick in range(first, last):
        if tick % WEAR_STEP == 0:
            step_minute(s, p, key0, key1, tick)
        if tick >= s[MISHAP_FROM]:
            step_mishaps(s, p, tick)
        step_air(s, p)
        step_workload(s, p, key0, key1, tick + 1)
        _step(s, p, 1.0)
        if s[V_RAIL] < p[RAIL_WATCH]:
            low_rail(s, p, tick + 1)
        step_window(s, p)
    if last % WEAR_STEP == 0:
        close_window(s)
    _show(s, p, key0, key1, last)


@kernel(entry="settle_cpu", signature="void(float64[::1], float64[::1], int64, int64, float64)")
def _settle(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, demand: float) -> None:
    s[DEMAND] = demand
    for settling in range(SETTLE_ROUNDS):
        _step(s, p, settle_step(settling))
        rest(s, p)
    _show(s, p, key0, key1, 0)


_SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        **COMMON,
        "governor": Setting(at.GOVERNOR, words=MappingProxyType({"schedutil": SCHEDUTIL, "hwp": HWP})),
        "pl1_w": Setting(at.PL1, "W", 5.0, 500.0),
        "pl2_w": Setting(at.PL2, "W", 5.0, 500.0),
    }
)
_FLAGS: Final = ((POWER_LIMITED, "power-limit"), (THROTTLED, "throttled"))

KIND: Final = KernelKind(
    make=Make("cpu", "advance_cpu", "settle_cpu", _SETTINGS, has_register=False, flags=_FLAGS),
    tables={
        model: {setup: (tables.COMMON, table, extra) for setup, extra in tables.SETUPS.items()}
        for model, table in tables.MODELS.items()
    },
    boot_s=30.0,
)
