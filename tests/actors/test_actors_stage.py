"""From the scenario to the stage: what a group says reaches its devices, what a sink says decides what it gets."""

from typing import Any

from actors.system import Simulation
from actors.vocabulary import Words
from schemas.scenario import load_scenario


def run(text: str, *overrides: str) -> Simulation:
    scenario = load_scenario(f"version: 1\npace: max\nduration: 2m\n{text}", "test", overrides, vocabulary=Words())
    simulation = Simulation.from_scenario(scenario, kernels="interpreted")
    simulation.run()
    return simulation


ONE = """
fleet: [{name: pi, kind: raspberry-pi, model: "4", count: 4, interval: 10s}]
sinks: [{kind: memory, truth: true}]
"""


def seen(simulation: Simulation, sink: int = 0) -> Any:
    return simulation.sinks[sink]


def first_instants(simulation: Simulation) -> set[int]:
    return {memory.grid.origin_ns - simulation.scenario.start_ns for memory in simulation.fleet.devices.values()}


def test_each_device_has_its_own_grid_unless_the_group_asks_for_one() -> None:
    seeded = first_instants(run(ONE))
    assert len(seeded) > 1
    assert all(0 <= offset < 10**9 and offset % 10**6 == 0 for offset in seeded)
    assert first_instants(run(ONE, "fleet.pi.phase=aligned")) == {0}


def test_acceleration_speeds_up_wear() -> None:
    def worn(*overrides: str) -> float:
        return float(max(truth.wear[0].damage for truth in seen(run(ONE, *overrides)).truths))

    assert worn("fleet.pi.acceleration=100000") > 100 * worn()


def test_settings_initial_wear_and_room_reach_the_bodies() -> None:
    def mean(quantity: str, *overrides: str) -> float:
        values = [dict(truth.clean)[quantity] for truth in seen(run(ONE, *overrides)).truths]
        return float(sum(values) / len(values))

    assert mean("load", "fleet.pi.settings={demand: 1.2}") > 99
    assert mean("temperature", "fleet.pi.room_temperature_c=35") > mean("temperature") + 10
    damage = {part.mode: part.damage for part in seen(run(ONE, "fleet.pi.wear={dust: 0.5}")).truths[0].wear}
    assert damage["dust"] >= 0.5
    assert mean("temperature", "fleet.pi.cold=true") < mean("temperature")


def test_a_sink_gets_the_devices_it_selects_and_truth_only_when_it_asks() -> None:
    simulation = run(
        """
fleet:
  - {name: pi, kind: raspberry-pi, count: 2, interval: 30s}
  - {name: cpu, kind: cpu, count: 2, interval: 30s}
sinks:
  - {kind: memory, name: all, truth: true}
  - {kind: memory, name: boards, select: {kinds: [raspberry-pi]}}
"""
    )
    assert {frame.device for frame in seen(simulation).frames} == {"pi-0001", "pi-0002", "cpu-0001", "cpu-0002"}
    assert {frame.device for frame in seen(simulation, 1).frames} == {"pi-0001", "pi-0002"}
    assert len(seen(simulation).truths) == len(seen(simulation).frames)
    assert not seen(simulation, 1).truths


def test_faults_declared_in_the_file_are_in_force_from_the_first_frame() -> None:
    simulation = run(
        """
fleet:
  - name: pi
    kind: raspberry-pi
    count: 2
    interval: 10s
    faults: [{sensor: load, fault: stuck, parameters: {at: zero}, for: 55s, id: mine}]
sinks: [{kind: memory, truth: true}]
"""
    )
    truths = [truth for truth in seen(simulation).truths if truth.device == "pi-0001"]
    assert [len(truth.faults) for truth in truths] == [1] * 6 + [0] * 6
    assert truths[0].faults[0].id == "pi-0001/mine"
    loads = [
        reading.value
        for frame in seen(simulation).frames
        if frame.device == "pi-0001"
        for reading in frame.readings
        if reading.sensor == "load"
    ]
    assert loads[:6] == [0.0] * 6
