"""The rate of requests: a bucket of tokens for each caller, so that one cannot take the place of all."""

import threading
from collections import OrderedDict
from math import ceil
from typing import Final

from api.problems import too_many

_CALLERS: Final = 10_000
"""Callers that are remembered; the one that was silent longest is forgotten, and has a full bucket again."""


class Rate:
    """See the module. Safe for several threads; instants are monotonic wall nanoseconds."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, who: str, now_ns: int) -> None:
        """Count one request. Raises `ApiProblem` (429) when there were too many."""
        with self._lock:
            tokens, then_ns = self._buckets.pop(who, (float(self._burst), now_ns))
            tokens = min(self._burst, tokens + (now_ns - then_ns) / 1e9 * self._per_s)
            enough = tokens >= 1
            self._buckets[who] = (tokens - 1 if enough else tokens, now_ns)
            if len(self._buckets) > _CALLERS:
                self._buckets.popitem(last=False)
        if not enough:
            allowed = f"allowed: {self._per_s:g} a second"
            raise too_many(f"too many requests from one caller; {allowed}", ceil((1 - tokens) / self._per_s))
