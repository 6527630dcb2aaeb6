"""Coarse quantisation: the converter has lost its lowest bits, so readings come in larger steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading

_LO: Final = 4
_HI: Final = 10
_SIZE: Final = 0
_DIGITS: Final = 9


class CoarseQuantisation(Fault):
    """y = q round(x / q), q being several of the sensor's own quanta."""

    __slots__ = ("_quantum",)

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        times = number(values, "times")
        if times is None:
            times = float(_LO + hang.stream.integers(_SIZE, _HI - _LO + 1))
        self._quantum = times * hang.channel.quantum

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The nearest multiple of the larger quantum."""
        return (reading._replace(value=round(round(value / self._quantum) * self._quantum, _DIGITS)),)


FAULT: Final = Kind(
    "coarse-quantisation",
    (Parameter("times", "how many of the sensor's quanta one step is; drawn from 4 to 10", lo=1.0, hi=1e6),),
    CoarseQuantisation,
)
