"""Conditions: what is looked at, on which devices, and between which bounds it has to be."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.scenario.fields import Name, Section, Span, Word, refuse
from schemas.scenario.selector import On

Of = Literal["any", "all", "mean", "min", "max", "sum"]
Count = Literal["accepted", "acked", "queued", "dropped", "rejected", "lost"]
Number = Annotated[float, Field(strict=False)]

DEVICE_PROBES = ("sensor", "clean", "truth", "damage", "state", "symptom")
"""Looked at on every device meant; they follow from seed and simulated time alone."""
RUN_PROBES = ("books", "metric", "lag")
"""One number for the whole run; the outside and the machine have a say in it."""


class Condition(Section):
    """Something that can be looked at, and the bounds within which it holds."""

    name: Name | None = Field(None, description="A name for reports.")
    sensor: Word | None = Field(None, description="Telemetry: what this sensor said in each device's newest frame.")
    clean: Word | None = Field(None, description="Truth: what this sensor should have said.")
    truth: Literal["health", "rul_s", "faults", "age_s"] | None = Field(
        None,
        description="Truth: health index, remaining useful life, number of sensor faults, age of newest frame.",
    )
    damage: Word | None = Field(None, description="Truth: the damage of this failure mode, 0 to 1.")
    state: Word | None = Field(None, description="Truth: 1 for a device in this state of its life cycle, else 0.")
    symptom: Word | None = Field(None, description="Truth: 1 for a device with this symptom, else 0.")
    books: Name | None = Field(None, description="The books of the sink with this name; `count` says which number.")
    count: Count = Field("queued", description="With `books`: lost is what no other column accounts for.")
    metric: Word | None = Field(
        None,
        description="A number of the run: frames, readings, restarts, given_up, refused, dead_letters, victims.",
    )
    lag: Literal["worst_ms"] | None = Field(None, description="How far the run fell behind real time, ms.")
    on: On | None = Field(None, description="The devices looked at. Default: all; a share by lot is not allowed.")
    of: Of = Field("any", description="What of the devices' values has to be within the bounds.")
    above: Number | None = Field(None, description="Holds above this.")
    below: Number | None = Field(None, description="Holds below this.")
    at_least: Number | None = Field(None, description="Holds from this on.")
    at_most: Number | None = Field(None, description="Holds up to this.")
    for_ns: Span | None = Field(None, alias="for", description="Only once it has held for this long.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        probes = [name for name in (*DEVICE_PROBES, *RUN_PROBES) if getattr(self, name) is not None]
        if len(probes) != 1:
            refuse("exactly one of sensor, clean, truth, damage, state, symptom, books, metric, lag")
        bounds = (self.above, self.below, self.at_least, self.at_most)
        if all(bound is None for bound in bounds) and probes[0] not in ("state", "symptom"):
            refuse("above, below, at_least or at_most")
        if self.on is not None and (self.on.percent is not None or self.on.count is not None):
            refuse("an on without percent and count: conditions look at all devices meant")
        if probes[0] in RUN_PROBES and self.on is not None:
            refuse("on only together with sensor, clean, truth, damage, state or symptom")
        return self

    @property
    def probe(self) -> str:
        """The word of what is looked at."""
        return next(name for name in (*DEVICE_PROBES, *RUN_PROBES) if getattr(self, name) is not None)

    @property
    def repeatable(self) -> bool:
        """Whether seed and simulated time alone decide about it."""
        return self.probe in DEVICE_PROBES or self.metric in ("frames", "readings", "victims")

    def within(self, value: float) -> bool:
        """Whether one number is within the bounds; without bounds, whether it is 1 (yes)."""
        if self.above is None and self.below is None and self.at_least is None and self.at_most is None:
            return value >= 1.0
        return (
            (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )

    def holds(self, values: list[float | None]) -> bool:
        """Whether the values of all devices looked at are as they should be; a missing value never is."""
        known = [value for value in values if value is not None]
        if self.of == "any":
            return any(map(self.within, known))
        if self.of == "all":
            return len(known) == len(values) > 0 and all(map(self.within, known))
        found = self.one(known)
        return found is not None and self.within(found)

    def one(self, known: list[float]) -> float | None:
        """The one number that stands for many."""
        if not known:
            return None
        match self.of:
            case "mean":
                return sum(known) / len(known)
            case "sum":
                return sum(known)
            case "min" | "all":
                return min(known)
            case "max" | "any":
                return max(known)

    def text(self) -> str:
        """The condition in words, for reports."""
        probe = self.probe
        what = f"{probe} {getattr(self, probe)}" + (f" {self.count}" if probe == "books" else "")
        words = (("above", self.above), ("below", self.below), ("at least", self.at_least), ("at most", self.at_most))
        bounds = " and ".join(f"{word} {bound:g}" for word, bound in words if bound is not None)
        over = "" if probe in RUN_PROBES else f"{self.of} "
        return f"{over}{what} {bounds}".strip()
