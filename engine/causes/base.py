"""What a common cause is: it acts on parameters of each body that it reaches, and reaches each when its time has come.

The victims are chosen by whoever injects it (a room's, a feed's, a batch's label); how long it takes to reach a device
is drawn from the device's own stream, so a cause spreads instead of striking everybody at one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from engine.faults._parameters import Parameter, number, resolve
from engine.faults._parameters import problems as find_problems
from engine.links.base import NS, Through
from schemas.commands import Scalar
from schemas.problems import Problem
from schemas.readings import WearTruth

__all__ = ["SPREADS", "Cause", "CauseKind", "Disturbable", "Disturbance", "Kind", "Parameter", "number"]

_WHEN: Final = 0
SPREADS: Final = Parameter(
    "propagation_s", "it reaches each device after a time of its own, up to this", 0.0, lo=0.0, hi=864_000.0, unit="s"
)


class Disturbance(NamedTuple):
    """What causes do to one body together."""

    heat_k: float = 0.0
    """Added to the room's temperature in the end, K."""
    sag: float = 0.0
    """Share of the supply's voltage that is gone."""


@runtime_checkable
class Disturbable(Protocol):
    """A body that causes can act on."""

    def disturb(self, disturbance: Disturbance) -> None:
        """This is what is in force now; nothing of what was before."""

    def wear(self) -> tuple[WearTruth, ...]:
        """How far each failure mode has come."""

    def weaken(self, mode: str, factor: float) -> None:
        """Divide the life of a mode's present part. ValueError for a mode that the body does not have."""


class Cause:
    """One common cause in force on one device."""

    __slots__ = ("first_ns", "id", "since_ns", "struck", "until_ns")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        self.id = through.id
        delay_s = (number(values, "propagation_s") or 0.0) * through.stream.uniform(_WHEN)
        self.since_ns = through.since_ns + round(delay_s * NS)
        self.until_ns = through.until_ns
        self.first_ns: int | None = None
        self.struck = False
        """Whether what it does once is done."""

    def disturbance(self) -> Disturbance:
        """What it does as long as it lasts."""
        return Disturbance()

    def check(self, body: Disturbable) -> None:
        """`ValueError` when it cannot act on this body."""

    def strike(self, body: Disturbable) -> str | None:
        """What it does once, when it arrives; answers the failure mode it is to be blamed for."""

    def snapshot(self) -> Any:
        """Whether it has struck."""
        return (self.struck,)

    def restore(self, state: Any) -> None:
        """As it was."""
        (self.struck,) = state


class CauseKind(Protocol):
    """A kind of common cause, as the family knows it."""

    name: str
    parameters: tuple[Parameter, ...]

    def problems(self, given: Mapping[str, Scalar], path: str) -> list[Problem]:
        """What is wrong with parameters from outside; empty if nothing."""

    def make(self, parameters: Mapping[str, Scalar], through: Through) -> Cause:
        """A cause in force; `InvalidInput` names every wrong parameter."""


class Kind:
    """A common cause made of its word, its parameters and the class of its instances."""

    __slots__ = ("_build", "name", "parameters")

    def __init__(
        self,
        name: str,
        parameters: tuple[Parameter, ...],
        build: Callable[[Through, Mapping[str, Scalar | None]], Cause],
    ) -> None:
        self.name = name
        self.parameters = (*parameters, SPREADS)
        self._build = build

    def problems(self, given: Mapping[str, Scalar], path: str = "parameters") -> list[Problem]:
        """What is wrong with parameters from outside; empty if nothing."""
        return find_problems(self.parameters, given, path)

    def make(self, parameters: Mapping[str, Scalar], through: Through) -> Cause:
        """A cause in force; `InvalidInput` names every wrong parameter."""
        return self._build(through, resolve(self.parameters, parameters, f"cause '{self.name}'"))


def together(causes: list[Cause]) -> Disturbance:
    """What several causes do together: heat adds up, each sag takes its share of what is left."""
    heat_k, left = 0.0, 1.0
    for cause in causes:
        one = cause.disturbance()
        heat_k += one.heat_k
        left *= 1.0 - one.sag
    return Disturbance(heat_k, 1.0 - left)
