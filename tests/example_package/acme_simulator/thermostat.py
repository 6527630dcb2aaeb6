"""A thermostat: a room that loses heat, a heater with two points. The smallest body that there is, in plain Python."""

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.devices.base import Body, BodySpec, SensorFit, Setting, Value
from engine.streams import Stream
from schemas.problems import Problem, suggest
from schemas.readings import WearTruth

HYSTERESIS_K: Final = 0.5
COLDER_OUTSIDE_K: Final = 15.0
HEATER_W: Final = 1500.0
LOSS_PER_S: Final = 1.0 / 3600.0
"""Share of the difference to the outside that is lost in a second."""
HEATING_K_PER_S: Final = 0.01
_STATE: Final = struct.Struct("<q3d?")
_SETTINGS: Final = MappingProxyType({"target_c": Setting(0, "degC", 5.0, 30.0)})


class Thermostat:
    """One room. See `engine.devices.base.Body`."""

    def __init__(self, spec: BodySpec) -> None:
        self.tick = 0
        self._outside_c = spec.room_temperature_c - COLDER_OUTSIDE_K
        # each room has its own insulation
        self._loss = LOSS_PER_S * (1.0 + 0.1 * spec.spread * Stream(spec.seed, spec.device, "loss").normal(0))
        self._room_c = spec.room_temperature_c
        self._target_c = 20.0
        self._heating = False
        for name, value in spec.settings.items():
            self.set(name, value)
        for mode, damage in spec.wear.items():
            self.hurt(mode, damage)

    def advance(self, to_tick: int) -> None:
        """Second by second, so that any chunking gives the same."""
        if to_tick < self.tick:
            raise ValueError(f"a body lives forward: it is at tick {self.tick}, asked to go to {to_tick}")
        room_c, heating = self._room_c, self._heating
        for _ in range(to_tick - self.tick):
            if room_c < self._target_c - HYSTERESIS_K:
                heating = True
            elif room_c > self._target_c + HYSTERESIS_K:
                heating = False
            room_c += (HEATING_K_PER_S if heating else 0.0) - self._loss * (room_c - self._outside_c)
        self._room_c, self._heating, self.tick = room_c, heating, to_tick

    def clean(self) -> tuple[float | None, ...]:
        """Temperature and power; the rest is not fitted."""
        return (self._room_c, HEATER_W if self._heating else 0.0, None, None, None, None)

    def extras(self) -> Mapping[str, float]:
        """The target."""
        return {"target_c": self._target_c}

    def throttled(self) -> int | None:
        """There is no such register."""
        return None

    def symptoms(self) -> tuple[str, ...]:
        """None."""
        return ()

    def muted(self) -> bool:
        """Never."""
        return False

    def resets(self) -> tuple[int, int]:
        """Never."""
        return 0, 0

    def wear(self) -> tuple[WearTruth, ...]:
        """Nothing wears."""
        return ()

    def health(self) -> float:
        """Always whole."""
        return 1.0

    def rul_s(self) -> float | None:
        """Nothing wears."""
        return None

    def broken(self) -> str | None:
        """Never."""
        return None

    def hurt(self, mode: str, damage: float) -> None:
        """Nothing wears."""
        raise ValueError(f"'{mode}' is no failure mode of a thermostat; known: none")

    def repair(self, mode: str | None) -> tuple[str, ...]:
        """Nothing to repair."""
        if mode is not None:
            self.hurt(mode, 0.0)
        return ()

    def set(self, name: str, value: Value) -> None:
        """The target alone."""
        if name not in _SETTINGS:
            raise ValueError(f"unknown setting '{name}'; known: {', '.join(_SETTINGS)}. {suggest(name, _SETTINGS)}")
        self._target_c = _SETTINGS[name].number(name, value)

    def reboot(self) -> None:
        """The heater is off until the next second says otherwise."""
        self._heating = False

    def snapshot(self) -> bytes:
        """All that changes."""
        return _STATE.pack(self.tick, self._room_c, self._target_c, self._outside_c, self._heating)

    def restore(self, data: bytes) -> None:
        """Become the body of a snapshot."""
        try:
            self.tick, self._room_c, self._target_c, self._outside_c, self._heating = _STATE.unpack(data)
        except struct.error as error:
            raise ValueError(f"no snapshot of a thermostat: {error}") from error


class ThermostatKind:
    """A two-point thermostat and the room it keeps warm."""

    name: Final = "thermostat"
    models: Final = ("two-point",)
    setups: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"two-point": ("room",)})
    profiles: Final = ("steady",)
    sensors: Final = (
        SensorFit("temperature", "temperature", "thermistor"),
        SensorFit("power", "power", "power"),
    )
    settable: Final[Mapping[str, Setting]] = _SETTINGS
    boot_s: Final = 2.0

    def validate(self, model: str, setup: str, profile: str, path: str = "") -> list[Problem]:
        """Problems of words that are not the only ones there are."""
        asked = {"model": (model, "two-point"), "setup": (setup, "room"), "profile": (profile, "steady")}
        return [
            Problem(f"{path}{name}", f"'{word}'", only, suggest(word, (only,)))
            for name, (word, only) in asked.items()
            if word != only
        ]

    def build(self, spec: BodySpec) -> Body:
        """One room."""
        problems = self.validate(spec.model, spec.setup, spec.profile)
        if problems:
            raise ValueError("; ".join(str(problem) for problem in problems))
        return Thermostat(spec)


KIND: Final = ThermostatKind()
