"""The state of a run: a process that takes over goes on as if nobody had died.

`STATE_KILLS` in the environment asks for a longer run.
"""

import json
import marshal
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors.state import RunState
from actors.state_checkpoint import freeze, is_settled, thaw
from actors.system import Simulation
from actors.vocabulary import Words
from schemas import commands
from schemas.problems import CannotStart
from schemas.readings import Frame
from schemas.scenario import Scenario, load_scenario
from tests.actors.spooling import SpooledKind, said, use

KILLS = int(os.environ.get("STATE_KILLS", "4"))
CHILD = Path(__file__).with_name("state_child.py")
S = 10**9
SCENARIO = """
version: 1
name: mixed
seed: 11
pace: max
duration: 30m
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 3, interval: 5s, acceleration: 20000}
  - name: hot
    kind: raspberry-pi
    model: "4"
    setup: closed-case
    count: 2
    interval: 1500ms
    faults: [{sensor: temperature, fault: drift}, {sensor: power, fault: spike, parameters: {per_day: 20000}}]
  - {name: cpu, kind: cpu, model: 65w, count: 2, interval: 10s, sensor_faults: {per_week: 500}}
sinks:
  - {name: a, kind: "null", truth: true}
  - {name: b, kind: "null", select: {kinds: [cpu]}}
timeline:
  - {at: 5m, do: inject-fault, on: {groups: [pi]}, sensor: voltage, fault: stuck, for: 12m}
  - {at: 9m, do: restart, on: {groups: [hot], count: 1}}
  - {at: 14m, do: set-parameter, on: {groups: [cpu]}, parameter: room_temperature_c, value: 31}
  - {every: 7m, do: restart, on: {percent: 30}}
  - {at: 21m, do: stop, on: {count: 1}, for: 4m}
  - {at: 4m, do: inject-fault, on: {ids: [pi-0003]}, sensor: link, fault: offline-buffer, for: 9m}
  - {at: 5m, do: inject-fault, on: {ids: [pi-0002]}, sensor: link, fault: delay, parameters: {seconds: 100}, for: 15m}
  - {at: 6m, do: inject-fault, on: {ids: [pi-0002]}, sensor: link, fault: reorder, parameters: {share: 0.3}, for: 15m}
"""


def scenario(text: str = SCENARIO) -> Scenario:
    return load_scenario(text, "test", vocabulary=Words())


def simulate(state: RunState | None = None, text: str = SCENARIO) -> Simulation:
    return Simulation.from_scenario(scenario(text), kernels="interpreted", state=state)


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every sink is a spooled one; what it carries out goes into `a.out` and `b.out` of this folder."""
    use(SpooledKind(tmp_path / "out"), monkeypatch)
    return tmp_path


def run_noted(folder: Path) -> dict[str, Any]:
    """Which run the state in a folder says it is."""
    with closing(sqlite3.connect(folder / "state.db")) as db:
        found: dict[str, Any] = json.loads(db.execute("SELECT value FROM about WHERE name = 'run'").fetchone()[0])
    return found


class Runs:
    """Processes on one scenario."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text = folder / "scenario.yaml"
        self.text.write_text(SCENARIO)

    def process(self, name: str, state: str, checkpoint_s: float) -> "subprocess.Popen[str]":
        out = self.folder / name
        command = [sys.executable, str(CHILD), str(self.text), state, str(out), str(checkpoint_s)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def whole(self, name: str, state: str = "none", checkpoint_s: float = 0.05) -> dict[str, Any]:
        """A run to its end; what it came to."""
        with self.process(name, state, checkpoint_s) as child:
            text, _ = child.communicate(timeout=120)
        assert child.returncode == 0, text
        found: dict[str, Any] = json.loads(text.splitlines()[-1])
        return found

    def cut(self, name: str, state: str, checkpoint_s: float, when: float) -> str:
        """A run that is killed some time after it began; how it began."""
        with self.process(name, state, checkpoint_s) as child:
            assert child.stdout is not None
            first = child.stdout.readline()
            try:
                child.wait(when)
            except subprocess.TimeoutExpired:
                child.kill()
        return first.strip()

    def said(self, name: str) -> list[Any]:
        return [said(self.folder / f"{sink}.{name}") for sink in ("a", "b")]


# how long a run took, and what process it was, may differ; all else may not
_MAY_DIFFER = ("real_s", "sinks")


@pytest.mark.timeout(600)
def test_a_run_that_is_killed_again_and_again_says_what_one_that_was_not_says(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    whole = runs.whole("whole")
    took = float(whole["real_s"])
    began = set()
    random.seed(KILLS)
    for number in range(KILLS):
        name, state = f"cut-{number}", str(tmp_path / f"state-{number}")
        checkpoint_s = 0.05 if number % 2 else 1000.0
        for _ in range(random.randint(1, 3)):
            began.add(runs.cut(name, state, checkpoint_s, random.uniform(0.05, 0.7) * took).split(" ")[0])
            if run_noted(Path(state))["ended"]:
                break
        else:
            found = runs.whole(name, state, checkpoint_s)
            assert {word: found[word] for word in found if word not in _MAY_DIFFER} == {
                word: whole[word] for word in whole if word not in _MAY_DIFFER
            }
            for books in found["sinks"].values():
                assert books["accepted"] == books["acked"]
                assert not books["dropped"]
            assert found["sinks"]["a"]["accepted"] == found["sinks"]["a"]["truth"]["accepted"] == whole["frames"]
        assert runs.said(name) == runs.said("whole"), "no gap, no other value, nothing that was not said"
    assert began == {"new", "resumed"}


def test_a_checkpoint_brings_everything_back(out: Path) -> None:
    reference = _lived(simulate(), 29)
    whole = simulate()
    whole.begin()
    whole.dispatcher.gates.clear()
    for minutes in (1, 6, 9.2, 15, 26):
        whole.dispatcher.run(whole.scenario.start_ns + round(minutes * 60 * S))
        data = freeze(whole, 0)
        other = simulate()
        assert thaw(other, data) == 0
        assert freeze(other, 0) == data, "nothing is forgotten on the way"
        assert _lived(other, 29) == reference
    whole.close()


def _lived(simulation: Simulation, minutes: int) -> tuple[str, int]:
    """What a simulation comes to by then."""
    simulation.begin()
    simulation.dispatcher.gates.clear()
    simulation.dispatcher.run(simulation.scenario.start_ns + minutes * 60 * S)
    simulation.close()
    return simulation.summary().digest, simulation.summary().frames


def test_no_checkpoint_is_taken_while_an_actor_is_not_well(out: Path) -> None:
    simulation = simulate()
    simulation.begin()
    dispatcher = simulation.dispatcher
    dispatcher.run(simulation.scenario.start_ns + 10 * S)
    assert is_settled(simulation)
    dispatcher.hang("fleet/pi-0001/temperature")
    assert not is_settled(simulation)
    dispatcher.release("fleet/pi-0001/temperature")
    assert is_settled(simulation)
    dispatcher.directory.endpoint("fleet/pi-0001").tell(commands.Crash("fleet/pi-0001", "test"))
    dispatcher.run(dispatcher.now_ns)
    assert not is_settled(simulation)
    dispatcher.run(dispatcher.now_ns + 20 * S)
    assert not is_settled(simulation), "it is back, but its back-off still counts"
    dispatcher.run(dispatcher.now_ns + 40 * S)
    assert is_settled(simulation)
    simulation.close()


def test_two_processes_never_have_one_state(out: Path) -> None:
    first = RunState(out / "state")
    with pytest.raises(CannotStart, match="another process"):
        RunState(out / "state")
    first._folder.release()
    RunState(out / "state")._folder.release()


def test_a_run_that_ended_begins_anew_and_one_that_was_stopped_goes_on(out: Path) -> None:
    stopped = simulate(RunState(out / "state"))
    threading.Timer(0.2, stopped.request_stop).start()
    assert stopped.run().ended == "stopped"
    state = RunState(out / "state")
    second = simulate(state)
    assert state.resumed
    assert second.dispatcher.now_ns == stopped.dispatcher.now_ns
    assert second.run().ended == "duration"
    assert second.summary().digest == simulate().run().digest
    state = RunState(out / "state")
    third = simulate(state)
    assert not state.resumed
    assert third.dispatcher.now_ns == third.scenario.start_ns
    third.begin()
    third.close()


@pytest.mark.parametrize("change", ["seed: 12", "name: other"])
def test_another_scenario_is_another_run(out: Path, change: str) -> None:
    first = simulate(RunState(out / "state"))
    threading.Timer(0.1, first.request_stop).start()
    first.run()
    word = change.split(":")[0]
    text = "\n".join(change if line.startswith(f"{word}:") else line for line in SCENARIO.splitlines())
    state = RunState(out / "state")
    simulation = simulate(state, text)
    assert not state.resumed
    simulation.begin()
    simulation.close()


def test_a_run_can_be_begun_anew(out: Path) -> None:
    first = simulate(RunState(out / "state"))
    threading.Timer(0.1, first.request_stop).start()
    first.run()
    state = RunState(out / "state", fresh=True)
    simulation = simulate(state)
    assert not state.resumed
    simulation.begin()
    simulation.close()


def test_commands_from_outside_are_done_again_where_they_fell(out: Path) -> None:
    """The process dies after two commands, with no checkpoint: the next one finds both written down."""
    state = RunState(out / "state", checkpoint_s=1000)
    first = simulate(state)
    first.begin()
    dispatcher = first.dispatcher
    dispatcher.run(first.scenario.start_ns + 100 * S)
    for command in (
        commands.InjectFault("pi-0001", "load", "stuck", {"value": 77.0}, id="mine"),
        commands.SetInterval("pi-0002", 2 * S),
    ):
        state.before_all(first, [command])
        dispatcher.directory.endpoint(f"fleet/{command.device}").tell(command)
        dispatcher.run(dispatcher.now_ns)
    dispatcher.run(first.scenario.start_ns + 300 * S)
    spool: Any = first.sinks[0].lane
    deadline = time.monotonic() + 30
    while not spool.settled and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    digests = first.fleet.digests()
    since = [fault.since_ns for fault in first.fleet.devices["pi-0001"].faults]
    shutil.copytree(out / "state", out / "left")  # as a killed process leaves it
    second_state = RunState(out / "left")
    second = simulate(second_state)
    assert second_state.resumed
    second.begin()
    second_state.catch_up(second)
    assert second.reception.commands == 2
    assert second.fleet.digests() == digests
    assert [fault.id for fault in second.fleet.devices["pi-0001"].faults] == ["mine"]
    assert [fault.since_ns for fault in second.fleet.devices["pi-0001"].faults] == since
    assert second.fleet.devices["pi-0002"].intervals_ns["fan"] == 2 * S
    second.close()
    first.close()


def test_a_checkpoint_of_an_earlier_version_gives_way_to_a_life_from_birth(out: Path) -> None:
    """Bodies are drawn then: only those that a checkpoint restores are made blank."""
    state = RunState(out / "state")
    first = simulate(state)
    first.begin()
    first.dispatcher.run(first.scenario.start_ns + 300 * S)
    digests = first.fleet.digests()
    state.db.keep(marshal.dumps({"version": 1}, 2), first.dispatcher.now_ns)
    state.beat(first)
    shutil.copytree(out / "state", out / "left")
    again = RunState(out / "left")
    second = simulate(again)
    assert again.resumed
    assert not again.has_checkpoint
    second.begin()
    second.dispatcher.run(second.scenario.start_ns + 300 * S)
    assert second.fleet.digests() == digests
    second.close()
    first.close()


@pytest.mark.parametrize("minute", [3, 10, 20.5, 25])
def test_sinks_without_a_spool_hear_nothing_twice_of_what_is_lived_again(tmp_path: Path, minute: float) -> None:
    """Frames that a link holds when the process ends are told by the next one: once each, in the same order."""
    text = SCENARIO.replace('{name: b, kind: "null"', "{name: b, kind: memory, options: {limit: 10}").replace(
        '{name: a, kind: "null", truth: true}', "{name: c, kind: memory}"
    )
    whole = simulate(None, text)
    whole.run()
    first = simulate(RunState(tmp_path / "state"), text)
    first.begin()
    first.dispatcher.run(first.scenario.start_ns + round(minute * 60 * S))
    first.ended = "stopped"
    first.close()
    second = simulate(RunState(tmp_path / "state"), text)
    second.run()
    parts = [_heard(simulation) for simulation in (first, second)]
    held = first.summary().frames - len(parts[0])
    assert (held > 0) == (minute in (10, 20.5)), "the link holds some, or this shows nothing"
    assert _by_device([*parts[0], *parts[1]]) == _by_device(_heard(whole))


def _heard(simulation: Simulation) -> list[Frame]:
    sink: Any = next(sink for sink in simulation.sinks if sink.name == "c")
    return list(sink.frames)


def _by_device(frames: list[Frame]) -> dict[str, list[Frame]]:
    found: dict[str, list[Frame]] = {}
    for frame in frames:
        found.setdefault(frame.device, []).append(frame)
    return found


def test_a_sink_without_a_spool_keeps_silent_until_the_run_is_where_it_was(out: Path) -> None:
    """The process dies without a checkpoint: the one sink knows what it has, the other is spared what was said."""
    text = SCENARIO.replace('{name: b, kind: "null"', "{name: b, kind: memory")
    state = RunState(out / "state", checkpoint_s=1000)
    first = simulate(state, text)
    first.begin()
    first.dispatcher.run(first.scenario.start_ns + 200 * S)
    spool: Any = first.sinks[0].lane
    deadline = time.monotonic() + 30
    while not spool.settled and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    shutil.copytree(out / "state", out / "left")
    second_state = RunState(out / "left")
    second = simulate(second_state, text)
    second.begin()
    second_state.catch_up(second)
    memory: Any = second.sinks[1]
    assert second.fleet.frames() == first.fleet.frames() > 0
    assert second.dispatcher.pacer.pace == first.dispatcher.pacer.pace
    assert memory.books.totals().accepted == 0
    second.dispatcher.run(second.scenario.start_ns + 400 * S)
    assert memory.books.totals().accepted == 2 * 20
    second.close()
    first.close()


@pytest.mark.parametrize("mode", ["fail", "append", "replace"])
def test_a_file_is_gone_on_with_whatever_was_to_happen_to_an_older_one(tmp_path: Path, mode: str) -> None:
    sinks = f"sinks:\n  - {{kind: file, truth: true, options: {{path: '{tmp_path}/frames.jsonl', mode: {mode}}}}}\n"
    text = SCENARIO[: SCENARIO.index("sinks:")] + sinks
    for minute in (7, 14):
        made = simulate(RunState(tmp_path / "state"), text)
        made.begin()
        made.dispatcher.run(made.scenario.start_ns + minute * 60 * S)
        made.ended = "stopped"
        made.close()
    for name in ("frames.jsonl", "frames.truth.jsonl"):
        seen: dict[str, list[int]] = {}
        for line in (tmp_path / name).read_text().splitlines():
            record = json.loads(line)
            seen.setdefault(record["device"], []).append(record["sequence"])
        assert len(seen) == 7
        assert all(numbers == [*range(len(numbers))] for numbers in seen.values())
        assert len(seen["pi-0001"]) > 14 * 60 / 5 - 5


def test_a_start_that_was_now_stays_what_it_was(out: Path) -> None:
    text = SCENARIO.replace("pace: max", "pace: max\nstart: now")
    now = time.time_ns()
    then = load_scenario(text, "test", vocabulary=Words(), now=lambda: now)
    first = Simulation.from_scenario(then, kernels="interpreted", state=RunState(out / "s"))
    threading.Timer(0.1, first.request_stop).start()
    first.run()
    state = RunState(out / "s")
    second = Simulation.from_scenario(
        load_scenario(text, "test", vocabulary=Words(), now=lambda: now + 5 * S), kernels="interpreted", state=state
    )
    assert state.resumed
    assert second.scenario.start_ns == first.scenario.start_ns
    second.begin()
    second.close()


def test_a_checkpoint_of_another_fleet_is_refused(out: Path) -> None:
    first = simulate(RunState(out / "state"))
    threading.Timer(0.1, first.request_stop).start()
    first.run()
    data = freeze(simulate(None, SCENARIO.replace("count: 3", "count: 4")), 0)
    state = RunState(out / "state")
    state.db.keep(data)
    with pytest.raises(CannotStart, match="does not fit"):
        simulate(state)


def test_a_checkpoint_that_is_damaged_is_not_used(out: Path) -> None:
    first = simulate(RunState(out / "state"))
    threading.Timer(0.3, first.request_stop).start()
    first.run()
    with closing(sqlite3.connect(out / "state" / "state.db")) as db, db:
        db.execute("UPDATE checkpoints SET crc = crc + 1")
    second = simulate(RunState(out / "state"))
    assert second.dispatcher.now_ns == second.scenario.start_ns, "from birth"
    assert second.run().digest == simulate().run().digest
