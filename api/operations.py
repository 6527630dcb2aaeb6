"""Operations: what takes a while goes on by itself, and can be followed and ended.

Commands go in by small batches with a breath between them, so that the fleet's frames are not held up.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from actors.logs import logger
from api.access.secrets import make_id
from api.orders import Order, target
from api.problems import ApiProblem, too_many
from engine.clock import WallClock
from schemas.commands import Command, Refused, Reply

State = Literal["running", "done", "failed", "cancelled"]
Send = Callable[[Sequence[Command]], Sequence[Reply]]
BATCH: Final = 50
"""Commands that are told at once: about two milliseconds of the fleet's time."""
BREATH_S: Final = 0.005
MOST_REFUSED: Final = 100
"""Refusals that are kept with their reasons; all are counted."""


class RefusedOne(NamedTuple):
    """A command that was not carried out."""

    target: str
    """The device, or the actor's address."""
    reason: str


class OperationView(NamedTuple):
    """An operation seen from outside."""

    id: str
    do: str
    who: str
    state: State
    total: int
    done: int
    """Commands that were answered, refused or not."""
    refused: int
    refusals: tuple[RefusedOne, ...]
    started_ns: int
    """Wall time, nanoseconds since the Unix epoch."""
    ended_ns: int | None
    problem: str


class Operation:
    """One operation under way. Its numbers are written by its own thread alone."""

    def __init__(self, do: str, who: str, total: int) -> None:
        self.id = make_id("op-")
        self.do = do
        self.who = who
        self.total = total
        self.state: State = "running"
        self.done = 0
        self.refused = 0
        self.refusals: tuple[RefusedOne, ...] = ()
        self.started_ns = WallClock.epoch_ns()
        self.ended_ns: int | None = None
        self.problem = ""
        self.cancel = threading.Event()
        self.over = threading.Event()

    def view(self) -> OperationView:
        """What is to be seen of it now."""
        return OperationView(
            self.id,
            self.do,
            self.who,
            self.state,
            self.total,
            self.done,
            self.refused,
            self.refusals,
            self.started_ns,
            self.ended_ns,
            self.problem,
        )

    def carry_out(self, order: Order, send: Send) -> None:
        """Send all commands of an order, a batch at a time, until it is cancelled."""
        commands = order.commands
        for start in range(0, len(commands), BATCH):
            if self.cancel.wait(BREATH_S if start else 0):
                self.state = "cancelled"
                return
            batch = commands[start : start + BATCH]
            carried_out = []
            for command, reply in zip(batch, send(batch), strict=True):
                if isinstance(reply, Refused):
                    self._refuse(command, reply.reason)
                else:
                    carried_out.append(command)
            if ends := order.ends(carried_out):
                send(ends)
            self.done += len(batch)
        self.state = "done"

    def _refuse(self, command: Command, reason: str) -> None:
        self.refused += 1
        if len(self.refusals) < MOST_REFUSED:
            self.refusals = (*self.refusals, RefusedOne(target(command), reason))


class Operations:
    """All operations of one server: a few at a time, and the last ones that are over. Safe for several threads."""

    def __init__(self, most: int, kept: int) -> None:
        self._most = most
        self._kept = kept
        self._lock = threading.Lock()
        self._all: dict[str, Operation] = {}

    def start(self, operation: Operation, work: Callable[[Operation], None]) -> None:
        """Begin one on a thread of its own. Raises `ApiProblem`: 429 when there are enough under way, 503 when no
        thread is to be had."""
        with self._lock:
            running = sum(each.state == "running" for each in self._all.values())
            if running >= self._most:
                raise too_many(f"{running} operations are under way; allowed: {self._most}", 1)
            over = [id for id, each in self._all.items() if each.state != "running"]
            for id in over[: max(0, len(self._all) - self._kept + 1)]:
                del self._all[id]
            self._all[operation.id] = operation
        try:
            threading.Thread(target=_work, args=(operation, work), name=operation.id, daemon=True).start()
        except RuntimeError as error:
            with self._lock:
                del self._all[operation.id]
            raise ApiProblem("unavailable", f"no thread is to be had: {error}") from None

    def all(self) -> list[Operation]:
        """Every operation that is known, the newest first."""
        with self._lock:
            return list(reversed(self._all.values()))

    def find(self, id: str) -> Operation | None:
        """One of them."""
        return self._all.get(id)

    def cancel_all(self) -> None:
        """End all that are under way, soon."""
        for operation in self.all():
            operation.cancel.set()


def _work(operation: Operation, work: Callable[[Operation], None]) -> None:
    try:
        work(operation)
        if operation.state == "running":
            operation.state = "done"
    except ApiProblem as problem:
        operation.problem, operation.state = problem.detail, "failed"
    except Exception as error:
        logger("api").error("an operation failed", operation=operation.id, error=repr(error), exc_info=error)
        operation.problem, operation.state = "an error in the program; the server's log says more", "failed"
    finally:
        operation.ended_ns = WallClock.epoch_ns()
        operation.over.set()
