"""How late instants were: a histogram with 12.5 % wide buckets, cheap enough for every instant."""

from typing import Final

_SUB: Final = 3


class LagGauge:
    """Counts of lateness in logarithmic buckets (eight per doubling)."""

    __slots__ = ("count", "counts", "total_ns", "worst_ns")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.counts = [0] * (64 << _SUB)
        self.count = 0
        self.worst_ns = 0
        self.total_ns = 0

    def add(self, lag_ns: int) -> None:
        """Note one lateness in nanoseconds; early counts as zero."""
        if lag_ns < 8:
            lag_ns = 8
        bits = lag_ns.bit_length()
        self.counts[(bits << _SUB) | ((lag_ns >> (bits - 4)) & 7)] += 1
        self.count += 1
        self.total_ns += lag_ns
        if lag_ns > self.worst_ns:
            self.worst_ns = lag_ns

    def percentile(self, percent: float) -> int:
        """The lateness in nanoseconds that `percent` of all instants stayed within (upper edge of its bucket)."""
        wanted = self.count * percent / 100.0
        seen = 0
        for index, count in enumerate(self.counts):
            seen += count
            if count and seen >= wanted:
                bits, part = index >> _SUB, index & 7
                return min(((8 + part + 1) << (bits - 4)) - 1, self.worst_ns)
        return 0
