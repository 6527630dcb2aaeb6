"""The fleet of a scenario, device by device."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from schemas.scenario.group import Group
from schemas.scenario.model import Scenario


class DeviceSpec(NamedTuple):
    """One device to be: its id, its number in its group, and the group that says everything else."""

    id: str
    number: int
    group: Group

    @property
    def kind(self) -> str:
        """Its kind."""
        return self.group.kind

    @property
    def model(self) -> str:
        """Its model."""
        return self.group.model

    @property
    def setup(self) -> str:
        """Its set-up."""
        return self.group.setup

    @property
    def profile(self) -> str:
        """Its workload profile."""
        return self.group.profile

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return self.group.labels

    @property
    def interval_ns(self) -> int:
        """The sampling interval of its sensors, unless a sensor has its own."""
        return self.group.interval_ns

    def interval_of(self, sensor: str) -> int:
        """The sampling interval of one sensor."""
        return self.group.intervals_ns.get(sensor, self.group.interval_ns)


def plan(scenario: Scenario) -> Iterator[DeviceSpec]:
    """Every device, one at a time: groups by name, devices by number.

    The order of the groups in the file changes nothing, so neither does it change a run's digest.
    """
    for group in sorted(scenario.fleet, key=lambda group: group.name):
        for number in range(group.first, group.first + group.count):
            yield DeviceSpec(group.device_id(number), number, group)


def device_count(scenario: Scenario) -> int:
    """How many devices there will be, without making any."""
    return sum(group.count for group in scenario.fleet)
