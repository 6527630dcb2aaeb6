"""The end in order: named phases, each with its time, all within one budget, once only."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from engine.clock import NANOSECONDS, Wall, WallClock

PHASES: Final = (
    "unready",
    "doors-closed",
    "scheduler-off",
    "mailboxes-drained",
    "sinks-flushed",
    "spool-synced",
    "supervisor",
)
"""The phases there may be, in order: first nothing more comes in, then what is there goes out, then actors end."""

EACH_S: Final = 5.0
"""Longest time of one phase (Pekko's CoordinatedShutdown has the same)."""
BUDGET_S: Final = 20.0
"""Longest time of all phases: a container gets 30 s between SIGTERM and SIGKILL."""
_POLL_S: Final = 0.005


def _at_once() -> bool:
    return True


class Phase(NamedTuple):
    """One step of the end."""

    name: str
    """One of `PHASES`."""
    begin: Callable[[], object]
    """Starts the step; must not block (see `aside`)."""
    done: Callable[[], bool] = _at_once
    """Whether the step is through; asked again and again."""


class PhaseResult(NamedTuple):
    """How one phase went."""

    name: str
    took_s: float
    late: bool
    """It had not ended in its time; the next phase began all the same."""
    error: str
    """What it raised, or nothing."""


class ShutdownResult(NamedTuple):
    """How the end went."""

    reason: str
    took_s: float
    phases: tuple[PhaseResult, ...]

    @property
    def late(self) -> tuple[str, ...]:
        """Names of the phases that were late."""
        return tuple(phase.name for phase in self.phases if phase.late)

    @property
    def clean(self) -> bool:
        """Whether every phase ended in time and without an error."""
        return not any(phase.late or phase.error for phase in self.phases)


class Shutdown:
    """Goes through the phases once, however often and from wherever it is asked to."""

    def __init__(
        self, phases: Sequence[Phase], wall: Wall | None = None, each_s: float = EACH_S, budget_s: float = BUDGET_S
    ) -> None:
        """Prepare. `ValueError` when a phase is unknown, there twice or not in the order of `PHASES`."""
        names = [phase.name for phase in phases]
        if names != [name for name in PHASES if name in names]:
            raise ValueError(f"phases: found {', '.join(names)}; allowed: some of {', '.join(PHASES)}, in this order")
        self._phases = tuple(phases)
        self._wall: Wall = wall or WallClock()
        self._each_ns = round(each_s * NANOSECONDS)
        self._budget_ns = round(budget_s * NANOSECONDS)
        # Taken without waiting, so that a signal handler may ask in the middle of the end.
        self._turn = threading.Lock()
        self._runner = 0
        self._over = threading.Event()
        self._nudged = threading.Event()
        self.result: ShutdownResult | None = None
        """How it went, once it is over."""

    @property
    def begun(self) -> bool:
        """Whether the end has begun."""
        return self._turn.locked()

    def nudge(self) -> None:
        """Look at once whether the present phase is done; from any thread."""
        self._nudged.set()

    def run(self, reason: str) -> ShutdownResult | None:
        """Go through all phases and say how it went.

        Asked again, it waits for the first to finish and gives its result; `None` when a signal handler asks on the
        very thread that is in the middle of it, which has to go on.
        """
        if self._turn.acquire(blocking=False):
            self._runner = threading.get_ident()
            self.result = self._go_through(reason)
            self._over.set()
        elif self._runner != threading.get_ident():
            self._over.wait((self._budget_ns + self._each_ns) / NANOSECONDS)
        return self.result

    def _go_through(self, reason: str) -> ShutdownResult:
        start = self._wall.monotonic_ns()
        results = []
        for phase in self._phases:
            began = self._wall.monotonic_ns()
            # With the budget spent a phase still begins: it may be done at once, and half an end is none.
            deadline = min(began + self._each_ns, start + self._budget_ns)
            try:
                late, error = not self._live(phase, deadline), ""
            except Exception as failure:
                late, error = False, f"{type(failure).__name__}: {failure}"
            results.append(PhaseResult(phase.name, self._seconds_since(began), late, error))
        return ShutdownResult(reason, self._seconds_since(start), tuple(results))

    def _live(self, phase: Phase, deadline: int) -> bool:
        phase.begin()
        while not phase.done():
            left = (deadline - self._wall.monotonic_ns()) / NANOSECONDS
            if left <= 0:
                return False
            self._wall.wait(min(left, _POLL_S), self._nudged)
            self._nudged.clear()
        return True

    def _seconds_since(self, instant: int) -> float:
        return (self._wall.monotonic_ns() - instant) / NANOSECONDS


def aside(name: str, work: Callable[[], object]) -> Phase:
    """A phase whose work blocks: it runs on a daemon thread of its own and is left behind when it is late."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name=f"shutdown-{name}", daemon=True)

    def done() -> bool:
        if thread.is_alive():
            return False
        if errors:
            raise errors[0]
        return True

    return Phase(name, thread.start, done)
