"""Stuck: the sensor repeats one value, whatever is there (Ni et al., "Sensor network data fault types", 2009)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import Fault, Hang, Kind, Parameter, State, number
from schemas.commands import Scalar
from schemas.readings import Reading

_SIGN: Final = 0
_SHIFT: Final = 1
_SHIFT_LO: Final = 0.01
_SHIFT_HI: Final = 0.10


class Stuck(Fault):
    """y = c: the first reading in force, that reading shifted by 1 to 10 %, an end of the range, or a given value."""

    __slots__ = ("_at", "_held", "_value")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._at = values["at"]
        self._value = number(values, "value")
        self._held: float | None = None

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The held value; the first reading in force decides it."""
        held = self._held
        if held is None:
            held = self._held = self._decide(value)
        return (reading._replace(value=held),)

    def _decide(self, value: float) -> float:
        if self._value is not None:
            return self._value
        if self._at == "zero":
            return 0.0
        if self._at == "full-scale":
            return self._channel.hi
        if self._at == "shifted":
            sign = 1.0 if self._stream.uniform(_SIGN) < 0.5 else -1.0
            share = _SHIFT_LO + (_SHIFT_HI - _SHIFT_LO) * self._stream.uniform(_SHIFT)
            return self._channel.clip(value * (1.0 + sign * share))
        return value

    def snapshot(self) -> State:
        """The held value."""
        return (self._held,)

    def restore(self, state: State) -> None:
        """Hold the same value again."""
        (self._held,) = state


FAULT: Final = Kind(
    "stuck",
    (
        Parameter("at", "what it holds", "last", words=("last", "shifted", "zero", "full-scale")),
        Parameter("value", "the value it holds, in the sensor's unit; goes before `at`"),
    ),
    Stuck,
)
