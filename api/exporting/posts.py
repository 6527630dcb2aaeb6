"""The steps of a scenario as what is posted to a served fleet, and when: with the scenario's own times and lots."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.durations import SECOND, format_duration
from schemas.problems import InvalidInput, Problem
from schemas.scenario import Scenario
from schemas.scenario.steps import Step
from schemas.scenario.victims import word

SOURCE: Final = "scenario"
_CALM_NS: Final = 30 * SECOND
"""How long is waited for all to be well again when nothing is expected."""


class Post(NamedTuple):
    """One step to be posted; several where their lots hang on each other's places."""

    at_ns: int
    """Counted from the beginning."""
    name: str
    body: Mapping[str, Any]
    """As the API takes it."""


class Script(NamedTuple):
    """All that is posted, in order."""

    posts: tuple[Post, ...]
    ends_ns: int
    """When the scenario is over."""
    unsaid: tuple[str, ...]
    """What of its steps is not in there, and why."""


def script(scenario: Scenario) -> Script:
    """The posts of a scenario. `InvalidInput` names each step that cannot be one."""
    ends_ns = _ends_ns(scenario)
    over_ns = ends_ns if scenario.chaos.end_ns is None else min(ends_ns, scenario.chaos.end_ns)
    late = [n for n, step in enumerate(scenario.timeline) if step.first_ns >= over_ns]
    played = sorted(set(range(len(scenario.timeline))) - set(late), key=lambda n: scenario.timeline[n].first_ns)
    unsaid = [f"timeline[{n}] {word(scenario.timeline[n])}: it is not begun before the scenario is over" for n in late]
    return Script(tuple(_posts(scenario.timeline, played, over_ns)), ends_ns, tuple(unsaid))


def _ends_ns(scenario: Scenario) -> int:
    """When it is over: as it says, or when the last step has ended and all has had time to be well again."""
    if scenario.duration_ns is not None:
        return scenario.duration_ns
    problems = [
        Problem(f"timeline[{n}].until", f"{word(step)} again and again", "an end, or a duration of the scenario")
        for n, step in enumerate(scenario.timeline)
        if _again(step) and step.until_ns is None
    ]
    if problems:
        raise InvalidInput(SOURCE, problems)
    ends = [(step.until_ns or step.first_ns) + (getattr(step, "for_ns", None) or 0) for step in scenario.timeline]
    expected = scenario.expectations
    return max(ends, default=0) + (_CALM_NS if expected is None else expected.back_within_ns)


def _again(step: Step) -> bool:
    return step.every_ns is not None or step.randomly_ns is not None or step.when is not None


def _posts(timeline: Sequence[Step], played: Sequence[int], over_ns: int) -> Iterator[Post]:
    """Steps without a name that share word and time are told apart by their order, so they go together."""
    together: dict[tuple[int, str], list[int]] = {}
    for n in played:
        step = timeline[n]
        together.setdefault((step.first_ns, step.name or f"{step.do}@"), []).append(n)
    for (at_ns, _), places in together.items():
        steps = [_plain(timeline[n], over_ns) for n in places]
        yield Post(at_ns, _name(places[0], timeline[places[0]]), {"from": format_duration(at_ns), "timeline": steps})


def _name(n: int, step: Step) -> str:
    return step.name or f"{word(step).replace(' ', '-')}-{n + 1}"


def _plain(step: Step, over_ns: int) -> dict[str, Any]:
    data: dict[str, Any] = step.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    if _again(step):
        data["until"] = format_duration(over_ns if step.until_ns is None else min(step.until_ns, over_ns))
    return {"do": step.do, **data}
