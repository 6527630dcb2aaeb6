"""Records of faults: natural and injected ones, from their onset to their end, beside the telemetry and never in it."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import fastavro
import pytest
from jsonschema import Draft7Validator

from actors.device.records import ONSET
from actors.device.schedule import NS_PER_S
from actors.fault_file import write_faults
from actors.system import Simulation
from actors.vocabulary import Words
from engine.ageing import MODES
from engine.faults import FAULTS
from engine.links import LINKS
from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.json import FORMAT as JSON
from schemas.instants import iso
from schemas.readings import RecordTruth
from schemas.released import json_schema
from schemas.scenario import load_scenario

LIFE = """
version: 1
name: a-life
seed: 8
pace: max
duration: 20h
fleet:
  - {name: cpu, kind: cpu, model: 65w, interval: 60s, acceleration: 4000, modes: [fan-bearing, dust, thermal-paste],
     wear: {dust: 0.2}}
timeline:
  - {at: 3h, do: inject-fault, on: all, sensor: temperature, fault: bias, for: 2h, id: off,
     parameters: {offset: 9, ramp_s: 3600}}
  - {at: 4h, do: inject-fault, on: all, sensor: link, fault: clock-skew, parameters: {seconds: 5}, for: 30m, id: late}
  - {at: 6h, do: inject-wear, on: all, mode: fan-bearing, damage: 0.5}
  - {at: 8h, do: repair, on: all, mode: fan}
sinks:
  - {kind: memory, truth: true, options: {limit: 1000000}}
"""


def simulate(text: str, *overrides: str) -> Simulation:
    simulation = Simulation.from_scenario(load_scenario(text, "test", list(overrides), vocabulary=Words()))
    simulation.run()
    return simulation


@pytest.fixture(scope="module")
def life() -> Simulation:
    return simulate(LIFE)


def told(simulation: Simulation, mode: str) -> list[tuple[int, RecordTruth]]:
    """What the truths say of one mode, with the second of the run in which they say it."""
    start = simulation.scenario.start_ns
    return [
        ((truth.time_ns - start) // NS_PER_S, record)
        for truth in simulation.sinks[0].truths
        for record in truth.records
        if record.mode == mode
    ]


def test_wear_has_a_record_from_damage_of_a_twentieth_on(life: Simulation) -> None:
    records = told(life, "thermal-paste")
    assert {record.id for _, record in records} == {"cpu-0001/thermal-paste/0"}
    first_s, first = records[0]
    assert (first.layer, first.sensor, first.cause) == ("wear", None, "wear")
    assert ONSET <= first.severity < ONSET + 0.02
    assert first.onset_ns == life.scenario.start_ns + first_s * NS_PER_S + first.onset_ns % NS_PER_S
    assert all(later.severity >= earlier.severity for (_, earlier), (_, later) in pairwise(records))
    seen = [record for _, record in records if record.observable_after_s is not None]
    assert seen[0].severity >= 0.1 > ONSET
    assert seen[0].observable_after_s


def test_a_device_that_is_worn_from_the_start_says_so(life: Simulation) -> None:
    second, record = told(life, "dust")[0]
    assert (second, record.cause) == (0, "initial")


def test_a_shock_and_a_repair_make_two_records(life: Simulation) -> None:
    records = told(life, "fan-bearing")
    ids = list(dict.fromkeys(record.id for _, record in records))
    assert ids[0] == "cpu-0001/fan-bearing/0"
    last = [record for _, record in records if record.id == ids[0]][-1]
    assert last.ended_after_s is not None
    assert (last.onset_ns - life.scenario.start_ns) / 1e9 + last.ended_after_s == pytest.approx(8 * 3600, abs=120)
    whole = {one.id: one for one in life.fleet.devices["cpu-0001"].records.all()}
    curve = whole[ids[0]].curve
    assert [time for time, _ in curve] == sorted(time for time, _ in curve)
    assert max(severity for _, severity in curve) >= 0.5
    assert whole[ids[0]].ended_after_s == last.ended_after_s


def test_sensor_and_link_faults_have_records_with_their_layer_and_the_instant_they_first_showed(
    life: Simulation,
) -> None:
    bias = told(life, "bias")
    assert {(record.layer, record.sensor, record.cause) for _, record in bias} == {
        ("sensor", "temperature", "injected")
    }
    begun = next(record for _, record in bias if record.observable_after_s is not None)
    assert 0.0 < (begun.observable_after_s or 0.0) < 1800.0  # a ramp begins with nothing
    assert bias[-1][1].ended_after_s == pytest.approx(7200, abs=60)
    assert sum(record.ended_after_s is not None for _, record in bias) == 1
    skew = told(life, "clock-skew")
    assert {(record.layer, record.sensor) for _, record in skew} == {("clock", None)}


def test_a_sensor_fault_moves_neither_health_nor_remaining_life(life: Simulation) -> None:
    """Acceptance check 19."""
    without = simulate(
        LIFE.replace("sensor: temperature, fault: bias", "sensor: power, fault: stuck").replace(
            "{offset: 9, ramp_s: 3600}", "{}"
        )
    )
    pairs = list(zip(life.sinks[0].truths, without.sinks[0].truths, strict=True))
    assert all((a.health, a.rul_s, a.wear, a.clean) == (b.health, b.rul_s, b.wear, b.clean) for a, b in pairs)


def test_the_dominant_mode_is_the_one_that_has_come_furthest(life: Simulation) -> None:
    for truth in life.sinks[0].truths:
        worst = max(truth.wear, key=lambda part: part.damage)
        assert truth.dominant == (worst.mode if worst.damage >= ONSET else None)


def test_remaining_life_falls_to_nothing_at_the_one_failure_of_a_life(life: Simulation) -> None:
    """Acceptance check 15: at the failure's row RUL and health are 0, and it is the last row of the life."""
    truths = list(life.sinks[0].truths)
    failed = [truth for truth in truths if truth.state == "failed"]
    assert len(failed) == 1
    assert failed == truths[-1:]
    assert (failed[0].rul_s, failed[0].health) == (0.0, 0.0)
    assert [event.after for event in states(life)].count("failed") == 1


def states(simulation: Simulation) -> list[Any]:
    return [entry.event for entry in simulation.journal.entries if type(entry.event).__name__ == "StateChanged"]


# --- nothing of it in the telemetry ---

FLEET = """
version: 1
name: {name}
seed: 3
pace: max
duration: 2h
fleet:
  - {{name: pi, kind: raspberry-pi, model: "4", count: 2, interval: 20s,
     wear: {{sd-card: 0.9, psu-electrolytics: 0.6}}}}
  - {{name: cpu, kind: cpu, count: 2, interval: 20s, acceleration: 20000, labels: {{{label}}}}}
sinks:
  - {{kind: memory, truth: {truth}}}
timeline:
  - {{at: 10m, name: {step}, do: inject-fault, on: all, sensor: {sensor}, fault: {fault}, id: {id}, for: 1h,
     parameters: {{{parameters}}}}}
"""
PLAIN = {
    "name": "one",
    "label": "site: here",
    "truth": "true",
    "step": "lie",
    "sensor": "temperature",
    "fault": "bias",
    "id": "a",
    "parameters": "offset: 4",
}


def telemetry(**changes: str) -> list[bytes]:
    """Everything that leaves as telemetry, in its order, as JSON and as Avro."""
    frames = simulate(FLEET.format(**{**PLAIN, **changes})).sinks[0].frames
    return [bytes_ for frame in frames for bytes_ in (JSON.encode(frame), AVRO.encode(frame))]


@pytest.fixture(scope="module")
def plain() -> list[bytes]:
    return telemetry()


NAMES: Mapping[str, dict[str, str]] = {
    "truth is not asked for": {"truth": "false"},
    "other names of run, step and fault": {"name": "another", "step": "other"},
    "other labels": {"label": "site: elsewhere, secret: stuck"},
}


@pytest.mark.parametrize("changes", NAMES.values(), ids=NAMES)
def test_what_only_the_truth_knows_changes_no_byte_of_the_telemetry(
    plain: list[bytes], changes: dict[str, str]
) -> None:
    assert telemetry(**changes) == plain


def test_a_fault_that_does_nothing_leaves_no_trace(plain: list[bytes]) -> None:
    """Neither in values nor in number, order, times or sizes: that one is in force is not to be seen."""
    nothing = telemetry(parameters="offset: 0")
    assert nothing != plain
    assert nothing == telemetry(parameters="offset: 0", sensor="voltage")
    assert nothing == telemetry(sensor="link", fault="delay", parameters="seconds: 0")


def test_a_fault_that_lies_changes_values_and_nothing_around_them(plain: list[bytes]) -> None:
    sound = telemetry(parameters="offset: 0")
    assert len(sound) == len(plain)
    number = re.compile(rb'"temperature":[-0-9.]+')
    for lying, honest in zip(plain[::2], sound[::2], strict=True):
        assert number.sub(b"", lying) == number.sub(b"", honest)


def test_no_word_of_the_truth_stands_in_the_telemetry(plain: list[bytes]) -> None:
    words = {*MODES.names(), *FAULTS.names(), *LINKS.names(), "health", "rul", "wear", "damage", "symptom", "fault"}
    words |= {"label", "dominant", "degraded", "initial", "clean", "injected", "scenario", "supply-weak", "card-slow"}
    text = b"".join(plain).lower()
    assert [word for word in words if word.encode() in text] == []


# --- the file of records ---


def test_the_file_of_records_is_as_its_schema_says(tmp_path: Path) -> None:
    text = LIFE.replace("truth: true", "truth: false")
    simulation = Simulation.from_scenario(load_scenario(text, "test", [], vocabulary=Words()))
    simulation.fleet.keep_records()
    simulation.run()
    path = tmp_path / "faults.jsonl"
    count = write_faults(str(path), simulation.fleet.fault_records())
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count >= 5
    validator = Draft7Validator(json_schema("fault"))
    assert [list(validator.iter_errors(line)) for line in lines] == [[]] * count
    ended = {line["id"]: line["censored"] for line in lines}
    assert ended["off"] is False
    assert ended["cpu-0001/dust/0"] is True
    assert [line["onset"] for line in lines] == sorted(line["onset"] for line in lines)


def test_the_records_as_avro_say_what_the_lines_say(tmp_path: Path) -> None:
    simulation = Simulation.from_scenario(load_scenario(LIFE, "test", [], vocabulary=Words()))
    simulation.run()
    paths = [str(tmp_path / name) for name in ("faults.jsonl", "faults.avro")]
    counts = {write_faults(path, simulation.fleet.fault_records()) for path in paths}
    lines = [json.loads(line) for line in Path(paths[0]).read_text(encoding="utf-8").splitlines()]
    with open(paths[1], "rb") as file:
        found: list[Any] = list(fastavro.reader(file))
    assert counts == {len(found)}
    assert len(found) >= 5
    for one, line in zip(found, lines, strict=True):
        for name in ("onset", "time"):
            assert iso(one.pop(f"{name}_ns")) == line[name]
            assert abs(one.pop(name) - instant(line.pop(name))) < timedelta(microseconds=1)
        assert one == line


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text[:26] + "+00:00")
