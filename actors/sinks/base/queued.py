"""A sink with a queue between the fleet and the outside: door, lane, writer."""

from collections.abc import Callable, Sequence
from typing import Any

from actors.logs import logger
from actors.sinks.base.disk_faults import DiskFaults
from actors.sinks.base.door import Door
from actors.sinks.base.lane import Lane, Limits
from actors.sinks.base.pump import Outlet, Pump
from actors.sinks.base.records import Rejected
from actors.sinks.base.sink import Part, Surroundings, address_of
from actors.sinks.base.spool import Spool
from actors.sinks.base.writer import Writer
from schemas.books import Books


class QueuedSink:
    """Sinks that may have to wait for the outside. `outlet` makes the outlet of each incarnation of the writer."""

    def __init__(
        self,
        kind: str,
        surroundings: Surroundings,
        limits: Limits | Spool,
        outlet: Callable[[], Outlet],
        pump: Callable[..., Pump] = Pump,
        disk: DiskFaults | None = None,
    ) -> None:
        """`limits` for a lane in memory, or a spool; `pump` for a sink that carries out in a way of its own; `disk`
        for one that carries out to a disk."""
        self.name = surroundings.name
        self.kind = kind
        self.lane: Lane | Spool
        if isinstance(limits, Spool):
            self.lane = limits
            limits.report_to(self._troubled)
        else:
            self.lane = Lane(limits, surroundings.gated, surroundings.wall)
        self._pump = pump
        self.disk = self.lane.faults if isinstance(self.lane, Spool) else disk
        """What is acted out of the disk that it writes to, its spool's before its own; `None` when there is none."""
        self.address, self._writer_address = address_of(self.name)
        self._outlet = outlet
        self._ended = surroundings.ended

    @property
    def books(self) -> Books:
        """What became of its frames."""
        return self.lane.books

    @property
    def truth_books(self) -> Books:
        """What became of its truths."""
        return self.lane.truth_books

    @property
    def fault_books(self) -> Books:
        """What became of its records of faults."""
        return self.lane.fault_books

    @property
    def parts(self) -> tuple[Part, ...]:
        """The writer first, so that at the end the door closes before the writer carries out what is left."""
        return (
            Part(self._writer_address, self._start_writer, True, 5.0),
            Part(self.address, self._start_door, False, 5.0),
        )

    @property
    def depth(self) -> int:
        """Records that are queued or being written."""
        return self.lane.depth

    @property
    def fenced(self) -> int:
        """Records that a replaced writer was kept from writing."""
        return self.lane.fenced

    @property
    def rejected(self) -> Sequence[Rejected]:
        """The last hundred records that were rejected."""
        return self.lane.rejected

    @property
    def problem(self) -> str:
        """What keeps the writer from writing now."""
        off = self.lane.valve.problem if isinstance(self.lane, Spool) else ""
        return off or self.lane.problem or self.lane.trouble

    @property
    def settled(self) -> bool:
        """Whether nothing would be lost if the process ended now."""
        return self.lane.settled

    def open(self) -> bool:
        """Whether the clock may go on at pace max."""
        return self.lane.open()

    def abandon(self) -> int:
        """Give up what is still queued, unless it outlives the process, and take nothing more."""
        return self.lane.end("abandoned")

    def close(self) -> bool:
        """After `abandon`: wait a little until all that outlives the process is safe; whether it is."""
        return self.lane.close()

    def pump(self, generation: int, wake: Callable[[], None]) -> Pump:
        """The pump of one incarnation of the writer."""
        return self._pump(self.lane, self._outlet(), generation, wake, self._ended, self._troubled)

    def _troubled(self, reason: str) -> None:
        if reason:
            logger(self.address).warning("cannot write", reason=reason, queued=self.depth)
        else:
            logger(self.address).info("writes again", queued=self.depth)

    def _start_writer(self, _address: str, _generation: int) -> Any:
        return Writer.start(self.pump)

    def _start_door(self, _address: str, _generation: int) -> Any:
        return Door.start(self, self.lane)
