"""Closing down: phase by phase, reverse to the start, each with its time, and nothing accepted is lost."""

from typing import TYPE_CHECKING, Any

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

    def settle() -> bool:
        """Live the present instant; the clock stands."""
        dispatcher.run(dispatcher.now_ns)
        return True

    def supervised_end() -> None:
        dispatcher.directory.endpoint(SUPERVISOR).tell(StopAll(answer))

    def all_stopped() -> bool:
        settle()
        return isinstance(answer.message, AllStopped)

    phases = (
        Phase("scheduler-off", dispatcher.pause, settle),
        Phase("mailboxes-drained", settle),
        Phase("sinks-flushed", settle, lambda: settle() and all(sink.depth == 0 for sink in simulation.sinks)),
        Phase("supervisor", supervised_end, all_stopped),
    )
    simulation.closed = Shutdown(phases, dispatcher.wall).run(simulation.ended)
    for sink in simulation.sinks:
        sink.abandon()
    dispatcher.directory.endpoint(SUPERVISOR).tell(STOP())
    settle()
    dispatcher.close()
    return answer.message.zombies if isinstance(answer.message, AllStopped) else 0
