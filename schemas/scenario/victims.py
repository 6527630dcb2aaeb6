"""The dry run: whom each step would hit and when, without anything being started."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.scenario.holds import Claim, Holds
from schemas.scenario.steps import MENDING, Step
from schemas.scenario.timeline import Due, Timeline

MOST = 10_000
"""Occurrences listed, at most."""


class Planned(NamedTuple):
    """One occurrence of one step, as it would be."""

    at_ns: int
    what: str
    """The step in words: `pause`, `inject-fault stuck`."""
    key: str
    undo: bool
    hit: tuple[str, ...]
    spared: tuple[str, ...]
    target: str
    """What it is done to when that is no device: a sink, a proxy, the run."""
    condition: str
    """What it waits for; its time and its victims are not known before, so those of the first occurrence stand here."""
    position: int = -1
    """The step's place in the timeline."""
    stage: int = 0
    """How far its ramp has come."""


def dry_run(timeline: Timeline, until_ns: int | None) -> Iterator[Planned]:
    """Every occurrence in order, with its victims under the cap; then the steps that wait for a condition.

    Devices that a condition's step disturbs cannot be known, so they leave the cap of others as it is.
    """
    holds = Holds()
    end_ns = timeline.chaos.end_ns
    for number, due in enumerate(timeline.due()):
        over = end_ns is not None and due.at_ns >= end_ns
        if over or (until_ns is not None and due.at_ns >= until_ns) or number >= MOST:
            break
        yield _planned(timeline, due, holds)
    if end_ns is not None:
        yield Planned(end_ns, "everything is undone", "end", True, tuple(sorted(holds.devices())), (), "", "")
    for position in timeline.conditional():
        due = timeline.occurrence(position, 0, timeline.steps[position].first_ns)
        condition = due.step.when
        yield _entry(due, *timeline.victims(due), condition="" if condition is None else condition.text())


def _planned(timeline: Timeline, due: Due, holds: Holds) -> Planned:
    claim: Claim = (0, due.position, due.number)
    if due.undo:
        return _entry(due, sorted(change.key[1] for change in holds.end(claim) if change.key[1]))
    held = holds.devices()
    if due.stage:
        return _entry(due, [device for device in timeline.victims(due).hit if device in held])
    victims = timeline.victims(due, held)
    if due.step.do not in MENDING and lasts(due.step):
        for device in victims.hit:
            holds.begin(("fault", device, due.key), claim)
    return _entry(due, *victims)


def _entry(due: Due, hit: Sequence[str], spared: Sequence[str] = (), condition: str = "") -> Planned:
    what = f"{word(due.step)}, step {due.stage} of its ramp" if due.stage else word(due.step)
    return Planned(
        due.at_ns,
        what,
        due.key,
        due.undo,
        tuple(hit),
        tuple(spared),
        _target(due.step),
        condition,
        due.position,
        due.stage,
    )


def lasts(step: Step) -> bool:
    """Whether something of a step remains in force after its instant."""
    momentary = ("restart", "crash", "disconnect", "reconnect-storm", "take-over")
    return step.do not in momentary and not (step.do == "chaos" and getattr(step, "action", "") in ("kill", "flood"))


def word(step: Step) -> str:
    """A step in words."""
    more = [str(getattr(step, name)) for name in ("action", "sensor", "fault", "mode", "parameter") if _has(step, name)]
    return " ".join([step.do, *more])


def _has(step: Step, name: str) -> bool:
    return getattr(step, name, None) is not None


def _target(step: Step) -> str:
    sink, proxy = getattr(step, "sink", None), getattr(step, "proxy", None)
    if step.on is not None:
        return ""
    return f"sink {sink}" if sink else f"proxy {proxy}" if proxy else "the run"
