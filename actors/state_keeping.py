"""Checkpoints are taken and kept: one may only lie behind what the sinks have accepted."""

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from actors.logs import Log
from actors.sinks.base import Spool
from actors.state_checkpoint import freeze, is_settled
from actors.state_folder import StateFolder

if TYPE_CHECKING:
    from actors.system import Simulation

_SAFE_S: Final = 60.0
"""Real time that the sinks get to commit what was said before a checkpoint; else it is not kept."""


class _Taken(NamedTuple):
    """A checkpoint that waits for the sinks."""

    data: bytes
    now_ns: int
    barriers: list[Event]


class Keeper:
    """Takes checkpoints of a run and keeps those that the sinks have caught up with."""

    def __init__(self, folder: StateFolder, over: Event, log: Log) -> None:
        """`over` is set when the run ends: nothing is waited for any more."""
        self._folder = folder
        self._over = over
        self._log = log
        self._held: _Taken | None = None

    def checkpoint(self, simulation: "Simulation", commands: Callable[[], int]) -> bool:
        """Keep a checkpoint; from another thread than the dispatcher's. False when now is not the time for one.

        `commands` says, on the dispatcher's thread, how many have come in.
        """
        taken: list[_Taken | None] = []
        took = Event()

        def take() -> None:
            taken.append(_take(simulation, commands()))
            took.set()

        simulation.dispatcher.when_quiet(take)
        while not took.wait(0.2):
            if self._over.is_set():
                return False
        return self._keep(taken[0])

    def hold(self, simulation: "Simulation", commands: int) -> None:
        """The last instant is lived: take a checkpoint of it. On the dispatcher's thread."""
        self._held = _take(simulation, commands)

    def is_held(self) -> bool:
        """Whether the sinks have accepted all that was said."""
        return self._held is None or all(barrier.is_set() for barrier in self._held.barriers)

    def keep_held(self) -> None:
        """Keep the checkpoint of the last instant, if the sinks have accepted all that was said."""
        if self.is_held():
            self._keep(self._held)

    def _keep(self, taken: _Taken | None) -> bool:
        """Only what the sinks have accepted may lie before a checkpoint: else it would never be said."""
        if taken is None or not all(barrier.wait(_SAFE_S) for barrier in taken.barriers):
            return False
        try:
            self._folder.db.keep(taken.data, taken.now_ns)
        except OSError as error:
            self._log.warning("no checkpoint", reason=str(error))
            return False
        return True


def _take(simulation: "Simulation", commands: int) -> _Taken | None:
    if not is_settled(simulation):
        return None
    barriers: list[Event] = [spool.barrier() for spool in spools(simulation)]
    return _Taken(freeze(simulation, commands), simulation.dispatcher.now_ns, barriers)


def spools(simulation: "Simulation") -> list[Spool]:
    """The spools of all sinks that have one that outlives the process."""
    return [sink.lane for sink in simulation.sinks if is_durable(sink)]


def is_durable(sink: Any) -> bool:
    """Whether what a sink has accepted outlives the process."""
    lane = getattr(sink, "lane", None)
    return isinstance(lane, Spool) and lane.durable
