"""Whole runs: a scenario in, a living fleet, frames out - and the same again, whatever the circumstances."""

import os
import subprocess
import sys
from typing import Any

import pytest

from actors.summary import Summary
from actors.system import Simulation
from actors.vocabulary import Words
from engine import kernels
from engine.clock import FakeWall
from schemas import commands
from schemas.problems import InvalidInput
from schemas.queries import GetChildren, GetDevice
from schemas.scenario import Scenario, load_scenario

MIXED = """
version: 1
name: mixed
seed: 11
pace: max
duration: 3m
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 3, interval: 5s, labels: {site: lab}}
  - {name: hot, kind: raspberry-pi, model: "4", setup: closed-case, count: 2, interval: 500ms}
  - {name: cpu, kind: cpu, model: 65w, count: 3, interval: 10s}
sinks:
  - {kind: memory, truth: true}
timeline:
  - {at: 20s, do: inject-fault, on: {ids: [pi-0001]}, sensor: temperature, fault: stuck, for: 1m}
  - {at: 30s, do: crash, on: {ids: [cpu-0002]}}
  - {at: 40s, do: crash, on: {ids: [pi-0002]}, sensor: power}
  - {at: 50s, do: inject-wear, on: {groups: [cpu]}, mode: fan-bearing, damage: 0.5}
  - {at: 70s, do: hang, on: {ids: [hot-0001]}, sensor: fan, for: 20s}
  - {at: 80s, do: restart, on: {ids: [pi-0003]}}
"""


def scenario(text: str = MIXED, *overrides: str) -> Scenario:
    return load_scenario(text, "test", list(overrides), vocabulary=Words())


def simulate(text: str = MIXED, *overrides: str, mode: Any = "interpreted", wall: FakeWall | None = None) -> Simulation:
    with kernels.running(mode):
        simulation = Simulation.from_scenario(scenario(text, *overrides), kernels=mode, wall=wall)
        simulation.run()
    return simulation


@pytest.fixture(scope="module")
def reference() -> Simulation:
    return simulate()


def frames(simulation: Simulation) -> list[Any]:
    return list(simulation.sinks[0].frames)


def test_a_run_says_what_its_scenario_asked_for(reference: Simulation) -> None:
    summary = reference.summary()
    assert (summary.devices, summary.ended, summary.problem, summary.simulated_s) == (8, "duration", None, 180.0)
    assert (
        summary.frames == len(frames(reference)) == sum(memory.sequence for memory in reference.fleet.devices.values())
    )
    assert summary.readings == sum(len(frame.readings) for frame in frames(reference))
    assert summary.repeatable
    per_device: dict[str, list[int]] = {}
    for frame in frames(reference):
        per_device.setdefault(frame.device, []).append(frame.sequence)
    assert all(numbers == list(range(len(numbers))) for numbers in per_device.values())
    assert len(per_device["pi-0001"]) == 36
    assert len(per_device["hot-0002"]) == 360


def test_books_balance_and_every_child_ended(reference: Simulation) -> None:
    books = reference.summary().sinks["memory"]
    assert books["accepted"] == books["acked"] + books["queued"] + sum(books["dropped"].values()) + books["rejected"]
    assert books["accepted"] == reference.summary().frames
    assert reference.summary().zombies == 0
    assert reference.summary().events["ActorStopped"] >= 8 * 7


def test_the_timeline_happened(reference: Simulation) -> None:
    summary = reference.summary()
    assert summary.events["FaultInjected"] == summary.events["FaultCleared"] == 1
    assert summary.events["ActorRestarted"] >= 8
    assert summary.events["WearInjected"] == 3
    stuck = [
        reading.value
        for frame in frames(reference)
        if frame.device == "pi-0001" and 25 <= (frame.time_ns - reference.scenario.start_ns) / 1e9 <= 75
        for reading in frame.readings
        if reading.sensor == "temperature"
    ]
    assert len(set(stuck)) == 1
    truths = [truth for truth in reference.sinks[0].truths if truth.device == "pi-0001" and truth.faults]
    assert len({dict(truth.clean)["temperature"] for truth in truths}) > 5


@pytest.mark.parametrize(
    "overrides", [["pace=1"], ["pace=37.5"], ["lag=skip"]], ids=["real time", "37.5 times real time", "lag policy skip"]
)
def test_the_pace_changes_nothing(reference: Simulation, overrides: list[str]) -> None:
    again = simulate(MIXED, *overrides, wall=FakeWall())
    assert again.summary().digest == reference.summary().digest
    assert again.summary().digests == reference.summary().digests


def test_compiled_and_interpreted_kernels_say_the_same(reference: Simulation) -> None:
    compiled = simulate(mode="compiled")
    assert compiled.summary().digests == reference.summary().digests
    assert compiled.summary().digest == reference.summary().digest
    assert list(compiled.sinks[0].truths) == list(reference.sinks[0].truths)


def test_the_order_of_groups_in_the_file_changes_nothing(reference: Simulation) -> None:
    head, tail = MIXED.split("fleet:\n")
    fleet, rest = tail.split("sinks:\n")
    turned = f"{head}fleet:\n{chr(10).join(reversed(fleet.strip(chr(10)).splitlines()))}\nsinks:\n{rest}"
    assert turned != MIXED
    assert simulate(turned).summary().digest == reference.summary().digest


def test_one_device_more_changes_no_other(reference: Simulation) -> None:
    more = simulate(MIXED, "fleet.pi.count=4").summary().digests
    assert {device: digest for device, digest in more.items() if device != "pi-0004"} == reference.summary().digests


def test_another_seed_is_another_run(reference: Simulation) -> None:
    other = simulate(MIXED, "seed=12").summary()
    assert not set(other.digests.values()) & set(reference.summary().digests.values())


def test_each_interval_is_a_decimation_of_the_same_life() -> None:
    def life(interval: str) -> dict[int, Any]:
        text = MIXED.split("timeline:")[0].replace("interval: 5s", f"interval: {interval}")
        return {frame.time_ns: frame.readings for frame in frames(simulate(text)) if frame.device == "pi-0001"}

    each_second, each_minute = life("1s"), life("60s")
    assert len(each_minute) == 3
    assert all(each_second[time_ns] == readings for time_ns, readings in each_minute.items())


RUN = """
import sys
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.scenario import load_scenario
scenario = load_scenario(sys.stdin.read(), "test", vocabulary=Words())
print(Simulation.from_scenario(scenario, kernels=sys.argv[1]).run().digest)
"""


@pytest.mark.parametrize("mode", ["interpreted", "compiled"])
def test_a_processor_without_fma_and_avx_says_the_same(reference: Simulation, mode: str, tmp_path: Any) -> None:
    masked = {
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX,-FMA4",
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F",
        "XDG_CACHE_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, mode],
        input=MIXED,
        capture_output=True,
        text=True,
        env={**os.environ, **masked},
        timeout=170,
        check=True,
    )
    assert done.stdout.strip() == reference.summary().digest


def test_commands_reach_a_running_fleet_and_are_remembered_as_from_outside() -> None:
    simulation = Simulation.from_scenario(scenario(MIXED.split("timeline:")[0]), kernels="interpreted")
    simulation.begin()
    simulation.dispatcher.run(simulation.scenario.start_ns + 10 * 10**9)
    assert simulation.send(
        commands.InjectFault("pi-0001", "power", "drift", {"per_day": 5.0}, id="mine")
    ) == commands.Done("mine")
    assert isinstance(simulation.send(commands.InjectFault("pi-0001", "powr", "drift")), commands.Refused)
    assert simulation.ask(GetDevice("pi-0001")).faults == ("mine",)
    children = simulation.ask(GetChildren())
    assert {child.state for child in children} == {"running"}
    with pytest.raises(LookupError, match="nobody lives at fleet/pi-9999"):
        simulation.send(commands.Pause("pi-9999"))
    simulation.close()
    summary = simulation.summary()
    assert not summary.repeatable
    assert summary.reasons == ("3 command(s) came from outside",)


def test_a_file_that_cannot_be_written_is_refused_before_anything_starts(tmp_path: Any) -> None:
    text = MIXED.replace(
        "{kind: memory, truth: true}", f"{{kind: file, options: {{path: {tmp_path}/no/such/out.jsonl}}}}"
    )
    with pytest.raises(InvalidInput, match=r"sinks\[0\]\.options\.path"):
        Simulation.from_scenario(scenario(text), kernels="interpreted")
    assert not list(tmp_path.iterdir())


def test_frames_carry_no_truth(reference: Simulation) -> None:
    words = {"stuck", "fan-bearing", "damage", "health", "degraded", "rul", "dust", "fault"}
    text = repr(frames(reference))
    assert not [word for word in words if word in text]


def test_a_summary_is_plain_data(reference: Simulation) -> None:
    import json

    summary = reference.summary()
    assert json.loads(json.dumps(summary.as_dict())) == summary.as_dict() | {"reasons": []}
    assert isinstance(summary, Summary)
