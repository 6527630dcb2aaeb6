"""Disk: what a sink keeps on disk can no longer be written, because it is full, read-only or broken; or is slow."""

import errno
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from actors.chaos._disk import disk_of
from actors.chaos.base import Backstage, Parameters

CODES: Final = {"full": errno.ENOSPC, "read-only": errno.EROFS, "broken": errno.EIO}


class DiskParameters(Parameters):
    """What is wrong with it."""

    error: Literal["full", "read-only", "broken", "slow"] = "full"
    delay_ms: Annotated[float, Field(gt=0, le=60_000, strict=False)] = 500.0
    """How long each write takes longer, for `slow`."""


class _Disk:
    """Nothing is accepted that is not safe: records wait, are shed by the sink's policy when too many, and counted."""

    name = "disk"
    layer = "disk"
    targets: Sequence[str] = ("sink",)
    outside = True
    parameters = DiskParameters

    def begin(self, stage: Backstage, target: str, parameters: DiskParameters) -> Any:
        """Have every write fail, or take longer."""
        slow = parameters.error == "slow"
        disk_of(stage, target).fail(
            None if slow else CODES[parameters.error], parameters.delay_ms / 1e3 if slow else 0.0
        )
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Let writes through again."""
        disk_of(stage, target).fail(None)


ACTION: Final = _Disk()
