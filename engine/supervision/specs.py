"""Children and branches as data: what is looked after, in which order, and how."""

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, get_args

from engine.supervision.backoff import Backoff
from engine.supervision.intensity import Intensity

Restart = Literal["permanent", "transient", "temporary"]
_RESTARTS: Final = get_args(Restart)
Strategy = Literal["one_for_one", "one_for_all", "rest_for_one"]

Factory = Callable[[str, int], Any]
"""Starts a fresh actor for (address, generation) and gives its reference. One factory may serve all children."""


class ChildSpec(NamedTuple):
    """One child, as data.

    Its fields decide everything its supervisor does with it; the supervisor knows nothing else of the actor.
    """

    address: str
    factory: Factory
    restart: Restart = "permanent"
    """permanent: always; transient: only after an abnormal end; temporary: never, and then it is forgotten."""
    shutdown_s: float = 5.0
    """How long a threaded child may take to end (wall time) before it is abandoned. Dispatched ones cannot block."""
    backoff: Backoff | None = None
    """`None`: restarted at once, and counted in the branch's intensity."""
    part_of: str | None = None
    """Address of the child that this one is a part of: it goes down with it and comes back after it."""
    threaded: bool = False
    """On a thread of its own: its waits run in wall time, and it may have to be abandoned."""


class BranchSpec(NamedTuple):
    """A group of children that share a strategy."""

    name: str
    strategy: Strategy = "one_for_one"
    intensity: Intensity | None = Intensity()
    """Counts children without a back-off; `None` when all have one."""


def fault(spec: ChildSpec, branch: BranchSpec) -> str | None:
    """What is wrong with a child of this branch, in words, or `None`."""
    if not spec.address:
        return "the address is empty"
    if spec.restart not in _RESTARTS:
        return f"restart is {spec.restart!r}; allowed: {', '.join(_RESTARTS)}"
    if not 0 <= spec.shutdown_s < float("inf"):
        return f"shutdown_s is {spec.shutdown_s!r}; allowed: seconds from 0 up"
    if spec.part_of == spec.address:
        return "it is a part of itself"
    if spec.backoff is None and branch.intensity is None and spec.restart != "temporary":
        # Nothing would ever stop the restarts of a child that fails at each start.
        return f"it has no back-off and branch {branch.name!r} has no intensity"
    return None
