"""Records of faults by themselves: a few words a fault, of which the newest say all; and nothing of it in telemetry."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from actors.families import FORMATS, SINKS
from actors.fault_file import write_faults
from actors.sinks.null import NullOptions
from actors.stage import check_sinks
from actors.state import RunState
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.addresses import device_address
from schemas.commands import Crash
from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.json import FORMAT as JSON
from schemas.problems import InvalidInput, Problem
from schemas.readings import FaultRecord
from schemas.scenario import load_scenario

RUN = """
version: 1
name: labels
seed: 8
pace: max
start: 2026-01-01T00:00:00Z
duration: 10h
fleet:
  - {name: cpu, kind: cpu, model: 65w, count: 2, interval: 60s, acceleration: 8000, wear: {dust: 0.2}}
  - {name: pi, kind: raspberry-pi, model: "4", interval: 60s, sensor_faults: {per_week: 20}}
timeline:
  - {at: 1h, do: inject-fault, on: all, sensor: temperature, fault: bias, for: 2h, id: off, parameters: {offset: 9}}
  - {at: 2h, do: inject-fault, on: all, sensor: link, fault: offline-buffer, for: 30m}
  - {at: 3h, do: inject-fault, on: all, sensor: link, fault: clock-skew, parameters: {seconds: 5}}
  - {at: 4h, do: inject-fault, on: all, sensor: body, fault: room-heat, parameters: {kelvin: 6}, for: 1h, id: hot}
  - {at: 6h, do: inject-wear, on: {groups: [cpu]}, mode: fan-bearing, damage: 0.5}
  - {at: 8h, do: repair, on: all, mode: fan}
sinks:
  - {kind: memory, faults: true}
"""


def simulate(text: str = RUN, *overrides: str, **more: Any) -> Simulation:
    scenario = load_scenario(text, "test", list(overrides), vocabulary=Words())
    simulation = Simulation.from_scenario(scenario, **more)
    simulation.run()
    return simulation


def told(simulation: Simulation, sink: int = 0) -> list[FaultRecord]:
    return list(simulation.sinks[sink].faults)


def newest(records: Iterable[FaultRecord]) -> dict[str, FaultRecord]:
    """What a topic that is compacted by key keeps."""
    return {record.key: record for record in records}


def by_device(records: Iterable[FaultRecord]) -> dict[str, list[FaultRecord]]:
    found: dict[str, list[FaultRecord]] = defaultdict(list)
    for record in records:
        found[record.device].append(record)
    return found


@pytest.fixture(scope="module")
def life() -> Simulation:
    return simulate()


# --- what is told ---


def test_the_newest_records_are_what_the_file_of_faults_says(life: Simulation, tmp_path: Path) -> None:
    path = tmp_path / "faults.jsonl"
    write_faults(str(path), life.fleet.fault_records())
    whole = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    streamed = [json.loads(JSON.encode_fault(record)) for record in newest(told(life)).values()]
    assert len(whole) > 15
    order = lambda line: (line["device"], line["id"])  # noqa: E731
    assert sorted(streamed, key=order) == sorted(whole, key=order)


def test_every_layer_that_the_truth_knows_is_told(life: Simulation) -> None:
    layers = Counter(record.layer for record in newest(told(life)).values())
    assert set(layers) == {"wear", "sensor", "link", "clock", "cause"}
    causes = {record.cause for record in told(life)}
    assert {"wear", "initial", "shock", "injected"} <= causes
    assert any(record.own_id.startswith("chance/") for record in told(life))


def test_a_devices_changes_are_numbered_without_gaps_and_in_the_order_of_time(life: Simulation) -> None:
    for records in by_device(told(life)).values():
        assert [record.sequence for record in records] == list(range(len(records)))
        assert [record.time_ns for record in records] == sorted(record.time_ns for record in records)


def test_a_fault_is_told_when_it_begins_when_it_can_be_seen_and_when_it_is_over(life: Simulation) -> None:
    histories: dict[str, list[FaultRecord]] = defaultdict(list)
    for record in told(life):
        histories[record.key].append(record)
    for history in histories.values():
        assert len(history) <= 3
        assert history[-1].censored != (history[-1].ended_after_s is not None)
        assert not any(record.censored or record.ended_after_s is not None for record in history[:-1])
        seen = [record.observable_after_s is not None for record in history]
        assert seen == sorted(seen)
    bearing = histories["cpu-0001/fan-bearing/0"]
    assert [(one.observable_after_s, one.ended_after_s) for one in bearing[:1]] == [(0.0, None)]
    dust = histories["cpu-0001/dust/0"]
    assert (dust[0].observable_after_s, dust[0].cause) == (0.0, "initial")
    assert (dust[-1].censored, dust[-1].time_ns) == (True, life.dispatcher.now_ns)
    first, second, last = histories["cpu-0001/thermal-paste/0"]
    assert (first.observable_after_s, first.censored, second.censored, last.censored) == (None, False, False, True)
    assert second.time_ns - second.onset_ns == round((second.observable_after_s or 0) * 1e9) > 0


def test_the_truth_that_is_told_beside_says_the_same() -> None:
    """Each change is in the truth of the same instant, but for the end of the run."""
    life = simulate(RUN.replace("faults: true", "faults: true, truth: true"))
    truths = {(truth.device, truth.time_ns): truth for truth in life.sinks[0].truths}
    changes = [record for record in told(life) if not record.censored]
    assert len(changes) > 20
    for record in changes:
        (same,) = [one for one in truths[record.device, record.time_ns].records if one.id == record.id]
        assert same == record[3:12]


def test_only_who_asks_is_told_and_only_of_chosen_devices() -> None:
    sinks = "  - {kind: memory, faults: true, select: {groups: [pi]}}\n  - {kind: memory, name: other, truth: true}\n"
    life = simulate(RUN[: RUN.index("  - {kind: memory")] + sinks)
    assert {record.device for record in told(life)} == {"pi-0001"}
    assert told(life, 1) == []
    assert len(life.sinks[1].truths) > 1000
    assert life.summary().sinks["memory"]["faults"]["acked"] == len(told(life))
    assert "faults" not in life.summary().sinks["other"]
    kept = {id for id, memory in life.fleet.devices.items() if memory.records.untold or memory.records.streamed}
    assert kept == {"pi-0001"}


# --- crashes, stops, and another process that goes on ---


def test_a_device_that_crashes_tells_on_without_a_gap() -> None:
    life = Simulation.from_scenario(load_scenario(RUN, "test", vocabulary=Words()))
    life.begin()
    start_ns = life.scenario.start_ns
    for hour in range(1, 10):
        life.dispatcher.run(start_ns + hour * 3600 * 10**9)
        for address in map(device_address, life.fleet.devices):
            life.dispatcher.directory.endpoint(address).tell(Crash(address))
    life.dispatcher.run(start_ns + 10 * 3600 * 10**9)
    life.close()
    assert life.summary().restarts >= 20
    for records in by_device(told(life)).values():
        assert [record.sequence for record in records] == list(range(len(records)))
    assert set(newest(told(life))) == {one.key for one in life.fleet.fault_records()}


def test_a_run_that_can_go_on_leaves_its_faults_open(tmp_path: Path) -> None:
    def run(folder: Path | None, *, stopped: bool) -> list[FaultRecord]:
        state = None if folder is None else RunState(folder)
        scenario = load_scenario(RUN, "test", vocabulary=Words())
        life = Simulation.from_scenario(scenario, state=state)
        life.begin()
        life.dispatcher.run(scenario.start_ns + 5 * 3600 * 10**9)
        life.ended = "stopped" if stopped else "duration"
        life.close()
        return told(life)

    assert not any(record.censored for record in run(tmp_path / "kept", stopped=True))
    assert any(record.censored for record in run(tmp_path / "done", stopped=False))
    assert any(record.censored for record in run(None, stopped=True))


def test_who_goes_on_from_a_checkpoint_tells_the_very_same(tmp_path: Path, life: Simulation) -> None:
    """The numbers go on, and nothing is told twice or left out."""
    scenario = load_scenario(RUN, "test", vocabulary=Words())
    first = Simulation.from_scenario(scenario, state=RunState(tmp_path))
    first.begin()
    first.dispatcher.run(scenario.start_ns + 5 * 3600 * 10**9)
    first.ended = "stopped"
    first.close()
    second = Simulation.from_scenario(scenario, state=RunState(tmp_path))
    assert second.state is not None
    assert second.state.resumed
    second.run()
    assert by_device([*told(first), *told(second)]) == by_device(told(life))
    assert told(first)
    assert second.summary().digest == life.summary().digest


# --- nothing of it in the telemetry ---


def telemetry(simulation: Simulation) -> list[bytes]:
    frames = simulation.sinks[0].frames
    return [data for frame in frames for data in (JSON.encode(frame), AVRO.encode(frame))]


ASKING: dict[str, str] = {
    "nobody asks": "  - {kind: memory}\n",
    "its own sink asks": "  - {kind: memory, faults: true}\n",
    "its own sink asks for truths too": "  - {kind: memory, faults: true, truth: true}\n",
    "another sink asks": "  - {kind: memory}\n  - {kind: memory, name: labels, faults: true}\n",
}


@pytest.mark.parametrize("sinks", list(ASKING.values())[1:], ids=list(ASKING)[1:])
def test_telemetry_and_digest_are_the_same_whoever_asks_for_records(sinks: str) -> None:
    """Bytes, number, order, times and sizes of everything that leaves as telemetry."""
    head = RUN[: RUN.index("  - {kind: memory")]
    plain, asked = simulate(head + ASKING["nobody asks"]), simulate(head + sinks)
    assert sum(len(sink.faults) for sink in asked.sinks) > 20
    assert telemetry(asked) == telemetry(plain)
    assert asked.summary().digest == plain.summary().digest
    counted = asked.summary().events, plain.summary().events
    assert counted[0] == {**counted[1], "ActorStopped": counted[0]["ActorStopped"]}, (
        "the journal, but for the sink itself"
    )


class Door:
    """What comes to a sink, in the order in which it comes, with the instant."""

    def __init__(self, simulation: Simulation) -> None:
        self.came: list[tuple[int, Any]] = []
        self._simulation = simulation
        sink = simulation.sinks[0]
        self._settle, sink.settle = sink.settle, self.settle

    def settle(self, record: Any, books: Any) -> None:
        self.came.append((self._simulation.dispatcher.now_ns, record))
        self._settle(record, books)


def arrivals(*asked: str) -> list[tuple[int, Any]]:
    """All that a sink was told but for records of faults; these come right after what they belong to."""
    words = ", ".join(f"{word}: true" for word in asked)
    made = Simulation.from_scenario(load_scenario(RUN.replace("faults: true", words), "test", vocabulary=Words()))
    door = Door(made)
    made.run()
    came = [type(record) for _, record in door.came]
    if "faults" in asked:
        assert came.count(FaultRecord) > 20
        assert came[0] is not FaultRecord
    return [(now, record) for now, record in door.came if not isinstance(record, FaultRecord)]


def test_a_sink_is_told_the_same_in_the_same_order_at_the_same_instants() -> None:
    assert arrivals("truth", "faults") == arrivals("truth")


# --- what is refused ---


@pytest.mark.parametrize(
    ("sink", "found"),
    [
        ("{kind: kafka, faults: true, options: {fault_template: '{topic}.truth'}}", "fault_template"),
        ("{kind: kafka, faults: true, options: {fault_template: '{topic}/x'}}", "letters, digits"),
        ("{kind: kafka, faults: true, options: {fault_template: '{device}'}}", "allowed: {topic}"),
        ("{kind: mqtt, faults: true, options: {fault_template: '{topic}/#'}}", "levels that are not empty"),
        (
            "{kind: mqtt, faults: true, options: {fault_template: '{topic}/{sensor}'}}",
            "{device}, {fault}",
        ),
        ("{kind: file, faults: true, options: {path: HERE/x.jsonl}}", "it exists already"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_starts(sink: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "x.faults.jsonl").write_text("{}\n")
    text = RUN[: RUN.index("  - {kind: memory")] + f"  - {sink.replace('HERE', str(tmp_path))}\n"
    with pytest.raises(InvalidInput) as refused:
        simulate(text)
    assert found in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.faults.jsonl"]


class Stranger:
    """A kind and a format of somebody else, from before there were records of faults."""

    name = "stranger"
    extension = ".txt"
    options = NullOptions

    def claims(self, options: Any, truth: bool) -> tuple[str, ...]:
        return ()

    def prepare(self, options: Any, truth: bool) -> list[Problem]:
        return []

    def encode(self, frame: Any) -> bytes:
        return b"frame"

    def encode_truth(self, truth: Any) -> bytes:
        return b"truth"


@pytest.mark.parametrize(
    ("family", "word", "able"),
    [(SINKS, "null", "console, file, kafka, memory, mqtt"), (FORMATS, "json", "avro, json-schema")],
    ids=["kind", "format"],
)
def test_who_knows_nothing_of_them_is_not_asked(
    family: Any, word: str, able: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = family.get
    monkeypatch.setattr(family, "get", lambda name: Stranger() if name == word else get(name))
    text = RUN.replace("kind: memory", 'kind: "null"')
    with pytest.raises(InvalidInput, match=rf"sinks\[0\]\.faults.*true only for the \w+ {able}"):
        check_sinks(load_scenario(text, "test", vocabulary=Words()))
    check_sinks(load_scenario(text.replace("faults: true", "truth: true"), "test", vocabulary=Words()))


def test_two_sinks_with_one_file_of_faults_are_refused(tmp_path: Path) -> None:
    """One's file of faults is the other's file of frames."""
    sinks = f"""
  - {{kind: file, faults: true, options: {{path: {tmp_path}/x.jsonl}}}}
  - {{kind: file, name: other, options: {{path: {tmp_path}/x.faults.jsonl}}}}
"""
    with pytest.raises(InvalidInput, match="one sink each"):
        simulate(RUN[: RUN.index("  - {kind: memory")] + sinks)


def test_nothing_piles_up_where_nobody_asks() -> None:
    life = simulate(RUN.replace("faults: true", "truth: true"), "duration=2h")
    assert all(memory.records.untold == () for memory in life.fleet.devices.values())
    assert told(life) == []
