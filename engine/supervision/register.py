"""Which children there are, and which may be added."""

from collections import deque
from collections.abc import Iterable, Sequence

from engine.supervision.actions import Action, Forget
from engine.supervision.branch import Branch
from engine.supervision.child import Child, Now
from engine.supervision.rounds import Kind
from engine.supervision.specs import BranchSpec, ChildSpec, fault
from engine.supervision.watches import Watches


class Register:
    """All children by address, in the order of their start: one table for all branches."""

    __slots__ = ("branches", "children", "out", "watches", "zombies", "zombies_in_all")

    def __init__(self, branches: Sequence[BranchSpec], out: deque[Action]) -> None:
        self.out = out
        self.branches = {spec.name: Branch(spec) for spec in branches}
        if len(self.branches) != len(branches):
            raise ValueError("two branches have the same name")
        self.children: dict[str, Child] = {}
        self.watches = Watches()
        self.zombies: dict[tuple[str, int], None] = {}
        """Abandoned threads that have not ended yet, by address and generation."""
        self.zombies_in_all = 0

    def refusal(self, spec: ChildSpec, branch_name: str) -> str | None:
        """Why this child may not be added, in words, or `None`."""
        branch = self.branches.get(branch_name)
        if branch is None:
            return f"there is no branch {branch_name!r}; known: {', '.join(self.branches)}"
        if spec.address in self.children:
            return "the address is taken"
        wrong = fault(spec, branch.spec)
        if wrong is not None or spec.part_of is None:
            return wrong
        owner = self.children.get(spec.part_of)
        if owner is None or leaving(owner):
            return f"its owner {spec.part_of!r} is unknown"
        if owner.branch is not branch:
            return f"its owner {spec.part_of!r} is in branch {owner.branch.spec.name!r}"
        if owner.owner is not None:
            return f"its owner {spec.part_of!r} is itself a part"
        return None

    def add(self, spec: ChildSpec, branch_name: str, now: Now) -> Child:
        """Write down a child that was not refused."""
        branch = self.branches[branch_name]
        owner = None if spec.part_of is None else self.children[spec.part_of]
        child = Child(spec, branch, owner, now.simulated)
        if self.zombies:
            # An abandoned thread may still speak as an earlier generation of this address.
            child.generation = max((number for name, number in self.zombies if name == spec.address), default=0)
        if owner is not None:
            if owner.parts is None:
                owner.parts = []
            owner.parts.append(child)
        self.children[spec.address] = child
        return child

    def forget(self, child: Child) -> None:
        """Strike a child out that has ended."""
        address = child.spec.address
        if self.children.get(address) is not child:
            return
        del self.children[address]
        if child.owner is not None and child.owner.parts is not None:
            child.owner.parts.remove(child)
        self.watches.forget(address)
        self.out.append(Forget(address))

    def everyone(self, branches: Iterable[Branch]) -> list[Child]:
        """All children of these branches, branch after branch."""
        children = self.children.values()
        return [child for branch in branches for child in branch.members(children)]


def leaving(child: Child) -> bool:
    """Whether the child is being removed, or taken down with everything."""
    return child.round is not None and child.round.kind in (Kind.REMOVE, Kind.CLOSE, Kind.COLLAPSE)
