"""Progress of a bounded run on stderr: a bar at a terminal, a plain line now and then elsewhere.

Nothing here touches the run: a thread asks the simulation how far it is, five times a second.
"""

import sys
from collections import deque
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

REFRESH_S: Final = 0.2
LINE_EVERY: Final = 25
"""Refreshes between two plain lines: 5 s."""
WINDOW: Final = 50
"""Refreshes over which the rate is taken: 10 s, long enough to be calm, short enough to follow a change of pace."""


class Standing(Protocol):
    """How far a run is; the times are simulated nanoseconds."""

    @property
    def now_ns(self) -> int: ...
    @property
    def started_ns(self) -> int: ...
    @property
    def until_ns(self) -> int | None: ...
    @property
    def readings(self) -> int: ...


class Estimate(NamedTuple):
    """What a person wants to know of a run under way."""

    done: float
    """Fraction of the simulated time, 0 to 1."""
    readings: int
    readings_per_s: float
    """Readings per real second over the last ten seconds."""
    pace: float
    """Simulated seconds per real second over the last ten seconds."""
    left_s: float | None
    """Real seconds until the end at that pace; `None` while nothing moves."""

    def __str__(self) -> str:
        left = "" if self.left_s is None else f", {human_seconds(self.left_s)} left"
        rate = f"{self.readings:,} readings, {self.readings_per_s:,.0f}/s"
        return f"{self.done:4.0%}, {rate}, pace {self.pace:,.4g}{left}"


class Meter:
    """Turns standings at real instants into rates over a moving window."""

    def __init__(self, window: int = WINDOW) -> None:
        self._seen: deque[tuple[float, int, int]] = deque(maxlen=window)

    def take(self, real_s: float, standing: Standing) -> Estimate:
        """The estimate at `real_s`, seconds of any clock that only goes forward."""
        now, readings = standing.now_ns, standing.readings
        self._seen.append((real_s, now, readings))
        first_s, first_ns, first_readings = self._seen[0]
        elapsed = real_s - first_s
        pace = (now - first_ns) / 1e9 / elapsed if elapsed > 0 else 0.0
        rate = (readings - first_readings) / elapsed if elapsed > 0 else 0.0
        until = now if standing.until_ns is None else standing.until_ns
        whole = until - standing.started_ns
        done = min(1.0, (now - standing.started_ns) / whole) if whole > 0 else 1.0
        left = (until - now) / 1e9 / pace if pace > 0 else None
        return Estimate(done, readings, rate, pace, left)


class ProgressReport:
    """While entered, reports on `stream` how far the run is.

    `ask` is called on another thread; `clock` gives real seconds.
    """

    def __init__(self, ask: Callable[[], Standing], clock: Callable[[], float], stream: TextIO | None = None) -> None:
        self._ask = ask
        self._clock = clock
        self._stream = sys.stderr if stream is None else stream
        self._meter = Meter()
        self._over = Event()
        self._thread = Thread(target=self._work, name="progress", daemon=True)

    def __enter__(self) -> "ProgressReport":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        if self._stream.isatty():
            self._draw()
        else:
            self._tell()

    def _tell(self) -> None:
        refreshes = 0
        while not self._over.wait(REFRESH_S):
            estimate = self._meter.take(self._clock(), self._ask())
            refreshes += 1
            if refreshes % LINE_EVERY == 0:
                print(estimate, file=self._stream, flush=True)

    def _draw(self) -> None:
        with _bar(self._stream) as bar:
            task = bar.add_task("", total=1.0, rate="", left="")
            while not self._over.wait(REFRESH_S):
                self._refresh(bar, task)
            self._refresh(bar, task)

    def _refresh(self, bar: "Bar", task: "TaskID") -> None:
        estimate = self._meter.take(self._clock(), self._ask())
        left = "" if estimate.left_s is None else f"{human_seconds(estimate.left_s)} left"
        rate = f"{estimate.readings:,} readings  {estimate.readings_per_s:,.0f}/s  pace {estimate.pace:,.4g}"
        bar.update(task, completed=estimate.done, rate=rate, left=left)


def _bar(stream: TextIO) -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[left]}"))
    return Progress(*columns, console=Console(file=stream), transient=True)


def human_seconds(seconds: float) -> str:
    """A length of time for people: `42 s`, `3 min 05 s`, `2 h 07 min`, `3 d 04 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for unit, size, below, below_size in (("min", 60, "s", 1), ("h", 3600, "min", 60), ("d", 86400, "h", 3600)):
        if unit == "d" or whole < size * (60 if unit == "min" else 24):
            return f"{whole // size} {unit} {whole % size // below_size:02d} {below}"
    raise AssertionError("days have no upper end")
