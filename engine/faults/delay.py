"""Delay: what the sensor says is some time old - an old value under a new time, or a time stamp that is late."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from engine.faults.base import NS, Fault, Hang, Kind, Parameter, State, number
from schemas.commands import Scalar
from schemas.readings import Reading

_LO_S: Final = 5.0
_HI_S: Final = 120.0
_SIZE: Final = 0
MOST: Final = 4096
"""Readings kept at most; a delay over more samples than that becomes shorter."""


class Delay(Fault):
    """y(t) = x(t - d), the newest reading that is at least d old; or x(t) with the time t + d.

    Until a reading is that old, the first one in force is repeated.
    """

    __slots__ = ("_behind_ns", "_late", "_past")

    def __init__(self, hang: Hang, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(hang)
        seconds = number(values, "seconds")
        if seconds is None:
            seconds = _LO_S + (_HI_S - _LO_S) * hang.stream.uniform(_SIZE)
        self._behind_ns = round(seconds * NS)
        self._late = values["what"] == "time"
        self._past: deque[tuple[int, float]] = deque(maxlen=MOST)

    def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:  # noqa: ARG002
        """The old value, or the late time."""
        if self._late:
            return (reading._replace(time_ns=reading.time_ns + self._behind_ns),)
        past = self._past
        past.append((reading.time_ns, value))
        oldest = reading.time_ns - self._behind_ns
        while len(past) > 1 and past[1][0] <= oldest:
            past.popleft()
        return (reading._replace(value=past[0][1]),)

    def snapshot(self) -> State:
        """Times and values of what is kept, one after the other."""
        return tuple(part for kept in self._past for part in kept)

    def restore(self, state: State) -> None:
        """Keep the same again."""
        numbers = [0 if part is None else part for part in state]
        self._past = deque(((int(numbers[i]), float(numbers[i + 1])) for i in range(0, len(numbers), 2)), maxlen=MOST)


FAULT: Final = Kind(
    "delay",
    (
        Parameter("seconds", "how old it is; drawn from 5 to 120", lo=0.001, hi=86_400.0, unit="s"),
        Parameter("what", "an old value, or a late time", "value", words=("value", "time")),
    ),
    Delay,
)
