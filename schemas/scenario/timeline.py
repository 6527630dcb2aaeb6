"""The timeline: which commands are due when. Pure; the lots are drawn by a function that the caller brings."""

from collections.abc import Collection, Iterator, Sequence
from heapq import heapify, heappop, heappush, nsmallest
from typing import NamedTuple

from schemas.addresses import device_address, sensor_address, sink_address
from schemas.commands import Command
from schemas.durations import format_duration
from schemas.scenario.chances import Draw, gap_ns
from schemas.scenario.model import Scenario
from schemas.scenario.moments import DeviceStep
from schemas.scenario.orders import actor_order, chaos_order, device_order, undo_order
from schemas.scenario.plan import DeviceSpec
from schemas.scenario.selector import Selector
from schemas.scenario.steps import (
    MENDING,
    ActorStep,
    ChaosStep,
    GoOfflineStep,
    HalfOpenStep,
    PauseStep,
    SetParameterStep,
    Step,
    StopStep,
)

__all__ = ["Draw", "Due", "Timeline", "step_keys"]


class Due(NamedTuple):
    """One occurrence of one step."""

    at_ns: int
    """Offset from the scenario's start."""
    position: int
    """The step's place in the file: steps of one instant are taken in this order."""
    number: int
    """0 for the first occurrence, 1 for the next of an `every`."""
    undo: bool
    """Whether this is the end of what was for a while."""
    stage: int
    """How far a ramp has come."""
    key: str
    """What the lots hang on: the step's name, or its word and its time."""
    step: Step


class Victims(NamedTuple):
    """Whom an occurrence hits."""

    hit: Sequence[str]
    """Ids of devices, sorted."""
    spared: Sequence[str]
    """Devices that were drawn, and that the cap keeps."""


class Timeline:
    """The occurrences of a scenario's steps, and the commands that each one means."""

    def __init__(self, scenario: Scenario, devices: Sequence[DeviceSpec], draw: Draw) -> None:
        self.steps = scenario.timeline
        self.chaos = scenario.chaos
        self.expectations = scenario.expectations
        self._keys = step_keys(scenario.timeline)
        self._draw = draw
        self._groups = {group.name: group for group in scenario.fleet}
        self._ids: dict[str, list[str]] = {name: [] for name in self._groups}
        for device in devices:
            self._ids[device.group.name].append(device.id)
        self._meant: dict[int, list[str]] = {}
        """By the selector's identity: the scenario keeps its selectors for as long as this lives."""
        self._most = int(len(devices) * scenario.chaos.cap_percent / 100) if devices else 0

    def due(self) -> Iterator[Due]:
        """Every occurrence in order of time, then of place in the file; endless when an `every` has no `until`.

        What waits for a condition is not among them: nobody knows yet when.
        """
        heap = [first for n, step in enumerate(self.steps) for first in self._first(n, step)]
        heapify(heap)
        while heap:
            due = heappop(heap)
            yield due
            for following in self._followers(due):
                heappush(heap, following)

    def conditional(self) -> tuple[int, ...]:
        """The places of the steps that wait for a condition."""
        return tuple(n for n, step in enumerate(self.steps) if step.when is not None)

    def occurrence(self, position: int, number: int, at_ns: int) -> Due:
        """An occurrence of a step whose condition holds now."""
        return Due(at_ns, position, number, False, 0, self._keys[position], self.steps[position])

    def consequences(self, due: Due) -> Iterator[Due]:
        """What one occurrence brings later: the further steps of its ramp, and its end."""
        step = due.step
        if due.undo or due.stage:
            return
        if isinstance(step, SetParameterStep | ChaosStep) and step.ramp is not None:
            for stage in range(1, step.ramp.steps + 1):
                yield due._replace(at_ns=due.at_ns + step.ramp.over_ns * stage // step.ramp.steps, stage=stage)
        length = getattr(step, "for_ns", None)
        if length is not None:
            yield due._replace(at_ns=due.at_ns + length, undo=True)

    def commands(self, due: Due) -> tuple[Command, ...]:
        """The commands of one occurrence, by device id, as if nothing capped them."""
        step = due.step
        if isinstance(step, DeviceStep):
            if due.undo and not isinstance(step, PauseStep | StopStep | GoOfflineStep | HalfOpenStep):
                return ()
            make = undo_order if due.undo else device_order
            return tuple(make(step, device) for device in self._selected(step.on, due))
        selected = self._selected(step.on, due) if step.on is not None else ()
        return () if due.undo else self.actor_commands(due, selected)

    def orders(self, due: Due, devices: Sequence[str]) -> tuple[Command, ...]:
        """The commands of the beginning of one occurrence, on these devices."""
        step = due.step
        if isinstance(step, DeviceStep):
            return tuple(device_order(step, device, due.stage) for device in devices)
        return self.actor_commands(due, devices)

    def actor_commands(self, due: Due, devices: Sequence[str]) -> tuple[Command, ...]:
        """The commands for actors: of devices, or of the sink, the proxy or the run that the step names."""
        step = due.step
        if not isinstance(step, ActorStep | ChaosStep):
            raise TypeError(f"{step.do} is an order for a device")
        if step.on is None:
            name = step.sink if isinstance(step, ActorStep) else step.sink or step.proxy or ""
            targets = [sink_address(name or "")] if step.sink is not None else [name or ""]
        elif step.sensor is None:
            targets = [device_address(device) for device in devices]
        else:
            targets = [sensor_address(device, step.sensor) for device in devices]
        if isinstance(step, ActorStep):
            return tuple(actor_order(step, target) for target in targets)
        return tuple(chaos_order(step, target, due.stage) for target in targets)

    def victims(self, due: Due, disturbed: Collection[str] = ()) -> Victims:
        """Whom an occurrence hits while these devices are disturbed already; none for what is not about devices."""
        on = due.step.on
        if on is None:
            return Victims((), ())
        chosen = self._selected(on, due)
        if due.step.do in MENDING:
            return Victims(chosen, ())
        fresh = [device for device in chosen if device not in disturbed]
        room = max(0, self._most - len(disturbed))
        if len(fresh) <= room:
            return Victims(chosen, ())
        kept = set(self._by_lot(fresh, room, due))
        return Victims(
            [device for device in chosen if device in kept or device in disturbed],
            [device for device in fresh if device not in kept],
        )

    def meant(self, on: Selector | None) -> list[str]:
        """The devices that a selector of this scenario without lots means; all of them without one."""
        found = self._meant.get(id(on))
        if found is None:
            everybody = sorted(id for ids in self._ids.values() for id in ids)
            found = self._meant[id(on)] = everybody if on is None else self._matching(on)
        return found

    def _matching(self, on: Selector) -> list[str]:
        wanted = frozenset(on.ids)
        return sorted(
            device
            for name, group in self._groups.items()
            if on.matches_group(group)
            for device in self._ids[name]
            if not wanted or device in wanted
        )

    def _selected(self, on: Selector, due: Due) -> Sequence[str]:
        meant = self._matching(on)
        if on.percent is not None:
            return self._by_lot(meant, max(1, int(len(meant) * on.percent / 100 + 0.5)), due)
        if on.count is not None:
            return self._by_lot(meant, on.count, due)
        return meant

    def _by_lot(self, meant: Sequence[str], count: int, due: Due) -> Sequence[str]:
        # Each device draws its own lot, so that a device more or less changes nobody else's.
        draw = self._draw
        return sorted(nsmallest(count, meant, key=lambda device: (draw(device, due.key, due.number), device)))

    def _first(self, position: int, step: Step) -> Iterator[Due]:
        if step.when is not None:
            return
        first = step.first_ns
        if step.randomly_ns is not None:
            first += gap_ns(self._draw, self._keys[position], 0, step.randomly_ns)
            if step.until_ns is not None and first >= step.until_ns:
                return
        yield Due(first, position, 0, False, 0, self._keys[position], step)

    def _followers(self, due: Due) -> Iterator[Due]:
        step = due.step
        yield from self.consequences(due)
        if due.undo or due.stage:
            return
        if step.every_ns is not None:
            later = due.at_ns + step.every_ns
        elif step.randomly_ns is not None:
            later = due.at_ns + gap_ns(self._draw, due.key, due.number + 1, step.randomly_ns)
        else:
            return
        if step.until_ns is None or later < step.until_ns:
            yield due._replace(at_ns=later, number=due.number + 1)


def step_keys(timeline: Sequence[Step]) -> tuple[str, ...]:
    """What each step's lots hang on: not its place, or a step more would change every other step's lots."""
    keys: list[str] = []
    seen: dict[str, int] = {}
    for step in timeline:
        key = step.name or f"{step.do}@{format_duration(step.first_ns)}"
        seen[key] = seen.get(key, 0) + 1
        keys.append(f"timeline/{key}" if seen[key] == 1 else f"timeline/{key}#{seen[key]}")
    return tuple(keys)
