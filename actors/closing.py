"""Closing down: phase by phase, reverse to the start, each with its time, and nothing accepted is lost."""

from typing import TYPE_CHECKING, Any

from engine.shutdown import Phase, Shutdown
from engine.supervision import AllStopped, StopAll
from schemas.addresses import SUPERVISOR

if TYPE_CHECKING:
    from actors.system import Simulation


class _Answer:
    """Catches the supervisor's last word."""

    def __init__(self) -> None:
        self.zombies: int | None = None

    def tell(self, message: Any) -> None:
        if isinstance(message, AllStopped):
            self.zombies = message.zombies


def close_down(simulation: "Simulation") -> int:
    """Stop everything in order; answers how many threads had to be abandoned."""
    dispatcher = simulation.dispatcher
    answer = _Answer()

    def settle() -> bool:
        """Live the present instant; the clock stands."""
        dispatcher.run(dispatcher.now_ns)
        return True

    def supervised_end() -> None:
        dispatcher.directory.endpoint(SUPERVISOR).tell(StopAll(answer))

    def all_stopped() -> bool:
        settle()
        return answer.zombies is not None

    phases = (
        Phase("scheduler-off", dispatcher.pause, settle),
        Phase("mailboxes-drained", settle),
        Phase("sinks-flushed", settle, lambda: settle() and all(sink.depth == 0 for sink in simulation.sinks)),
        Phase("supervisor", supervised_end, all_stopped),
    )
    simulation.closed = Shutdown(phases, dispatcher.wall).run(simulation.ended)
    for sink in simulation.sinks:
        sink.abandon()
    return answer.zombies or 0
