"""What has to be served for a scenario's experiment: the scenario without anything that happens in it."""

from typing import Any

from schemas.problems import InvalidInput, Problem
from schemas.scenario import Scenario
from schemas.scenario.steps import ChaosStep

SPOILING = ("oversize", "poison", "schema-change", "unencodable", "unknown-schema")
"""Actions for which a sink's format has to be one that can be spoiled."""


def fleet(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain data: the same devices, sinks, seed and pace, nothing that happens, and no end."""
    check_pace(scenario)
    steps = [step for step in scenario.timeline if isinstance(step, ChaosStep)]
    formats = dict.fromkeys((*scenario.chaos.formats, *(s.sink for s in steps if s.sink and s.action in SPOILING)))
    proxies = dict.fromkeys((*scenario.proxies, *(step.proxy for step in steps if step.proxy)))
    document = scenario.document()
    for key in ("duration", "timeline", "expectations", "chaos", "proxies"):
        document.pop(key, None)
    if formats:
        document["chaos"] = {"formats": list(formats)}
    return {**document, **({"proxies": list(proxies)} if proxies else {})}


def check_pace(scenario: Scenario) -> float:
    """The pace, which has to be a number: Chaos Toolkit waits in real seconds. `InvalidInput` when it is not."""
    if isinstance(scenario.pace, str):
        hint = "Say how many simulated seconds go by in a real one: --pace 60."
        raise InvalidInput("scenario", [Problem("pace", scenario.pace, "a number", hint)])
    return float(scenario.pace)
