"""Power sag: a feed gives less than its voltage, so every rail behind it is low; deep ones are brown-outs.

A board resets below 4.2 V and a 12 V device below 10.2 V, for as long as that lasts: at a share of about 0.18 and 0.16.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.causes.base import Cause, Disturbance, Kind, Parameter, number
from engine.links.base import Through
from schemas.commands import Scalar


class PowerSag(Cause):
    """A share of the supply's voltage is gone."""

    __slots__ = ("_share",)

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through, values)
        self._share = number(values, "share") or 0.0

    def disturbance(self) -> Disturbance:
        """The sag."""
        return Disturbance(sag=self._share)


CAUSE: Final = Kind(
    "power-sag",
    (Parameter("share", "share of the supply's voltage that is gone", 0.25, lo=0.0, hi=0.9),),
    PowerSag,
)
