"""Settings that bodies of every kind have, and those that need a fan."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.devices.base import Setting
from engine.physics import layout as at

ON_OFF_WORDS: Final[Mapping[str, float]] = MappingProxyType({"true": 1.0, "false": 0.0})

COMMON: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        "room_temperature_c": Setting(at.ROOM, "degC", -40.0, 70.0),
        "room_swing_c": Setting(at.ROOM_SWING, "K", 0.0, 30.0),
        "room_noise_c": Setting(at.AIR_SD, "K", 0.0, 5.0),
        "demand_factor": Setting(at.DEMAND_FACTOR, "", 0.0, 10.0),
        "demand": Setting(at.DEMAND_FIXED, "of full capacity", 0.0, 1.3, MappingProxyType({"profile": -1.0})),
        "rail_resistance_ohm": Setting(at.R_RAIL, "Ohm", 0.0, 5.0),
        "supply_v": Setting(at.V_SET, "V", 1.0, 15.0),
        "base_power_w": Setting(at.P_BASE, "W", 0.0, 100.0),
        "fan_duty": Setting(at.FAN_DUTY_SET, "", 0.0, 1.0, MappingProxyType({"auto": -1.0})),
        "acceleration": Setting(at.KAPPA, "x real time", 0.0, 1e9),
        "powered": Setting(at.POWERED, words=ON_OFF_WORDS),
    }
)
"""`fan_duty` is refused by a body without a fan."""

NEEDS_FAN: Final = frozenset({at.FAN_DUTY_SET, at.FAN_TRIP})
