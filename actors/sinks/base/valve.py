"""The valve between a spool and its writer: how much goes out, at most, and whether anything does.

What it keeps back stays in the spool; nothing is lost by it.
"""

from pathlib import Path
from threading import Lock
from typing import Final

from engine.clock import NANOSECONDS, Wall, WallClock

BURST_S: Final = 0.25
"""So much of a second's worth may go out at once: longer than a writer sleeps, so that the whole rate is used."""
TURNED_OFF: Final = "turned off"
SUFFIX: Final = ".off"


class Bucket:
    """A token bucket: so many records a second in real time. Asked by the writers of several sinks."""

    def __init__(self, per_s: float, wall: Wall | None = None) -> None:
        self.per_s = per_s
        self._wall = wall or WallClock()
        self._most = max(1.0, per_s * BURST_S)
        self._tokens = self._most
        self._since_ns = self._wall.monotonic_ns()
        self._lock = Lock()

    def take(self, count: int) -> int:
        """As many as may go now, up to `count`."""
        with self._lock:
            now = self._wall.monotonic_ns()
            self._tokens = min(self._most, self._tokens + (now - self._since_ns) / NANOSECONDS * self.per_s)
            self._since_ns = now
            taken = min(count, int(self._tokens))
            self._tokens -= taken
            return taken

    def give_back(self, count: int) -> None:
        """So many were taken and not used."""
        with self._lock:
            self._tokens = min(self._most, self._tokens + count)


class Buckets:
    """The buckets of a run, one for each target: sinks that send to the same one share it."""

    def __init__(self, per_s: int | None = None, wall: Wall | None = None) -> None:
        """Without `per_s` there are none."""
        self._per_s = per_s
        self._wall = wall
        self._buckets: dict[str, Bucket] = {}

    def of(self, target: str) -> Bucket | None:
        """The bucket of a target (`host:port`)."""
        if self._per_s is None or not target:
            return None
        return self._buckets.setdefault(target, Bucket(self._per_s, self._wall))


class Valve:
    """See the module. Turned off, it stays so for other processes on the same state, until it is turned on."""

    def __init__(self, buckets: tuple[Bucket, ...] = (), mark: Path | None = None) -> None:
        """`mark` is a file that is there while it is turned off."""
        self._buckets = buckets
        self._mark = mark
        self.enabled = mark is None or not mark.exists()
        self.dry = False
        """Whether less went through than was wanted, the last time."""

    @property
    def problem(self) -> str:
        """Why nothing goes out, when it is for this."""
        return "" if self.enabled else TURNED_OFF

    @property
    def per_s(self) -> float | None:
        """Records a second, at most."""
        return min((bucket.per_s for bucket in self._buckets), default=None)

    @property
    def holds(self) -> bool:
        """Whether it keeps something back at this moment."""
        return self.dry or not self.enabled

    def turn(self, *, enabled: bool) -> None:
        """Turn it on or off. `OSError` when that cannot be written down; it is done all the same."""
        self.enabled = enabled
        if self._mark is not None:
            self._mark.unlink(missing_ok=True) if enabled else self._mark.touch()

    def grant(self, count: int) -> int:
        """How many records may go, of so many."""
        if not self.enabled:
            return 0
        granted = count
        for place, bucket in enumerate(self._buckets):
            taken = bucket.take(granted)
            for earlier in self._buckets[:place]:
                earlier.give_back(granted - taken)
            granted = taken
        self.dry = granted < count
        return granted

    def unused(self, count: int) -> None:
        """So many were granted and not there."""
        if count:
            self.dry = False
            for bucket in self._buckets:
                bucket.give_back(count)
