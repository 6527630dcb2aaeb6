"""One run as the API sees it: its fixed facts, and its doors; whoever does not answer is a problem of the moment."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from threading import Event
from typing import Any, Final, TypeVar

from actors.system import Simulation
from actors.vocabulary import Words
from api.access.secrets import make_id
from api.problems import ApiProblem, not_found, unavailable
from engine.future import NO_ANSWER
from engine.mailbox import ClosedError, FullError
from engine.streams import Stream
from schemas.commands import Command, Reply
from schemas.queries import DeviceView, FleetView, GetDevice, GetFleet, GetSettings, SettingsView
from schemas.scenario import DeviceSpec, Timeline
from schemas.scenario.vocabulary import KindWords

T = TypeVar("T")
PATIENCE_S: Final = 5.0
"""How long the fleet is waited for."""
_LOOK_S: Final = 0.005


class Run:
    """One simulation: its fixed facts, and its doors."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._kinds: dict[str, KindWords] = {}

        self.words = Words()
        self.token = make_id("")
        """Stands for this run of this process."""

    @cached_property
    def timeline(self) -> Timeline:
        """What resolves selectors, as the scenario's own timeline does."""
        seed, specs = self.simulation.scenario.seed, list(self.specs.values())
        return Timeline(
            self.simulation.scenario,
            specs,
            lambda device, purpose, number: Stream(seed, device, purpose).uniform(number),
        )

    @cached_property
    def specs(self) -> Mapping[str, DeviceSpec]:
        """Every device as the scenario has it, by id, sorted."""
        return {spec.id: spec for spec in sorted(self.simulation.specs, key=lambda spec: spec.id)}

    @cached_property
    def groups(self) -> Mapping[str, Sequence[DeviceSpec]]:
        """The devices of each group, by its name."""
        found: dict[str, list[DeviceSpec]] = {}
        for spec in self.specs.values():
            found.setdefault(spec.group.name, []).append(spec)
        return found

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
            found = self._kinds[word] = self.words.kind(word)
        return found

    def modes(self, spec: DeviceSpec) -> tuple[str, ...]:
        """The failure modes that a device has."""
        chosen = spec.group.modes
        return chosen if chosen is not None else self.words.modes_for(spec.kind, spec.model, spec.setup)

    def ask(self, query: Any, timeout_s: float = PATIENCE_S) -> Any:
        """The answer to a query. Raises `ApiProblem` (503)."""
        with _Answering():
            return self.simulation.ask(query, timeout_s)

    def send(self, command: Command, timeout_s: float = PATIENCE_S) -> Reply:
        """Have a command carried out. Raises `ApiProblem` (503)."""
        with _Answering():
            return self.simulation.send(command, timeout_s)

    def send_all(self, commands: Sequence[Command], timeout_s: float = PATIENCE_S) -> Sequence[Reply]:
        """Have a few commands carried out in one go. Raises `ApiProblem` (503)."""
        with _Answering():
            return self.simulation.send_all(commands, timeout_s)

    def call(self, function: Callable[[], T]) -> T:
        """What a function gives on the fleet's thread, after all that was asked before. Raises `ApiProblem` (503)."""
        with _Answering():
            return self.simulation.dispatcher.call(function, PATIENCE_S)

    def wait(self, over: Callable[[], bool], most_s: float) -> bool:
        """Wait until something is so; whether it is."""
        wall = self.simulation.dispatcher.wall
        deadline, never = wall.monotonic_ns() + round(most_s * 1e9), Event()
        while not over():
            if wall.monotonic_ns() >= deadline:
                return False
            never.wait(_LOOK_S)
        return True

    def fleet(self) -> FleetView:
        """All devices."""
        view: FleetView = self.ask(GetFleet())
        return view

    def settings(self, device: str) -> SettingsView:
        """What has been set at one device. Raises `ApiProblem`: 404, 503."""
        self.spec(device)
        view: SettingsView = self.ask(GetSettings(device))
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
        if isinstance(error, OSError):
            # a process that takes over would not know of it
            raise unavailable("the command cannot be written down, so it was not carried out", 10) from error
        if isinstance(error, ClosedError | FullError):
            raise unavailable("the fleet takes no messages now") from error
