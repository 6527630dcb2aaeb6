"""The simulation as the API sees it: commands and queries go in by its doors, and errors come back as problems."""

from collections.abc import Callable
from threading import Event
from typing import Any, Final, Protocol, TypeVar

from actors.system import Simulation
from actors.vocabulary import Words
from api.access.auth import Caller, Door
from api.access.rate import Rate
from api.doors.egress import Egress
from api.doors.files import Files
from api.limits import ApiLimits
from api.operations import Operations
from api.problems import ApiProblem
from api.repeats import Repeats
from api.route import Route
from api.run import Run
from api.streaming import Streams
from engine.clock import WallClock
from engine.mailbox import ClosedError, FullError
from schemas.addresses import JOURNAL
from schemas.events import RequestMade

T = TypeVar("T")
REFUSALS_PER_S: Final = 1.0
REFUSALS_BURST: Final = 20
"""Requests of strangers that the journal tells one by one."""


class Host(Protocol):
    """Whoever has the simulation; it may have another one later."""

    @property
    def simulation(self) -> Simulation:
        """The present one."""


class Fixed:
    """A host with one simulation for good."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation


class World:
    """Everything that a resource may use."""

    def __init__(self, host: Host, door: Door, limits: ApiLimits, egress: Egress, files: Files) -> None:
        self.host = host
        self.egress = egress
        self.files = files
        self.door = door
        self.limits = limits
        self.words = Words()
        self.rate = Rate(limits.requests_per_s, limits.burst)
        self._refusals = Rate(REFUSALS_PER_S, REFUSALS_BURST)
        self._untold = 0
        self.repeats = Repeats(limits.answers_kept)
        self.streams = Streams(limits.streams)
        self.closing = getattr(host, "closing", None) or Event()
        """Set when the server wants to end: what holds a request open ends it."""
        self.operations = Operations(limits.operations, limits.kept_operations)
        self.routes: tuple[Route, ...] = ()
        """All that is served."""
        self._run: Run | None = None
        self._kept: dict[str, Any] = {}

    @property
    def run(self) -> Run:
        """The present run."""
        simulation = self.host.simulation
        run = self._run
        if run is None or run.simulation is not simulation:
            run = self._run = Run(simulation)
        return run

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Something that is made once and then kept."""
        if name not in self._kept:
            self._kept[name] = make()
        found: T = self._kept[name]
        return found

    def audit(self, caller: Caller, what: str, outcome: str) -> None:
        """Write down in the journal who asked for what, and what came of it.

        Strangers who are turned away again and again are counted, so that they cannot wash everything else out of it.
        """
        if caller.how == "none":
            try:
                self._refusals.take("", WallClock.monotonic_ns())
            except ApiProblem:
                self._untold += 1
                return
            untold, self._untold = self._untold, 0
            outcome = f"{outcome}, and {untold} more before" if untold else outcome
        try:
            simulation = self.run.simulation
            now_ns = simulation.progress().now_ns
            event = RequestMade(caller.key or caller.how, caller.name, what, outcome, now_ns)
            simulation.dispatcher.send(JOURNAL, event)
        except (FullError, ClosedError, ApiProblem):
            # A fleet that is not there, is closed or takes nothing for ten seconds keeps no journal either.
            pass
