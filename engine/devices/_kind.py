"""A device kind made of tables and kernels: checks words, draws a unit, builds its body."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from engine.devices._body import KernelBody, Make
from engine.devices._tables import (
    AIR_SD_K,
    AIR_TAU_S,
    DAY_SD,
    PROFILES,
    Table,
    fill,
    fill_profile,
    spread_out,
)
from engine.devices.base import Body, BodySpec, SensorFit, Setting
from engine.elementary import exp
from engine.physics import layout as at
from schemas.problems import Problem, suggest
from schemas.quantities import QUANTITIES

SENSORS: Final = tuple(SensorFit(quantity, quantity, quantity) for quantity in QUANTITIES)


class KernelKind:
    """See `engine.devices.base.DeviceKind`."""

    def __init__(self, make: Make, tables: Mapping[str, Mapping[str, tuple[Table, ...]]], boot_s: float) -> None:
        self.name = make.kind
        self.models = tuple(tables)
        self.setups: Mapping[str, tuple[str, ...]] = MappingProxyType({m: tuple(s) for m, s in tables.items()})
        self.profiles = tuple(PROFILES)
        self.sensors = SENSORS
        self.settable: Mapping[str, Setting] = make.settings
        self.boot_s = boot_s
        self._makes = {model: make._replace(settings=_of_model(make.settings, model)) for model in tables}
        self._tables = tables

    def validate(self, model: str, setup: str, profile: str, path: str = "") -> list[Problem]:
        """Problems of model, set-up and profile; the set-up is judged only under a known model."""
        problems = [*_unknown(f"{path}model", model, self.models), *_unknown(f"{path}profile", profile, self.profiles)]
        if model in self.setups:
            problems.extend(_unknown(f"{path}setup", setup, self.setups[model]))
        return problems

    def build(self, spec: BodySpec) -> Body:
        """The body of a spec; ValueError names everything wrong with it."""
        problems = self.validate(spec.model, spec.setup, spec.profile)
        if problems:
            raise ValueError("; ".join(str(problem) for problem in problems))
        return KernelBody(self._makes[spec.model], spec, self._parameters(spec))

    def _parameters(self, spec: BodySpec) -> list[float]:
        parameters = [0.0] * at.PARAMETER_SIZE
        fill(parameters, *self._tables[spec.model][spec.setup])
        if not spec.blank:
            spread_out(parameters, spec.seed, spec.device, spec.spread)
        fill_profile(parameters, PROFILES[spec.profile])
        parameters[at.START_S] = float(spec.start_ns // 1_000_000_000)
        parameters[at.ROOM] = spec.room_temperature_c
        parameters[at.ROOM_SWING] = spec.room_swing_c
        parameters[at.AIR_DECAY] = _AIR_DECAY
        parameters[at.AIR_SD] = AIR_SD_K
        parameters[at.DAY_SD] = DAY_SD
        parameters[at.DEMAND_FACTOR] = 1.0
        parameters[at.DEMAND_FIXED] = -1.0
        parameters[at.POWERED] = 1.0
        parameters[at.FAN_DUTY_SET] = -1.0
        parameters[at.KAPPA] = spec.acceleration
        return parameters


_AIR_DECAY: Final = exp(-at.WEAR_STEP / AIR_TAU_S)


def _of_model(settings: Mapping[str, Setting], model: str) -> Mapping[str, Setting]:
    return {name: one for name, one in settings.items() if not one.models or model in one.models}


def _unknown(path: str, word: str, known: Iterable[str]) -> list[Problem]:
    known = tuple(known)
    return [] if word in known else [Problem(path, f"'{word}'", ", ".join(known), suggest(word, known))]
