"""Backstage: what the timeline needs of the rest of the house to look, to judge and to disturb."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from actors.chaos.base import Backstage
from actors.judging import Judge
from actors.messages import UndoOutside
from actors.probing import Probes
from actors.vocabulary import Words
from engine.clock import MAX
from schemas.addresses import TIMELINE
from schemas.problems import InvalidInput, Problem
from schemas.scenario import Scenario, build_scenario
from schemas.scenario import Timeline as Script
from schemas.scenario.conditions import Condition

if TYPE_CHECKING:
    from actors.system import Simulation

MOST_BYTES = 1 << 20
"""Of a document of further steps."""


def furnish(simulation: "Simulation", draw: Callable[[str, str, int], float]) -> None:
    """Give the timeline its probes, its judge and its means."""
    timeline = simulation.timeline
    sinks = {sink.name: sink for sink in simulation.sinks}
    probes = Probes(
        simulation.fleet.devices,
        lambda name: sinks[name].books.totals(),
        _metrics(simulation),
        lambda: simulation.dispatcher.now_ns,
    )
    timeline.probes = probes
    timeline.stage = Backstage(
        simulation.dispatcher,
        simulation.fleet.devices,
        sinks,
        gated=lambda: simulation.dispatcher.pacer.pace == MAX,
        formats=simulation.formats,
        seed=simulation.scenario.seed,
    )
    timeline.read = lambda document: Script(further(simulation.scenario, document), simulation.specs, draw)
    timeline.judged = lambda script, start_ns: Judge(script.expectations, probes, script.meant, start_ns)
    timeline.judge_by(timeline.acts[0])


def further(scenario: Scenario, document: str) -> Scenario:
    """The scenario with other steps in place of its own. `InvalidInput` when they are wrong."""
    if len(document) > MOST_BYTES:
        raise InvalidInput("steps", [Problem("(document)", f"{len(document)} bytes", f"at most {MOST_BYTES}")])
    try:
        given = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("steps", [Problem("(document)", str(error), "a JSON object with a timeline")]) from None
    if not isinstance(given, Mapping) or not set(given) <= {"timeline", "chaos", "expectations"}:
        allowed = "a JSON object with timeline, chaos and expectations"
        raise InvalidInput("steps", [Problem("(document)", "other keys", allowed)])
    data = {**scenario.document(), "timeline": given.get("timeline", []), "chaos": given.get("chaos", {})}
    data.pop("expectations", None)
    if given.get("expectations") is not None:
        data["expectations"] = given["expectations"]
    return build_scenario(data, "steps", vocabulary=Words())


class Looked(NamedTuple):
    """One condition, and what was found."""

    condition: Condition
    holds: bool
    found: str


def look(simulation: "Simulation", scenario: Scenario) -> list[Looked]:
    """Look at the steady state of a scenario made by `further`, once. On the dispatcher's thread."""
    # a condition is about all devices meant: nothing is drawn
    meant = Script(scenario, simulation.specs, lambda *_: 0.0).meant
    probes: Any = simulation.timeline.probes
    found = () if scenario.expectations is None else scenario.expectations.steady_state
    return [Looked(one, probes.holds(one, meant(one.on)), probes.shown(one, meant(one.on))) for one in found]


def undo_outside(simulation: "Simulation") -> None:
    """Have the timeline undo what lies outside the simulated world."""
    simulation.dispatcher.directory.endpoint(TIMELINE).tell(UndoOutside())


def _metrics(simulation: "Simulation") -> dict[str, Callable[[], float]]:
    counts: Mapping[str, Any] = simulation.journal.counts
    dispatcher = simulation.dispatcher
    return {
        "frames": simulation.fleet.frames,
        "readings": simulation.fleet.readings,
        "restarts": lambda: counts["ActorRestarted"],
        "given_up": lambda: counts["ActorGivenUp"],
        "refused": lambda: counts["CommandRefused"],
        "failures": lambda: counts["ActorFailed"],
        "dead_letters": lambda: sum(dispatcher.directory.dead_letters.values()),
        "victims": lambda: len(simulation.timeline.holds.devices()),
        "resent": lambda: sum(getattr(sink, "resent", 0) for sink in simulation.sinks),
        "spoiled": lambda: sum(sum(form.spoiled.values()) for form in simulation.formats.values()),
        "lag_worst_ms": lambda: dispatcher.pacer.gauge.worst_ns / 1e6,
    }
