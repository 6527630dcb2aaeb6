"""Gain: everything the sensor says is too large or too small in proportion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults._ramp import FADE, RAMP, share
from engine.faults.base import Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading

_LO: Final = 0.85
_HI: Final = 1.15
_SIZE: Final = 0


class Gain(Fault):
    """y = g x, on the sensor's own grid and within its range."""

    __slots__ = ("_fade_s", "_gain", "_ramp_s")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        gain = number(values, "gain")
        self._gain = _LO + (_HI - _LO) * hang.stream.uniform(_SIZE) if gain is None else gain
        self._ramp_s = number(values, "ramp_s") or 0.0
        self._fade_s = number(values, "fade_s") or 0.0

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The reading times the gain, or times the part of it that has come about."""
        gain = 1.0 + (self._gain - 1.0) * share(
            reading.time_ns, self.since_ns, self.until_ns, self._ramp_s, self._fade_s
        )
        return (reading._replace(value=self._channel.clip(value * gain)),)


FAULT: Final = Kind("gain", (Parameter("gain", "factor; drawn from 0.85 to 1.15", lo=0.0, hi=1000.0), RAMP, FADE), Gain)
