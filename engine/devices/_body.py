"""The body that all kinds with kernels share: arrays of state and parameters, stepped by one entry per kind."""

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.causes.base import Disturbance
from engine.devices._rows import BodyRows
from engine.devices._settings import change, present
from engine.devices._tables import mean_demand
from engine.devices.base import BodySpec, Setting, Value
from engine.kernels import ENTRIES
from engine.physics import layout as at
from engine.physics import mishaps as _mishaps  # noqa: F401 - defines the entry
from engine.physics.slots import WATCHED_SIZE
from engine.streams import key
from engine.wear import Look, Wear
from engine.wear_modes import fitting_modes
from engine.wear_rows import health_rows, rul_rows, wear_rows
from schemas.quantities import QUANTITIES
from schemas.readings import WearTruth

_FAN: Final = QUANTITIES.index("fan")
_SHOWN: Final = slice(at.SHOWN, at.SHOWN + len(QUANTITIES))
_HEAD: Final = struct.Struct("<4sHq")
_MAGIC: Final = b"DSB2"
_F8: Final = np.dtype("<f8")
_EXTRAS: Final[Mapping[str, int]] = {
    "air_temperature_c": at.T_AIR,
    "sink_temperature_c": at.T_SINK,
    "demand": at.DEMAND,
    "core_voltage_v": at.V_CORE,
    "rail_voltage_v": at.SHOWN_RAIL,
    "leakage_w": at.POWER_LEAK,
    "clock_cap_steps": at.CAP,
    "fan_duty": at.FAN_DUTY,
    "fan_rpm": at.SHOWN_RPM,
    "sink_to_air_w_per_k": at.TO_AIR,
}


class Make(NamedTuple):
    """What a device kind gives its bodies."""

    kind: str
    entry: str
    """Kernel entry `(state, parameters, key0, key1, first, last)` that lives from one tick to another."""
    settle: str
    """Kernel entry `(state, parameters, key0, key1, demand)` that brings heat and control to rest."""
    settings: Mapping[str, Setting]
    has_register: bool
    """Whether there is a `get_throttled` register."""
    flags: tuple[tuple[int, str], ...]
    """Symptoms by the bits of the flags."""


@lru_cache(maxsize=256)
def _unit(model: str, setup: str) -> str:
    """Model and set-up; one text for all bodies of them."""
    return f"{model}/{setup}"


class KernelBody:
    """One device's physical state. See `engine.devices.base.Body`."""

    __slots__ = ("_keys", "_look", "_make", "_parameters", "_state", "_unit", "_wear", "tick")

    def __init__(self, make: Make, spec: BodySpec, parameters: list[float]) -> None:
        self.tick = 0
        self._make = make
        self._keys = key(spec.seed, spec.device)
        self._parameters = np.array(parameters)
        self._state = np.zeros(WATCHED_SIZE if spec.fail_on_symptom else at.STATE_SIZE)
        for name, value in spec.settings.items():
            self.set(name, value)
        modes = fitting_modes(self._parameters, spec.modes)
        self._wear = Wear(modes, spec.seed, spec.device, spec.spread, by_symptom=spec.fail_on_symptom)
        self._watch()
        self._unit = _unit(spec.model, spec.setup)
        self._look = Look(None, 1.0, False)
        if not spec.blank:
            self._begin(spec)

    def _watch(self) -> None:
        """What rail is looked at more closely."""
        ends, parameters = self._wear.ends, self._parameters
        by_rail = ends is not None and ends.fails_by_rail
        parameters[at.RAIL_WATCH] = parameters[at.RAIL_LEAST if by_rail else at.RAIL_DEAD]

    def _label(self) -> bytes:
        """What a snapshot must be of; made anew each time, since it is asked for seldom and there are many bodies."""
        wear = self._wear
        words = self._make.kind, wear.device, str(wear.seed), self._unit, ",".join(wear.modes)
        return "/".join(words if wear.ends is None else (*words, "by symptom")).encode()

    def _begin(self, spec: BodySpec) -> None:
        state = self._state
        state[at.PLANT] = at.NEUTRAL
        state[at.DAY] = -1.0
        ENTRIES.begin(state, self._parameters, *self._keys)
        if not spec.cold:
            demand = mean_demand(self._parameters.tolist())
            getattr(ENTRIES, self._make.settle)(state, self._parameters, *self._keys, demand)
        self._wear.begin(state, self._parameters, spec.wear)
        self._look = self._wear.look(state)

    def advance(self, to_tick: int) -> None:
        """Live on to a tick: one kernel call per stretch between wear steps. An error leaves the last whole state."""
        tick = self.tick
        if to_tick <= tick:
            if to_tick == tick:
                return
            raise ValueError(f"a body lives forward: it is at tick {tick}, asked to go to {to_tick}")
        state, parameters, wear = self._state, self._parameters, self._wear
        key0, key1 = self._keys
        run = getattr(ENTRIES, self._make.entry)
        before = state.copy()
        worn = False
        try:
            while tick < to_tick:
                stop = min(to_tick, tick - tick % at.WEAR_STEP + at.WEAR_STEP)
                run(state, parameters, key0, key1, tick, stop)
                tick = stop
                if tick % at.WEAR_STEP == 0:
                    wear.step(state, parameters)
                    worn = True
                    if state.item(at.OPEN_RATE) + state.item(at.RESET_RATE) + state.item(at.STALL_RATE) > 0.0:
                        ENTRIES.draw_mishaps(state, key0, key1, tick)
        except BaseException:
            state[:] = before
            raise
        if worn:
            self._look = wear.look(state)
        self.tick = tick

    @property
    def row_size(self) -> int:
        """Numbers in one state."""
        return len(self._state)

    def record(self, first: int, step: int, rows: NDArray[np.float64], resets: tuple[int, int]) -> int:
        """Live from tick to tick and keep each state as a row, until broken or in trouble. See `Recordable`."""
        state, tick = self._state, first
        for place in range(len(rows)):
            self.advance(tick)
            if state.item(at.MUTED) > 0.0 or self.resets() != resets:
                return place
            rows[place] = state
            if self.broken() is not None:
                return place + 1
            tick += step
        return len(rows)

    def read(self, rows: NDArray[np.float64], first: int, step: int) -> BodyRows:
        """What kept states show. See `Recordable`."""
        count = len(rows)
        ticks = np.arange(first, first + step * count, step, dtype=np.int64)
        kappa, ends = self._parameters.item(at.KAPPA), self._wear.ends
        wear = wear_rows(self._wear.modes, self._wear.failing, rows, kappa, ticks, ends)
        clean: list[NDArray[np.float64] | None] = [rows[:, at.SHOWN + place] for place in range(len(QUANTITIES))]
        if not self._has_fan():
            clean[_FAN] = None
        return BodyRows(
            clean=tuple(clean),
            throttled=rows[:, at.SHOWN_THROTTLED].astype(np.int64) if self._make.has_register else None,
            health=health_rows(wear, self._wear.failing, count),
            rul_s=rul_rows(wear, count, ends),
            wear=wear,
            symptoms=self._symptoms_of(rows, [float(one.damage[-1]) for one in wear]),
        )

    def _symptoms_of(self, rows: NDArray[np.float64], most: list[float]) -> tuple[tuple[str, ...], ...]:
        """Symptoms of each row; modes are asked only when the greatest damages allow any."""
        low = (rows[:, at.V_RAIL] < self._parameters.item(at.RAIL_LOW)) & (rows[:, at.V_RAIL] > 0.0)
        keys = (rows[:, at.FLAGS].astype(np.int64) * 2 + low).tolist()
        limits = {key: self._limits(key // 2, bool(key % 2)) for key in set(keys)}
        if not self._wear.may_show(most):
            return tuple(limits[key] for key in keys)
        return tuple(limits[key] + self._wear.symptoms(row) for key, row in zip(keys, rows, strict=True))

    def clean(self) -> tuple[float | None, ...]:
        """True values of the six quantities at `tick`."""
        shown: list[float | None] = self._state[_SHOWN].tolist()
        if not self._has_fan():
            shown[_FAN] = None
        return tuple(shown)

    def _has_fan(self) -> bool:
        return float(self._parameters.item(at.FAN_KIND)) != 0.0

    def extras(self) -> Mapping[str, float]:
        """Air and sink temperature, core and rail voltage, demand, leakage, cap, fan duty and speed..."""
        return {name: self._state.item(place) for name, place in _EXTRAS.items()}

    def throttled(self) -> int | None:
        """The `get_throttled` word of a Raspberry Pi."""
        return int(self._state.item(at.SHOWN_THROTTLED)) if self._make.has_register else None

    def symptoms(self) -> tuple[str, ...]:
        """What limits the device now, and what its parts show."""
        low = 0.0 < self._state.item(at.V_RAIL) < self._parameters.item(at.RAIL_LOW)
        limits = self._limits(int(self._state.item(at.FLAGS)), low)
        return limits + self._wear.symptoms(self._state) if self._look.may_show else limits

    def _limits(self, flags: int, low: bool) -> tuple[str, ...]:
        if not flags and not low:
            return ()
        limits = tuple(word for bit, word in self._make.flags if flags & bit)
        return (*limits, "rail-low") if low else limits

    def muted(self) -> bool:
        """While a contact is open, or the card keeps whoever samples waiting."""
        return self._state.item(at.MUTED) > 0.0

    def resets(self) -> tuple[int, int]:
        """How many resets there were that nobody asked for, and the tick from which it boots after the latest."""
        return int(self._state.item(at.RESETS)), int(self._state.item(at.LAST_RESET))

    def wear(self) -> tuple[WearTruth, ...]:
        """How far each failure mode has come."""
        return self._wear.truth(self._state, self._parameters, self.tick)

    def health(self) -> float:
        """The smallest event state."""
        return self._look.health

    def rul_s(self) -> float | None:
        """Time to the earliest failure at present stress, s."""
        return self._wear.rul_s(self._state, self._parameters, self.tick)

    def broken(self) -> str | None:
        """`thermal-trip`, or the failure mode that has reached its end."""
        return "thermal-trip" if self._state.item(at.TRIPPED) > 0.0 else self._look.failed

    def hurt(self, mode: str, damage: float) -> None:
        """Bring a failure mode to a damage at once; never lowers it."""
        self._wear.hurt(self._state, self._parameters, mode, damage)
        self._look = self._wear.look(self._state)

    def disturb(self, disturbance: Disturbance) -> None:
        """What common causes do to room and supply, all together."""
        self._parameters[at.ROOM_HEAT] = disturbance.heat_k
        self._parameters[at.SUPPLY_SAG] = disturbance.sag

    def weaken(self, mode: str, factor: float) -> None:
        """Divide the life of a mode's present part."""
        self._wear.weaken(self._state, self._parameters, mode, factor)
        self._look = self._wear.look(self._state)

    def repair(self, mode: str | None) -> tuple[str, ...]:
        """Renew one part, or what a maintenance renews, or all. A tripped device stays off until it is rebooted."""
        renewed = self._wear.repair(self._state, self._parameters, mode, self.tick)
        self._look = self._wear.look(self._state)
        return renewed

    def set(self, name: str, value: Value) -> None:
        """Change a setting; `profile` takes a profile's name."""
        change(self._parameters, self._make.settings, name, value)

    def setting(self, name: str) -> Value | None:
        """The present value of a setting, as `set` takes it; `None` for one that there is not."""
        return present(self._parameters, self._make.settings, name)

    def reboot(self) -> None:
        """Clear sticky flags, caps and a thermal trip; heat and wear stay."""
        state = self._state
        for place in (at.FLAGS, at.STICKY, at.TRIPPED, at.UNDER_VOLTAGE, at.RAIL_GOOD, at.SOFT_LIMITED):
            state[place] = 0.0
        state[at.CAP] = self._parameters[at.F_MAX]
        state[at.SHOWN_THROTTLED] = 0.0

    def snapshot(self) -> bytes:
        """The whole body, with a label that says whose it is."""
        label = self._label()
        head = _HEAD.pack(_MAGIC, len(label), self.tick)
        numbers = np.concatenate((self._state, self._parameters)).astype(_F8)
        return head + label + numbers.tobytes()

    def restore(self, data: bytes) -> None:
        """Become the body of a snapshot of the same device, model, set-up and modes."""
        mine = self._label()
        count = len(self._state)
        size = _HEAD.size + len(mine) + (count + at.PARAMETER_SIZE) * _F8.itemsize
        if len(data) != size or data[:4] != _MAGIC:
            raise ValueError(f"no snapshot of this kind of body: {len(data)} bytes, expected {size}")
        label = data[_HEAD.size : _HEAD.size + len(mine)]
        if label != mine:
            raise ValueError(f"snapshot of {label.decode(errors='replace')}, not of {mine.decode()}")
        numbers = np.frombuffer(data, _F8, offset=_HEAD.size + len(label))
        self._state[:] = numbers[:count]
        self._parameters[:] = numbers[count:]
        self.tick = _HEAD.unpack_from(data)[2]
        self._look = self._wear.look(self._state)
