"""How long a failed actor waits before it is started again, and when nobody tries any more."""

from typing import Final, NamedTuple

NS_PER_S: Final = 1_000_000_000


class Backoff(NamedTuple):
    """Waits that double, spread by chance so that a mass failure does not come back as one wave.

    Defaults follow Pekko's restart with back-off (1 s doubling to 30 s, forgotten after about half of both); the
    spread is multiplicative, because Pekko's additional 20 % does not spread the short first waits.
    """

    first_s: float = 1.0
    most_s: float = 30.0
    low: float = 0.5
    high: float = 1.5
    """The wait is multiplied by a uniform draw between `low` and `high`."""
    reset_s: float = 15.0
    """A failure after this long without one counts as the first again."""
    tries: int = 10
    """The failure with this number in a row is the last: the actor is given up."""

    def delay_ns(self, streak: int, draw: float) -> int:
        """The wait after the `streak`-th failure in a row (1 = first), nanoseconds; `draw` is uniform in (0, 1)."""
        # Past 2^62 the doubling has long met its ceiling, and a float would overflow.
        doubled = self.first_s * float(1 << min(streak - 1, 62))
        spread = self.low + (self.high - self.low) * draw
        return round(min(doubled, self.most_s) * spread * NS_PER_S)

    def streak(self, before: int, lived_ns: int) -> int:
        """How many failures in a row this one makes, after a life of `lived_ns`."""
        return 1 if lived_ns >= self.reset_s * NS_PER_S else before + 1

    def gives_up(self, streak: int) -> bool:
        """Whether nobody tries again after this many failures in a row."""
        return streak >= self.tries


DEVICE_BACKOFF: Final = Backoff()
"""Of a device: it comes back like a board that boots, not at once."""

SENSOR_BACKOFF: Final = Backoff(first_s=0.1, most_s=5.0)
"""Of a sensor: it restarts alone and quickly, so its device misses few samples."""
