"""Room heat: the cooling of a room fails, and every device in it gets warmer air.

The room follows with a time constant of ten minutes (estimate, in `engine.physics.workload`), down as well as up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.causes.base import Cause, Disturbance, Kind, Parameter, number
from engine.links.base import Through
from schemas.commands import Scalar


class RoomHeat(Cause):
    """So many kelvins more, in the end."""

    __slots__ = ("_heat_k",)

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through, values)
        self._heat_k = number(values, "kelvin") or 0.0

    def disturbance(self) -> Disturbance:
        """Heat, or cold."""
        return Disturbance(heat_k=self._heat_k)


CAUSE: Final = Kind(
    "room-heat",
    (Parameter("kelvin", "by how much the room gets warmer in the end", 10.0, lo=-40.0, hi=60.0, unit="K"),),
    RoomHeat,
)
