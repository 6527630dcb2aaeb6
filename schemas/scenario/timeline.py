"""The timeline: which commands are due when. Pure; the lots are drawn by a function that the caller brings."""

from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush, nsmallest
from typing import NamedTuple

from schemas.addresses import device_address, sensor_address, sink_address
from schemas.commands import Command
from schemas.durations import format_duration
from schemas.scenario.model import Scenario
from schemas.scenario.orders import actor_order, device_order, undo_order
from schemas.scenario.plan import DeviceSpec
from schemas.scenario.selector import Selector
from schemas.scenario.steps import ActorStep, GoOfflineStep, HalfOpenStep, PauseStep, Step, StopStep

Draw = Callable[[str, str, int], float]
"""A number in (0, 1) for (device id, purpose, occurrence); always the same for the same three and the same seed."""


class Due(NamedTuple):
    """One occurrence of one step."""

    at_ns: int
    """Offset from the scenario's start."""
    position: int
    """The step's place in the file: steps of one instant are taken in this order."""
    number: int
    """0 for the first occurrence, 1 for the next of an `every`."""
    undo: bool
    """Whether this is the end of a pause or a stop that was for a while."""
    key: str
    """What the lots hang on: the step's name, or its word and its time."""
    step: Step


class Timeline:
    """The occurrences of a scenario's steps, and the commands that each one means."""

    def __init__(self, scenario: Scenario, devices: Sequence[DeviceSpec], draw: Draw) -> None:
        self._steps = scenario.timeline
        self._keys = _keys(scenario.timeline)
        self._draw = draw
        self._groups = {group.name: group for group in scenario.fleet}
        self._ids: dict[str, list[str]] = {name: [] for name in self._groups}
        for device in devices:
            self._ids[device.group.name].append(device.id)

    def due(self) -> Iterator[Due]:
        """Every occurrence in order of time, then of place in the file; endless when an `every` has no `until`."""
        heap = [Due(step.first_ns, n, 0, False, self._keys[n], step) for n, step in enumerate(self._steps)]
        heapify(heap)
        while heap:
            due = heappop(heap)
            yield due
            for following in _followers(due):
                heappush(heap, following)

    def commands(self, due: Due) -> tuple[Command, ...]:
        """The commands of one occurrence, by device id."""
        step = due.step
        if not isinstance(step, ActorStep):
            make = undo_order if due.undo else device_order
            return tuple(make(step, device) for device in self._selected(step.on, due))
        if step.sink is not None:
            return (actor_order(step, sink_address(step.sink)),)
        selected = self._selected(step.on, due) if step.on is not None else ()
        if step.sensor is None:
            return tuple(actor_order(step, device_address(device)) for device in selected)
        return tuple(actor_order(step, sensor_address(device, step.sensor)) for device in selected)

    def _selected(self, on: Selector, due: Due) -> Sequence[str]:
        wanted = frozenset(on.ids)
        meant = [
            device
            for name, group in self._groups.items()
            if on.matches_group(group)
            for device in self._ids[name]
            if not wanted or device in wanted
        ]
        if on.percent is not None:
            return self._by_lot(meant, max(1, int(len(meant) * on.percent / 100 + 0.5)), due)
        if on.count is not None:
            return self._by_lot(meant, on.count, due)
        return sorted(meant)

    def _by_lot(self, meant: Sequence[str], count: int, due: Due) -> Sequence[str]:
        # Each device draws its own lot, so that a device more or less changes nobody else's.
        draw = self._draw
        return sorted(nsmallest(count, meant, key=lambda device: (draw(device, due.key, due.number), device)))


def _followers(due: Due) -> Iterator[Due]:
    step = due.step
    if due.undo:
        return
    if isinstance(step, PauseStep | StopStep | GoOfflineStep | HalfOpenStep) and step.for_ns is not None:
        yield due._replace(at_ns=due.at_ns + step.for_ns, undo=True)
    if step.every_ns is not None:
        later = due.at_ns + step.every_ns
        if step.until_ns is None or later < step.until_ns:
            yield due._replace(at_ns=later, number=due.number + 1)


def _keys(timeline: Sequence[Step]) -> tuple[str, ...]:
    """What each step's lots hang on: not its place, or a step more would change every other step's lots."""
    keys: list[str] = []
    seen: dict[str, int] = {}
    for step in timeline:
        key = step.name or f"{step.do}@{format_duration(step.first_ns)}"
        seen[key] = seen.get(key, 0) + 1
        keys.append(f"timeline/{key}" if seen[key] == 1 else f"timeline/{key}#{seen[key]}")
    return tuple(keys)
