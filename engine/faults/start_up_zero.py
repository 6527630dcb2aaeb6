"""Start-up zero: the first readings are 0, as of a sensor that is read before it has measured (seen on real boards)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import Fault, Hang, Kind, Parameter, State, number
from schemas.commands import Scalar
from schemas.readings import Reading


class StartUpZero(Fault):
    """y = 0 for the first samples in force."""

    __slots__ = ("_left",)

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._left = int(number(values, "samples") or 0.0)

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """Zero, as long as there are any left."""
        if self._left <= 0:
            return (reading,)
        self._left -= 1
        return (reading._replace(value=0.0),)

    def snapshot(self) -> State:
        """How many are left."""
        return (self._left,)

    def restore(self, state: State) -> None:
        """As many again."""
        (left,) = state
        self._left = int(left or 0)


FAULT: Final = Kind(
    "start-up-zero",
    (Parameter("samples", "how many readings are 0", 3.0, lo=1.0, hi=1e6),),
    StartUpZero,
)
