"""What every action of chaos is, and what it may touch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from schemas.addresses import sink_address
from schemas.problems import Problem
from schemas.scenario import option_problems


class NotPossibleError(ValueError):
    """An action that cannot be done here: what was found, what is allowed, what to do."""


class Parameters(BaseModel):
    """What a scenario may say under `parameters` of an action; an unknown word is an error."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass
class Backstage:
    """What actions may touch. Made by the system; its parts outlive the actors."""

    dispatcher: Any
    devices: Mapping[str, Any]
    """Memories of devices by id."""
    sinks: Mapping[str, Any] = field(default_factory=dict)
    """Sinks by name."""
    formats: Mapping[str, Any] = field(default_factory=dict)
    """Formats that can be spoiled, by the names of their sinks."""
    proxies: Mapping[str, Any] = field(default_factory=dict)
    """Fault proxies by name: `mqtt`, `kafka`, `registry`."""
    gated: Callable[[], bool] = lambda: False
    """Whether the clock waits for sinks now (pace max)."""
    embedded: Any = None
    """The embedded brokers and registry, where there are any."""
    seed: int = 0
    again: bool = False
    """Whether time is lived again, or made up for: then the outside is left alone until the present is reached."""
    first_time: Callable[[str], bool] = lambda what: True
    """Whether something happens for the first time, also over the ends of processes where there is a state."""

    def dies(self, word: str, target: str) -> bool:
        """Whether an action that ends the process is to do so: a run that goes on lives through its instant again."""
        return self.first_time(f"{word}/{target}/{self.dispatcher.now_ns}")

    def endpoint(self, address: str) -> Any:
        """Whoever lives at an address; `NotPossibleError` when nobody does."""
        found = self.dispatcher.directory.find(address)
        if found is None or not found.alive:
            raise NotPossibleError(f"address: found '{address}', where no actor lives")
        return found

    def sink(self, target: str) -> Any:
        """The sink at an address."""
        for name, sink in self.sinks.items():
            if sink_address(name) == target:
                return sink
        raise NotPossibleError(f"sink: found '{target}'; allowed: {', '.join(self.sinks)}")

    def proxy(self, target: str) -> Any:
        """The proxy of a name."""
        found = self.proxies.get(target)
        if found is None:
            known = ", ".join(self.proxies) or "none"
            hint = "Name it under proxies, and have a sink that needs it."
            raise NotPossibleError(f"proxy: found '{target}'; in this run: {known}. {hint}")
        return found


class Action(Protocol):
    """A member of the family: `ACTION` of its module. It keeps nothing: what is begun is held by the timeline.

    One with `anew` is ended before it is begun with other parameters; one with `strikes` ends actors that have to be
    started again when everything is undone; what
    one with `once` does is done at its instant, and never by a process that takes the run over.
    """

    @property
    def name(self) -> str:
        """The word in scenarios; the name of the file."""

    @property
    def layer(self) -> str:
        """What it disturbs: `actor`, `sink`, `network`, `broker`, `registry`, `disk`, `process`, `host`."""

    @property
    def targets(self) -> Sequence[str]:
        """What it can be done to: some of `on`, `sink`, `proxy`, `run`."""

    @property
    def outside(self) -> bool:
        """Whether it acts outside the simulated world: not at pace max, and undone when the run ends."""

    @property
    def parameters(self) -> type[Parameters]:
        """The model of its parameters."""

    def begin(self, stage: Backstage, target: str, parameters: Any) -> Any:
        """Begin, or go on with other parameters; never blocks. Answers what `end` needs, `None` when nothing remains.

        Raises `NotPossibleError`.
        """

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Undo it; never blocks, and fails for nobody who is gone."""


def read_parameters(action: Action, given: Mapping[str, object]) -> Any:
    """The parameters as the action takes them. `NotPossibleError` names what is wrong."""
    problems = parameter_problems(action, given)
    if problems:
        raise NotPossibleError("; ".join(f"{p.path}: found {p.found}; allowed: {p.allowed}" for p in problems))
    return action.parameters.model_validate(dict(given))


def parameter_problems(action: Action, given: Mapping[str, object]) -> Sequence[Problem]:
    """What is wrong with parameters."""
    return option_problems(action.parameters, given)
