"""A scenario: one file that says what lives, where its frames go and what happens to it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.scenario.chaos import ChaosSpec
from schemas.scenario.expectations import Expectations
from schemas.scenario.fields import Many, Name, Pace, Section, Span
from schemas.scenario.group import Group
from schemas.scenario.instants import DEFAULT_START, Start
from schemas.scenario.sink import SinkSpec
from schemas.scenario.sites import Dials, Difference, Site
from schemas.scenario.steps import Step

LagPolicy = Literal["stretch", "skip", "fail"]


class Scenario(Section):
    """A fleet, its sinks and its timeline."""

    version: Literal[1] = Field(description="Version of this format: 1.")
    name: Name = Field("scenario", description="Name of the scenario.")
    description: Annotated[str, Field(max_length=4096)] = Field("", description="What it is for, in words.")
    seed: int = Field(
        1, ge=0, le=2**63 - 1, description="Everything random comes from it; the same seed gives the same bytes."
    )
    pace: Pace = Field(1.0, description="Simulated seconds per real second; 1 is real time, max as fast as possible.")
    start_ns: Start = Field(
        DEFAULT_START,
        alias="start",
        description="The simulated instant at which the run starts. `now` is looked up once and recorded.",
    )
    duration_ns: Span | None = Field(
        None, alias="duration", description="Simulated length of the run; without it, until it is stopped."
    )
    lag: LagPolicy = Field(
        "stretch",
        description="When the machine cannot keep up: stretch time, skip instants (not repeatable then), or fail.",
    )
    sites: Many[Site] = Field(
        (), max_length=1_000, description="Places at which every group of the fleet stands once. Default: one place."
    )
    difference: Dials = Field(
        default_factory=lambda: Difference.model_validate({}),
        description="How far sites differ: one number for all dials, or each by its name.",
    )
    fleet: Many[Group] = Field(json_schema_extra={"minItems": 1}, description="Groups of devices; at least one.")
    sinks: Many[SinkSpec] = Field((), description="Where frames go. Default: one console sink.")
    timeline: Many[Annotated[Step, Field(discriminator="do")]] = Field((), description="What happens while it runs.")
    chaos: ChaosSpec = Field(ChaosSpec.model_validate({}), description="Bounds for what the timeline begins.")
    proxies: Many[Literal["mqtt", "kafka", "registry"]] = Field(
        (), description="Fault proxies in front of these, also where no step of the timeline needs one."
    )
    expectations: Expectations | None = Field(None, description="What `data-simulator test` judges the run by.")

    def document(self) -> dict[str, Any]:
        """Plain data that loads to this scenario again, with `start: now` resolved and defaults written out."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return data
