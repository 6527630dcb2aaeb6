"""Delay: frames take time to arrive; with jitter, some overtake others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.elementary import log
from engine.links.base import NS, Delivery, Kind, LinkFault, Parameter, Through, number
from schemas.commands import Scalar


class Delay(LinkFault):
    """A fixed time, and exponential jitter on top."""

    __slots__ = ("_jitter_s", "_seconds")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        self._seconds = number(values, "seconds") or 0.0
        self._jitter_s = number(values, "jitter_s") or 0.0

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """The frame, later."""
        late = self._seconds - self._jitter_s * log(self._stream.uniform(delivery.frame.sequence))
        return (Delivery(delivery.at_ns + round(late * NS), delivery.frame),)


LINK: Final = Kind(
    "delay",
    "link",
    (
        Parameter("seconds", "how long every frame takes", 5.0, lo=0.0, hi=86_400.0, unit="s"),
        Parameter("jitter_s", "mean of the exponential jitter on top", 0.0, lo=0.0, hi=86_400.0, unit="s"),
    ),
    Delay,
)
