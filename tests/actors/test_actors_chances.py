"""Sensor faults that come by chance: as often as asked for, by the seed alone, and never felt by the body."""

from typing import Any

import pytest

from actors.device.chances import FaultChances, usual
from actors.families import FAULTS
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.events import FaultCleared, FaultInjected
from schemas.problems import InvalidInput
from schemas.scenario import load_scenario

WEEK_NS = 7 * 86_400 * 10**9
SENSORS = ("temperature", "power", "load")


def begun(seed: int, device: str, weeks: int, per_week: float) -> list[Any]:
    chances = FaultChances(seed, device, per_week, SENSORS, usual(FAULTS.names()))
    found = []
    chance = chances.after(0, 0)
    while chance.at_ns < weeks * WEEK_NS:
        found.append(chance)
        chance = chances.after(chance.number + 1, chance.at_ns)
    return found


@pytest.mark.parametrize("per_week", [0.5, 20])
def test_they_come_as_often_as_asked_for(per_week: float) -> None:
    weeks = round(2000 / per_week / 8)
    found = [chance for n in range(8) for chance in begun(3, f"d-{n}", weeks, per_week)]
    assert len(found) == pytest.approx(2000, rel=0.1), "five standard deviations are 11 %"
    assert {chance.sensor for chance in found} == set(SENSORS)
    assert (
        {chance.fault for chance in found}
        == set(usual(FAULTS.names()))
        == set(FAULTS.names())
        - {
            "start-up-zero",
            "unit-slip",
        }
    )
    gaps = [one.at_ns - other.at_ns for one, other in zip(found[1:], found, strict=False) if one.number > other.number]
    longer = sum(gap > WEEK_NS / per_week for gap in gaps) / len(gaps)
    assert longer == pytest.approx(0.368, abs=0.06), "1/e of the gaps of a Poisson process are longer than the mean"
    bursts = [chance.lasts_ns / 1e9 for chance in found if chance.fault == "noise-burst"]
    assert 300 <= min(bursts) <= max(bursts) <= 6 * 3600
    assert all(600 <= chance.lasts_ns / 1e9 <= 2 * 86_400 for chance in found if chance.fault != "noise-burst")


def test_each_device_and_seed_has_its_own() -> None:
    assert begun(3, "d-1", 50, 1) == begun(3, "d-1", 50, 1)
    assert begun(3, "d-1", 50, 1) != begun(3, "d-2", 50, 1)
    assert begun(3, "d-1", 50, 1) != begun(4, "d-1", 50, 1)


TEXT = """
version: 1
name: chance
seed: 4
pace: max
duration: 2d
fleet:
  - {kind: cpu, count: 3, interval: 1m, SENSOR_FAULTS}
sinks: [{kind: memory, truth: true}]
"""


def lived(words: str) -> Simulation:
    scenario = load_scenario(TEXT.replace("SENSOR_FAULTS", words), "test", vocabulary=Words())
    simulation = Simulation.from_scenario(scenario)
    simulation.run()
    return simulation


def test_they_are_logged_with_onset_and_end_and_never_felt_by_the_body() -> None:
    faulty, sound = lived("sensor_faults: {per_week: 30}"), lived("sensor_faults: {per_week: 0}")
    happened = [entry.event for entry in faulty.journal.entries]
    begun = {event.id: event for event in happened if isinstance(event, FaultInjected)}
    ended = {event.id: event for event in happened if isinstance(event, FaultCleared)}
    assert len(begun) > 10
    assert ended
    assert all("/chance/" in id and ended[id].time_ns > begun[id].time_ns for id in ended)
    assert not sound.journal.counts["FaultInjected"]
    sinks: list[Any] = [each.sinks[0] for each in (faulty, sound)]
    truths = [[(t.device, t.sequence, t.health, t.rul_s, t.clean) for t in sink.truths] for sink in sinks]
    assert truths[0] == truths[1]
    assert faulty.summary().digest != sound.summary().digest


def test_only_the_kinds_that_are_named_come() -> None:
    happened = [entry.event for entry in lived("sensor_faults: {per_week: 30, kinds: [bias]}").journal.entries]
    assert {event.fault for event in happened if isinstance(event, FaultInjected)} == {"bias"}
    with pytest.raises(InvalidInput, match="found 'biased'"):
        lived("sensor_faults: {kinds: [biased]}")
