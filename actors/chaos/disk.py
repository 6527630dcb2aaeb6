"""Disk: the spool of a sink can no longer be written to, because the disk is full, read-only or broken; or is slow."""

import errno
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from actors.chaos.base import Backstage, NotPossibleError, Parameters

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
        """Have every write fail."""
        lane = getattr(stage.sink(target), "lane", None)
        act_out = getattr(lane, "act_out", None)
        if act_out is None or not getattr(lane, "durable", False):
            raise NotPossibleError(f"{target}: found a sink without a spool on disk; allowed: one with a spool")
        if parameters.error == "slow":
            act_out(None, parameters.delay_ms / 1e3)
        else:
            act_out(CODES[parameters.error])
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Let writes through again."""
        stage.sink(target).lane.act_out(None)


ACTION: Final = _Disk()
