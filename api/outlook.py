"""What a scenario would run: its plan and what it would cost, without starting it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from actors.stage import check_sinks
from actors.vocabulary import Words
from api.progress import human_seconds
from api.summary import count, figure
from schemas.durations import format_duration
from schemas.instants import iso
from schemas.scenario import estimate

if TYPE_CHECKING:
    from schemas.scenario import Scenario


def outlook(scenario: "Scenario") -> dict[str, Any]:
    """The plan as plain data, ready for JSON; `InvalidInput` when a sink could not be opened."""
    check_sinks(scenario)
    groups = [
        {
            "name": group.name,
            "kind": group.kind,
            "model": group.model,
            "setup": group.setup,
            "profile": group.profile,
            "count": group.count,
            "interval": format_duration(group.interval_ns),
        }
        for group in scenario.fleet
    ]
    return {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "start": iso(scenario.start_ns),
        "duration": None if scenario.duration_ns is None else format_duration(scenario.duration_ns),
        "fleet": groups,
        "sinks": [
            {"name": sink.name, "kind": sink.kind, "truth": sink.truth, "faults": sink.faults}
            for sink in scenario.sinks
        ],
        "timeline": len(scenario.timeline),
        **asdict(estimate(scenario, Words())),
    }


def text(plan: Mapping[str, Any], source: str) -> str:
    """The same for a person."""
    return "\n".join(_lines(plan, source)) + "\n"


def _lines(plan: Mapping[str, Any], source: str) -> Iterator[str]:
    until = "until it is stopped" if plan["duration"] is None else f"for {plan['duration']}"
    yield f"{source} is valid: {plan['scenario']}, seed {plan['seed']}, from {plan['start']} {until}"
    for group in plan["fleet"]:
        what = f"{group['kind']} {group['model']} ({group['setup']}, {group['profile']})"
        yield f"  {group['name']}: {group['count']:,} x {what}, every {group['interval']}"
    for sink in plan["sinks"]:
        besides = [words for words, so in (("the truth", sink["truth"]), ("faults", sink["faults"])) if so]
        yield f"  sink {sink['name']}: {sink['kind']}{' with ' if besides else ''}{' and '.join(besides)}"
    if plan["timeline"]:
        yield f"  timeline: {count(plan['timeline'], 'step')}"
    devices, sensors = count(plan["devices"], "device"), count(plan["sensors"], "sensor")
    yield f"  {devices} and {sensors}, {plan['actors']:,} actors in all"
    yield f"  {figure(plan['frames_per_s'])} frames/s, {figure(plan['readings_per_s'])} readings/s of simulated time"
    yield f"  about {plan['memory_bytes'] / 1e6:,.0f} MB; at most about {figure(plan['top_speed'])} times real time"
    yield f"  {_pace(plan)}"


def _pace(plan: Mapping[str, Any]) -> str:
    length = "" if plan["real_s"] is None else f", which takes about {human_seconds(plan['real_s'])}"
    if plan["pace"] == "max":
        return f"pace max: as fast as possible{length}"
    if plan["keeps_up"]:
        return f"pace {plan['pace']:g}: one core of this machine should keep up{length}"
    return f"pace {plan['pace']:g}: more than one core can do; simulated time will fall behind"
