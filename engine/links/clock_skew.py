"""Clock skew: the device's clock is wrong by a fixed time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.links.base import NS, Delivery, Kind, LinkFault, Parameter, Through, moved, number
from schemas.commands import Scalar

_LO_S: Final = 1.0
_HI_S: Final = 120.0
_SIGN: Final = 0
_SIZE: Final = 1


class ClockSkew(LinkFault):
    """Every time stamp is off by the same time, which is drawn when none is given (estimate: 1 s to 2 min)."""

    __slots__ = ("_by_ns",)

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        seconds = number(values, "seconds")
        if seconds is None:
            sign = 1.0 if self._stream.uniform(_SIGN) < 0.5 else -1.0
            seconds = sign * (_LO_S + (_HI_S - _LO_S) * self._stream.uniform(_SIZE))
        self._by_ns = round(seconds * NS)

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """The frame with other times."""
        return (Delivery(delivery.at_ns, moved(delivery.frame, self._by_ns)),)


LINK: Final = Kind(
    "clock-skew",
    "clock",
    (Parameter("seconds", "how far it is ahead; negative: behind", lo=-86_400.0, hi=86_400.0, unit="s"),),
    ClockSkew,
)
