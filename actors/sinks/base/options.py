"""Options that sinks have in common."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from actors.sinks.base.lane import Limits, Policy


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
