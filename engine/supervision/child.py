"""What a supervisor knows about one child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from engine.supervision.specs import ChildSpec
from schemas.queries import ChildView

if TYPE_CHECKING:
    from engine.supervision.branch import Branch
    from engine.supervision.rounds import Round

IDLE: Final = "idle"
STARTING: Final = "starting"
RUNNING: Final = "running"
STOPPING: Final = "stopping"
WAITING: Final = "waiting"
"""Ended only because others restart; comes back when its turn is there."""
BACKING_OFF: Final = "backing_off"
STOPPED: Final = "stopped"
GIVEN_UP: Final = "given_up"
RECALLED: Final = "recalled"
"""Was given up; comes back when its turn is there, because somebody asked for it."""

LIVING: Final = frozenset({STARTING, RUNNING, STOPPING})
"""States in which there is an actor."""
COMING: Final = frozenset({IDLE, WAITING, BACKING_OFF, RECALLED})
"""States in which a round starts an actor."""

_SEEN_AS: Final = {IDLE: STARTING, STOPPING: RUNNING, WAITING: STOPPED, RECALLED: GIVEN_UP}
"""From outside an actor runs until it has ended, and is stopped until it runs again, as the journal says."""


class Now(NamedTuple):
    """One instant on both clocks, nanoseconds: dispatched children wait in simulated time, threads in wall time."""

    simulated: int
    wall: int


class Child:
    """Record of one child. Tens of thousands of them live, so it is slots and shared values only."""

    __slots__ = (
        "branch",
        "failures",
        "generation",
        "lost",
        "owner",
        "parts",
        "reason",
        "restarts",
        "round",
        "since_ns",
        "spec",
        "state",
        "streak",
        "up_ns",
    )

    def __init__(self, spec: ChildSpec, branch: Branch, owner: Child | None, since_ns: int) -> None:
        self.spec = spec
        self.branch = branch
        self.owner = owner
        self.parts: list[Child] | None = None
        self.state = IDLE
        self.generation = 0
        """0 before the first start; the living incarnation's, or the last one's."""
        self.restarts = 0
        self.failures = 0
        """In all, so that the n-th failure has its own draw whatever came between."""
        self.streak = 0
        """In a row."""
        self.reason = ""
        self.since_ns = since_ns
        """Simulated instant of the last change of state."""
        self.up_ns = 0
        """Instant of the last start, on the child's own clock."""
        self.round: Round | None = None
        self.lost = False
        """Whether the owner was told that this part is lost."""

    def clock(self, now: Now) -> int:
        """The instant on this child's own clock."""
        return now.wall if self.spec.threaded else now.simulated

    def family(self) -> list[Child]:
        """The child and then its parts, in their order."""
        return [self, *self.parts] if self.parts else [self]

    def turn(self, state: str, now: Now) -> None:
        """Go to another state."""
        self.state = state
        self.since_ns = now.simulated

    def revive(self) -> None:
        """Let the next round start it, also when it was stopped or given up, and forgive what it did."""
        self.streak = 0
        if self.state == STOPPED:
            self.state = WAITING
        elif self.state == GIVEN_UP:
            self.state = RECALLED

    def view(self) -> ChildView:
        """The child as seen from outside."""
        state = _SEEN_AS.get(self.state, self.state)
        return ChildView(self.spec.address, state, self.generation, self.restarts, self.reason, self.since_ns)
