"""Branches: the same past with another future - with or without a fault, a repair, a step of the timeline.

A branch is a simulation of its own, as fast as possible, that begins at a checkpoint of another. It speaks to nobody
but a sink in memory, so it can be made of any run. Twins are two branches of one checkpoint, lived side by side; the
exact remaining life of a device is found by living a branch to its failure.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from actors.device import Outlets
from actors.fleet import Fleet
from actors.state_checkpoint import freeze, is_settled, thaw
from actors.system import Simulation
from engine.directory import Directory
from engine.lifecycle import State
from engine.physics.layout import WEAR_STEP
from schemas.commands import PlaySteps, Refused
from schemas.problems import InvalidInput, Problem, suggest
from schemas.readings import Frame, Truth
from schemas.scenario import Scenario, SinkSpec

SINK: Final = "branch"
_NS: Final = 10**9
_SHOWN: Final = 10
_CHUNK_NS: Final = 600 * _NS
"""Simulated time between two looks at what was said."""
_OPTIONS: Final = {"limit": 2_000_000, "policy": "drop-newest"}


class Future(NamedTuple):
    """What is to come in a branch, beside what the scenario says."""

    steps: tuple[Mapping[str, Any], ...] = ()
    """Steps of a timeline as a scenario would have them, `at` counted from the branch."""
    without: tuple[str, ...] = ()
    """Names of the scenario's own steps that are left out from here on; a number is a place in the timeline."""


AS_PLANNED: Final = Future()


def quiet(scenario: Scenario) -> Scenario:
    """The scenario as fast as can be; its sinks go nowhere, and there is one in memory."""
    nulls = tuple(sink.model_copy(update={"kind": "null", "options": {}, "truth": False}) for sink in scenario.sinks)
    own = SinkSpec.model_validate({"name": SINK, "kind": "memory", "truth": True, "options": _OPTIONS})
    return scenario.model_copy(update={"sinks": (*nulls, own), "pace": "max", "lag": "stretch"})


def past(scenario: Scenario, until_ns: int) -> Simulation:
    """A run of a scenario that has lived every instant before `until_ns`, and stands there."""
    simulation = Simulation.from_scenario(quiet(scenario))
    simulation.begin()
    live_to(simulation, until_ns)
    return simulation


def live_to(simulation: Simulation, until_ns: int) -> None:
    """Live every instant before `until_ns`, in the caller's thread."""
    simulation.dispatcher.gates.clear()
    simulation.dispatcher.run(until_ns)


def checkpoint(simulation: Simulation) -> bytes:
    """Where a run stands, as bytes. `InvalidInput` when some actor has just failed and is not back for good."""
    if not is_settled(simulation):
        problem = Problem("at", "an instant at which an actor has just failed", "one at which all are well for 30 s")
        raise InvalidInput("branch", [problem])
    return freeze(simulation, simulation.reception.commands)


def branch(scenario: Scenario, taken: bytes, future: Future = AS_PLANNED) -> Simulation:
    """A simulation that stands at a checkpoint and goes on in another way; its steps are refused like a scenario's."""
    simulation = Simulation.from_scenario(quiet(scenario))
    thaw(simulation, taken)
    _leave_out(simulation, scenario, future.without)
    simulation.begin()
    simulation.dispatcher.gates.clear()
    if future.steps:
        _play(simulation, future.steps)
    return simulation


def _leave_out(simulation: Simulation, scenario: Scenario, names: Sequence[str]) -> None:
    act = simulation.timeline.acts[0]
    places = {_place(scenario, name) for name in names}
    act.pending = (due for due in _rest(act.next, act.pending) if due.position not in places)
    act.next = next(act.pending, None)
    act.later = [due for due in act.later if due.position not in places]
    for place in places:
        act.waiting.pop(place, None)


def _rest(first: Any, pending: Iterator[Any]) -> Iterator[Any]:
    if first is not None:
        yield first
        yield from pending


def _place(scenario: Scenario, name: str) -> int:
    known = [step.name or str(place) for place, step in enumerate(scenario.timeline)]
    if name in known:
        return known.index(name)
    if name.isdecimal() and int(name) < len(known):
        return int(name)
    allowed = ", ".join(known) or "none, the timeline is empty"
    raise InvalidInput("branch", [Problem("without", repr(name), allowed)])


def _play(simulation: Simulation, steps: Sequence[Mapping[str, Any]]) -> None:
    timed = [step if {"at", "every", "when"} & step.keys() else {"at": "0s", **step} for step in steps]
    reply = _told(simulation, PlaySteps(json.dumps({"timeline": timed})))
    if isinstance(reply, Refused):
        raise InvalidInput("branch", [Problem("steps", "steps that cannot be played", reply.reason)])


def _told(simulation: Simulation, command: Any) -> Any:
    """Tell the timeline in this thread, at the present instant, and hear what it says."""
    from schemas.addresses import TIMELINE

    endpoint = simulation.dispatcher.directory.endpoint(TIMELINE)
    future = endpoint.cell.ref.ask(command, block=False)
    simulation.dispatcher.run(simulation.dispatcher.now_ns)
    return future.get(timeout=5)


# --- twins ---


class Difference(NamedTuple):
    """How one device's two futures differ."""

    device: str
    frames: int
    """Frames that are not the same in both."""
    first_ns: int | None
    """Instant of the first of them; `None` when there is none."""
    last_ns: int | None
    sensors: tuple[str, ...]
    """Sensors that ever said something else, or at another time; sorted."""
    failed_ns: tuple[int | None, int | None]
    """When it failed, in either future."""


class Twins:
    """Two futures of one checkpoint, lived side by side."""

    def __init__(self, scenario: Scenario, taken: bytes, one: Future, other: Future) -> None:
        self.pair = branch(scenario, taken, one), branch(scenario, taken, other)
        self._found: dict[str, list[Any]] = {id: [0, None, None, set()] for id in self.pair[0].fleet.devices}
        self._left: list[dict[tuple[str, int], Frame]] = [{}, {}]
        self.truths: tuple[list[Truth], list[Truth]] = ([], [])
        """Every truth of either future."""

    def live_to(self, until_ns: int) -> None:
        """Live both to an instant, and compare what they say on the way."""
        now_ns = self.pair[0].dispatcher.now_ns
        while now_ns < until_ns:
            now_ns = min(now_ns + _CHUNK_NS, until_ns)
            for place, simulation in enumerate(self.pair):
                live_to(simulation, now_ns)
                sink: Any = next(sink for sink in simulation.sinks if sink.name == SINK)
                frames, truths = sink.take()
                self._left[place].update({(frame.device, frame.sequence): frame for frame in frames})
                self.truths[place].extend(truths)
            self._compare()

    def differences(self) -> tuple[Difference, ...]:
        """Of every device, whether there is any or not; call it when both have been lived to the end."""
        for rest in self._left:
            for frame in rest.values():
                self._note(frame, {reading.sensor for reading in frame.readings})
            rest.clear()
        failed = [_failures(simulation) for simulation in self.pair]
        return tuple(
            Difference(id, count, first, last, tuple(sorted(sensors)), (failed[0].get(id), failed[1].get(id)))
            for id, (count, first, last, sensors) in self._found.items()
        )

    def close(self) -> None:
        """End both."""
        for simulation in self.pair:
            simulation.close()

    def _compare(self) -> None:
        one, other = self._left
        for key in one.keys() & other.keys():
            a, b = one.pop(key), other.pop(key)
            if a != b:
                self._note(a, {reading.sensor for reading in {*a.readings} ^ {*b.readings}})

    def _note(self, frame: Frame, sensors: set[str]) -> None:
        found = self._found[frame.device]
        found[0] += 1
        found[1] = frame.time_ns if found[1] is None else min(found[1], frame.time_ns)
        found[2] = frame.time_ns if found[2] is None else max(found[2], frame.time_ns)
        found[3] |= sensors


def _failures(simulation: Simulation) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in simulation.journal.entries:
        event: Any = entry.event
        if type(event).__name__ == "StateChanged" and event.after == State.FAILED.value:
            found.setdefault(event.device, event.time_ns)
    return found


# --- exact remaining life ---


def exact_rul_s(
    scenario: Scenario, taken: bytes, device: str, horizon_s: float, future: Future = AS_PLANNED
) -> float | None:
    """Seconds until a device fails if all goes on as it will: timeline, workload, weather, repairs and all.

    `None` when it outlives the horizon: its remaining life is censored there. Lives the body alone where nothing more
    is to happen to the fleet, else a whole branch. Exact to the wear step of a minute. `InvalidInput` for an unknown
    id.
    """
    simulation = Simulation.from_scenario(quiet(scenario))
    thaw(simulation, taken)
    memory = simulation.fleet.devices.get(device)
    if memory is None:
        known = tuple(simulation.fleet.devices)
        some = ", ".join(known[:_SHOWN]) + (f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else "")
        raise InvalidInput("branch", [Problem("device", repr(device), some, suggest(device, known))])
    if memory.state is State.FAILED:
        return 0.0
    if future == AS_PLANNED and all(act.idle for act in simulation.timeline.acts) and not simulation.timeline.later:
        return _alone(simulation, device, horizon_s)
    return _within(branch(scenario, taken, future), device, horizon_s)


def _alone(simulation: Simulation, device: str, horizon_s: float) -> float | None:
    memory = simulation.fleet.devices[device]
    now_ns = simulation.dispatcher.now_ns
    spec = next(spec for spec in simulation.specs if spec.id == device)
    nobody: Any = None  # it lives without an actor, so nothing is said
    fleet = Fleet(simulation.scenario, (spec,), Directory(lambda: 0), lambda _: Outlets((), (), nobody))
    body = fleet.devices[device].body
    body.restore(memory.body.snapshot())
    last = memory.grid.tick_before(now_ns + round(horizon_s * _NS))
    tick = max(body.tick, memory.grid.tick_before(now_ns))
    while body.broken() is None and tick < last:
        tick = min(tick - tick % WEAR_STEP + WEAR_STEP, last)
        body.advance(tick)
    if body.broken() is None:
        return None
    return max(memory.grid.origin_ns + tick * _NS - now_ns, 0) / _NS


def _within(simulation: Simulation, device: str, horizon_s: float) -> float | None:
    start_ns = simulation.dispatcher.now_ns
    end_ns = start_ns + round(horizon_s * _NS)
    memory = simulation.fleet.devices[device]
    now_ns = start_ns
    try:
        while memory.state is not State.FAILED and now_ns < end_ns:
            now_ns = min(now_ns + _CHUNK_NS, end_ns)
            live_to(simulation, now_ns)
            simulation.sinks[-1].take()
        failed_ns = _failures(simulation).get(device)
    finally:
        simulation.close()
    return None if failed_ns is None else (failed_ns - start_ns) / _NS
