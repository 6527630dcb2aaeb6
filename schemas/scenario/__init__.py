"""Scenarios: one YAML file says what lives, where its frames go and what happens to it."""

from schemas.scenario.estimate import Costs, Estimate, estimate
from schemas.scenario.group import FaultSpec, Group
from schemas.scenario.json_schema import scenario_schema
from schemas.scenario.limits import Limits
from schemas.scenario.load import build_scenario, load_scenario, read_scenario
from schemas.scenario.model import LagPolicy, Scenario
from schemas.scenario.plan import DeviceSpec, device_count, plan
from schemas.scenario.selector import Selection, Selector
from schemas.scenario.sink import SinkSpec
from schemas.scenario.steps import Step
from schemas.scenario.timeline import Draw, Due, Timeline
from schemas.scenario.translate import option_problems
from schemas.scenario.vocabulary import KindWords, Vocabulary

__all__ = [
    "Costs",
    "DeviceSpec",
    "Draw",
    "Due",
    "Estimate",
    "FaultSpec",
    "Group",
    "KindWords",
    "LagPolicy",
    "Limits",
    "Scenario",
    "Selection",
    "Selector",
    "SinkSpec",
    "Step",
    "Timeline",
    "Vocabulary",
    "build_scenario",
    "device_count",
    "estimate",
    "load_scenario",
    "option_problems",
    "plan",
    "read_scenario",
    "scenario_schema",
]
