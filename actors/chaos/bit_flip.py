"""Bit flip: bits of what waits in a sink's spool are changed on disk, behind everybody's back."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from actors.chaos._disk import disk_of
from actors.chaos.base import Backstage, NotPossibleError, Parameters
from engine.streams import Stream


class BitFlipParameters(Parameters):
    """How many, and where."""

    bits: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    part: Literal["records", "file"] = "records"
    """One in each of so many records, or anywhere in the file."""


class _BitFlip:
    """A record that is damaged is found when it is read, given up and named; a damaged file is put aside and named."""

    name = "bit-flip"
    layer = "disk"
    targets: Sequence[str] = ("sink",)
    outside = True
    once = True
    parameters = BitFlipParameters

    def begin(self, stage: Backstage, target: str, parameters: BitFlipParameters) -> Any:
        """Flip them at the spool's next write; in records, as soon as some wait."""
        disk = disk_of(stage, target)
        if not getattr(stage.sink(target).lane, "durable", False):
            raise NotPossibleError(f"{target}: found a sink without a spool on disk; allowed: one with a spool")
        disk.flip(parameters.bits, parameters.part, Stream(stage.seed, target, self.name).uniform)
        return True

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """What is flipped stays so; what is not flipped yet will not be."""
        disk_of(stage, target).flips = None


ACTION: Final = _BitFlip()
