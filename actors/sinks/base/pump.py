"""The pump: what a writer does, without the thread it does it on, so that it can be driven step by step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from actors.sinks.base.lane import FencedError, Lane, Pass
from actors.sinks.base.records import Record, Rejected
from actors.sinks.base.spool import Spool

PIPE_CLOSED: Final = "pipe-closed"
"""Why records are dropped once nobody listens."""
RETRY_S: Final = 1.0
"""Real time between two attempts when the outside does not take anything."""
_TURN: Final = 64
"""Batches in one go; then the writer looks into its mailbox, so that a stop is heard while records never cease."""


class NobodyListensError(Exception):
    """The other side has gone away for good (`| head`): not a failure, but the end of this sink."""


class Outlet(Protocol):
    """The place records go to: what differs between one kind of writer and the next. Belongs to one thread."""

    linger_s: float
    """How long a batch may wait for more records, real seconds."""

    def open(self) -> None:
        """Make ready. Any error is a failure of this writer; its successor tries again."""

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        """Carry a batch out, calling `permit` right before anything leaves. Answers the records that have no bytes:
        reason by position. On an error nothing of the batch counts as written."""

    def rest(self) -> float:
        """Called when nothing is queued: seconds until it wants to be called again, 0 when it need not be."""

    def refused(self, rejected: Sequence[Rejected], records: Sequence[Record]) -> None:
        """These records were rejected; keep them if there is a place for it."""

    def close(self) -> None:
        """Let go of everything; nothing fails here."""


class Pump:
    """Carries records from a lane to an outlet, as one incarnation of a writer."""

    def __init__(
        self,
        lane: Lane | Spool,
        outlet: Outlet,
        generation: int,
        wake: Callable[[], None],
        ended: Callable[[str], None],
        troubled: Callable[[str], None],
    ) -> None:
        """`wake` has the writer call `turn`, soon and on its own thread; it may be called from any thread.

        `ended` is told once, with the reason, when nobody listens any more; `troubled` is told when the outside takes
        nothing for the moment, and why, and with an empty reason when it does again.
        """
        self._ended = ended
        self._troubled = troubled
        self._lane = lane
        self._outlet = outlet
        self._generation = generation
        self._wake = wake
        self._pass: Pass | None = None
        self._shut = True

    def start(self) -> None:
        """Take over the lane and open the outlet; nothing to do when the lane has ended or is somebody else's."""
        try:
            self._pass = self._lane.attach(self._generation, self._wake)
        except FencedError:
            return
        self._open()
        self._wake()

    def turn(self) -> bool:
        """Carry out what is there, until there is nothing or it is somebody else's turn; false when replaced."""
        try:
            if self._pass is not None:
                self._open()
                self._work()
                self._recovered()
        except FencedError:
            return False
        except NobodyListensError:
            self._end()
        except OSError as error:
            self._trouble(error)
        return True

    def finish(self) -> None:
        """Carry out all that is queued and close. A writer that has been replaced only closes.

        `OSError` when the outside does not take it now either; then what is left stays queued.
        """
        try:
            if self._pass is not None:
                self._open()
            while self._carry():
                pass
            self._recovered()
        except FencedError:
            pass
        except NobodyListensError:
            self._end()
        finally:
            self.fail()

    def fail(self) -> None:
        """Close after an error; what was not settled is left to the successor."""
        self._shut = True
        self._outlet.close()

    def _open(self) -> None:
        if self._shut:
            self._outlet.open()
            self._shut = False

    def _work(self) -> None:
        self._lane.linger(self._outlet.linger_s)
        for _ in range(_TURN):
            if not self._carry() and not self._rest():
                return
        self._wake()

    def _trouble(self, error: OSError) -> None:
        """The outside does not take it now (a full disk): no failure of this writer. Keep all and try again."""
        if not self._lane.problem:
            self._troubled(str(error))
        self._lane.problem = str(error)
        self.fail()
        self._lane.pause(RETRY_S)
        self._wake()

    def _recovered(self) -> None:
        if self._lane.problem:
            self._lane.problem = ""
            self._troubled("")

    def _end(self) -> None:
        self._pass = None
        self._lane.end(PIPE_CLOSED)
        self._ended(PIPE_CLOSED)

    def _rest(self) -> bool:
        """Nothing is queued: sleep, unless the outlet has something left to do. False when asleep."""
        wait_s = self._outlet.rest()
        if wait_s > 0 and not self._lane.closed:  # closed, the stop is near: do not keep it waiting
            self._lane.linger(wait_s)
            return True
        return self._pass is not None and not self._lane.sleep(self._pass)

    def _carry(self) -> bool:
        """One batch; false when there was none."""
        mine = self._pass
        if mine is None:
            return False
        batch = self._lane.take(mine)
        if not batch:
            return False
        refused = self._outlet.write(batch, lambda: self._lane.permit(mine, len(batch)))
        records = [batch[position] for position in refused]
        rejected = self._lane.settle(mine, refused)
        if rejected:
            self._outlet.refused(rejected, records)
        return True
