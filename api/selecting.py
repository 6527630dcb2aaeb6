"""Which devices of the fleet a list is about, and in which order."""

from collections.abc import Callable
from typing import Any

from api.models.devices import DeviceFilter
from api.problems import invalid
from api.run import Run
from schemas.problems import Problem
from schemas.queries import FleetView
from schemas.scenario import DeviceSpec


def chosen(run: Run, view: FleetView, query: DeviceFilter) -> list[DeviceSpec]:
    """The devices for which everything asked for holds, by id."""
    tests: list[Callable[[DeviceSpec], bool]] = []
    if query.kind is not None:
        tests.append(lambda spec: spec.kind == query.kind)
    if query.group is not None:
        tests.append(lambda spec: spec.group.name == query.group)
    if query.model is not None:
        tests.append(lambda spec: spec.model == query.model)
    if query.state is not None:
        tests.append(lambda spec: view.states.get(spec.id) == query.state)
    if query.q is not None:
        text = query.q
        tests.append(lambda spec: text in spec.id)
    for name, value in map(_label, query.label):
        tests.append(lambda spec, name=name, value=value: spec.labels.get(name) == value)  # type: ignore[misc]
    if query.health_below is not None:
        below = query.health_below
        tests.append(lambda spec: spec.id in view.truths and view.truths[spec.id].health < below)
    specs = list(run.specs.values())
    for test in tests:
        specs = [spec for spec in specs if test(spec)]
    return specs


def order(sort: str, view: FleetView) -> Callable[[DeviceSpec], Any] | None:
    """What a list is sorted by; `None` is the id alone."""
    truths, states = view.truths, view.states
    match sort.removeprefix("-"):
        case "state":
            return lambda spec: states.get(spec.id)
        case "kind":
            return lambda spec: spec.kind
        case "health":
            return lambda spec: truths[spec.id].health if spec.id in truths else None
        case "rul_s":
            return lambda spec: truths[spec.id].rul_s if spec.id in truths else None
    return None


def _label(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise invalid([Problem("query.label", ascii(text[:60]), "name:value, as in label=site:berlin")])
    return name, value
