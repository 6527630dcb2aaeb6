"""Offset: every reading is too high, or too low, by the same amount."""

from collections.abc import Mapping
from typing import Final

from engine.faults.base import Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading


class Offset(Fault):
    """y = x + b."""

    __slots__ = ("_by",)

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._by = number(values, "by") or 0.0

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:
        """The reading moved, on the sensor's grid."""
        return (reading._replace(value=self._channel.clip(value + self._by)),)


FAULT: Final = Kind(
    "offset", (Parameter("by", "how far readings are moved", 3.0, unit="of the sensor's unit"),), Offset
)
