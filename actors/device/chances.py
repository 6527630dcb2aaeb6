"""Sensor faults that come by chance: a Poisson process a device, each fault with a sensor, a kind and a length by lot.

All of it follows from the seed and the device's id, fault by fault, so nothing but the next one has to be remembered.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from engine.streams import Stream
from schemas.scenario.chances import exponential

_WEEK_NS: Final = 7 * 86_400 * 10**9
_MS_NS: Final = 10**6
_HALF_MS_NS: Final = _MS_NS // 2
"""Samples are taken at whole milliseconds: what begins and ends between them needs no order among timers."""
_S_NS: Final = 10**9
_LASTS_S: Final = 600, 2 * 86_400
"""Shortest and longest, s: of a stuck sensor in device-physics.md, and an estimate for the others."""
_OTHERS_LAST_S: Final[Mapping[str, tuple[int, int]]] = {"noise-burst": (300, 6 * 3600)}
_OPT_IN: Final = frozenset({"start-up-zero", "unit-slip"})
"""Rare in the field: they come only where the scenario names them."""
_SENSOR, _FAULT, _LENGTH, _GAP = 0, 1, 2, 3


class Chance(NamedTuple):
    """The next fault that comes by chance."""

    number: int
    at_ns: int
    sensor: str
    fault: str
    lasts_ns: int


class FaultChances:
    """The process of one device."""

    __slots__ = ("_device", "_faults", "_mean_ns", "_seed", "_sensors")

    def __init__(self, seed: int, device: str, per_week: float, sensors: Sequence[str], faults: Sequence[str]) -> None:
        """`per_week` is the mean number of faults in a week of simulated time, above 0."""
        self._seed = seed
        self._device = device
        self._mean_ns = _WEEK_NS / per_week
        self._sensors = tuple(sensors)
        self._faults = tuple(faults)

    def after(self, number: int, since_ns: int) -> Chance:
        """The fault of a number; the one before it began at `since_ns`."""
        stream = Stream(self._seed, self._device, f"sensor-faults/{number}")
        gap_ms = round(exponential(lambda n: stream.uniform(_GAP + n)) * self._mean_ns / _MS_NS)
        at_ns = since_ns // _MS_NS * _MS_NS + max(gap_ms, 1) * _MS_NS + _HALF_MS_NS
        fault = self._faults[stream.integers(_FAULT, len(self._faults))]
        shortest, longest = _OTHERS_LAST_S.get(fault, _LASTS_S)
        lasts_s = shortest + stream.integers(_LENGTH, longest - shortest + 1)
        sensor = self._sensors[stream.integers(_SENSOR, len(self._sensors))]
        return Chance(number, at_ns, sensor, fault, lasts_s * _S_NS)


def usual(faults: Sequence[str]) -> tuple[str, ...]:
    """The kinds of faults that come when the scenario names none."""
    return tuple(fault for fault in faults if fault not in _OPT_IN)
