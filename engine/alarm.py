"""Calls that fall due in wall time, for what lives on threads and cannot wait in simulated time."""

import itertools
import logging
import threading
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from engine.clock import NANOSECONDS, Wall, WallClock

_LOG: Final = logging.getLogger(__name__)
_LONGEST_S: Final = 3600.0


class Alarm:
    """One thread for any number of waits; it is made by `ready`, or when the first call is asked for."""

    def __init__(self, wall: Wall | None = None) -> None:
        self._wall: Wall = wall or WallClock()
        self._heap: list[tuple[int, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def after(self, delay_ns: int, call: Callable[[], object]) -> None:
        """Call this once, on the alarm's thread, when so much wall time has gone by; from any thread."""
        with self._lock:
            if self._closed:
                return
            heappush(self._heap, (self._wall.monotonic_ns() + delay_ns, next(self._numbers), call))
            self._begin()
        self._bell.set()

    def ready(self) -> None:
        """Have the thread, as long as threads are to be had: later, when a call is asked for, there may be none."""
        with self._lock:
            if not self._closed:
                self._begin()

    def _begin(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="alarm", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # calls wait for the next one that is asked for
                _LOG.warning("no alarm: %s", error)
            else:
                self._thread = thread

    def close(self) -> None:
        """Make no more calls; the thread ends by itself."""
        with self._lock:
            self._closed = True
            self._heap.clear()
        self._bell.set()

    def _run(self) -> None:
        while not self._closed:
            self._bell.clear()
            for call in self._due():
                try:
                    call()
                except Exception:
                    # The next call is somebody else's.
                    _LOG.exception("a call that fell due failed")
            with self._lock:
                left_ns = self._heap[0][0] - self._wall.monotonic_ns() if self._heap else None
            wait_s = _LONGEST_S if left_ns is None else min(left_ns / NANOSECONDS, _LONGEST_S)
            if wait_s > 0:
                self._wall.wait(wait_s, self._bell)

    def _due(self) -> list[Callable[[], object]]:
        now = self._wall.monotonic_ns()
        calls = []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                calls.append(heappop(self._heap)[2])
        return calls
