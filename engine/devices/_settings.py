"""Settings that bodies of every kind have, those that need a fan, and how one is changed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.devices._tables import PROFILES, fill_profile
from engine.devices.base import Setting, Value
from engine.physics import layout as at
from schemas.problems import suggest

Parameters = NDArray[np.float64]
PROFILE: Final = "profile"
"""The setting that is many parameters at once."""

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


def change(parameters: Parameters, settings: Mapping[str, Setting], name: str, value: Value) -> None:
    """Change a setting of a body; ValueError says what is allowed."""
    if name == PROFILE:
        _set_profile(parameters, value)
        return
    setting = settings.get(name)
    if setting is None:
        known = (PROFILE, *settings)
        text = f"unknown setting '{name}'; known: {', '.join(sorted(known))}"
        raise ValueError(f"{text}. {suggest(name, known)}".removesuffix(". "))
    if setting.place in NEEDS_FAN and not parameters[at.FAN_KIND]:
        raise ValueError(f"{name}: this set-up has no fan")
    parameters[setting.place] = setting.number(name, value)


def present(parameters: Parameters, settings: Mapping[str, Setting], name: str) -> Value | None:
    """The present value of a setting, as `change` takes it; `None` for one that there is not."""
    if name == PROFILE:
        return _profile(parameters)
    setting = settings.get(name)
    if setting is None:
        return None
    number = float(parameters[setting.place])
    return next((word for word, meant in setting.words.items() if meant == number), number)


def _profile(parameters: Parameters) -> str | None:
    """The profile that the parameters are those of."""
    plain = parameters.tolist()
    for name, profile in PROFILES.items():
        filled = plain[:]
        fill_profile(filled, profile)
        if filled == plain:
            return name
    return None


def _set_profile(parameters: Parameters, value: Value) -> None:
    profile = PROFILES.get(str(value))
    if profile is None:
        raise ValueError(f"{PROFILE}: found {value!r}; allowed: {', '.join(PROFILES)}")
    plain = parameters.tolist()
    fill_profile(plain, profile)
    parameters[:] = plain
