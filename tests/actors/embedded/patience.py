"""Waiting for what other threads and processes bring about, with a limit."""

import threading
import time
from collections.abc import Callable


def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    never = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        never.wait(0.005)
