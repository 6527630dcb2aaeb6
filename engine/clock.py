"""Wall time, and nothing else in the engine knows of it."""

import threading
import time
from typing import Final, Literal, Protocol

MAX: Final = float("inf")
"""The pace at which the clock steps as soon as nothing is left to do in the present instant."""

LagPolicy = Literal["stretch", "skip", "fail"]
NANOSECONDS: Final = 1_000_000_000


class Wall(Protocol):
    """What the dispatcher needs of the outside's time."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some fixed instant; never goes back."""
        ...

    def wait(self, seconds: float | None, event: threading.Event) -> bool:
        """Wait until `event` is set, `seconds` at most (`None`: as long as it takes); whether it was set."""
        ...


class WallClock:
    """The machine's own clock."""

    monotonic_ns = staticmethod(time.monotonic_ns)
    epoch_ns = staticmethod(time.time_ns)
    """What day it is: asked once by a scenario that starts `now`, and never by the machine."""

    def wait(self, seconds: float | None, event: threading.Event) -> bool:
        """Wait until `event` is set, `seconds` at most."""
        return event.wait(seconds)


class FakeWall:
    """A wall clock for tests: waiting is what makes time go by, and costs none."""

    def __init__(self, start_ns: int = 0) -> None:
        self.now_ns = start_ns
        self.waits: list[float] = []

    def monotonic_ns(self) -> int:
        """The time to which the waits so far have brought it."""
        return self.now_ns

    def wait(self, seconds: float | None, event: threading.Event) -> bool:
        """Let `seconds` go by at once; without a limit really wait for the event."""
        if event.is_set():
            return True
        if seconds is None:
            return event.wait()
        self.waits.append(seconds)
        self.now_ns += max(round(seconds * NANOSECONDS), 1)
        return event.is_set()
