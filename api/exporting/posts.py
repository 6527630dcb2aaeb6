"""The steps of a scenario as what is posted to a served fleet, and when: each by itself, with the same victims."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.victims import victims
from schemas.durations import SECOND, format_duration
from schemas.problems import InvalidInput, Problem
from schemas.scenario import Scenario
from schemas.scenario.steps import Step
from schemas.scenario.victims import MOST, word

SOURCE: Final = "scenario"
MOST_POSTS: Final = 2_000


class Post(NamedTuple):
    """One step to be posted."""

    at_ns: int
    """Counted from the beginning."""
    name: str
    step: Mapping[str, Any]
    """As the API takes it: its own times count from the post."""


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
    names = _names(scenario.timeline)
    drawn = {n for n, step in enumerate(scenario.timeline) if names[n] is None and _draws(step)}
    _check(scenario.timeline, drawn)
    posts, unsaid = list[Post](), list[str]()
    for n, step in enumerate(scenario.timeline):
        if step.first_ns >= over_ns:
            unsaid.append(f"timeline[{n}] {word(step)}: it is not begun before the scenario is over")
        elif n not in drawn:
            posts.append(Post(step.first_ns, names[n] or _name(n, step), _shifted(step, over_ns)))
    posts += _by_lot(scenario, drawn, over_ns) if drawn else ()
    if len(posts) > MOST_POSTS:
        allowed = f"at most {MOST_POSTS}; a step with a name is one, however often it comes"
        raise InvalidInput(SOURCE, [Problem("timeline", f"{len(posts)} steps to be posted", allowed)])
    return Script(tuple(sorted(posts, key=lambda post: post.at_ns)), ends_ns, tuple(unsaid))


def _ends_ns(scenario: Scenario) -> int:
    """When it is over: as it says, or when the last step has ended and all has had time to be well again."""
    if scenario.duration_ns is not None:
        return scenario.duration_ns
    expected = scenario.expectations
    last_ns, problems = 0, list[Problem]()
    for n, step in enumerate(scenario.timeline):
        again = step.every_ns is not None or step.randomly_ns is not None or step.when is not None
        if again and step.until_ns is None:
            problems.append(Problem(f"timeline[{n}].until", f"{word(step)} again and again", "an end, or a duration"))
        last_ns = max(last_ns, (step.until_ns or step.first_ns) + (getattr(step, "for_ns", None) or 0))
    if problems:
        raise InvalidInput(SOURCE, problems)
    return last_ns + (30 * SECOND if expected is None else expected.back_within_ns)


def _check(timeline: Sequence[Step], drawn: set[int]) -> None:
    problems = [
        Problem(
            f"timeline[{n}].name",
            f"{word(timeline[n])} by lot when a condition holds, without a name of its own",
            "a name, on which its lots hang",
        )
        for n in sorted(drawn)
        if timeline[n].when is not None
    ]
    if problems:
        raise InvalidInput(SOURCE, problems)


def _names(timeline: Sequence[Step]) -> list[str | None]:
    """The name by which a step that is posted alone draws what it draws among all; `None` where there is none."""
    seen: set[str | None] = {None}
    found: list[str | None] = []
    for step in timeline:
        found.append(None if step.name in seen else step.name)
        seen.add(step.name)
    return found


def _draws(step: Step) -> bool:
    lot = step.on is not None and (step.on.percent is not None or step.on.count is not None)
    return lot or step.randomly_ns is not None


def _name(n: int, step: Step) -> str:
    return f"{word(step).replace(' ', '-')}-{n + 1}"


def _shifted(step: Step, over_ns: int) -> dict[str, Any]:
    """The step, begun when it is posted."""
    data = _plain(step)
    data["at"] = "0s"
    if step.every_ns is not None or step.randomly_ns is not None or step.when is not None:
        until_ns = over_ns if step.until_ns is None else min(step.until_ns, over_ns)
        data["until"] = format_duration(until_ns - step.first_ns)
    return data


def _by_lot(scenario: Scenario, drawn: set[int], over_ns: int) -> Iterator[Post]:
    """One post for each time of the steps at these places, with those who are drawn by their ids."""
    planned = victims(scenario.model_copy(update={"duration_ns": over_ns}))
    if len(planned) >= MOST:
        raise InvalidInput(SOURCE, [Problem("timeline", f"{MOST} times and more", "fewer, or names for all steps")])
    times: Counter[int] = Counter()
    for each in planned:
        if each.position not in drawn or each.undo or each.stage or not each.hit:
            continue
        step = scenario.timeline[each.position]
        times[each.position] += 1
        data = {name: value for name, value in _plain(step).items() if name not in ("every", "randomly", "until")}
        name = f"{_name(each.position, step)}-{times[each.position]}"
        on = {"ids": list(each.hit)} if each.target == "" else None
        yield Post(each.at_ns, name, {**data, "at": "0s", **({} if on is None else {"on": on})})


def _plain(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = step.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return {**data, "do": step.do}
