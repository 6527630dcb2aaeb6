"""What all actions on a sink's disk share."""

from typing import Any

from actors.chaos.base import Backstage, NotPossibleError


def disk_of(stage: Backstage, target: str) -> Any:
    """The disk of a sink's spool, or of the file that it writes."""
    disk = getattr(stage.sink(target), "disk", None)
    if disk is None:
        raise NotPossibleError(
            f"{target}: found a sink that keeps nothing on disk; allowed: one with a spool, or a file"
        )
    return disk
