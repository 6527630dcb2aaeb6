"""Frames of several partitions in the order of their instants again, as far as one can wait for it."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from actors.monitor.records import Seen

HOLD_S: Final = 2.0
"""A partition that has been silent for so long, in real time, is not waited for."""


class Merge:
    """Each partition is in order already; a frame is let go when no other partition can still have an earlier one."""

    def __init__(self, hold_s: float = HOLD_S) -> None:
        self._hold_s = hold_s
        self._lines: dict[int, deque[Seen]] = {}
        self._heard_s: dict[int, float] = {}
        self._began_s: float | None = None

    def put(self, partition: int, seen: Seen, now_s: float) -> None:
        """One frame came."""
        if self._began_s is None:
            self._began_s = now_s
        self._lines.setdefault(partition, deque()).append(seen)
        self._heard_s[partition] = now_s

    def ready(self, now_s: float) -> Iterator[Seen]:
        """What may go on now; in the beginning nobody knows yet which partitions there are."""
        if self._began_s is None or now_s - self._began_s < self._hold_s:
            return
        while not any(not line and now_s - self._heard_s[n] < self._hold_s for n, line in self._lines.items()):
            if (first := self._first()) is None:
                return
            yield first

    def rest(self) -> Iterator[Seen]:
        """All that is left, when nothing more will come."""
        while (first := self._first()) is not None:
            yield first

    def _first(self) -> Seen | None:
        waiting = [line for line in self._lines.values() if line]
        return min(waiting, key=lambda line: line[0].time_ns).popleft() if waiting else None
