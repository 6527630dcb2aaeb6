"""Expectations: what must be so before, during and after the faults, and how well the system under test must do."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from schemas.durations import SECOND
from schemas.scenario.conditions import Condition
from schemas.scenario.fields import Many, Offset, Section, Span, Word
from schemas.scenario.moments import Notice

Conditions = Many[Condition]
Layer = Literal["sensor", "link", "wear", "cause", "setting", "device", "symptom", "actor", "connection", "outside"]
"""Where something that is wrong lies: what `notice` of `monitor` knows."""


class MonitorSpec(Section):
    """What the system under test has to achieve, scored from the alerts it publishes against the truth."""

    fault_sensors: Many[Word] = Field(
        (), max_length=64, description="Only faults of these sensors must be noticed; else all."
    )
    notice: Mapping[Layer, Notice] = Field(
        {},
        description="Whether what befalls a layer must be noticed, may be, or never has to be, where no step says so; "
        "also for what comes by itself. Default: sensor, link and wear must, all else may.",
        examples=[{"cause": "must"}],
    )
    degraded_below: float = Field(
        0.5, gt=0, le=1, strict=False, description="A device whose health is below this counts as failing."
    )
    detect_within_ns: Span | None = Field(
        None, alias="detect_within", description="How soon after its onset a fault has to be alerted, or it is missed."
    )
    shortest_ns: Offset = Field(
        0, alias="shortest", description="What is over sooner than this may be noticed, and need not be."
    )
    recall: float | None = Field(None, ge=0, le=1, strict=False, description="Share of faults told in time, at least.")
    precision: float | None = Field(
        None, ge=0, le=1, strict=False, description="Share of alerts about a fault, at least."
    )
    false_alarms_per_device_day: float | None = Field(
        None, ge=0, strict=False, description="Alerts about nothing, at most so many for each device and simulated day."
    )
    rul_error: float | None = Field(
        None, gt=0, strict=False, description="Median relative error of remaining useful life told in alerts, at most."
    )
    grace_ns: Span = Field(
        60 * SECOND, alias="grace", description="Alerts this long after the end of a fault are still about it."
    )


class Expectations(Section):
    """What a run is judged by."""

    steady_state: Conditions = Field(
        (),
        max_length=100,
        description="Holds before the first fault, else nothing is begun; and again afterwards.",
    )
    back_within_ns: Span = Field(
        30 * SECOND, alias="back_within", description="How soon after the last fault has ended it has to hold again."
    )
    deviations: Conditions = Field(
        (), max_length=100, description="Each is seen at least once while faults are in force, or they changed nothing."
    )
    always: Conditions = Field((), max_length=100, description="Hold at every look, from the first fault on.")
    at_end: Conditions = Field((), max_length=100, description="Hold when the run is over and all books are settled.")
    twin: Literal["auto", "never"] = Field(
        "auto",
        description="Whether a step on devices that left all victims' frames as they are without it fails the run; "
        "it takes a second run. `auto`: where nothing of the outside is disturbed.",
    )
    monitor: MonitorSpec | None = Field(None, description="What the system under test has to achieve.")
