"""Unit slip: the right reading in the wrong unit, or with its decimal point lost, under the old unit's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading

_USUAL: Final = {"temperature": "fahrenheit", "clock": "mega"}
_DIGITS: Final = 6


def _slipped(value: float, slip: str) -> float:
    if slip == "fahrenheit":
        return round(value * 1.8 + 32.0, _DIGITS)
    if slip == "mega":
        return round(value * 1000.0, _DIGITS)
    return float(round(value * 10.0))


class UnitSlip(Fault):
    """Fahrenheit for Celsius, mega for giga, or 469 for 46.9 (a decimal comma that nobody understood)."""

    __slots__ = ("_share", "_slip")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._slip = values["slip"]
        self._share = number(values, "share") or 0.0

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:
        """The reading in the wrong unit; without a word for it, in the one usual for its quantity."""
        if self._stream.uniform(step) >= self._share:
            return (reading,)
        slip = str(self._slip) if self._slip is not None else _USUAL.get(reading.quantity, "comma")
        return (reading._replace(value=_slipped(value, slip)),)


FAULT: Final = Kind(
    "unit-slip",
    (
        Parameter("slip", "which; by default the one usual for the quantity", words=("fahrenheit", "mega", "comma")),
        Parameter("share", "share of readings that slip", 1.0, lo=0.0, hi=1.0),
    ),
    UnitSlip,
)
