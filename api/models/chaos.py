"""Chaos as the API takes and shows it."""

from typing import Any

from pydantic import Field

from api.models.base import Asked, Instant, Sent, Shown


class StepsBody(Sent):
    """Further steps of a timeline, counted from now."""

    timeline: list[dict[str, Any]] = Field(
        max_length=1000, description="Steps as a scenario has them; their times count from now."
    )
    since: str = Field(
        "0s",
        alias="from",
        max_length=64,
        description="The timeline's time now; times in it count from that long ago. Earlier steps are played at once.",
    )
    chaos: dict[str, Any] = Field({}, description="Bounds for these steps, such as cap_percent.")
    expectations: dict[str, Any] | None = Field(
        None, description="What the fleet is judged by from now on, as in a scenario; then there may be no steps yet."
    )


class AbortBody(Sent):
    """Why all chaos is ended."""

    reason: str = Field("asked for", max_length=200, description="For the journal.")
    forget: bool = Field(False, description="Judge by nothing any more, either.")


class LookBody(Sent):
    """What to look at."""

    conditions: list[dict[str, Any]] = Field(
        min_length=1, max_length=100, description="Conditions as a scenario's steady state has them; without `for`."
    )


class LookedItem(Shown):
    """One condition."""

    name: str = Field(description="Its name, or itself in words.")
    holds: bool
    found: str = Field(description="The present value in words.")


class LookShown(Shown):
    """What was found, at one instant."""

    holds: bool = Field(description="Whether all of them hold.")
    items: tuple[LookedItem, ...]


class StepsQuery(Asked):
    """Whether it is only to be said who would be hit."""

    dry_run: bool = Field(False, description="Do nothing; answer 200 with every step, its time and its victims.")


class PlannedItem(Shown):
    """One occurrence of a step, as it would be."""

    at: str = Field(description="Counted from now.")
    do: str
    step: str
    end: bool = Field(description="Whether it is the end of what was for a while.")
    devices: tuple[str, ...]
    spared: tuple[str, ...] = Field(description="Drawn, and kept from it by the cap.")
    target: str = Field(description="A sink, a proxy or the run; empty for devices.")
    when: str = Field(description="What it waits for; empty when it has a time.")


class ChaosPlan(Shown):
    """What would happen."""

    items: tuple[PlannedItem, ...]
    count: int


class HeldItem(Shown):
    """Something that was begun and is not undone."""

    what: str = Field(description="pause, stop, parameter, interval, fault, wear, link, hang or action.")
    target: str = Field(description="A device, an actor's address, or what an action is done to.")
    detail: str


class CheckItem(Shown):
    """One thing that was expected, and what has been found so far."""

    phase: str = Field(description="before, during, always or after.")
    name: str
    ok: bool
    detail: str


class ChaosStatus(Shown):
    """How it stands with chaos."""

    state: str = Field(description="`quiet`, `in-force`, or `over` when all was ended and nothing is begun any more.")
    reason: str = Field(description="Why it is over; empty when it is not.")
    victims: tuple[str, ...] = Field(description="Devices that something is in force on.")
    held: tuple[HeldItem, ...]
    time: Instant
    next: Instant | None = Field(description="When a step is due next.")
    judged: bool = Field(description="Whether there are expectations: the scenario's, or of steps that came later.")
    checks: tuple[CheckItem, ...] = Field(description="How it stands with them; nothing before the first step.")
    unexpected: tuple[str, ...] = Field(description="The names of those that are not met, or not yet.")


class ChaosDone(Shown):
    """What came of it."""

    detail: str
