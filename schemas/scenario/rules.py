"""Rules between the parts of a scenario: caps, unique names and ids, selectors that select something."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.paths import Path
from schemas.problems import suggest
from schemas.scenario.conditions import Condition
from schemas.scenario.fields import NAME_RE, format_id
from schemas.scenario.findings import Finding, show, show_text, unknown_word
from schemas.scenario.group import Group
from schemas.scenario.limits import Limits
from schemas.scenario.mapping import check_mapping
from schemas.scenario.model import Scenario
from schemas.scenario.plan import DeviceSpec, plan
from schemas.scenario.selector import Selection
from schemas.scenario.steps import MENDING, ActorStep, ChaosStep
from schemas.scenario.words import WordChecks


def check_caps(data: Mapping[str, Any], limits: Limits) -> Iterator[Finding]:
    """What is too much, told from the plain data before anything is made of it."""
    for key, most in (("fleet", limits.groups), ("sinks", limits.sinks), ("timeline", limits.timeline_steps)):
        entries = data.get(key)
        if isinstance(entries, list) and len(entries) > most:
            yield Finding((key,), f"{len(entries)} entries", f"at most {most}")
    fleet = data.get("fleet")
    if isinstance(fleet, list):
        if not fleet:
            yield Finding(("fleet",), "no groups", "at least one group of devices")
        yield from _check_count(fleet, limits)


def _check_count(fleet: list[Any], limits: Limits) -> Iterator[Finding]:
    allowed = f"at most {limits.devices} devices in all"
    total = 0
    for n, group in enumerate(fleet):
        count = group.get("count", 1) if isinstance(group, Mapping) else 0
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            continue
        if count > limits.devices:
            yield Finding(("fleet", n, "count"), str(count), allowed)
        else:
            total += count
    if total > limits.devices:
        yield Finding(("fleet",), f"{total} devices", allowed)


def check_sensors(scenario: Scenario, words: WordChecks, limits: Limits) -> Iterator[Finding]:
    """More sensors than allowed, counted from what the kinds have."""
    kinds = [(group, words.kind(group.kind)) for group in scenario.fleet]
    sensors = sum(group.count * len(kind.sensors) for group, kind in kinds if kind is not None)
    if sensors > limits.sensors:
        yield Finding(("fleet",), f"{sensors} sensors", f"at most {limits.sensors} sensors in all")


def check_mappings(scenario: Scenario) -> Iterator[Finding]:
    """Mapped records that ask for what there is not."""
    for n, sink in enumerate(scenario.sinks):
        if sink.mapping is not None:
            yield from check_mapping(sink.mapping, ("sinks", n, "mapping"))


def check_names(scenario: Scenario) -> Iterator[Finding]:
    """Groups, sinks and steps that share a name; ids that come twice or are too long."""
    yield from _unique("fleet", [group.name for group in scenario.fleet], "A group needs its own name: name: pi-2")
    yield from _unique("sinks", [sink.name for sink in scenario.sinks], "A sink needs its own name: name: archive")
    yield from _unique("timeline", [step.name for step in scenario.timeline], "A step's name is its own.")
    if len({group.name for group in scenario.fleet}) == len(scenario.fleet):
        yield from _check_ids(scenario)


def _unique(key: str, names: Iterable[str | None], hint: str) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for n, name in enumerate(names):
        if name is None:
            continue
        if name in first:
            found = f"the name '{name}', which {key}[{first[name]}] has too"
            yield Finding((key, n, "name"), found, "a name that comes once", hint)
        else:
            first[name] = n


def _check_ids(scenario: Scenario) -> Iterator[Finding]:
    owner: dict[str, int] = {}
    for n, group in enumerate(scenario.fleet):
        path: Path = ("fleet", n, "id")
        last = group.device_id(group.first + group.count - 1)
        if not NAME_RE.fullmatch(last) or not NAME_RE.fullmatch(group.device_id(group.first)):
            allowed = "ids of at most 64 characters that start with a letter or a digit"
            yield Finding(path, f"a pattern that makes {show_text(last)}", allowed)
            continue
        if group.count > 1 and format_id(group.id_pattern, group.name, 0) == format_id(group.id_pattern, group.name, 1):
            yield Finding(path, show(group.id_pattern), "a pattern with the number: {n} or {n:04d}")
            continue
        yield from _overlap(scenario, n, owner)


def _overlap(scenario: Scenario, n: int, owner: dict[str, int]) -> Iterator[Finding]:
    group = scenario.fleet[n]
    for number in range(group.first, group.first + group.count):
        device = group.device_id(number)
        other = owner.setdefault(device, n)
        if other != n:
            found = f"the id '{device}', which fleet[{other}] ({scenario.fleet[other].name}) makes too"
            yield Finding(("fleet", n, "id"), found, "ids that come once", "Change id, name or first of one group.")
            return


def check_references(scenario: Scenario) -> Iterator[Finding]:
    """Selectors that name or select nothing, and sinks that do not exist."""
    selections: list[tuple[Path, Selection]] = [
        (("sinks", n, "select"), sink.select) for n, sink in enumerate(scenario.sinks)
    ]
    names = [sink.name for sink in scenario.sinks]
    for n, step in enumerate(scenario.timeline):
        if step.on is not None:
            selections.append((("timeline", n, "on"), step.on))
        if isinstance(step, ActorStep | ChaosStep) and step.sink is not None and step.sink not in names:
            yield unknown_word(("timeline", n, "sink"), step.sink, names)
    for n, name in enumerate(scenario.chaos.formats):
        if name not in names:
            yield unknown_word(("chaos", "formats", n), name, names)
    for path, condition in conditions_of(scenario):
        if condition.on is not None:
            selections.append(((*path, "on"), condition.on))
        if condition.books is not None and condition.books not in names:
            yield unknown_word((*path, "books"), condition.books, names)
    groups = {group.name: group for group in scenario.fleet}
    # Only ids need the fleet written out; everything else is the same for a whole group.
    by_id = {device.id: device for device in plan(scenario)} if any(s.ids for _, s in selections) else {}
    for path, select in selections:
        yield from _check_selection(path, select, groups, by_id)


def conditions_of(scenario: Scenario) -> Iterator[tuple[Path, Condition]]:
    """Every condition of a scenario with its place."""
    for n, step in enumerate(scenario.timeline):
        if step.when is not None:
            yield ("timeline", n, "when"), step.when
    for n, condition in enumerate(scenario.chaos.abort_when):
        yield ("chaos", "abort_when", n), condition
    judged = scenario.expectations
    if judged is not None:
        for part in ("steady_state", "deviations", "always", "at_end"):
            for n, condition in enumerate(getattr(judged, part)):
                yield ("expectations", part, n), condition


def check_chaos(scenario: Scenario) -> Iterator[Finding]:
    """Chaos that cannot be: a cap that spares everybody, an end before the beginning, conditions nobody can repeat."""
    count = sum(group.count for group in scenario.fleet)
    if int(count * scenario.chaos.cap_percent / 100) < 1:
        found = f"{scenario.chaos.cap_percent:g} % of {count} devices, which is nobody"
        yield Finding(("chaos", "cap_percent"), found, f"at least {100 / count:.3g}")
    for n, step in enumerate(scenario.timeline):
        if scenario.chaos.end_ns is not None and step.first_ns >= scenario.chaos.end_ns and step.do not in MENDING:
            yield Finding(("timeline", n), "a step that is due after the end of all chaos", "an earlier step")
        if step.do in MENDING and (step.notice is not None or step.seen_in):
            key = "notice" if step.notice is not None else "seen_in"
            yield Finding(("timeline", n, key), f"a wish for {step.do}", "none, as it puts something right")
        if step.when is not None and not step.when.repeatable:
            hint = "What is begun must follow from seed and simulated time alone."
            yield Finding(("timeline", n, "when"), f"a condition on {step.when.probe}", "one on devices", hint)


def _check_selection(
    path: Path, select: Selection, groups: Mapping[str, Group], by_id: Mapping[str, DeviceSpec]
) -> Iterator[Finding]:
    known = True
    for n, name in enumerate(select.groups):
        if name not in groups:
            known = False
            yield unknown_word((*path, "groups", n), name, groups)
    for n, device in enumerate(select.ids):
        if device not in by_id:
            known = False
            yield Finding((*path, "ids", n), show(device), "an id of the fleet", _near_id(device, groups))
    if select.ids:
        some = any(device in by_id and select.matches_group(by_id[device].group) for device in select.ids)
    else:
        some = any(select.matches_group(group) for group in groups.values())
    if known and not some:
        yield Finding(path, "a selector that no device matches", "a selector that selects at least one device")


def _near_id(device: str, groups: Mapping[str, Group]) -> str:
    # Comparing with every id of a large fleet would take seconds; the ends of the groups show the pattern.
    ends = [g.device_id(number) for g in list(groups.values())[:50] for number in (g.first, g.first + g.count - 1)]
    return suggest(device, ends) or f"Ids run from {ends[0]} to {ends[1]} in group {next(iter(groups))}."
