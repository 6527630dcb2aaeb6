"""What befell the devices of a data set, for its card: maintenance, faults by chance, common causes, faults of links.

As the scenario says it (whoever uses the data must know the policy), and as often as it came about; the latter of
training and validation alone, because the test is sealed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from actors.dataset.outcome import Outcome
from schemas.commands import BODY, LINK
from schemas.events import PartRepaired
from schemas.scenario import Scenario

SENSOR: Final = "sensor"
"""The layer of sensor faults."""


def befallen(scenario: Scenario, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """By what it is: `said` as in the scenario, `came` how often; `outcomes` are those that may be told of."""
    steps = scenario.document()["timeline"]
    records = [record for one in outcomes for record in one.records]
    return {
        "of": "training and validation",
        "maintenance": {
            "said": [_short(step) for step in steps if step["do"] == "repair"],
            "came": _counted(_renewed(outcomes)),
        },
        "sensor_faults": {
            "said": [*_rates(scenario), *_injected(scenario, steps, SENSOR)],
            "came": _counted(record["mode"] for record in records if record["layer"] == SENSOR),
        },
        "common_causes": {
            "said": _injected(scenario, steps, BODY),
            "came": _counted(record["mode"] for record in records if record["layer"] == "cause"),
        },
        "links_and_clocks": {
            "said": _injected(scenario, steps, LINK),
            "came": _counted(record["mode"] for record in records if record["layer"] in ("link", "clock")),
        },
        "wear_by_cause": _counted(record["cause"] for record in records if record["layer"] == "wear"),
    }


def _renewed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for one in outcomes:
        for event in one.events:
            if event["event"] == PartRepaired.__name__:
                yield event["mode"]


def _rates(scenario: Scenario) -> list[dict[str, Any]]:
    """How often sensor faults come by chance, and which."""
    return [
        {"group": group.name, **often.model_dump(mode="json", exclude_none=True)}
        for group in scenario.fleet
        if (often := group.sensor_faults) is not None and often.per_week
    ]


def _where(sensor: str) -> str:
    return sensor if sensor in (BODY, LINK) else SENSOR


def _injected(scenario: Scenario, steps: Sequence[Mapping[str, Any]], where: str) -> list[dict[str, Any]]:
    """Faults of groups and steps of the timeline that act on bodies, links or sensors."""
    declared = [
        {"group": group.name, **_short(fault.model_dump(mode="json", by_alias=True, exclude_none=True))}
        for group in scenario.fleet
        for fault in group.faults
        if _where(fault.sensor) == where
    ]
    return [
        *declared,
        *(_short(step) for step in steps if step["do"] == "inject-fault" and _where(step["sensor"]) == where),
    ]


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _short(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step without what says nothing; on whom it acts is `all` when nothing narrows it."""
    found = {}
    for name, value in step.items():
        if isinstance(value, Mapping):
            value = _short(value) or ("all" if name == "on" else None)
        if value not in (None, [], "") and not (name == "times" and value == 1):
            found[name] = value
    return found


_TITLES: Final = {
    "maintenance": ("maintenance", "none: what fails stays failed", "parts renewed"),
    "sensor_faults": ("sensor faults", "none", "came"),
    "common_causes": ("common causes", "none", "devices reached"),
    "links_and_clocks": ("faults of links and clocks", "none", "came"),
}


def page_of_befallen(what: Mapping[str, Any]) -> Iterator[str]:
    """The section of the card's page."""
    yield f"\n## What befell the units (counted in {what['of']})\n"
    for name, (title, nothing, came) in _TITLES.items():
        said = what[name]["said"]
        yield f"- {title}: {nothing if not said else ''}".rstrip()
        yield from (f"  - `{_flow(step)}`" for step in said)
        if what[name]["came"]:
            yield f"  - {came}: {_listed(what[name]['came'])}"
    if what["wear_by_cause"]:
        yield f"- faults of wear by what began them: {_listed(what['wear_by_cause'])}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _flow(value: Any) -> str:
    """As one would write it in a scenario, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
