"""Clock jump: the device's clock steps at once, then is slewed back, as a time daemon does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.links.base import NS, Delivery, Kind, LinkFault, Parameter, Through, moved, number
from schemas.commands import Scalar


class ClockJump(LinkFault):
    """Off by `seconds` at the onset; less and less as it is slewed, never beyond right."""

    __slots__ = ("_by_ns", "_slew")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        self._by_ns = round((number(values, "seconds") or 0.0) * NS)
        self._slew = (number(values, "slew_ppm") or 0.0) / 1e6

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """The frame with times as far off as they still are."""
        back = round((delivery.frame.time_ns - self.since_ns) * self._slew)
        left = max(abs(self._by_ns) - max(back, 0), 0)
        return (Delivery(delivery.at_ns, moved(delivery.frame, left if self._by_ns > 0 else -left)),)


LINK: Final = Kind(
    "clock-jump",
    "clock",
    (
        Parameter("seconds", "how far it jumps; negative: back", 3600.0, lo=-3.2e7, hi=3.2e7, unit="s"),
        Parameter("slew_ppm", "how fast it is put right; ntpd slews at 500", 0.0, lo=0.0, hi=1e6, unit="ppm"),
    ),
    ClockJump,
)
