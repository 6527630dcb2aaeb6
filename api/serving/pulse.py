"""The pulse of the fleet: whether its thread still comes round and its supervisor is there, felt once a second."""

import threading
from typing import TYPE_CHECKING, Final

from engine.clock import NANOSECONDS, WallClock
from engine.future import NO_ANSWER
from engine.mailbox import ClosedError, FullError
from schemas.addresses import SUPERVISOR

if TYPE_CHECKING:
    from actors.system import Simulation

BEAT_S: Final = 1.0
PATIENCE_S: Final = 4.0


class Pulse:
    """Felt on a thread of its own, so that whoever asks for it never waits."""

    def __init__(self) -> None:
        self.zombies = 0
        """Threads that live abandoned."""
        self._felt_ns = WallClock.monotonic_ns()
        self._over = threading.Event()

    @property
    def age_s(self) -> float:
        """Seconds since it was felt last."""
        return (WallClock.monotonic_ns() - self._felt_ns) / NANOSECONDS

    def felt(self) -> None:
        """It has been felt just now."""
        self._felt_ns = WallClock.monotonic_ns()

    def begin(self, simulation: "Simulation") -> None:
        """Feel the pulse of a run until `end`."""
        self._over = over = threading.Event()
        self._felt_ns = WallClock.monotonic_ns()
        threading.Thread(target=self._feel, args=(simulation, over), name="pulse", daemon=True).start()

    def end(self) -> None:
        """The run is over: a thread that has ended has none."""
        self._over.set()

    def _feel(self, simulation: "Simulation", over: threading.Event) -> None:
        dispatcher = simulation.dispatcher

        def count() -> int:
            supervisor = dispatcher.directory.find(SUPERVISOR)
            if supervisor is None or not supervisor.alive:
                raise LookupError("there is no supervisor")
            return int(supervisor.cell.actor.zombies)

        while not over.wait(BEAT_S):
            try:
                self.zombies = dispatcher.call(count, PATIENCE_S)
                self.felt()
            except (*NO_ANSWER, LookupError, ClosedError, FullError):
                continue
