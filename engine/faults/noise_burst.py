"""Noise burst: for a while the sensor is far noisier (NOISE in Sharma, Golubchik, Govindan, ACM TOSN 2010)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults._ramp import FADE, RAMP, share
from engine.faults.base import Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading

_LO: Final = 3.0
_HI: Final = 10.0
# Draws of steps of samples begin at 1: what is drawn once has step 0.
_SIZE: Final = 0


class NoiseBurst(Fault):
    """y = x + N(0, (k sd)^2), sd being a healthy sensor's noise, or its quantum where that is larger."""

    __slots__ = ("_fade_s", "_ramp_s", "_sd")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        times = number(values, "times")
        if times is None:
            times = _LO + (_HI - _LO) * hang.stream.uniform(_SIZE)
        self._sd = times * max(hang.channel.sd, hang.channel.quantum)
        self._ramp_s = number(values, "ramp_s") or 0.0
        self._fade_s = number(values, "fade_s") or 0.0

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:
        """The reading with noise of this sample on top."""
        sd = self._sd * share(reading.time_ns, self.since_ns, self.until_ns, self._ramp_s, self._fade_s)
        return (reading._replace(value=self._channel.clip(value + sd * self._stream.normal(step + 1))),)


FAULT: Final = Kind(
    "noise-burst",
    (Parameter("times", "how many times a healthy sensor's noise; drawn from 3 to 10", lo=0.0, hi=1e6), RAMP, FADE),
    NoiseBurst,
)
