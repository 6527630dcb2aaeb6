"""A scenario with sites written out: one group for each place, and selectors that mean them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from schemas.scenario.findings import Finding
from schemas.scenario.limits import Limits
from schemas.scenario.model import Scenario
from schemas.scenario.selector import Selection
from schemas.scenario.sites import spread_out
from schemas.scenario.vocabulary import Vocabulary


def check_sites(scenario: Scenario, limits: Limits) -> Iterator[Finding]:
    """Sites that share a name, and more devices than allowed."""
    first: dict[str, int] = {}
    for n, site in enumerate(scenario.sites):
        other = first.setdefault(site.name, n)
        if other != n:
            found = f"the name '{site.name}', which sites[{other}] has too"
            yield Finding(("sites", n, "name"), found, "a name that comes once")
    spread = [group.count for group in scenario.fleet if group.site is None]
    total = sum(max(1, round(count * site.size)) for count in spread for site in scenario.sites)
    if total > limits.devices:
        yield Finding(("sites",), f"{total} devices at all sites", f"at most {limits.devices} devices in all")


def written_out(scenario: Scenario, vocabulary: Vocabulary) -> Scenario:
    """The scenario without sites: every group at every place. It is what a run's summary and data card show."""
    if not scenario.sites:
        return scenario
    fleet = spread_out(scenario.fleet, scenario.sites, scenario.difference, vocabulary.modes_for)
    names: dict[str, tuple[str, ...]] = {}
    for pattern in scenario.fleet:
        if pattern.site is None:
            wanted = [f"{site.name}-{pattern.name}" for site in scenario.sites]
            found = tuple(g.name for g in fleet for one in wanted if g.name in (one, f"{one}-{g.profile}"))
            names[pattern.name] = found
    changed: dict[str, Any] = {
        "fleet": fleet,
        "sites": (),
        "sinks": _meaning(scenario.sinks, names),
        "timeline": _meaning(scenario.timeline, names),
    }
    return scenario.model_copy(update=changed)


def _meaning(value: Any, names: Mapping[str, tuple[str, ...]]) -> Any:
    """A part of the scenario in which every selector of a pattern selects the groups made of it."""
    if isinstance(value, tuple):
        return tuple(_meaning(one, names) for one in value)
    if not isinstance(value, BaseModel):
        return value
    if isinstance(value, Selection) and value.groups:
        groups = tuple(dict.fromkeys(new for old in value.groups for new in names.get(old, (old,))))
        return value.model_copy(update={"groups": groups})
    changed = {}
    for name in type(value).model_fields:
        before = getattr(value, name)
        if isinstance(before, BaseModel | tuple) and (after := _meaning(before, names)) != before:
            changed[name] = after
    return value.model_copy(update=changed) if changed else value
