"""The two ways to live a scenario for a data set, and which one a scenario allows."""

from collections.abc import Mapping, Sequence
from typing import Final

from actors.dataset.block import NS_PER_S
from actors.families import DEVICES
from engine.devices._kind import KernelKind
from schemas.commands import LINK
from schemas.scenario import Group, Scenario, Step
from schemas.scenario.steps import SetIntervalStep

_WHEN: Final = frozenset({"name", "at_ns", "every_ns", "until_ns", "on", "do"})
_ALONE: Final[Mapping[str, frozenset[str]]] = {
    "pause": frozenset({"for_ns"}),
    "resume": frozenset(),
    "restart": frozenset(),
    "stop": frozenset({"for_ns"}),
    "set-parameter": frozenset({"parameter", "value"}),
    "set-interval": frozenset({"interval_ns", "sensor"}),
    "inject-fault": frozenset({"sensor", "fault", "parameters", "for_ns", "id"}),
    "clear-fault": frozenset({"id"}),
    "inject-wear": frozenset({"mode", "damage"}),
    "repair": frozenset({"mode"}),
}
"""Steps that a device lived alone takes, with what may be said in them: what is new has to be looked at first."""


def needs_actors(scenario: Scenario) -> str:
    """Why a scenario can only be lived by actors; empty when every device may be lived alone."""
    for group in scenario.fleet:
        reason = _of_group(group)
        if reason:
            return f"group {group.name}: {reason}"
    if scenario.chaos.cap_percent < 100 or scenario.chaos.end_ns is not None or scenario.chaos.abort_when:
        return "chaos: its bounds concern all devices together"
    if _may_overlap(scenario.timeline):
        return "timeline: pauses or stops may overlap, and then end together"
    for place, step in enumerate(scenario.timeline):
        reason = _of_step(step)
        if reason:
            return f"timeline[{place}]: {reason}"
    return ""


def has_links(scenario: Scenario) -> bool:
    """Whether faults of links or clocks stand between devices and sinks, so that telemetry is what arrived."""
    declared = (fault.sensor for group in scenario.fleet for fault in group.faults)
    return LINK in {*declared, *(getattr(step, "sensor", None) for step in scenario.timeline)}


def _may_overlap(timeline: Sequence[Step]) -> bool:
    """Whether two pauses, or two stops, may be in force at a time at one device."""
    for word in ("pause", "stop"):
        lasting = [step for step in timeline if step.do == word and getattr(step, "for_ns", None) is not None]
        if len(lasting) > 1 or any(step.every_ns and step.every_ns <= getattr(step, "for_ns", 0) for step in lasting):
            return True
    return False


def _of_group(group: Group) -> str:
    kind = DEVICES.get(group.kind)
    if not isinstance(kind, KernelKind):
        return f"bodies of the kind {group.kind} cannot be kept in rows"
    if any(interval != group.interval_ns for interval in group.intervals_ns.values()):
        return "sensors have intervals of their own"
    if group.interval_ns % NS_PER_S:
        return "the interval is not in whole seconds"
    return ""


def _of_step(step: Step) -> str:
    allowed = _ALONE.get(step.do)
    if allowed is None:
        return f"{step.do} concerns more than one device alone"
    unknown = sorted(step.model_fields_set - _WHEN - allowed)
    if unknown:
        return f"{step.do} with {', '.join(unknown)}"
    if isinstance(step, SetIntervalStep) and (step.sensor is not None or step.interval_ns % NS_PER_S):
        return "an interval of one sensor, or not in whole seconds"
    return ""
