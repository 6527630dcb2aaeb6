"""How many restarts within which time are too many."""

from collections import deque
from typing import Final, NamedTuple

from engine.supervision.backoff import NS_PER_S


class Intensity(NamedTuple):
    """At most `most` restarts within any `window_s` seconds; one more escalates (Erlang/OTP's intensity and period)."""

    most: int = 5
    window_s: float = 30.0


TOP_INTENSITY: Final = Intensity(3, 60.0)
"""Of whole branches under the top: intensities multiply up the tree, so the top allows few."""


class Window:
    """A sliding window over the instants of restarts."""

    __slots__ = ("_hits", "_limit")

    def __init__(self, limit: Intensity) -> None:
        self._limit = limit
        self._hits: deque[int] = deque()

    def hit(self, now_ns: int) -> bool:
        """Count a restart; whether that is one too many. A hit exactly one window old is forgiven."""
        oldest = now_ns - round(self._limit.window_s * NS_PER_S)
        hits = self._hits
        while hits and hits[0] <= oldest:
            hits.popleft()
        hits.append(now_ns)
        return len(hits) > self._limit.most

    def clear(self) -> None:
        """Forget all restarts."""
        self._hits.clear()
