"""The words that a scenario may use, as far as they are not the scenario's own: kinds, modes, faults, sinks, formats.

They belong to families of files and of installed packages above this floor, so the caller brings them along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.problems import Problem


@dataclass(frozen=True, slots=True)
class KindWords:
    """What a scenario may say about one device kind."""

    name: str
    models: Mapping[str, tuple[str, ...]]
    """The set-ups of each model; the first model and its first set-up are the defaults."""
    profiles: tuple[str, ...]
    """Workload profiles; the first is the default."""
    sensors: tuple[str, ...]
    settable: Mapping[str, str]
    """Parameters that may be set while running, each with its allowed values in words."""
    only_models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the settable parameters, those that not every model has, with the models that have them."""
    summary: str = ""
    body_bytes: int = 4096
    """Memory of one body: its state, its parameters, its wear."""

    def __post_init__(self) -> None:
        """A kind without a default is a broken member."""
        if not self.models or not all(self.models.values()) or not self.profiles or not self.sensors:
            raise ValueError(f"the kind '{self.name}' needs a model, a set-up of every model, a profile and a sensor")


class Vocabulary(Protocol):
    """The installed words. Members are asked only for words that the vocabulary itself listed.

    Any of them may raise `ValueError` when an installed member is broken; its text becomes the problem shown.
    Problems returned carry paths relative to what was given: `"value"`, or `""` for the whole of it.
    """

    def kinds(self) -> tuple[str, ...]:
        """Device kinds."""

    def kind(self, name: str) -> KindWords:
        """What may be said about one device kind."""

    def modes(self) -> tuple[str, ...]:
        """Failure modes."""

    def services(self) -> tuple[str, ...]:
        """Words of maintenance, each of which renews the parts of some failure modes."""

    def modes_for(self, kind: str, model: str, setup: str) -> tuple[str, ...]:
        """The failure modes that fit such a device (no fan, no fan bearing)."""

    def faults(self) -> tuple[str, ...]:
        """Sensor faults."""

    def check_fault(self, fault: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a sensor fault's parameters."""

    def actions(self) -> tuple[str, ...]:
        """Actions of chaos."""

    def check_action(self, action: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with an action's parameters."""

    def targets(self, action: str) -> tuple[str, ...]:
        """What an action is done to: some of `on`, `sink`, `proxy`, `run`."""

    def metrics(self) -> tuple[str, ...]:
        """Numbers of a run that a condition may look at."""

    def links(self) -> tuple[str, ...]:
        """Link and clock faults."""

    def check_link(self, fault: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a link fault's parameters."""

    def causes(self) -> tuple[str, ...]:
        """Common causes."""

    def check_cause(self, cause: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a common cause's parameters."""

    def sinks(self) -> tuple[str, ...]:
        """Sink kinds."""

    def check_sink(self, sink: str, options: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a sink's options."""

    def formats(self) -> tuple[str, ...]:
        """Wire formats."""

    def check_parameter(self, kind: str, name: str, value: object) -> Sequence[Problem]:
        """What is wrong with a value for a settable parameter of a device kind."""
