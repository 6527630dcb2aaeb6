"""Drift: an offset that grows steadily until it saturates (Ni et al., 2009)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import DAY_S, NS, Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading

# 0.05 to 0.5 K a day on a span of 100 K, carried over to other quantities by their span (estimate).
_RATE_LO: Final = 0.0005
_RATE_HI: Final = 0.005
# Saturates at a tenth of the working range (estimate).
_LIMIT: Final = 0.10
_SIGN: Final = 0
_RATE: Final = 1


class Drift(Fault):
    """y = x + r (t - s), on the sensor's own grid: what drifts lies ahead of the converter."""

    __slots__ = ("_limit", "_per_ns")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        span = hang.channel.span
        per_day = number(values, "per_day")
        if per_day is None:
            sign = 1.0 if hang.stream.uniform(_SIGN) < 0.5 else -1.0
            per_day = sign * span * (_RATE_LO + (_RATE_HI - _RATE_LO) * hang.stream.uniform(_RATE))
        limit = number(values, "limit")
        self._per_ns = per_day / (DAY_S * NS)
        self._limit = span * _LIMIT if limit is None else limit

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The reading moved by whole quanta nearest to the offset of this instant, clipped to the sensor's range."""
        offset = self._per_ns * (reading.time_ns - self.since_ns)
        offset = min(max(offset, -self._limit), self._limit)
        return (reading._replace(value=self._channel.clip(value + offset)),)


FAULT: Final = Kind(
    "drift",
    (
        Parameter("per_day", "how much the offset grows in a day, either sign", unit="of the sensor's unit"),
        Parameter("limit", "where the offset saturates", lo=0.0, unit="of the sensor's unit"),
    ),
    Drift,
)
