"""A vocabulary for the tests of scenarios: small, and like the installed one in everything that matters here."""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from schemas.problems import InvalidInput, Problem
from schemas.scenario import KindWords, Limits, Scenario, load_scenario

SENSORS: Final = ("temperature", "power", "load", "voltage", "fan", "clock")
PROFILES: Final = ("idle", "web", "batch", "edge")
SETTABLE: Final = {"room_temperature_c": "-40 to 70", "demand_factor": "0 to 10", "soft_limit_c": "60 to 70"}
PI: Final = KindWords(
    "raspberry-pi",
    {"3b+": ("open",), "4": ("open", "closed-case", "heatsink-fan"), "5": ("open", "active-cooler")},
    PROFILES,
    SENSORS,
    SETTABLE,
    {"soft_limit_c": ("3b+",)},
)
CPU: Final = KindWords(
    "cpu",
    {"65w": ("tower",), "125w": ("tower",), "chiplet": ("tower",)},
    PROFILES,
    SENSORS,
    {name: allowed for name, allowed in SETTABLE.items() if name != "soft_limit_c"},
)
FAULTS: Final = {
    "stuck": ("at", "value"),
    "drift": ("per_day", "limit"),
    "spike": ("per_day",),
    "dropout": ("share", "mean_length"),
}
MINIMAL: Final = "version: 1\nfleet:\n  - kind: raspberry-pi\n"


class Words:
    """The words of two device kinds, four faults, three modes and four sinks."""

    def kinds(self) -> tuple[str, ...]:
        return ("cpu", "raspberry-pi", "broken")

    def kind(self, name: str) -> KindWords:
        if name == "broken":
            raise ValueError("cannot import name 'KIND'")
        return {"cpu": CPU, "raspberry-pi": PI}[name]

    def modes(self) -> tuple[str, ...]:
        return ("dust", "fan-bearing", "thermal-paste")

    def services(self) -> tuple[str, ...]:
        return ("clean", "fan")

    def modes_for(self, kind: str, model: str, setup: str) -> tuple[str, ...]:
        return ("dust",) if setup in ("open", "closed-case") else self.modes()

    def faults(self) -> tuple[str, ...]:
        return tuple(FAULTS)

    def check_fault(self, fault: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        known = FAULTS[fault]
        return [Problem(name, "an unknown parameter", ", ".join(known)) for name in parameters if name not in known]

    def actions(self) -> tuple[str, ...]:
        return ("kill", "latency")

    def check_action(self, action: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        known = {"kill": (), "latency": ("latency_ms",)}[action]
        return [Problem(name, "an unknown parameter", ", ".join(known)) for name in parameters if name not in known]

    def targets(self, action: str) -> tuple[str, ...]:
        return {"kill": ("on", "sink", "run"), "latency": ("proxy",)}[action]

    def metrics(self) -> tuple[str, ...]:
        return ("frames", "restarts")

    def links(self) -> tuple[str, ...]:
        return ("clock-skew", "loss")

    def check_link(self, fault: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        return [Problem(name, "an unknown parameter", "share") for name in parameters if name != "share"]

    def causes(self) -> tuple[str, ...]:
        return ("room-heat",)

    def check_cause(self, cause: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        return [Problem(name, "an unknown parameter", "kelvin") for name in parameters if name != "kelvin"]

    def sinks(self) -> tuple[str, ...]:
        return ("console", "file", "memory", "null")

    def check_sink(self, sink: str, options: Mapping[str, object]) -> Sequence[Problem]:
        if sink == "file" and not isinstance(options.get("path"), str):
            return [Problem("path", "nothing", "a path")]
        return [Problem(name, "an unknown option", "path") for name in options if name != "path"]

    def formats(self) -> tuple[str, ...]:
        return ("json",)

    def check_parameter(self, kind: str, name: str, value: object) -> Sequence[Problem]:
        if isinstance(value, int | float) and not isinstance(value, bool) and -40 <= value <= 70:
            return []
        return [Problem("", repr(value), SETTABLE[name])]


def load(text: str, *overrides: str, limits: Limits | None = None) -> Scenario:
    """A scenario of these words; no clock, so `now` is refused."""
    return load_scenario(text, "test.yaml", overrides, vocabulary=Words(), limits=limits)


def problems(text: str, *overrides: str, limits: Limits | None = None) -> dict[str, Problem]:
    """What is wrong with a scenario, by path; fails when nothing is, or when a path comes twice."""
    with pytest.raises(InvalidInput) as caught:
        load(text, *overrides, limits=limits)
    found = {problem.path: problem for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems), caught.value
    return found


def fleet_of(group: str) -> str:
    """A scenario whose one group has these lines."""
    body = "".join(f"    {line}\n" for line in group.splitlines())
    return f"version: 1\nfleet:\n  - name: pi\n    kind: raspberry-pi\n{body}"


def with_step(step: str) -> str:
    """A scenario with three boards called pi, and this one step, in YAML's flow style."""
    return f"{fleet_of('count: 3')}timeline:\n  - {step}\n"
