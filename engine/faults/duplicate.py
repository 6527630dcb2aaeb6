"""Duplicate: now and then a reading is told twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import NS, Fault, Hang, Kind, Parameter, number
from schemas.commands import Scalar
from schemas.readings import Reading


class Duplicate(Fault):
    """The same reading once more in the same frame, at the same time or a little later."""

    __slots__ = ("_later_ns", "_share")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._share = number(values, "share") or 0.0
        self._later_ns = round((number(values, "later_s") or 0.0) * NS)

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The reading, or the reading and its double."""
        if self._stream.uniform(step) >= self._share:
            return (reading,)
        return reading, reading._replace(time_ns=reading.time_ns + self._later_ns)


FAULT: Final = Kind(
    "duplicate",
    (
        Parameter("share", "share of readings told twice", 0.0005, lo=0.0, hi=1.0),
        Parameter("later_s", "by how much the second one's time is later", 0.0, lo=0.0, hi=3600.0, unit="s"),
    ),
    Duplicate,
)
