"""The dry run of a scenario's timeline: whom it would hit and when, for people and for programs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.streams import Stream
from schemas.durations import format_duration
from schemas.scenario import Timeline, plan
from schemas.scenario.victims import Planned, dry_run

if TYPE_CHECKING:
    from schemas.scenario import Scenario

_SHOWN = 12
"""Devices named in one line for people; programs get all of them."""


def victims(scenario: "Scenario") -> list[Planned]:
    """Every occurrence with its victims, up to the scenario's duration and at most ten thousand."""

    def draw(device: str, purpose: str, occurrence: int) -> float:
        return Stream(scenario.seed, device, purpose).uniform(occurrence)

    return list(dry_run(Timeline(scenario, tuple(plan(scenario)), draw), scenario.duration_ns))


def as_data(planned: list[Planned]) -> list[dict[str, Any]]:
    """Plain data, ready for JSON."""
    return [
        {
            "at": format_duration(each.at_ns),
            "do": each.what,
            "step": each.key,
            "end": each.undo,
            "devices": list(each.hit),
            "spared": list(each.spared),
            "target": each.target,
            "when": each.condition,
        }
        for each in planned
    ]


def text(planned: list[Planned]) -> str:
    """The same for a person, a line for each occurrence."""
    if not planned:
        return "  nothing is begun\n"
    return "".join(f"{line}\n" for each in planned for line in _lines(each))


def _lines(each: Planned) -> Iterator[str]:
    begun = "end of " if each.undo and each.key != "end" else ""
    when = f"when {each.condition}" if each.condition else format_duration(each.at_ns)
    whom = each.target or (named(each.hit) if each.hit else "nobody")
    yield f"  {when:>8}  {begun}{each.what}: {whom}"
    if each.spared:
        yield f"            spared by the cap: {named(each.spared)}"


def named(devices: tuple[str, ...]) -> str:
    """Their ids, as many as a line takes."""
    more = len(devices) - _SHOWN
    return ", ".join(devices[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
