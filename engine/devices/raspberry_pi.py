"""Raspberry Pi boards 3B+, 4 and 5: passive or with a fan, on a 5 V supply, with the firmware's throttling."""

from collections.abc import Mapping, MutableSequence, Sequence
from types import MappingProxyType
from typing import Final

from engine.devices import _pi_tables as tables
from engine.devices._body import Make
from engine.devices._kind import KernelKind
from engine.devices._settings import COMMON
from engine.devices.base import Setting
from engine.kernels import kernel
from engine.physics import layout as at
from engine.physics.begin import SETTLE_ROUNDS, rest, settle_step
from engine.physics.electric import step_board_power, switch_off
from engine.physics.fan import NO_FAN, step_fan
from engine.physics.governor import step_clock
from engine.physics.heat import step_heat
from engine.physics.layout import DEMAND, FAN_KIND, HALTED, MISHAP_FROM, POWERED, RAIL_WATCH, TRIPPED, V_RAIL, WEAR_STEP
from engine.physics.limits import step_board_limits
from engine.physics.mishaps import step_mishaps
from engine.physics.watch import low_rail
from engine.physics.window import close_window, show, step_window
from engine.physics.workload import step_air, step_minute, step_workload


@kernel
def _step(s: MutableSequence[float], p: Sequence[float], h: float) -> None:
    """One tick under the demand and air at hand: limits from the last tick, clock, power, fan, heat."""
    on = p[POWERED] > 0.0 and s[TRIPPED] == 0.0 and s[HALTED] == 0.0
    if on:
        step_board_limits(s, p)
        step_clock(s, p)
        step_board_power(s, p)
    else:
        switch_off(s, p)
    if p[FAN_KIND] != NO_FAN:
        step_fan(s, p, on)
    step_heat(s, p, True, h)


@kernel(entry="advance_raspberry_pi", signature="void(float64[::1], float64[::1], int64, int64, int64, int64)")
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
    show(s, p, key0, key1, last)


@kernel(entry="settle_raspberry_pi", signature="void(float64[::1], float64[::1], int64, int64, float64)")
def _settle(s: MutableSequence[float], p: Sequence[float], key0: int, key1: int, demand: float) -> None:
    s[DEMAND] = demand
    for settling in range(SETTLE_ROUNDS):
        _step(s, p, settle_step(settling))
        rest(s, p)
    show(s, p, key0, key1, 0)


_SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        **COMMON,
        "arm_boost": Setting(at.F_MAX, words=MappingProxyType({"true": 18.0, "false": 15.0}), models=("4",)),
        "soft_limit_c": Setting(at.SOFT_LIMIT, "degC", 60.0, 70.0, models=("3b+",)),
        "fan_trip_c": Setting(at.FAN_TRIP, "degC", 0.0, 100.0, models=("4",)),
    }
)
_FLAGS: Final = ((1, "under-voltage"), (4, "throttled"), (8, "soft-limit"))

KIND: Final = KernelKind(
    make=Make(
        "raspberry-pi", "advance_raspberry_pi", "settle_raspberry_pi", _SETTINGS, has_register=True, flags=_FLAGS
    ),
    tables={
        model: {setup: (tables.COMMON, tables.MODELS[model], table) for setup, table in setups.items()}
        for model, setups in tables.SETUPS.items()
    },
    boot_s=20.0,
)
