"""Chaos as it is played: conditions, ramps, overlap, caps, the end, aborts without residue, the same history again."""

import os
import resource
import threading
from typing import Any

import psutil
import pytest

from actors.system import Simulation
from actors.vocabulary import Words
from schemas.commands import AbortChaos, BeginChaos, EndChaos, Hang, PlaySteps, Refused
from schemas.scenario import load_scenario

FLEET = """version: 1
name: chaos
seed: 11
pace: max
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, profile: web, count: 6, wear: {fan-bearing: 0.2}}
sinks: [{kind: memory}]
"""


def simulation(more: str, **changes: Any) -> Simulation:
    scenario = load_scenario(FLEET + more, "test.yaml", vocabulary=Words(), now=lambda: 0)
    return Simulation.from_scenario(scenario.model_copy(update=changes), kernels="interpreted")


class Played:
    """A run that is lived step by step."""

    def __init__(self, more: str) -> None:
        self.simulation = simulation(more)
        self.simulation.begin()

    def to(self, second: float) -> "Played":
        self.simulation.dispatcher.run(self.simulation.scenario.start_ns + round(second * 1e9))
        return self

    def send(self, command: Any) -> Any:
        ref = self.simulation.dispatcher.directory.endpoint("timeline").cell.ref
        reply = ref.ask(command, block=False)
        self.simulation.dispatcher.run(self.simulation.dispatcher.now_ns)
        return reply.get(timeout=5)

    def device(self, n: int) -> Any:
        return self.simulation.fleet.devices[f"pi-{n:04d}"]

    def events(self, name: str) -> list[Any]:
        return [entry.event for entry in self.simulation.journal.entries if type(entry.event).__name__ == name]

    def close(self) -> None:
        self.simulation.close()


@pytest.fixture
def played() -> Any:
    made: list[Played] = []

    def play(more: str) -> Played:
        made.append(Played(more))
        return made[-1]

    yield play
    for each in made:
        each.close()


def test_a_step_waits_until_its_condition_has_held(played: Any) -> None:
    run = played(
        "timeline:\n"
        "  - {at: 20s, do: set-parameter, parameter: room_temperature_c, value: 70, on: all}\n"
        "  - {when: {sensor: temperature, above: 60, on: {ids: [pi-0003]}, for: 5s}, do: stop, on: {ids: [pi-0003]}}\n"
    )
    run.to(600)
    stopped = [event for event in run.events("StateChanged") if event.after == "stopped"]
    assert [event.device for event in stopped] == ["pi-0003"]
    frames = [frame for frame in run.simulation.sinks[0].frames if frame.device == "pi-0003"]
    hot = [
        frame.time_ns
        for frame in frames
        for reading in frame.readings
        if reading.sensor == "temperature" and reading.value > 60
    ]
    assert hot[0] + 4 * 10**9 < stopped[0].time_ns < hot[-1] + 2 * 10**9
    assert stopped[0].time_ns > run.simulation.scenario.start_ns + 25 * 10**9


def test_a_condition_that_never_holds_begins_nothing(played: Any) -> None:
    run = played("timeline:\n  - {when: {sensor: temperature, above: 500}, do: stop, on: all}\n").to(60)
    assert not [event for event in run.events("StateChanged") if event.after == "stopped"]


def test_it_comes_again_only_when_it_has_ceased_in_between(played: Any) -> None:
    run = played(
        "timeline:\n"
        "  - {every: 20s, do: stop, on: {ids: [pi-0001]}, for: 10s}\n"
        "  - {when: {state: stopped, on: {ids: [pi-0001]}}, times: 2, do: pause, on: {ids: [pi-0002]}, for: 5s}\n"
    ).to(100)
    again = [event for event in run.events("StateChanged") if event.device == "pi-0002" and event.after == "paused"]
    offsets = [(event.time_ns - run.simulation.scenario.start_ns) // 10**9 for event in again]
    assert offsets == [20, 40]


def test_overlapping_parameters_end_where_they_began(played: Any) -> None:
    run = played(
        "timeline:\n"
        "  - {at: 10s, do: set-parameter, parameter: room_temperature_c, value: 30, on: all, for: 30s}\n"
        "  - {at: 20s, do: set-parameter, parameter: room_temperature_c, value: 40, on: all, for: 5s}\n"
        "  - {at: 50s, do: set-parameter, parameter: fan_duty, value: 0.5, on: all, for: 5s}\n"
    )
    assert run.device(1).body.setting("room_temperature_c") == 22.0
    assert run.to(15).device(1).body.setting("room_temperature_c") == 30.0
    assert run.to(22).device(1).body.setting("room_temperature_c") == 40.0
    assert run.to(27).device(1).body.setting("room_temperature_c") == 30.0
    assert run.to(45).device(1).body.setting("room_temperature_c") == 22.0
    assert run.to(52).device(1).body.setting("fan_duty") == 0.5
    assert run.to(57).device(1).body.setting("fan_duty") == "auto"


def test_a_pause_inside_a_pause_ends_with_the_outer_one(played: Any) -> None:
    run = played(
        "timeline:\n"
        "  - {at: 10s, do: pause, on: {ids: [pi-0001]}, for: 30s}\n"
        "  - {at: 20s, do: pause, on: {ids: [pi-0001]}, for: 5s}\n"
    )
    assert run.to(30).device(1).state.value == "paused"
    assert run.to(45).device(1).state.value == "running"


def test_a_ramp_rises_step_by_step_on_the_same_devices(played: Any) -> None:
    run = played(
        "timeline:\n  - {at: 10s, do: set-parameter, parameter: room_temperature_c, value: 52, on: {count: 2}, "
        "for: 40s, ramp: {from: 22, over: 20s, steps: 10}}\n"
    ).to(60)
    values: dict[str, list[float]] = {}
    for event in run.events("ParameterSet"):
        values.setdefault(event.device, []).append(event.value)
    assert len(values) == 2
    for rising in values.values():
        assert rising == [22.0, *(25.0 + 3 * n for n in range(10)), 22.0]


def test_wear_for_a_while_leaves_the_damage_that_was_there(played: Any) -> None:
    run = played("timeline:\n  - {at: 10s, do: inject-wear, mode: fan-bearing, damage: 0.9, on: all, for: 20s}\n")
    before = run.to(9).device(1).body.wear()
    assert any(wear.mode == "fan-bearing" and wear.damage > 0.89 for wear in run.to(20).device(1).body.wear())
    after = run.to(40).device(1).body.wear()
    was, now = (next(wear.damage for wear in some if wear.mode == "fan-bearing") for some in (before, after))
    assert abs(was - now) < 1e-3


MANY = """chaos: {cap_percent: 100}
timeline:
  - {at: 10s, do: set-parameter, parameter: room_temperature_c, value: 45, on: all, ramp: {from: 22, over: 15s}}
  - {at: 11s, do: inject-fault, sensor: temperature, fault: stuck, on: {count: 3}}
  - {at: 11s, do: inject-fault, sensor: load, fault: drift, parameters: {per_day: 100}, on: {count: 3}, for: 30s}
  - {at: 12s, do: pause, on: {count: 2}}
  - {at: 13s, do: stop, on: {count: 2}}
  - {at: 14s, do: set-interval, interval: 3s, on: {count: 3}}
  - {at: 14s, do: set-interval, interval: 2s, sensor: fan, on: {count: 3}}
  - {at: 15s, do: hang, on: {ids: [pi-0004]}}
  - {at: 15s, do: hang, on: {ids: [pi-0005]}, sensor: fan}
  - {at: 16s, do: inject-wear, mode: dust, damage: 0.7, on: {count: 3}}
  - {at: 17s, do: crash, on: {ids: [pi-0006]}}
  - {at: 18s, do: chaos, action: kill, on: {ids: [pi-0005]}}
  - {at: 18s, do: chaos, action: flood, on: {ids: [pi-0002]}, parameters: {messages: 100}}
  - {at: 19s, do: inject-fault, sensor: fan, fault: dropout, parameters: {share: 0.5}, on: {ids: [pi-0004]}}
"""


def residue(run: Played) -> list[str]:
    """What is not as it was in the beginning."""
    found = []
    devices: dict[str, Any] = dict(run.simulation.fleet.devices)
    for id, memory in devices.items():
        if memory.faults:
            found.append(f"{id}: faults {memory.faults}")
        if set(memory.intervals_ns.values()) != {10**9}:
            found.append(f"{id}: intervals {memory.intervals_ns}")
        if memory.body.setting("room_temperature_c") != 22.0:
            found.append(f"{id}: room {memory.body.setting('room_temperature_c')}")
        if memory.state.value not in ("running", "degraded", "throttled"):
            found.append(f"{id}: {memory.state}")
        dust = next(wear.damage for wear in memory.body.wear() if wear.mode == "dust")
        if dust > 0.1:
            found.append(f"{id}: dust {dust}")
    for address in run.simulation.fleet.addresses():
        endpoint = run.simulation.dispatcher.directory.find(address)
        if endpoint is None or not endpoint.alive or endpoint.cell.stash is not None:
            found.append(f"{address} is not well")
    timeline = run.simulation.timeline
    if len(timeline.holds) or timeline.tokens:
        found.append(f"held: {list(timeline.holds)}")
    now = run.simulation.dispatcher.now_ns
    return found + [f"{id} is silent" for id, m in devices.items() if now - m.frame.time_ns > 2e9]


@pytest.mark.parametrize("tenth", range(50))
def test_an_abort_in_mid_fault_leaves_no_residue(tenth: int, played: Any) -> None:
    run = played(MANY).to(10.05 + tenth * 0.2)
    reply = run.send(AbortChaos("enough"))
    assert reply.detail.endswith("undone")
    run.to(10.05 + tenth * 0.2 + 30)
    assert residue(run) == []
    assert [event.reason for event in run.events("ChaosOver")] == ["enough"]


def test_an_abort_bites_only_if_it_undoes(played: Any) -> None:
    """The sabotage arm of the one above: without an abort there is residue in plenty."""
    run = played(MANY).to(22)
    assert len(residue(run)) > 10


def test_the_end_of_chaos_undoes_everything_and_begins_nothing(played: Any) -> None:
    run = played(MANY.replace("cap_percent: 100", "end: 25s") + "  - {every: 24s, do: stop, on: all}\n").to(60)
    assert residue(run) == []
    over = run.events("ChaosOver")
    assert [(event.reason, (event.time_ns - run.simulation.scenario.start_ns) // 10**9) for event in over] == [
        ("end", 25)
    ]


def test_a_condition_aborts(played: Any) -> None:
    run = played(
        "chaos: {abort_when: [{name: too-hot, clean: temperature, above: 75}]}\ntimeline:\n"
        "  - {at: 10s, do: set-parameter, parameter: room_temperature_c, value: 65, on: all}\n"
        "  - {at: 30m, do: stop, on: all}\n"
    ).to(2400)
    assert [event.reason for event in run.events("ChaosOver")] == ["abort: too-hot"]
    assert run.device(1).body.setting("room_temperature_c") == 22.0
    assert not [event for event in run.events("StateChanged") if event.after == "stopped"]


def test_the_cap_is_kept_while_it_runs(played: Any) -> None:
    run = played("chaos: {cap_percent: 50}\ntimeline:\n  - {every: 5s, do: pause, on: {count: 2}, for: 1h}\n").to(60)
    paused = [memory.id for memory in run.simulation.fleet.devices.values() if memory.state.value == "paused"]
    assert len(paused) == 3
    assert run.events("VictimsSpared")


CHANCE = """chaos: {cap_percent: 50, end: 100s}
timeline:
  - {randomly: 8s, do: pause, on: {count: 2}, for: 10s}
  - {randomly: 15s, do: chaos, action: kill, on: {count: 1}}
  - {when: {state: paused, of: mean, above: 0.3}, times: 3, do: crash, on: {count: 1}, error: SystemExit}
  - {at: 20s, do: inject-fault, sensor: fan, fault: spike, parameters: {per_day: 20000}, on: {percent: 50}}
"""


def test_the_same_seed_gives_the_same_history_at_any_pace() -> None:
    digests = []
    for changes in ({}, {"pace": 40.0}, {}):
        run = simulation(CHANCE, duration_ns=120 * 10**9, **changes)
        summary = run.run()
        assert summary.ended == "duration"
        digests.append(summary.digest)
    assert len(set(digests)) == 1
    other = simulation(CHANCE, duration_ns=120 * 10**9, seed=12).run()
    assert other.digest not in digests


def test_further_steps_are_played_from_now_and_undone_with_the_rest(played: Any) -> None:
    run = played("").to(10)
    wrong = run.send(PlaySteps('{"timeline": [{"at": "1s", "do": "stop", "on": {"ids": ["pi-9999"]}}]}'))
    assert isinstance(wrong, Refused)
    assert "pi-9999" in wrong.reason
    run.send(
        PlaySteps('{"timeline": [{"at": "0s", "do": "pause", "on": "all"}, {"at": "5s", "do": "stop", "on": "all"}]}')
    )
    assert run.device(1).state.value == "paused" or run.to(10.01).device(1).state.value == "paused"
    assert run.to(16).device(1).state.value == "stopped"
    run.send(AbortChaos())
    run.to(40)
    assert residue(run) == []


def test_actions_from_outside_are_held_until_they_are_ended(played: Any) -> None:
    run = played("").to(5)
    assert isinstance(run.send(BeginChaos("nonsense")), Refused)
    assert isinstance(run.send(BeginChaos("kill", "fleet/nobody")), Refused)
    run.send(Hang("fleet/pi-0001", 3 * 10**9))
    assert run.to(7).simulation.timeline.holds.devices() == {"pi-0001"}
    run.to(12)
    assert residue(run) == []
    assert not isinstance(run.send(EndChaos("kill", "fleet/pi-0001")), Refused)


def test_an_action_that_the_machine_cannot_do_is_refused_and_harms_nobody(
    played: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: Any, **__: Any) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("subprocess.Popen.__init__", no_more)
    run = played("").to(5)
    run.simulation.dispatcher.set_pace(1000.0)
    refused = run.send(BeginChaos("cpu-hog"))
    assert isinstance(refused, Refused)
    assert refused.reason == "cpu-hog: [Errno 24] Too many open files"
    assert not run.events("ActorFailed")
    assert residue(run) == []


def test_another_dose_takes_the_place_of_the_one_before_and_nothing_is_left_of_either(played: Any) -> None:
    run = played("").to(5)
    run.simulation.dispatcher.set_pace(1000.0)
    before = resource.getrlimit(resource.RLIMIT_NOFILE), len(os.listdir("/proc/self/fd")), children()
    for dose in (1, 2):
        run.send(BeginChaos("cpu-hog", "", {"processes": dose}))
        run.send(BeginChaos("descriptors", "", {"left": 500 * dose}))
        run.send(BeginChaos("threads", "", {"left": 500 * dose}))
    assert len(children()) == len(before[2]) + 2
    for word in ("cpu-hog", "descriptors", "threads"):
        run.send(EndChaos(word))
    assert (resource.getrlimit(resource.RLIMIT_NOFILE), len(os.listdir("/proc/self/fd")), children()) == before
    assert threading._start_new_thread.__module__ == "_thread"  # type: ignore[attr-defined]
    assert not run.events("CommandRefused")


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_what_is_killed_comes_back_with_its_numbers(played: Any) -> None:
    run = played("timeline:\n  - {at: 10s, do: chaos, action: kill, on: {ids: [pi-0001]}}\n").to(60)
    numbers = [frame.sequence for frame in run.simulation.sinks[0].frames if frame.device == "pi-0001"]
    assert numbers == list(range(len(numbers)))
    assert 40 < len(numbers) < 60
    assert run.events("ActorRestarted")
    assert run.simulation.fleet.devices["pi-0002"].sequence >= 57
    assert run.simulation.dispatcher.directory.endpoint("fleet/pi-0001").generation == 2


@pytest.mark.parametrize("error", ["RuntimeError", "MemoryError", "RecursionError", "SystemExit", "KeyboardInterrupt"])
def test_an_error_of_any_class_is_its_actors_own(error: str, played: Any) -> None:
    run = played(f"timeline:\n  - {{at: 10s, do: crash, on: {{ids: [pi-0001]}}, error: {error}}}\n").to(30)
    assert [event.error for event in run.events("ActorFailed")] == [error]
    assert run.simulation.fleet.devices["pi-0002"].sequence >= 28
    assert run.to(60).simulation.fleet.devices["pi-0001"].sequence > 40


def test_a_killed_supervisor_ends_the_run_in_order() -> None:
    run = simulation("timeline:\n  - {at: 10s, do: chaos, action: kill}\n", duration_ns=60 * 10**9)
    summary = run.run()
    assert summary.ended == "failed"
    assert "supervis" in (summary.problem or "")
    books = summary.sinks["memory"]
    assert books["accepted"] == books["acked"] + books["queued"] + sum(books["dropped"].values())
