"""Clipping: the sensor cannot leave a part of its range; what lies beyond is told as the part's end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import Fault, Hang, Kind, Parameter, State, number
from schemas.commands import Scalar
from schemas.readings import Reading


class Clipping(Fault):
    """y = min(max(x, lo), hi).

    Without limits given, it is one standard deviation of a healthy sensor's noise to either side of the first reading
    in force, so that a normal day leaves the part that is open.
    """

    __slots__ = ("_hi", "_lo", "_middle")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._lo = number(values, "lo")
        self._hi = number(values, "hi")
        self._middle: float | None = None

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The reading, held within the limits."""
        lo, hi = self._lo, self._hi
        if lo is None and hi is None:
            if self._middle is None:
                self._middle = value
            reach = max(self._channel.sd, self._channel.quantum)
            lo, hi = self._channel.snap(self._middle - reach), self._channel.snap(self._middle + reach)
        if lo is not None and value < lo:
            return (reading._replace(value=lo),)
        if hi is not None and value > hi:
            return (reading._replace(value=hi),)
        return (reading,)

    def snapshot(self) -> State:
        """The first reading in force."""
        return (self._middle,)

    def restore(self, state: State) -> None:
        """Around the same reading again."""
        (self._middle,) = state


def _goes_together(values: Mapping[str, Scalar | None]) -> str:
    lo, hi = number(values, "lo"), number(values, "hi")
    return "lo < hi" if lo is not None and hi is not None and lo >= hi else ""


FAULT: Final = Kind(
    "clipping",
    (
        Parameter("lo", "nothing below this is told", unit="of the sensor's unit"),
        Parameter("hi", "nothing above this is told", unit="of the sensor's unit"),
    ),
    Clipping,
    _goes_together,
)
