"""The state of a sink's way to its cluster, for people: what keeps it from delivering, and since when it rests."""

from typing import Final

from actors.sinks._kafka.plan import NO_REGISTRY
from actors.sinks._kafka.troubles import Complaints
from actors.sinks._kafka.works import Works
from engine.clock import NANOSECONDS, Wall

SILENT_S: Final = 15
"""A cluster that confirms nothing for so long, and of which the client does not complain, is told of."""


class State:
    """See the module. Belongs to the writer's thread."""

    def __init__(self, wall: Wall) -> None:
        self.complaints = Complaints()
        self._wall = wall
        self._heard_ns = wall.monotonic_ns()
        self._until_ns = 0
        self._reason = ""
        self._streak = 0
        self._drawn = 0

    @property
    def resting(self) -> bool:
        """Whether a failed producer has no successor yet."""
        return self._wall.monotonic_ns() < self._until_ns

    def rest(self, reason: str, works: Works) -> None:
        """A producer has failed: no other for a while."""
        self._streak += 1
        self._drawn += 1
        self._reason = reason
        self._until_ns = self._wall.monotonic_ns() + works.backoff.delay_ns(self._streak, works.draw(self._drawn))

    def delivered(self) -> None:
        """All is well."""
        self._heard_ns = self._wall.monotonic_ns()
        self._streak = 0
        self._reason = ""
        self.complaints.clear()

    def problem(self, works: Works, depth: int, sent: int) -> str:
        """What keeps it from delivering, the most telling first; empty when nothing does."""
        if not sent:
            self._heard_ns = self._wall.monotonic_ns()
        if self.complaints.text and (depth or self.complaints.grave):
            reason = works.scout.refusal
            return f"{reason}: {self.complaints.text}" if reason else self.complaints.text
        if self._reason:
            return self._reason
        waiting = [route for route in works.routes if route.parked]
        for route in waiting:
            if route.denial:
                return route.waits_for
        if works.schema_type and works.ids is None:
            return NO_REGISTRY
        if works.ids is not None and (problem := works.ids.problem):
            return problem
        for route in waiting:
            return route.waits_for
        silent_s = (self._wall.monotonic_ns() - self._heard_ns) // NANOSECONDS
        return f"the cluster has confirmed nothing for {silent_s} s" if sent and silent_s >= SILENT_S else ""
