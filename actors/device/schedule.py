"""When a device samples what: pure arithmetic on the device's own grid of instants."""

from collections.abc import Mapping
from typing import Final, NamedTuple

NS_PER_S: Final = 1_000_000_000


class Grid(NamedTuple):
    """A device's own instants: `origin_ns` is its tick 0, so no two devices need fire together."""

    origin_ns: int

    def tick_before(self, time_ns: int) -> int:
        """The last whole second of the device's life at or before an instant."""
        return (time_ns - self.origin_ns) // NS_PER_S

    def next_after(self, time_ns: int, interval_ns: int) -> int:
        """The first multiple of an interval on the grid that is later than an instant, and not before the origin."""
        if time_ns < self.origin_ns:
            return self.origin_ns
        elapsed = time_ns - self.origin_ns
        return self.origin_ns + (elapsed // interval_ns + 1) * interval_ns

    def is_due(self, time_ns: int, interval_ns: int) -> bool:
        """Whether an instant is a multiple of an interval on the grid."""
        return (time_ns - self.origin_ns) % interval_ns == 0


def uniform_interval(intervals_ns: Mapping[str, int]) -> int | None:
    """The one interval all sensors share, or `None` when they differ."""
    distinct = set(intervals_ns.values())
    return distinct.pop() if len(distinct) == 1 else None


def next_due(grid: Grid, intervals_ns: Mapping[str, int], time_ns: int) -> int:
    """The first instant after `time_ns` at which any sensor is due."""
    return min(grid.next_after(time_ns, interval) for interval in intervals_ns.values())


def blend(before: float | None, later: float | None, share: float) -> float | None:
    """The value between two whole ticks; `share` in [0, 1) is how far from the first to the second."""
    if before is None or later is None:
        return None
    return before + (later - before) * share
