"""The simulation as the API sees it: commands and queries go in by its doors, and errors come back as problems."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, Protocol, TypeVar

from actors.system import Simulation
from actors.vocabulary import Words
from api.access.auth import Caller, Door
from api.limits import ApiLimits
from api.problems import ApiProblem, not_found, unavailable
from engine.future import NO_ANSWER
from engine.mailbox import ClosedError, FullError
from schemas.addresses import JOURNAL
from schemas.commands import Command, Reply
from schemas.events import RequestMade
from schemas.queries import DeviceView, FleetView, GetDevice, GetFleet
from schemas.scenario import DeviceSpec
from schemas.scenario.vocabulary import KindWords

T = TypeVar("T")
PATIENCE_S: Final = 5.0
"""How long the fleet is waited for."""


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

    def __init__(self, host: Host, door: Door, limits: ApiLimits) -> None:
        self.host = host
        self.door = door
        self.limits = limits
        self.words = Words()
        self._run: Run | None = None
        self._kept: dict[str, Any] = {}

    @property
    def run(self) -> "Run":
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
        """Write down in the journal who asked for what, and what came of it."""
        run = self.run
        now_ns = run.simulation.progress().now_ns
        try:
            event = RequestMade(caller.key or caller.how, caller.name, what, outcome, now_ns)
            run.simulation.dispatcher.send(JOURNAL, event)
        except (FullError, ClosedError):
            # A fleet that is closed, or takes nothing for ten seconds, keeps no journal either.
            pass


class Run:
    """One simulation: its fixed facts, and its doors."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._kinds: dict[str, KindWords] = {}

    @cached_property
    def specs(self) -> Mapping[str, DeviceSpec]:
        """Every device as the scenario has it, by id, sorted."""
        return {spec.id: spec for spec in sorted(self.simulation.specs, key=lambda spec: spec.id)}

    def spec(self, device: str) -> DeviceSpec:
        """One device. Raises `ApiProblem` (404)."""
        spec = self.specs.get(device)
        if spec is None:
            raise not_found("device", device)
        return spec

    def kind(self, word: str) -> KindWords:
        """What there is to say about one device kind."""
        found = self._kinds.get(word)
        if found is None:
            found = self._kinds[word] = Words().kind(word)
        return found

    def modes(self, spec: DeviceSpec) -> tuple[str, ...]:
        """The failure modes that a device has."""
        chosen = spec.group.modes
        return chosen if chosen is not None else Words().modes_for(spec.kind, spec.model, spec.setup)

    def ask(self, query: Any, timeout_s: float = PATIENCE_S) -> Any:
        """The answer to a query. Raises `ApiProblem` (503)."""
        with _Answering():
            return self.simulation.ask(query, timeout_s)

    def send(self, command: Command, timeout_s: float = PATIENCE_S) -> Reply:
        """Have a command carried out. Raises `ApiProblem` (503)."""
        with _Answering():
            return self.simulation.send(command, timeout_s)

    def fleet(self) -> FleetView:
        """All devices."""
        view: FleetView = self.ask(GetFleet())
        return view

    def device(self, device: str) -> DeviceView:
        """One device, asked itself. Raises `ApiProblem`: 404, 503."""
        self.spec(device)
        view: DeviceView = self.ask(GetDevice(device))
        return view


class _Answering:
    """Whoever does not answer is a problem of this moment."""

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Say it as a problem."""
        if isinstance(error, ApiProblem):
            return
        if isinstance(error, NO_ANSWER):
            raise unavailable("the fleet did not answer in time") from error
        if isinstance(error, LookupError):
            raise unavailable("whoever was asked is being restarted") from error
        if isinstance(error, ClosedError | FullError):
            raise unavailable("the fleet takes no messages now") from error
