"""Duplicate: frames arrive twice, as after a retransmission whose first acknowledgement was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.links.base import NS, Delivery, Kind, LinkFault, Parameter, Through, number
from schemas.commands import Scalar


class Duplicate(LinkFault):
    """The same frame, sequence and all, once more."""

    __slots__ = ("_later_ns", "_share")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        self._share = number(values, "share") or 0.0
        self._later_ns = round((number(values, "later_s") or 0.0) * NS)

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """The frame, or the frame and later its double."""
        if self._stream.uniform(delivery.frame.sequence) >= self._share:
            return (delivery,)
        return delivery, Delivery(delivery.at_ns + self._later_ns, delivery.frame)


LINK: Final = Kind(
    "duplicate",
    "link",
    (
        Parameter("share", "share of frames that come twice", 0.1, lo=0.0, hi=1.0),
        Parameter("later_s", "how much later the second one comes", 0.0, lo=0.0, hi=86_400.0, unit="s"),
    ),
    Duplicate,
)
