"""Clock drift: the device's clock runs fast or slow, further off the longer it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.links.base import Delivery, Kind, LinkFault, Parameter, Through, moved, number
from schemas.commands import Scalar

_LO_PPM: Final = 5.0
_HI_PPM: Final = 100.0
"""Quartz without correction (estimate): 100 ppm is 8.6 s a day."""
_SIGN: Final = 0
_SIZE: Final = 1


class ClockDrift(LinkFault):
    """The error is so many millionths of the time since the onset."""

    __slots__ = ("_ppm",)

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        ppm = number(values, "ppm")
        if ppm is None:
            sign = 1.0 if self._stream.uniform(_SIGN) < 0.5 else -1.0
            ppm = sign * (_LO_PPM + (_HI_PPM - _LO_PPM) * self._stream.uniform(_SIZE))
        self._ppm = ppm

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """The frame with times as far off as they are by now."""
        by_ns = round((delivery.frame.time_ns - self.since_ns) * (self._ppm / 1e6))
        return (Delivery(delivery.at_ns, moved(delivery.frame, by_ns)),)


LINK: Final = Kind(
    "clock-drift",
    "clock",
    (Parameter("ppm", "how fast it runs ahead; negative: falls behind", lo=-1e6, hi=1e6, unit="parts per million"),),
    ClockDrift,
)
