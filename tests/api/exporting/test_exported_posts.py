"""What an exported experiment posts does what the scenario does: the same history, to the nanosecond."""

import json
from typing import Any

import pytest
from chaoslib import substitute  # type: ignore[import-untyped]
from chaoslib.exceptions import ChaosException  # type: ignore[import-untyped]
from chaoslib.experiment import ensure_experiment_is_valid  # type: ignore[import-untyped]

import scenarios
from actors.system import Simulation
from actors.vocabulary import Words
from api.exporting.experiment import exported
from api.exporting.fleet import fleet
from schemas.commands import Done, PlaySteps
from schemas.durations import parse_duration
from schemas.problems import InvalidInput
from schemas.scenario import Scenario, build_scenario, load_scenario

EVERY_MOMENT = """version: 1
name: moments
description: It costs $$ and ${more}.
seed: 23
pace: 60
duration: 6m
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, profile: web, count: 12, interval: 5s}
sinks: [{kind: memory}]
chaos: {cap_percent: 75, end: 330s}
timeline:
  - {at: 20s, do: inject-fault, on: {count: 3}, sensor: temperature, fault: stuck, for: 1m}
  - {name: lots, at: 25s, do: pause, on: {percent: 20}, for: 30s}
  - {every: 70s, do: restart, on: {count: 2}, until: 5m}
  - {name: often, every: 50s, do: inject-fault, on: {count: 1}, sensor: power, fault: bias, for: 20s}
  - {at: 30s, randomly: 40s, do: crash, on: {count: 1}, message: "a ${base_url} of $5"}
  - {name: chance, randomly: 1m, do: set-interval, on: {count: 2}, interval: 10s, for: 15s}
  - {at: 40s, do: set-parameter, on: {count: 2}, parameter: room_temperature_c, value: 30,
     ramp: {from: 22, over: 1m}, for: 3m}
  - {name: hot, when: {clean: temperature, of: max, above: 25, for: 5s}, times: 2, do: hang, on: {count: 1}, for: 9s}
  - {name: dust, at: 90s, do: inject-wear, on: {percent: 10}, mode: dust, damage: 0.5, for: 1m}
  - {at: 4m, do: chaos, action: kill, on: {count: 2}}
  - {at: 20s, do: inject-fault, on: {count: 3}, sensor: load, fault: stuck, for: 30s}
  - {at: 200s, do: stop, on: {ids: [pi-0003]}, for: 40s}
expectations:
  steady_state: [{name: speaks, truth: age_s, of: max, at_most: 11}]
  deviations: [{name: lies, truth: faults, of: sum, at_least: 2}]
"""


def loaded(text: str, *overrides: str) -> Scenario:
    return load_scenario(text, "test.yaml", list(overrides), vocabulary=Words(), now=lambda: 0)


def history(simulation: Simulation) -> list[str]:
    """All that happened, by its time."""
    # what falls on one instant may come in another order: scripts are played one after the other
    told = [(entry.event.time_ns, str(entry.event)) for entry in simulation.journal.entries]
    return [each for _, each in sorted(told) if not each.startswith("ActorStopped")]


def lived(scenario: Scenario) -> list[str]:
    simulation = Simulation.from_scenario(scenario.model_copy(update={"pace": "max"}), kernels="interpreted")
    simulation.begin()
    assert scenario.duration_ns is not None
    simulation.dispatcher.run(scenario.start_ns + scenario.duration_ns)
    found = history(simulation)
    simulation.close()
    return found


def driven(scenario: Scenario) -> list[str]:
    """The fleet that is to be served, told what the experiment posts, when it posts it."""
    experiment = json.loads(json.dumps(exported(scenario).experiment))
    served = build_scenario({**fleet(scenario), "pace": "max"}, "fleet", vocabulary=Words())
    simulation = Simulation.from_scenario(served, kernels="interpreted")
    simulation.begin()
    dispatcher, now_s = simulation.dispatcher, 0.0
    for activity in experiment["method"]:
        now_s += activity.get("pauses", {}).get("before", 0.0) * float(scenario.pace)
        dispatcher.run(scenario.start_ns + round(now_s * 1e9))
        body = substitute(activity["provider"]["arguments"], {"base_url": "http://x", "api_key": "k"}, {})
        since_ns = parse_duration(body.pop("from", "0s"))
        reply = dispatcher.directory.endpoint("timeline").cell.ref.ask(
            PlaySteps(json.dumps(body), since_ns), block=False
        )
        dispatcher.run(dispatcher.now_ns)
        assert isinstance(reply.get(timeout=5), Done), activity
    after_s = experiment["method"][-1]["pauses"]["after"] * float(scenario.pace)
    dispatcher.run(scenario.start_ns + round((now_s + after_s) * 1e9))
    found = history(simulation)
    simulation.close()
    return found


def test_every_kind_of_moment_is_posted_as_the_scenario_has_it() -> None:
    scenario = loaded(EVERY_MOMENT)
    wanted, found = lived(scenario), driven(scenario)
    words = ("FaultInjected", "IntervalSet", "ParameterSet", "ActorHung", "ChaosBegun", "WearInjected", "ChaosOver")
    assert all(any(each.startswith(word) for each in wanted) for word in words)
    assert found == wanted


@pytest.mark.parametrize("name", ["sensor-drift", "rolling-repair", "cascading-power", "bad-firmware"])
def test_a_shipped_scenario_is_posted_as_it_is(name: str) -> None:
    slow = [f"fleet[{n}].interval=60s" for n in range(len(loaded(scenarios.text(name)).fleet))]
    scenario = loaded(scenarios.text(name), "pace=100", "expectations={}", *slow)
    assert driven(scenario) == lived(scenario)


@pytest.mark.parametrize("name", scenarios.names())
def test_every_shipped_scenario_can_be_exported_and_says_what_it_leaves_out(name: str) -> None:
    scenario = loaded(scenarios.text(name), "pace=60")
    experiment, unsaid = exported(scenario)
    try:
        ensure_experiment_is_valid(json.loads(json.dumps(experiment)))
    except ChaosException as error:
        raise AssertionError(f"{name}: {error!r}") from None
    assert experiment["extensions"][0]["unsaid"] == list(unsaid)
    assert any("monitor" in each for each in unsaid) == bool(scenario.expectations and scenario.expectations.monitor)
    posted = sum(len(each["provider"]["arguments"]["timeline"]) for each in experiment["method"])
    assert posted >= len(scenario.timeline)
    assert build_scenario(fleet(scenario), "fleet", vocabulary=Words()).seed == scenario.seed


def test_a_pace_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        exported(loaded(EVERY_MOMENT, "pace=max"))
    assert [problem.path for problem in caught.value.problems] == ["pace"]


def test_without_an_end_steps_need_one() -> None:
    text = EVERY_MOMENT.replace("duration: 6m\n", "").replace("chaos: {cap_percent: 75, end: 330s}\n", "")
    with pytest.raises(InvalidInput) as caught:
        exported(loaded(text))
    assert [problem.path for problem in caught.value.problems] == [f"timeline[{n}].until" for n in (3, 4, 5, 7)]


def test_what_comes_after_the_end_is_named() -> None:
    late: list[Any] = list(exported(loaded(EVERY_MOMENT, "duration=3m")).unsaid)
    assert [each.split(":")[0] for each in late[:2]] == ["timeline[9] chaos kill", "timeline[11] stop"]
