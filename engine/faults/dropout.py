"""Dropout: readings go missing in bursts, as on a bad contact (Gilbert's two-state model)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.faults.base import Fault, Hang, Kind, Parameter, State, number
from schemas.commands import Scalar
from schemas.readings import Reading


class Dropout(Fault):
    """No reading, or a reading without a value, in bursts of geometric length.

    A Markov chain of two states: from bad to good with 1/`mean_length`, from good to bad so that `share` of all
    samples is lost in the long run. The first sample's state is drawn at that same share.
    """

    __slots__ = ("_bad", "_blank", "_fall", "_recover", "_share")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        share = number(values, "share") or 0.0
        length = number(values, "mean_length") or 1.0
        self._share = share
        self._recover = 0.0 if share >= 1.0 else 1.0 / length
        self._fall = 1.0 if share >= 1.0 else share / (1.0 - share) / length
        self._blank = values["leaves"] == "blank"
        self._bad: bool | None = None

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The reading, or nothing, or the reading without its value."""
        u = self._stream.uniform(step)
        if self._bad is None:
            self._bad = u < self._share
        elif self._bad:
            self._bad = u >= self._recover
        else:
            self._bad = u < self._fall
        if not self._bad:
            return (reading,)
        return (reading._replace(value=None),) if self._blank else ()

    def snapshot(self) -> State:
        """Whether the contact is bad."""
        return (self._bad,)

    def restore(self, state: State) -> None:
        """The contact as it was."""
        (bad,) = state
        self._bad = None if bad is None else bool(bad)


def _goes_together(values: Mapping[str, Scalar | None]) -> str:
    share = number(values, "share") or 0.0
    length = number(values, "mean_length") or 1.0
    if share < 1.0 and share / (1.0 - share) > length:
        return f"bursts of {length:g} samples cannot lose {share:g} of all: mean_length >= share / (1 - share)"
    return ""


FAULT: Final = Kind(
    "dropout",
    (
        Parameter("share", "share of samples lost in the long run; 1 is all", 0.5, lo=0.0, hi=1.0),
        Parameter("mean_length", "mean length of a burst, in samples", 5.0, lo=1.0, hi=1e9),
        Parameter("leaves", "what is left of a lost reading", "nothing", words=("nothing", "blank")),
    ),
    Dropout,
    _goes_together,
)
