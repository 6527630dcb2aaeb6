"""A group of devices that are alike, up to their manufacturing spread."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from schemas.scenario.fields import (
    IdPattern,
    Interval,
    Labels,
    Many,
    ModelWord,
    Name,
    Parameters,
    Section,
    Span,
    Wear,
    Word,
    format_id,
)


class FaultSpec(Section):
    """A sensor fault in force from the start, on every device of the group."""

    sensor: Word = Field(
        description="The sensor that lies; `link` for link and clock, `body` for a common cause.",
        examples=["temperature"],
    )
    fault: Word = Field(description="The kind of fault; `data-simulator kinds` lists them.", examples=["stuck"])
    parameters: Parameters = Field({}, description="What this kind of fault wants to know.")
    for_ns: Span | None = Field(None, alias="for", description="How long it lasts; without it, until it is cleared.")
    id: Name | None = Field(None, description="A name to clear it by.")


class SensorFaults(Section):
    """Sensor faults that come by chance, to each device of the group by itself."""

    per_week: float = Field(0.5, ge=0, le=10_000, description="How many a device has in a week, on average.")
    kinds: Many[Word] | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="The kinds of faults. Default: all but `start-up-zero` and `unit-slip`.",
    )


class Group(Section):
    """Devices of one kind, model and set-up."""

    name: Name = Field("", description="Unique in the scenario. Default: the kind.", examples=["pi"])
    kind: Word = Field(description="Device kind; `data-simulator kinds` lists them.", examples=["raspberry-pi", "cpu"])
    model: ModelWord = Field("", description="Model of that kind. Default: the kind's first.", examples=["4", "65w"])
    setup: Word = Field("", description="Set-up of that model (case, cooling). Default: the model's first.")
    profile: Word = Field("", description="Workload profile. Default: the kind's first.")
    count: int = Field(1, ge=1, description="How many devices.")
    first: int = Field(1, ge=0, le=10**9, description="Number of the first device.")
    id_pattern: IdPattern = Field(
        "{group}-{n:04d}",
        alias="id",
        description="Pattern of the devices' ids: {n} or {n:04d} is the number, {group} the group's name.",
        examples=["pi-{n:04d}"],
    )
    site: Name | None = Field(
        None, description="Where the devices stand: a data set is partitioned by it. Default: all at one site."
    )
    labels: Labels = Field({}, description="Words to select devices by; they travel with the device's view.")
    interval_ns: Interval = Field(
        10**9, alias="interval", description="Sampling interval of the device's sensors, 1ms to 24h."
    )
    intervals_ns: Annotated[Mapping[Word, Interval], Field(max_length=1_000)] = Field(
        {}, alias="intervals", description="Other intervals for single sensors.", examples=[{"temperature": "500ms"}]
    )
    phase: Literal["seeded", "aligned"] = Field(
        "seeded",
        description="`seeded` offsets each device's ticks by its own fraction of a second, `aligned` does not.",
    )
    room_temperature_c: float = Field(22.0, ge=-40, le=70, description="Mean temperature of the room, degC.")
    room_swing_c: float = Field(
        2.0, ge=0, le=30, description="Half the difference between the day's warmest and coldest, K."
    )
    spread: float = Field(1.0, ge=0, le=3, description="Differences between units: 1 as in production, 0 all alike.")
    acceleration: float = Field(
        1.0, ge=0, le=1_000_000, description="Wear runs this many times faster; heat and electricity do not."
    )
    wear: Wear = Field(
        {},
        description="Damage of failure modes at the start, 0 (new) to 1 (failed); of two damages each device draws its "
        "own, evenly over the life between them.",
        examples=[{"dust": 0.4, "fan-bearing": [0, 0.5]}],
    )
    modes: Many[Word] | None = Field(
        None, max_length=100, description="The failure modes in force. Default: all that fit the device."
    )
    fail_on_symptom: bool = Field(
        False,
        description="Whether a failure mode's symptom fails the device, too (fan 15 % slow, throttled for ten minutes, "
        "rail below 4.63 V or 11.4 V...), and not only the end of the part.",
    )
    settings: Parameters = Field({}, description="Settable parameters of the body, as they stand at the start.")
    cold: bool = Field(
        False, description="Start at the air's temperature instead of warmed up by the profile's mean load."
    )
    faults: Many[FaultSpec] = Field((), max_length=100, description="Sensor faults in force from the start.")

    sensor_faults: SensorFaults | None = Field(
        None, description="Sensor faults that come by chance. Default: none.", examples=[{"per_week": 0.5}]
    )

    def device_id(self, number: int) -> str:
        """The id of this group's device with that number."""
        return format_id(self.id_pattern, self.name, number)
