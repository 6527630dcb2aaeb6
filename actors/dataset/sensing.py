"""What one sensor says of many samples at once; one by one only while a fault is in force."""

from typing import Any, Final, NamedTuple

import numpy as np

from actors.dataset.block import Integers, Numbers
from actors.sensor import SensorMemory
from engine.kernels import ENTRIES
from engine.noise import noise as _noise  # noqa: F401 - defines the entry
from schemas.readings import Reading

_NS_PER_MS: Final = 1_000_000


class Said(NamedTuple):
    """One sensor's readings of many samples."""

    values: Numbers
    """Of the first reading of each sample; not a number when there is none or it has no value."""
    irregular: dict[int, tuple[Reading, ...]]
    """By row, where it was not exactly one reading at the sample's own instant."""


def sense(memory: SensorMemory, clean: Numbers | None, times: Integers, stride_ns: int, chain: tuple[Any, ...]) -> Said:
    """Measure what is truly there at `times`, which are `stride_ns` apart, and let the faults of the chain act."""
    count = len(times)
    first_ms = (int(times[0]) - memory.origin_ns) // _NS_PER_MS
    if clean is None:
        values = np.full(count, np.nan)
    else:
        z = np.empty(count)
        ENTRIES.noise(*memory.key, memory.purpose, first_ms, stride_ns // _NS_PER_MS, z)
        values = _measured(memory.instrument, clean, z)
    if not chain:
        return Said(values, {})
    return _through_faults(memory, values, clean, times, chain)


def _measured(instrument: Any, clean: Numbers, z: Numbers) -> Numbers:
    """All at once where the instrument can; an instrument of a third party may only know one at a time."""
    if hasattr(instrument, "measure_all"):
        said: Numbers = instrument.measure_all(clean, z)
        return said
    found = (instrument.measure(true, noise) for true, noise in zip(clean.tolist(), z.tolist(), strict=True))
    return np.array([np.nan if value is None else value for value in found], np.float64)


def _through_faults(
    memory: SensorMemory, values: Numbers, clean: Numbers | None, times: Integers, chain: tuple[Any, ...]
) -> Said:
    irregular: dict[int, tuple[Reading, ...]] = {}
    said, true = values.tolist(), None if clean is None else clean.tolist()
    for row, time_ns in enumerate(times.tolist()):
        value = None if said[row] != said[row] else said[row]
        readings: tuple[Reading, ...] = (Reading(memory.name, memory.quantity, memory.unit, value, time_ns),)
        step = (time_ns - memory.origin_ns) // _NS_PER_MS
        for fault in chain:
            sound, readings = readings, ()
            for reading in sound:
                readings += fault.apply(reading, None if true is None else true[row], step)
            if readings != sound and getattr(fault, "first_ns", 0) is None:
                fault.first_ns = time_ns
        if len(readings) != 1 or readings[0].time_ns != time_ns:
            irregular[row] = readings
        first = readings[0].value if readings else None
        values[row] = np.nan if first is None else first
    return Said(values, irregular)
