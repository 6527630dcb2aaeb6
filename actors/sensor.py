"""The sensor actor: measures one quantity of its device, imperfectly."""

from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np

from actors.messages import SetChain
from engine.actor import DispatchedActor
from engine.directory import Endpoint
from engine.kernels import ENTRIES
from engine.noise import noise as _noise  # noqa: F401 - defines the entry
from schemas.commands import Crash
from schemas.readings import Answer, Reading, Sample

BLOCK: Final = 8
"""Noise is drawn this many samples ahead: one compiled call in eight, 300 bytes a sensor."""

NS_PER_S: Final = 1_000_000_000
_NS_PER_MS: Final = 1_000_000
_scratch: Final = np.zeros(BLOCK)
_make: Final = tuple.__new__


class Instrument(Protocol):
    """How one unit of a sensor turns what is true into what it says."""

    def measure(self, clean: float | None, z: float) -> float | None: ...


class Fault(Protocol):
    """One sensor fault in force."""

    first_ns: int | None
    """When it first changed a reading."""

    def apply(self, reading: Reading, clean: float | None, step: int) -> tuple[Reading, ...]: ...


class SensorMemory:
    """What is a sensor's own for life: its unit's instrument and its stream of noise; outlives the actor."""

    __slots__ = ("_key", "chain", "instrument", "name", "origin_ns", "purpose", "quantity", "unit")

    def __init__(
        self,
        name: str,
        quantity: str,
        unit: str,
        instrument: Instrument,
        key: tuple[int, int],
        purpose: int,
        origin_ns: int,
    ) -> None:
        self.name = name
        self.quantity = quantity
        self.unit = unit
        self.instrument = instrument
        self._key = key[0] << 32 | key[1]  # one number takes a third of the room of a pair, in every sensor
        self.purpose = purpose
        self.origin_ns = origin_ns
        self.chain: tuple[Fault, ...] = ()

    @property
    def key(self) -> tuple[int, int]:
        """The two words of 32 bits that its noise is keyed by."""
        return self._key >> 32, self._key & 0xFFFFFFFF


@lru_cache(maxsize=256)
def _words(name: str, quantity: str, unit: str) -> tuple[str, str, str]:
    """What stands in each reading; one for all sensors of the same words."""
    return name, quantity, unit


class Sensor(DispatchedActor):
    """Answers each sample of its device with a reading, with nothing, or with several."""

    def __init__(self, memory: SensorMemory, device: Endpoint) -> None:
        super().__init__()
        self._memory = memory
        self._words = _words(memory.name, memory.quantity, memory.unit)
        self._instrument = memory.instrument
        self._device = device
        self._noise: list[float] = []
        self._next_ns = -1
        self._stride_ns = 0

    def on_receive(self, message: Any) -> Any:
        match message:
            case Sample():
                time_ns, clean = message
                if time_ns == self._next_ns and self._noise:
                    z = self._noise.pop()
                    self._next_ns = time_ns + self._stride_ns
                else:
                    z = self._draw(time_ns)
                reading: Reading = _make(Reading, (*self._words, self._instrument.measure(clean, z), time_ns))
                if self._memory.chain:
                    self._answer_through_faults(reading, clean)
                else:
                    self._device.tell(reading)
            case SetChain(chain=chain):
                self._memory.chain = chain
            case Crash():
                raise message.exception()
            case _:
                raise TypeError(f"sensor: unknown message {message!r}")

    def _draw(self, time_ns: int) -> float:
        """The noise of one instant; that of the instants which should follow is drawn with it.

        Noise belongs to the millisecond of the device's life, so the guess of what follows changes no value.
        """
        memory = self._memory
        self._stride_ns = max(
            _NS_PER_MS, time_ns - (self._next_ns - self._stride_ns) if self._next_ns >= 0 else NS_PER_S
        )
        key0, key1 = memory.key
        ENTRIES.noise(key0, key1, memory.purpose, self._step(time_ns), self._stride_ns // _NS_PER_MS, _scratch)
        self._noise = _scratch.tolist()
        self._noise.reverse()
        self._next_ns = time_ns + self._stride_ns
        return self._noise.pop()

    def _step(self, time_ns: int) -> int:
        return (time_ns - self._memory.origin_ns) // _NS_PER_MS

    def _answer_through_faults(self, reading: Reading, clean: float | None) -> None:
        step = self._step(reading.time_ns)
        readings: tuple[Reading, ...] = (reading,)
        for fault in self._memory.chain:
            made = tuple(faulty for sound in readings for faulty in fault.apply(sound, clean, step))
            if made != readings and getattr(fault, "first_ns", 0) is None:
                fault.first_ns = reading.time_ns
            readings = made
        if len(readings) == 1:
            self._device.tell(readings[0])
        else:
            self._device.tell(Answer(self._memory.name, readings))
