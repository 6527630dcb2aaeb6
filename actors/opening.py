"""Opening: the supervisor first, then branch after branch, each when the one before it is there."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from actors.closing import Answer
from actors.journal import Journal
from actors.live import Live
from actors.supervisor import Supervisor
from actors.timeline import Timeline
from engine.directory import Endpoint
from engine.streams import Stream
from engine.supervision import TOP_INTENSITY, AddChildren, BranchSpec, ChildrenAdded, ChildSpec
from schemas.addresses import JOURNAL, LIVE, SUPERVISOR, TIMELINE
from schemas.events import ActorGivenUp, ActorStopped

if TYPE_CHECKING:
    from actors.system import Simulation

LIMIT_NS: Final = 30 * 10**9
"""Wall time in which every actor of a branch must have begun."""

DESK, PIPELINE, SINKS, FLEET, SOURCES, SCRIPT = "desk", "pipeline", "sinks", "fleet", "sources", "script"
BRANCHES: Final = (
    BranchSpec(DESK),
    BranchSpec(PIPELINE),
    BranchSpec(SINKS),
    BranchSpec(FLEET, intensity=None),
    BranchSpec(SOURCES, intensity=None),
    BranchSpec(SCRIPT),
)


def open_up(simulation: "Simulation") -> bool:
    """Start every actor in order and let each begin, at the first instant; false when somebody could not."""
    dispatcher = simulation.dispatcher
    dispatcher.spawn(SUPERVISOR, 1, lambda: _supervisor(simulation))
    supervisor = dispatcher.directory.endpoint(SUPERVISOR)
    for branch, specs in _branches(simulation):
        answer = Answer()
        supervisor.tell(AddChildren(specs, branch, reply_to=answer))
        problem = _begun(simulation, branch, answer)
        if problem:
            simulation.fail(problem)
            return False
    return True


def _branches(simulation: "Simulation") -> tuple[tuple[str, list[ChildSpec]], ...]:
    """No device speaks before there is a sink to hear it."""
    journal = simulation.dispatcher.directory.endpoint(JOURNAL)
    return (
        (DESK, _desk(simulation)),
        (PIPELINE, list(simulation.beside)),
        (SINKS, [_sink_child(part) for sink in simulation.sinks for part in sink.parts]),
        (FLEET, simulation.fleet.children()),
        (SOURCES, simulation.sources),
        (SCRIPT, [ChildSpec(TIMELINE, lambda *_: Timeline.start(simulation.timeline, journal))]),
    )


def _desk(simulation: "Simulation") -> list[ChildSpec]:
    """The journal, and who follows it."""
    live = simulation.live
    if live is None:
        return [ChildSpec(JOURNAL, lambda *_: Journal.start(simulation.journal, simulation.followers))]
    follower = simulation.dispatcher.directory.endpoint(LIVE)
    return [
        ChildSpec(LIVE, lambda *_: Live.start(live)),
        ChildSpec(JOURNAL, lambda *_: Journal.start(simulation.journal, (follower, *simulation.followers))),
    ]


def _begun(simulation: "Simulation", branch: str, answer: Answer) -> str:
    """Live the first instant until every child of a branch has begun; what is wrong, or nothing."""
    dispatcher = simulation.dispatcher
    deadline = dispatcher.wall.monotonic_ns() + LIMIT_NS
    while not isinstance(answer.message, ChildrenAdded):
        dispatcher.run(dispatcher.now_ns)
        if dispatcher.wall.monotonic_ns() > deadline:
            return f"{branch}: not everybody has started within {LIMIT_NS // 10**9} s"
        if answer.message is None:
            dispatcher.wall.wait(0.001, threading.Event())
    failed = [outcome for outcome in answer.message.outcomes if not outcome.ok]
    return f"{failed[0].address} did not start: {failed[0].reason}" if failed else ""


def _supervisor(simulation: "Simulation") -> Any:
    seed = simulation.scenario.seed
    return Supervisor.start(
        BRANCHES,
        draw=lambda address, failure: Stream(seed, address, "backoff").uniform(failure),
        journal=_Notes(simulation.dispatcher.directory.endpoint(JOURNAL), simulation.given_up),
        top=TOP_INTENSITY,
        on_collapse=lambda reason: simulation.collapse(f"supervision gave up: {reason}"),
        on_zombies=simulation.haunted,
    )


class _Notes:
    """The supervisor's words on their way to the journal, but for the end of the desk, where it goes before the live
    view that it tells everything: then nobody writes it down."""

    def __init__(self, journal: Endpoint, given_up: Callable[[ActorGivenUp], None]) -> None:
        self._journal = journal
        self._given_up = given_up

    def tell(self, event: Any) -> None:
        if event.__class__ is ActorGivenUp:
            self._given_up(event)
        if event.__class__ is not ActorStopped or event.address not in (JOURNAL, LIVE):
            self._journal.tell(event)


def _sink_child(part: Any) -> ChildSpec:
    return ChildSpec(part.address, part.factory, shutdown_s=part.shutdown_s, threaded=part.threaded)
