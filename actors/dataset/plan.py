"""The plan of a data set: which units, which columns, which split; the same from every process."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from actors.dataset.life import Orders
from actors.dataset.ways import has_links
from actors.families import DEVICES, SENSORS
from actors.summing import product_version
from actors.vocabulary import Words
from engine.streams import Stream
from schemas.commands import DeviceCommand
from schemas.scenario import DeviceSpec, Scenario, plan
from schemas.scenario import Timeline as Script

LAYOUT: Final = 3
"""Version of the folder's layout; part of the fingerprint, so that one data set never mixes two."""

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS: Final = (TRAIN, VALIDATION, TEST)


class Shares(NamedTuple):
    """How units and time are split: parts of 1 for training and validation; the rest is for the test."""

    train: float = 0.7
    validation: float = 0.15


@dataclass(frozen=True, slots=True)
class Unit:
    """One device of the data set."""

    spec: DeviceSpec
    split: str

    @property
    def id(self) -> str:
        """Its id."""
        return self.spec.id

    @property
    def site(self) -> str:
        """Its site: where it stands, and the client it belongs to in federated training."""
        return site_of(self.spec)


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """Everything that decides what a data set holds."""

    scenario: Scenario
    shares: Shares
    units: tuple[Unit, ...]
    sensors: Mapping[str, str]
    """Sensors of all kinds in the fleet with their units, in their order: columns of the telemetry."""
    modes: tuple[str, ...]
    """Failure modes of all devices, sorted: columns of the truth."""
    links: bool
    """Whether telemetry is what arrived, with faults of links and clocks on the way."""
    fingerprint: str

    @property
    def until_ns(self) -> int:
        """The end of the observation."""
        duration = self.scenario.duration_ns
        assert duration is not None, "a data set has an end; the door checks that"
        return self.scenario.start_ns + duration

    def time_cuts_ns(self) -> tuple[int, int]:
        """The ends of training and validation in a split by time."""
        length = self.until_ns - self.scenario.start_ns
        first = self.scenario.start_ns + round(length * self.shares.train)
        return first, self.scenario.start_ns + round(length * (self.shares.train + self.shares.validation))


def site_of(spec: DeviceSpec) -> str:
    """The site of a device: its group's, or `main` where a scenario has no sites."""
    return spec.group.site or "main"


def make_plan(scenario: Scenario, shares: Shares) -> DatasetPlan:
    """The plan for a scenario; pure, so every process makes the same."""
    specs = tuple(plan(scenario))
    return DatasetPlan(
        scenario=scenario,
        shares=shares,
        units=_units(scenario.seed, specs, shares),
        sensors=_sensors(scenario),
        modes=_modes(scenario),
        links=has_links(scenario),
        fingerprint=_fingerprint(scenario, shares),
    )


def _units(seed: int, specs: Sequence[DeviceSpec], shares: Shares) -> tuple[Unit, ...]:
    """Each site is split for itself, by lots of its units."""
    sites: dict[str, list[DeviceSpec]] = {}
    for spec in specs:
        sites.setdefault(site_of(spec), []).append(spec)
    split: dict[str, str] = {}
    for members in sites.values():
        drawn = sorted(members, key=lambda spec: (Stream(seed, spec.id, "split").uniform(0), spec.id))
        first = round(len(drawn) * shares.train)
        second = round(len(drawn) * (shares.train + shares.validation))
        for place, spec in enumerate(drawn):
            split[spec.id] = TRAIN if place < first else VALIDATION if place < second else TEST
    return tuple(Unit(spec, split[spec.id]) for spec in specs)


def _sensors(scenario: Scenario) -> dict[str, str]:
    kinds = sorted({group.kind for group in scenario.fleet})
    return {fit.name: SENSORS.get(fit.sensor).unit for kind in kinds for fit in DEVICES.get(kind).sensors}


def _modes(scenario: Scenario) -> tuple[str, ...]:
    words = Words()
    found: set[str] = set()
    for group in scenario.fleet:
        chosen = words.modes_for(group.kind, group.model, group.setup) if group.modes is None else group.modes
        found.update(chosen)
    return tuple(sorted(found))


def _fingerprint(scenario: Scenario, shares: Shares) -> str:
    what = {
        "layout": LAYOUT,
        "version": product_version(),
        "shares": list(shares),
        "scenario": scenario.document(),
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def orders_by_device(scenario: Scenario, specs: Sequence[DeviceSpec]) -> Mapping[str, tuple[Orders, ...]]:
    """What the timeline does to each device, in order."""
    duration = scenario.duration_ns or 0
    script = Script(scenario, specs, lambda device, purpose, n: Stream(scenario.seed, device, purpose).uniform(n))
    found: dict[str, list[Orders]] = {}
    before, at = scenario.start_ns, -1
    pending: dict[str, list[DeviceCommand]] = {}

    def close() -> None:
        for device, commands in pending.items():
            found.setdefault(device, []).append(Orders(scenario.start_ns + at, before, tuple(commands)))
        pending.clear()

    for due in script.due():
        if due.at_ns >= duration:
            break
        if due.at_ns != at:
            close()
            before = scenario.start_ns + max(at, 0)
            at = due.at_ns
        for command in _device_commands(script.commands(due)):
            pending.setdefault(command.device, []).append(command)
    close()
    return {device: tuple(orders) for device, orders in found.items()}


def _device_commands(found: Iterable[Any]) -> Iterable[DeviceCommand]:
    for command in found:
        if not isinstance(command, DeviceCommand):
            raise TypeError(f"{type(command).__name__} is no command for a device alone")
        yield command
