"""Transit: how long frames are under way, where a monitor reads topics and knows when each frame arrived.

Nothing is learned but the shortest way so far: clocks of devices and of the monitor need not agree, only run alike.
"""

from typing import Final

from actors.monitor.found import Found
from actors.monitor.records import Seen

LATE_S: Final = 2.5
"""So much longer than the shortest way is no hiccup."""
LEAST: Final = 5
"""Frames that have to have arrived before anything is called late."""


class Transit:
    """The way of one device's frames."""

    def __init__(self) -> None:
        self._shortest_s: float | None = None
        self._count = 0
        self._newest = -1
        self._lost = 0

    def look(self, seen: Seen, learning: bool) -> Found | None:  # noqa: ARG002 - it needs no learning
        """A frame that was long under way, or numbers that never came."""
        if seen.arrived_ns is None:
            return None
        way_s = (seen.arrived_ns - seen.time_ns) / 1e9
        self._count += 1
        self._shortest_s = way_s if self._shortest_s is None else min(self._shortest_s, way_s)
        if self._newest >= 0 and seen.sequence > self._newest + 1:
            self._lost += seen.sequence - self._newest - 1
        self._newest = max(self._newest, seen.sequence)
        late_s = way_s - self._shortest_s
        if self._count >= LEAST and late_s > LATE_S:
            what = f"{late_s:.1f} s longer under way than the quickest"
            return Found(None, "transit", what, at_ns=seen.time_ns + round(late_s * 1e9))
        if self._lost:
            return Found(None, "unread", f"{self._lost} frames never came, or could not be read")
        return None
