"""The memory sink: keeps all records as they are. For tests, and for programs that embed a simulation."""

from collections import deque
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field

from actors.sinks.base import DirectSink, NothingMore, Policy, Problem, Record, SinkOptions, Surroundings
from actors.sinks.base.records import what_of
from schemas.books import Books
from schemas.readings import FaultRecord, Frame, Truth

T = TypeVar("T")


class MemoryOptions(SinkOptions):
    """Options of the memory sink."""

    limit: Annotated[int, Field(ge=1, le=100_000_000)] = 1_000_000
    """Frames kept, and as many truths and records of faults; about 1 KB of memory each."""
    policy: Policy = "drop-oldest"
    """What happens at the limit. `block`: at pace max the clock waits until the program takes frames out (in another
    thread than the one that runs the simulation); in real time what comes is shed."""


class MemorySink(DirectSink):
    """See the module. A record is delivered once it is in `frames`, `truths` or `faults`; giving the oldest up revokes
    that."""

    kind = "memory"

    def __init__(self, options: MemoryOptions, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self.frames: deque[Frame] = deque()
        """Oldest first."""
        self.truths: deque[Truth] = deque()
        """Oldest first."""
        self.faults: deque[FaultRecord] = deque()
        """Oldest first."""
        self._limit = options.limit
        self._policy = options.policy
        self._gated = surroundings.gated

    def take(self) -> tuple[list[Frame], list[Truth]]:
        """All frames and truths so far, which are then no longer kept here. From any thread."""
        return _emptied(self.frames), _emptied(self.truths)

    def take_faults(self) -> list[FaultRecord]:
        """All records of faults so far, which are then no longer kept here. From any thread."""
        return _emptied(self.faults)

    def open(self) -> bool:
        """With `block`, the clock waits at the limit."""
        return self._policy != "block" or max(map(len, self._kept())) < self._limit

    def settle(self, record: Record, books: Books) -> None:
        """Keep it, if there is room or room can be made."""
        kept = self._kept()[what_of(record)]
        if len(kept) < self._limit or (self._policy == "block" and self._gated()):
            self._keep(record, kept, books)
        elif self._policy == "drop-oldest":
            books.revoke(kept.popleft()[0], "oldest")
            self._keep(record, kept, books)
        else:
            books.drop(record[0], "shed" if self._policy == "block" else "newest")

    def _kept(self) -> tuple[deque[Any], deque[Any], deque[Any]]:
        return self.frames, self.truths, self.faults

    def _keep(self, record: Record, kept: deque[Any], books: Books) -> None:
        kept.append(record)
        books.account(record[0]).acked += 1


def _emptied(kept: deque[T]) -> list[T]:
    taken: list[T] = []
    while kept:
        try:
            taken.append(kept.popleft())
        except IndexError:  # the sink has just given its oldest up
            break
    return taken


class _Kind(NothingMore):
    """Keeps frames, truths and records of faults in the memory of this program."""

    name = "memory"
    binary = True
    options = MemoryOptions

    def claims(self, options: MemoryOptions, truth: bool) -> tuple[str, ...]:  # noqa: ARG002 - as every kind has it
        """Nothing."""
        return ()

    def prepare(self, options: MemoryOptions, truth: bool) -> list[Problem]:  # noqa: ARG002
        """Nothing can be wrong."""
        return []

    def build(self, options: MemoryOptions, surroundings: Surroundings) -> MemorySink:
        """Make one."""
        return MemorySink(options, surroundings)


SINK: Final = _Kind()
