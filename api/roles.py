"""Roles: what somebody may do. Each includes those before it."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """From looking on to running the place."""

    READ = "read"
    """See everything but keys."""
    OPERATE = "operate"
    """Run the fleet: pause, restart, set, repair; turn the clock."""
    CHAOS = "chaos"
    """Break things on purpose: faults, wear, crashes, lost connections."""
    ADMIN = "admin"
    """Runs and keys."""

    def includes(self, other: "Role") -> bool:
        """Whether who has this role may do what the other one may."""
        return _RANK[self] >= _RANK[other]


_RANK: Final = {role: rank for rank, role in enumerate(Role)}
