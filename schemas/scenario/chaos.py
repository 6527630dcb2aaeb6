"""What bounds the chaos of a scenario: how many at once, until when, and what ends it early."""

from pydantic import Field

from schemas.scenario.conditions import Condition
from schemas.scenario.fields import Many, Name, Offset, Section


class ChaosSpec(Section):
    """Bounds for everything that the timeline begins."""

    cap_percent: float = Field(
        100.0, gt=0, le=100, strict=False, description="At most this share of the whole fleet is disturbed at a time."
    )
    end_ns: Offset | None = Field(
        None, alias="end", description="When everything that was begun is undone, and nothing is begun any more."
    )
    formats: Many[Name] = Field(
        (), max_length=64, description="Sinks whose records may be spoiled, also where no step of the timeline does it."
    )
    abort_when: Many[Condition] = Field(
        (), max_length=100, description="Conditions, looked at every second, that end all chaos at once."
    )
