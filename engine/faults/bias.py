"""Bias: everything the sensor says is off by the same amount (Ni et al., "Sensor network data fault types", 2009)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults._ramp import FADE, RAMP, share
from engine.faults.base import Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading

# One to four standard deviations of the sensor's noise; a thermometer 3 to 8 K (estimates).
_SD_LO: Final = 1.0
_SD_HI: Final = 4.0
_KELVIN_LO: Final = 3.0
_KELVIN_HI: Final = 8.0
_SIGN: Final = 0
_SIZE: Final = 1


class Bias(Fault):
    """y = x + b, on the sensor's own grid and within its range."""

    __slots__ = ("_fade_s", "_offset", "_ramp_s")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._offset = number(values, "offset")
        self._ramp_s = number(values, "ramp_s") or 0.0
        self._fade_s = number(values, "fade_s") or 0.0

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The reading moved by the offset, or by the part of it that has come about."""
        offset = self._offset if self._offset is not None else self._drawn(reading.quantity)
        moved = value + offset * share(reading.time_ns, self.since_ns, self.until_ns, self._ramp_s, self._fade_s)
        return (reading._replace(value=self._channel.clip(moved)),)

    def _drawn(self, quantity: str) -> float:
        u = self._stream.uniform(_SIZE)
        sign = 1.0 if self._stream.uniform(_SIGN) < 0.5 else -1.0
        if quantity == "temperature":
            return sign * (_KELVIN_LO + (_KELVIN_HI - _KELVIN_LO) * u)
        return sign * (_SD_LO + (_SD_HI - _SD_LO) * u) * max(self._channel.sd, self._channel.quantum)


FAULT: Final = Kind(
    "bias",
    (
        Parameter(
            "offset", "how far it is off, either sign; drawn from the sensor's noise", unit="of the sensor's unit"
        ),
        RAMP,
        FADE,
    ),
    Bias,
)
