"""The moments of a step: once, again and again, by chance, when something holds, and little by little."""

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.scenario.conditions import Condition
from schemas.scenario.fields import Many, Name, Offset, Section, Span, Word, refuse
from schemas.scenario.selector import On

Notice = Literal["must", "may", "never"]
"""Whether a monitor has to notice something: it must, it may, or an alert about it is a false one."""


class StepBase(Section):
    """When something is done."""

    name: Name | None = Field(None, description="A name for the step; the lots it draws hang on it.")
    at_ns: Offset | None = Field(None, alias="at", description="When, counted from the start.", examples=["30s"])
    every_ns: Span | None = Field(
        None, alias="every", description="Again and again; first at `at`, or after this long without `at`."
    )
    randomly_ns: Span | None = Field(
        None,
        alias="randomly",
        description="By chance, with the seed: on average once in this time, from `at` or the start until `until`.",
    )
    when: Condition | None = Field(
        None,
        description="When this holds, looked at every second from `at` or the start until `until`.",
    )
    times: int = Field(
        1, ge=1, le=10_000, description="With `when`: how often at most; it has to have ceased to hold in between."
    )
    until_ns: Offset | None = Field(
        None, alias="until", description="The end of `every`, `randomly` or `when`; without it, never."
    )
    notice: Notice | None = Field(
        None,
        description="Whether the monitor under test must notice it, may, or never should. "
        "Default: faults of sensors and links and wear must be noticed, all else may.",
    )
    seen_in: Many[Word] = Field(
        (),
        max_length=64,
        description="An alert notices it only when it is about one of these sensors; `device` stands for alerts about "
        "none. Default: any alert about the device.",
        examples=[["voltage"]],
    )

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        again = [key for key in (self.every_ns, self.randomly_ns, self.when) if key is not None]
        if self.at_ns is None and not again:
            refuse("at (once), every (again and again), randomly or when")
        if len(again) > 1:
            refuse("only one of every, randomly and when")
        if self.until_ns is not None and not again:
            refuse("until together with every, randomly or when")
        if self.times != 1 and self.when is None:
            refuse("times together with when")
        if self.until_ns is not None and self.until_ns <= self.first_ns:
            refuse("an until that is later than the first time")
        return self

    @property
    def first_ns(self) -> int:
        """The first time it may come, as an offset from the start."""
        return self.at_ns if self.at_ns is not None else self.every_ns or 0


class Ramp(Section):
    """A value that changes little by little instead of at once."""

    start: float = Field(alias="from", strict=False, description="The value at the beginning.")
    over_ns: Span = Field(alias="over", description="How long it takes until the step's own value is reached.")
    steps: int = Field(10, ge=1, le=1_000, description="In how many equal steps.")

    def value(self, end: float, stage: int) -> float:
        """The value of one of the steps, 0 to `steps`."""
        return end if stage >= self.steps else self.start + (end - self.start) * stage / self.steps


class DeviceStep(StepBase):
    """Something done on devices."""

    on: On = Field(description="The devices: the word all, or ids, groups, kinds, labels, percent, count.")
