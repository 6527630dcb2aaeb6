"""A group of children that share a strategy."""

from collections.abc import Iterable

from engine.supervision.child import COMING, LIVING, Child, Now
from engine.supervision.intensity import Intensity, Window
from engine.supervision.specs import BranchSpec


class Windows:
    """Restarts counted apart on the two clocks, because their instants cannot be compared."""

    __slots__ = ("_simulated", "_wall")

    def __init__(self, limit: Intensity) -> None:
        self._simulated = Window(limit)
        self._wall = Window(limit)

    def hit(self, child: Child, now: Now) -> bool:
        """Count a restart caused by this child; whether that is one too many."""
        window = self._wall if child.spec.threaded else self._simulated
        return window.hit(child.clock(now))

    def clear(self) -> None:
        """Forget all restarts."""
        self._simulated.clear()
        self._wall.clear()


class Branch:
    """Record of one branch."""

    __slots__ = ("generation", "spec", "windows")

    def __init__(self, spec: BranchSpec) -> None:
        self.spec = spec
        self.generation = 1
        self.windows = Windows(spec.intensity) if spec.intensity is not None else None

    def too_many(self, child: Child, now: Now) -> bool:
        """Count a restart without back-off; whether the branch fails of it."""
        return self.windows is not None and self.windows.hit(child, now)

    def members(self, children: Iterable[Child]) -> list[Child]:
        """Those of all children that belong to this branch, in their order."""
        return [child for child in children if child.branch is self]

    def affected(self, child: Child, children: Iterable[Child]) -> list[Child]:
        """Whose incarnations end with this child's failure and come back with it, in the order of their start.

        Children that are being stopped for good, are stopped or given up are left alone.
        """
        if self.spec.strategy == "one_for_one":
            return [member for member in child.family() if _concerned(member)]
        members = self.members(children)
        if self.spec.strategy == "rest_for_one":
            members = members[members.index(child) :]
        return [member for member in members if _concerned(member)]


def _concerned(member: Child) -> bool:
    taken_down = member.round is not None and not member.round.returning
    return not taken_down and (member.state in LIVING or member.state in COMING)
