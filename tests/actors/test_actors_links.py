"""Link faults between a device and its sinks: the digest stays the device's own; what is held up survives."""

import pytest

from actors.device.schedule import NS_PER_S
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.problems import InvalidInput
from schemas.scenario import load_scenario

SCENARIO = """
version: 1
name: linked
seed: 4
pace: max
duration: 10m
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 3, interval: 5s}
sinks:
  - {kind: memory, truth: true}
timeline:
  - {at: 1m, do: inject-fault, on: {ids: [pi-0001]}, sensor: link, fault: offline-buffer, for: 3m}
  - {at: 2m, do: inject-fault, on: {ids: [pi-0002]}, sensor: link, fault: delay,
     parameters: {seconds: 42, jitter_s: 8}, for: 4m}
  - {at: 5m, do: inject-fault, on: {ids: [pi-0002]}, sensor: link, fault: duplicate, parameters: {share: 0.5}}
  - {at: 3m, do: inject-fault, on: {ids: [pi-0003]}, sensor: link, fault: loss, parameters: {share: 0.5}}
  - {at: 4m, do: inject-fault, on: {ids: [pi-0003]}, sensor: link, fault: clock-jump, parameters: {seconds: 100}}
"""


def simulate(text: str = SCENARIO, *overrides: str) -> Simulation:
    simulation = Simulation.from_scenario(load_scenario(text, "test", list(overrides), vocabulary=Words()))
    simulation.run()
    return simulation


@pytest.fixture(scope="module")
def linked() -> Simulation:
    return simulate()


@pytest.fixture(scope="module")
def clean() -> Simulation:
    return simulate(SCENARIO.partition("timeline:")[0])


def frames(simulation: Simulation, device: str) -> list[tuple[int, int]]:
    """Sequences with the second of the run that their frame says, as they arrived."""
    start = simulation.scenario.start_ns
    return [
        (frame.sequence, (frame.time_ns - start) // NS_PER_S)
        for frame in simulation.sinks[0].frames
        if frame.device == device
    ]


def test_the_digests_of_the_devices_are_those_of_a_run_without_link_faults(
    linked: Simulation, clean: Simulation
) -> None:
    assert linked.fleet.digests() == clean.fleet.digests()
    truths = [[one._replace(faults=(), records=()) for one in run.sinks[0].truths] for run in (linked, clean)]
    assert truths[0] == truths[1]
    assert list(linked.sinks[0].frames) != list(clean.sinks[0].frames)


def test_an_offline_buffer_comes_in_order_when_the_network_is_back(linked: Simulation, clean: Simulation) -> None:
    assert frames(linked, "pi-0001") == frames(clean, "pi-0001")
    order = [frame.device for frame in linked.sinks[0].frames]
    assert "pi-0001" * 36 in "".join(order)
    assert "pi-0001" * 36 not in "".join(frame.device for frame in clean.sinks[0].frames)


def test_delays_overtake_each_other_and_lose_only_what_is_on_its_way_at_the_end(
    linked: Simulation, clean: Simulation
) -> None:
    arrived = [number for number, _ in frames(linked, "pi-0002")]
    assert set(arrived) == {number for number, _ in frames(clean, "pi-0002")}
    assert arrived != sorted(arrived)
    assert len(arrived) > len(set(arrived)) + 20


def test_loss_and_a_jumping_clock_show_in_what_arrives_and_nowhere_else(linked: Simulation, clean: Simulation) -> None:
    arrived, all_of_them = frames(linked, "pi-0003"), dict(frames(clean, "pi-0003"))
    assert 60 < len(arrived) < 100
    for number, second in arrived:
        assert second == all_of_them[number] + (100 if all_of_them[number] >= 240 else 0)


def test_what_is_held_up_survives_crashes_of_the_device() -> None:
    crashes = "\n".join(f"  - {{at: {minute}m, do: crash, on: all}}" for minute in (2, 3, 5))
    crashed = simulate(SCENARIO + crashes)
    for device in ("pi-0001", "pi-0002"):
        assert {number for number, _ in frames(crashed, device)} == set(range(crashed.fleet.devices[device].sequence))


def test_unknown_link_faults_and_parameters_are_refused_at_the_door() -> None:
    with pytest.raises(InvalidInput, match="Did you mean 'loss'"):
        load_scenario(SCENARIO.replace("fault: loss", "fault: los"), "t", [], vocabulary=Words())
    with pytest.raises(InvalidInput, match="stuck"):
        load_scenario(SCENARIO.replace("fault: loss", "fault: stuck"), "t", [], vocabulary=Words())
    with pytest.raises(InvalidInput, match="share"):
        load_scenario(
            SCENARIO.replace("{share: 0.5}}\n  - {at: 4m", "{share: 2}}\n  - {at: 4m"), "t", [], vocabulary=Words()
        )
