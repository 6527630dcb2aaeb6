"""Presence: how often a device speaks, whether frames are missing, and since when it says nothing."""

from collections import deque
from statistics import median
from typing import Final

from actors.monitor.found import LEAST, Found
from actors.monitor.records import Seen

SILENT_INTERVALS: Final = 6.0
LEAST_SILENT_S: Final = 15.0
PACE: Final = 1.5
"""Frames that come slower or faster by this factor come at another interval."""
LOST: Final = 3
"""So many numbers missing within a minute are no accident."""


class Presence:
    """What is known of the frames of one device: their instants and their numbers."""

    def __init__(self) -> None:
        self._gaps: deque[float] = deque(maxlen=9)
        self._learned: deque[float] = deque(maxlen=255)
        self._usual_s: float | None = None
        self._last_ns: int | None = None
        self._newest = -1
        self._missing: deque[tuple[int, int]] = deque()

    def silent_after_s(self) -> float:
        """For how long it may say nothing."""
        return max(LEAST_SILENT_S, SILENT_INTERVALS * self.interval_s())

    def interval_s(self) -> float:
        """How often it speaks, of late; 0 while nobody knows."""
        return median(self._gaps) if self._gaps else 0.0

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """Another interval than it used to have, or numbers that never came."""
        lost = self._lost(seen)
        if self._last_ns is not None and seen.time_ns > self._last_ns:
            seconds = (seen.time_ns - self._last_ns) / 1e9
            self._gaps.append(seconds)
            if learning:
                self._learned.append(seconds)
        self._last_ns = max(self._last_ns or 0, seen.time_ns)
        if learning or len(self._learned) < LEAST:
            return None
        if lost >= LOST:
            return Found(None, "lost", f"{lost} frames of the last minute never came")
        if self._usual_s is None:
            self._usual_s = median(self._learned)
        now_s = median(self._gaps)
        if self._usual_s / PACE <= now_s <= self._usual_s * PACE:
            return None
        return Found(None, "pace", f"a frame every {now_s:.3g} s, usually every {self._usual_s:.3g} s")

    def _lost(self, seen: Seen) -> int:
        if self._newest >= 0 and seen.sequence > self._newest + 1:
            self._missing.append((seen.time_ns, seen.sequence - self._newest - 1))
        elif seen.sequence < self._newest and self._missing:  # it was only late
            when, count = self._missing.pop()
            if count > 1:
                self._missing.append((when, count - 1))
        self._newest = max(self._newest, seen.sequence)
        while self._missing and seen.time_ns - self._missing[0][0] > 60 * 10**9:
            self._missing.popleft()
        return sum(count for _, count in self._missing)
