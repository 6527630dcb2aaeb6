"""Departure: a quantity leaves what another one lets expect, by more than chance, and not because the room did.

A straight line is learned from block means of a minute. What it expects later is uncertain for three reasons: what is
left over around the line, how few blocks it was learned from, and how far from them it is asked (the textbook's
standard error of a prediction). A block's difference is counted in such errors, and a cumulative sum (CUSUM, Page 1954)
of these numbers gathers what is too small to be seen in one block. With independent, normal blocks it would cry by
chance once in 1.6 million blocks and direction (Siegmund's approximation for a slack of 1.25 and a limit of 5). Real
blocks are neither; what really comes is measured, in docs/chaos.md.
"""

from statistics import median
from typing import Final, NamedTuple

from actors.monitor.records import Seen
from actors.monitor.statistics import Smooth

BLOCK_S: Final = 60.0
SLACK: Final = 1.25
"""What a block may be off without being counted, in standard errors."""
LIMIT: Final = 5.0
MOST: Final = 2.0 * LIMIT
"""The sum grows no further, so that it is soon gone when all is well again."""
LEAST_BLOCKS: Final = 4
PRIOR_WEIGHT: Final = 10.0
"""How many blocks the spread that is usual for a quantity counts as, beside those that were learned."""
BEYOND: Final = 0.25
"""How far beyond what was learned a line is trusted, as a share of its range."""
AWAY_S: Final = 60.0
WARM_UP_S: Final = 300.0
"""After it was away for that long, a device is looked at again after so long."""
ROOM_LEAST: Final = 5
ROOM_SHARE: Final = 0.9
ROOM_FRESH_S: Final = 150.0


class Usual(NamedTuple):
    """What is known of a pair of quantities before anything is learned."""

    tau_s: float
    """How slowly the one follows the other."""
    spread: float
    """Usual standard deviation of a block around the line, in the quantity's unit."""
    share: float = 0.0
    """The same as a share of the mean, added to it."""
    matters: float = 0.0
    """What is less off than this is nobody's business, in the quantity's unit."""
    matters_share: float = 0.0
    """The same as a share of what is expected, added to it."""


class Room:
    """What many devices of one kind have in common: the air around them."""

    def __init__(self) -> None:
        self._off: dict[str, tuple[int, float]] = {}

    def note(self, device: str, time_ns: int, off: float) -> float:
        """Take note of a device's difference; how much of it nearly all of them share now."""
        self._off[device] = time_ns, off
        fresh = [value for when, value in self._off.values() if abs(time_ns - when) < ROOM_FRESH_S * 1e9]
        if len(fresh) < ROOM_LEAST:
            return 0.0
        middle = median(fresh)
        alike = sum(value * middle > 0.0 and abs(value) >= 0.5 * abs(middle) for value in fresh)
        return middle if alike >= ROOM_SHARE * len(fresh) else 0.0


class Departed(NamedTuple):
    """A departure that stands."""

    off: float
    expected: float
    room: float


class Departure:
    """Follows one quantity by another, block after block."""

    def __init__(self, sensor: str, by: str, usual: Usual, room: Room | None = None) -> None:
        self.sensor, self.by = sensor, by
        self._usual = usual
        self._room = room
        self._cause = Smooth(usual.tau_s)
        self._last_ns: int | None = None
        self._begun_ns: int | None = None
        self._again_ns = 0
        self._xs: list[float] = []
        self._ys: list[float] = []
        self._sum_x = self._sum_y = 0.0
        self._count = 0
        self._up = self._down = 0.0
        self.standing: Departed | None = None
        self.room = 0.0
        """What nearly all devices of the kind are off, as of the newest block."""

    @property
    def suspicious(self) -> bool:
        """Whether it is about to depart, or has."""
        return max(self._up, self._down) > LIMIT / 2

    def look(self, seen: Seen, learning: bool) -> None:
        """One frame; `standing` says afterwards how it is."""
        value, cause = seen.values.get(self.sensor), seen.values.get(self.by)
        if cause is not None:
            seconds = 0.0 if self._last_ns is None else max(0, seen.time_ns - self._last_ns) / 1e9
            self._last_ns = seen.time_ns
            if seconds > AWAY_S:  # it may have been off: it warms up first
                self._again_ns = seen.time_ns + round(WARM_UP_S * 1e9)
                self._cause.value = None
            self._cause.add(cause, seconds)
        if value is None or self._cause.value is None:
            return
        if self._begun_ns is None:
            self._begun_ns = seen.time_ns
        elif seen.time_ns - self._begun_ns >= BLOCK_S * 1e9:
            self._block(seen, learning)
            self._begun_ns = seen.time_ns
        self._sum_x += self._cause.value
        self._sum_y += value
        self._count += 1

    def _block(self, seen: Seen, learning: bool) -> None:
        x, y = self._sum_x / max(1, self._count), self._sum_y / max(1, self._count)
        self._sum_x = self._sum_y = 0.0
        self._count = 0
        if learning:
            self._xs.append(x)
            self._ys.append(y)
        elif len(self._xs) >= LEAST_BLOCKS and seen.time_ns >= self._again_ns:
            self._judge(seen, x, y)

    def _judge(self, seen: Seen, x: float, y: float) -> None:
        least, most = min(self._xs), max(self._xs)
        margin = BEYOND * (most - least)
        if not least - margin <= x <= most + margin:
            return
        expected, error = self._expected(x)
        off = y - expected
        self.room = 0.0 if self._room is None else self._room.note(seen.device, seen.time_ns, off)
        z = (off - self.room) / error
        self._up = min(MOST, max(0.0, self._up + z - SLACK))
        self._down = min(MOST, max(0.0, self._down - z - SLACK))
        if abs(z) < SLACK / 2:  # well again: what was gathered is about something that is over
            self._up = self._down = 0.0
        matters = self._usual.matters + self._usual.matters_share * abs(expected)
        departed = max(self._up, self._down) > LIMIT and abs(off - self.room) >= matters
        self.standing = Departed(off - self.room, expected + self.room, self.room) if departed else None

    def _expected(self, x: float) -> tuple[float, float]:
        """What the line says, and the standard error of it."""
        n = len(self._xs)
        mean_x, mean_y = sum(self._xs) / n, sum(self._ys) / n
        xx = sum((each - mean_x) ** 2 for each in self._xs)
        xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(self._xs, self._ys, strict=True))
        slope = xy / xx if xx > 1e-9 else 0.0
        left = sum((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(self._xs, self._ys, strict=True))
        usual = self._usual.spread + self._usual.share * abs(mean_y)
        variance = (PRIOR_WEIGHT * usual**2 + left) / (PRIOR_WEIGHT + n - 2)
        away = (x - mean_x) ** 2 / xx if xx > 1e-9 else 0.0
        return mean_y + slope * (x - mean_x), (variance * (1.0 + 1.0 / n + away)) ** 0.5
