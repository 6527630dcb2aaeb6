"""Spike: now and then one single reading far off (SHORT in Sharma, Golubchik, Govindan, ACM TOSN 2010)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.elementary import exp
from engine.faults.base import DAY_S, NS, Fault, Hang, Kind, Parameter, State, number
from schemas.commands import Scalar
from schemas.readings import Reading

_MAGNITUDE_LO: Final = 0.3
_MAGNITUDE_HI: Final = 3.0
_ABSURD: Final = 1e7
# A reading of nothing would spike to nothing: the size is taken of at least this share of the working range.
_FLOOR: Final = 0.05
# Draws of one step, each at a step of its own in the fault's stream.
_WHETHER: Final = 0
_SIGN: Final = 1
_SIZE: Final = 2
_MAD: Final = 3
_DRAWS: Final = 4


class Spike(Fault):
    """y = x + m x at one sample, m of either sign; the samples around it are as they were.

    Spikes arrive as a Poisson process of `per_day`, or with a `probability` per sample when that is given. Two samples
    in a row never spike: a spike that lasts would be another fault.
    """

    __slots__ = ("_absurd", "_after", "_magnitude", "_per_ns", "_probability", "_seen_ns")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        self._per_ns = (number(values, "per_day") or 0.0) / (DAY_S * NS)
        self._probability = number(values, "probability")
        self._magnitude = number(values, "magnitude")
        self._absurd = number(values, "absurd") or 0.0
        self._seen_ns = hang.since_ns
        self._after = False

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:
        """The reading itself, or a spike in its place."""
        chance = self._chance(reading.time_ns)
        self._seen_ns = reading.time_ns
        if self._after or self._stream.uniform(step * _DRAWS + _WHETHER) >= chance:
            self._after = False
            return (reading,)
        self._after = True
        return (reading._replace(value=self._spiked(value, step)),)

    def _chance(self, time_ns: int) -> float:
        if self._probability is not None:
            return self._probability
        return 1.0 - exp(-self._per_ns * max(time_ns - self._seen_ns, 0))

    def _spiked(self, value: float, step: int) -> float:
        if self._stream.uniform(step * _DRAWS + _MAD) < self._absurd:
            return _ABSURD
        size = self._magnitude
        if size is None:
            size = _MAGNITUDE_LO + (_MAGNITUDE_HI - _MAGNITUDE_LO) * self._stream.uniform(step * _DRAWS + _SIZE)
        sign = 1.0 if self._stream.uniform(step * _DRAWS + _SIGN) < 0.5 else -1.0
        reach = max(abs(value), self._channel.span * _FLOOR)
        return self._channel.snap(value + sign * size * reach)

    def snapshot(self) -> State:
        """When the last reading was, and whether it was a spike."""
        return (self._seen_ns, self._after)

    def restore(self, state: State) -> None:
        """Go on after the last reading remembered."""
        seen, after = state
        self._seen_ns = int(seen or 0)
        self._after = bool(after)


FAULT: Final = Kind(
    "spike",
    (
        Parameter("per_day", "spikes in a day, on average", 3.0, lo=0.0, hi=86_400.0),
        Parameter("probability", "chance of each sample; goes before `per_day`", lo=0.0, hi=1.0),
        Parameter("magnitude", "size in proportion to the value; drawn from 0.3 to 3 for each", lo=0.0, hi=1e6),
        Parameter("absurd", "share of spikes that are an absurd 1e7", 0.0, lo=0.0, hi=1.0),
    ),
    Spike,
)
