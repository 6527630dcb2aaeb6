"""Closing down: phase by phase, reverse to the start, each with its time, and nothing accepted is lost."""

from typing import TYPE_CHECKING, Any

from actors.backstage import undo_outside
from engine.handling import STOP
from engine.shutdown import Phase, Shutdown
from engine.supervision import AllStopped, StopAll
from schemas.addresses import SUPERVISOR

if TYPE_CHECKING:
    from actors.system import Simulation


class Answer:
    """Catches one answer of the supervisor."""

    def __init__(self) -> None:
        self.message: Any = None

    def tell(self, message: Any) -> None:
        """Take the answer."""
        self.message = message


def close_down(simulation: "Simulation") -> int:
    """Stop everything in order; answers how many threads had to be abandoned."""
    dispatcher = simulation.dispatcher
    answer = Answer()
    state = simulation.state

    def settle() -> bool:
        """Live the present instant; the clock stands."""
        dispatcher.run(dispatcher.now_ns)
        return True

    def time_stands() -> None:
        dispatcher.pause()
        if state is None or simulation.ended == "duration":  # else another process may go on
            simulation.fleet.end_records(dispatcher.now_ns)
        undo_outside(simulation)  # what was disturbed must not keep the sinks from carrying out what they have

    def supervised_end() -> None:
        dispatcher.directory.endpoint(SUPERVISOR).tell(StopAll(answer))

    def all_stopped() -> bool:
        settle()
        return isinstance(answer.message, AllStopped)

    def hold() -> None:
        if state is not None:
            state.hold(simulation)

    phases = (
        Phase("scheduler-off", time_stands, settle),
        Phase("mailboxes-drained", settle),
        Phase("sinks-flushed", settle, lambda: settle() and all(map(_flushed, simulation.sinks))),
        Phase(
            "spool-synced",
            hold,
            lambda: settle() and all(map(_safe, simulation.sinks)) and (not state or state.is_held()),
        ),
        Phase("supervisor", supervised_end, all_stopped),
    )
    simulation.closed = Shutdown(phases, dispatcher.wall).run(simulation.ended)
    for sink in simulation.sinks:
        sink.abandon()
        if (close := getattr(sink, "close", None)) is not None:
            close()
    dispatcher.directory.endpoint(SUPERVISOR).tell(STOP())
    settle()
    dispatcher.close()
    # Without an answer in time there is somebody who has not ended, whether he has been counted yet or not.
    return answer.message.zombies if isinstance(answer.message, AllStopped) else 1


def _flushed(sink: Any) -> bool:
    """Whether a sink has carried everything out, or need not: what outlives the process is not waited for while the
    other side does not take it."""
    return sink.depth == 0 or (bool(sink.problem) and _is_durable(sink))


def _safe(sink: Any) -> bool:
    """Whether what a sink was given outlives the process, or has been carried out."""
    return not _is_durable(sink) or sink.settled


def _is_durable(sink: Any) -> bool:
    return bool(getattr(getattr(sink, "lane", None), "durable", False))
