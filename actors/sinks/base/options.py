"""Options that sinks have in common."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from actors.sinks.base.lane import Limits, Policy
from actors.sinks.base.spool_limits import SpoolLimits


class SinkOptions(BaseModel):
    """What a scenario may say under `options` of a sink; an unknown word is an error."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class QueuedOptions(SinkOptions):
    """Options of a sink that has a queue between the fleet and the outside."""

    capacity: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000
    """Records the queue holds in real time; about 1 KB of memory each."""
    high_water: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Records at which the clock waits at pace max; half of the capacity when not given."""
    batch: Annotated[int, Field(ge=1, le=100_000)] = 512
    """Records written at once, at most."""
    policy: Policy = "block"
    """What happens above capacity in real time; see `Limits.policy`."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.high_water is not None and self.high_water > self.capacity:
            raise ValueError(f"high_water: found {self.high_water}; allowed: up to the capacity, {self.capacity}")
        return self

    def limits(self) -> Limits:
        """The same as the lane takes it."""
        high_water = self.high_water or max(1, self.capacity // 2)
        return Limits(self.capacity, high_water, min(self.batch, self.capacity), self.policy)


class SpoolOptions(SinkOptions):
    """The spool of a sink: where it is, how much it holds, what it outlives."""

    folder: Annotated[str, Field(min_length=1)] | None = None
    """Folder of its files; the run's own state folder when not given."""
    max_bytes: Annotated[int, Field(ge=1 << 16, le=1 << 44)] = 1 << 30
    max_rows: Annotated[int, Field(ge=1, le=1_000_000_000)] = 2_000_000
    durability: Literal["process", "power"] = "process"
    """What accepted frames outlive: the end of the process, or a power cut too (a sync to disk at each commit)."""


class LiveOptions(QueuedOptions):
    """Options of a sink that carries to a broker: what it has accepted waits in a spool, on disk, until it is out."""

    spool: SpoolOptions | Literal["none"] = SpoolOptions()
    """`none`: in memory only, lost with the process."""
    max_per_s: Annotated[float, Field(ge=0.1, le=10_000_000)] | None = None
    """Records (frames and truths) that go out each second of real time, at most; what comes faster waits."""

    def spool_limits(self) -> SpoolLimits:
        """The limits as the spool takes them."""
        lane = self.limits()
        chosen = SpoolLimits(lane.capacity, lane.high_water, lane.batch, lane.policy)
        if self.spool == "none":
            return chosen._replace(max_rows=self.capacity, max_bytes=1 << 44)
        return chosen._replace(max_rows=self.spool.max_rows, max_bytes=self.spool.max_bytes)
