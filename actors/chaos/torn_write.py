"""Torn write: what a sink writes to disk gets only part of the way, as when the power goes in the midst of it."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from actors.chaos._disk import disk_of
from actors.chaos.base import Backstage, Parameters


class TornWriteParameters(Parameters):
    """How far it gets, and what comes then."""

    share: Annotated[float, Field(ge=0, lt=1, strict=False)] = 0.5
    """Of the bytes."""
    then: Literal["fails", "dies"] = "fails"
    """The program is told an error (EIO), again and again; or this process ends right there (SIGKILL)."""


class _TornWrite:
    """What was written of it is taken back, at once or at the next start; nothing of it counts as safe."""

    name = "torn-write"
    layer = "disk"
    targets: Sequence[str] = ("sink",)
    outside = True
    once = True
    parameters = TornWriteParameters

    def begin(self, stage: Backstage, target: str, parameters: TornWriteParameters) -> Any:
        """Tear the next write, and those after it."""
        disk, dies = disk_of(stage, target), parameters.then == "dies"
        if dies and not stage.dies(self.name, target):
            return None
        disk.tear(parameters.share, dies)
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Let writes get through whole."""
        disk_of(stage, target).torn = None


ACTION: Final = _TornWrite()
