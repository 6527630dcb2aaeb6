"""Records of faults at real brokers: a topic of their own, the newest of each; none lost by an outage or a kill."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from actors.system import Simulation
from actors.vocabulary import Words
from schemas.formats.json import FORMAT as JSON
from schemas.instants import iso
from schemas.readings import FaultRecord
from schemas.scenario import load_scenario
from schemas.settings import Settings
from tests.actors.sinks.kafka_rig import Decoder, read
from tests.actors.sinks.mqtt_rig import Recorder
from tests.brokers.processes import wait_until

RUN = """
version: 1
name: labels
seed: 8
start: 2026-01-01T00:00:00Z
duration: 10h
fleet:
  - {name: cpu, kind: cpu, model: 65w, count: 2, interval: 60s, acceleration: 8000, wear: {dust: 0.2}}
  - {name: pi, kind: raspberry-pi, model: "4", interval: 60s, sensor_faults: {per_week: 20}}
timeline:
  - {every: 20m, do: inject-fault, on: all, sensor: temperature, fault: bias, for: 10m, parameters: {offset: 9}}
  - {at: 4h, do: inject-fault, on: all, sensor: body, fault: room-heat, parameters: {kelvin: 6}, for: 1h, id: hot}
  - {at: 8h, do: repair, on: all, mode: clean}
sinks:
"""
KAFKA = "  - {kind: kafka, faults: true, options: {create_topics: {partitions: 3, retention_s: forever}, SPOOL}}\n"
MQTT = "  - {kind: mqtt, format: json, faults: true, options: {SPOOL}}\n"
SPOOLED, KEPT_NOWHERE = "spool: {durability: process}", "spool: none"
NOWHERE = {"KAFKA_BROKER_SETTINGS": "127.0.0.1:1", "MQTT_HOST": "127.0.0.1", "MQTT_PORT": "1"}
"""Where nobody answers: an outage, as a process sees it."""
HOUR_NS = 3600 * 10**9

_CHILD = """
import sys, threading
from pathlib import Path
from actors.state import RunState
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.scenario import load_scenario
from schemas.settings import Settings
scenario = load_scenario(Path(sys.argv[1]).read_text(), "test", vocabulary=Words())
life = Simulation.from_scenario(scenario, kernels="interpreted", settings=Settings.load(),
                                state=RunState(Path(sys.argv[2]), checkpoint_s=0.5))
def tell(over=threading.Event()):
    while not over.wait(0.05):
        print("at", life.progress().now_ns - scenario.start_ns, flush=True)
threading.Thread(target=tell, daemon=True).start()
life.run()
print("done", *[sink.fault_books.totals().queued for sink in life.sinks], flush=True)
"""


def expected() -> dict[tuple[str, int], dict[str, Any]]:
    """What a run that nothing happens to tells of its faults."""
    text = RUN + "  - {kind: memory, faults: true}\n"
    scenario = load_scenario(text, "test", ["pace=max"], vocabulary=Words())
    life = Simulation.from_scenario(scenario, kernels="interpreted")
    life.run()
    records: list[FaultRecord] = list(life.sinks[0].faults)
    return {(one.device, one.sequence): json.loads(JSON.encode_fault(one)) for one in records}


@pytest.fixture(scope="module")
def reference() -> dict[tuple[str, int], dict[str, Any]]:
    return expected()


def live(folder: Path, environment: Mapping[str, str], kill_at_h: float | None) -> list[str]:
    """One life of a process on a state; killed at an hour of the run, or the last words of an orderly end."""
    command = [sys.executable, "-c", _CHILD, str(folder / "run.yaml"), str(folder / "state")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as child:
        assert child.stdout is not None
        words: list[str] = []
        for line in child.stdout:
            words = line.split()
            if kill_at_h is not None and words[:1] == ["at"] and int(words[1]) >= kill_at_h * HOUR_NS:
                child.send_signal(signal.SIGKILL)
                break
    return words


def three_lives(folder: Path, sinks: str, environment: Mapping[str, str]) -> None:
    """Killed; then killed during an outage; then to the end."""
    folder.mkdir()
    (folder / "run.yaml").write_text(f"pace: 3600\n{RUN}{sinks}")
    live(folder, environment, 2.0)
    live(folder, {**environment, **NOWHERE}, 5.0)
    assert live(folder, environment, None)[0] == "done"


def in_kafka(kafka: Any, registry: Any, topic: str) -> list[tuple[str, dict[str, Any]]]:
    """Every record of a topic, by its key, as a consumer reads it that knows the registry only."""
    decode = Decoder(registry.url)
    return [(one.key, plain(decode(one.value))) for one in read(kafka.client(), topic)]


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """An Avro record in the words of JSON."""
    for name in ("time", "onset"):
        record[name] = iso(record.pop(f"{name}_ns"))
    return record


def hold(came: list[tuple[str, dict[str, Any]]], reference: Mapping[tuple[str, int], dict[str, Any]]) -> Counter[Any]:
    """Each record came, as it was told, in the order of its fault; how often those that came twice."""
    counted = Counter((record["device"], record["sequence"]) for _, record in came)
    assert set(counted) == set(reference), "none is lost, none is made up"
    for _, record in came:
        assert record == reference[record["device"], record["sequence"]], "as it was told"
    last: dict[str, int] = {}
    for key, record in came:
        last[key] = max(last.get(key, -1), record["sequence"])
    newest = dict(came)
    assert all(record["sequence"] == last[key] for key, record in newest.items()), "the last is the newest"
    return counted - Counter(set(counted))


def test_a_topic_of_their_own_on_kafka(kafka: Any, registry: Any, reference: Any) -> None:
    topic = "labels-here"
    environment = {**kafka.environment(), **registry.environment(), "TOPIC_NAME": topic}
    ran(KAFKA, environment)
    came = in_kafka(kafka, registry, f"{topic}.faults")
    assert hold(came, reference) == Counter()
    names = {f"{one['device']}/{one['id'].removeprefix(one['device'] + '/')}" for _, one in came}
    assert {key for key, _ in came} == names
    assert "cpu-0001/hot" in names
    seen = read(kafka.client(), f"{topic}.faults")
    assert {one.headers["content"] for one in seen} == {"fault"}
    assert {one.headers["content"] for one in read(kafka.client(), topic)} == {"reading"}
    found = settings_of(kafka, f"{topic}.faults"), settings_of(kafka, topic)
    assert found == ("compact", "delete")


def settings_of(kafka: Any, topic: str) -> str:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    admin = AdminClient(kafka.client())
    found = admin.describe_configs([resource])[resource].result(20)
    return str(found["cleanup.policy"].value)


def ran(sinks: str, environment: Mapping[str, str]) -> Simulation:
    text = RUN + sinks.replace("SPOOL", KEPT_NOWHERE)
    life = Simulation.from_scenario(
        load_scenario(text, "test", ["pace=max"], vocabulary=Words()),
        kernels="interpreted",
        settings=Settings.load(dict(environment)),
    )
    life.run()
    totals = life.sinks[0].fault_books.totals()
    assert totals.accepted == totals.acked > 50
    return life


def test_who_subscribes_late_is_told_the_newest_record_of_each_fault(mosquitto: Any, reference: Any) -> None:
    topic = "labels-retained"
    ran(MQTT, {**mosquitto.environment(), "MQTT_TOPIC": topic})
    newest: dict[str, dict[str, Any]] = {}
    for record in reference.values():
        own = record["id"].removeprefix(f"{record['device']}/")
        newest[f"{topic}-faults/{record['device']}/{own}"] = record
    with Recorder(mosquitto, f"{topic}-faults/#") as late:
        found = late.wait(f"{topic}-faults/", len(newest))
    assert {where: json.loads(payload) for where, payload in found} == newest
    with Recorder(mosquitto, f"{topic}/#", f"{topic}-status/#") as telemetry:
        telemetry.wait(f"{topic}-status/", 1)
        assert telemetry.on(f"{topic}/") == [], "telemetry is not retained"


def test_without_retention_nothing_is_kept(mosquitto: Any, reference: Any) -> None:
    topic = "labels-passing"
    with Recorder(mosquitto, f"{topic}-faults/#") as seen:
        ran(MQTT.replace("SPOOL", "SPOOL, retain_faults: false"), {**mosquitto.environment(), "MQTT_TOPIC": topic})
        came = [(where, json.loads(payload)) for where, payload in seen.wait(f"{topic}-faults/", len(reference))]
    assert hold(came, reference) == Counter()
    with Recorder(mosquitto, f"{topic}-faults/#", f"{topic}-status/#") as late:
        late.wait(f"{topic}-status/", 1)
        assert late.on(f"{topic}-faults/") == []


@pytest.mark.timeout(170)
def test_none_is_lost_by_an_outage_and_two_kills(
    kafka: Any, registry: Any, mosquitto: Any, reference: Any, tmp_path: Path
) -> None:
    topic = "labels-killed"
    environment = {**kafka.environment(), **registry.environment(), **mosquitto.environment()}
    environment |= {"TOPIC_NAME": topic, "MQTT_TOPIC": topic}
    with Recorder(mosquitto, f"{topic}-faults/#") as seen:
        three_lives(tmp_path / "spooled", (KAFKA + MQTT).replace("SPOOL", SPOOLED), environment)
        wait_until(lambda: len({payload for _, payload in seen.messages}) >= len(reference), 20, "all of MQTT")
        by_mqtt = [(where, json.loads(payload)) for where, payload in list(seen.messages)]
    for came in (by_mqtt, in_kafka(kafka, registry, f"{topic}.faults")):
        twice = hold(came, reference)
        assert sum(twice.values()) <= len(reference) // 2


@pytest.mark.timeout(170)
def test_the_same_lives_without_a_spool_do_lose_some(
    kafka: Any, registry: Any, mosquitto: Any, reference: Any, tmp_path: Path
) -> None:
    """What is kept nowhere is lost with the process: the check above can fail."""
    topic = "labels-lost"
    environment = {**kafka.environment(), **registry.environment(), **mosquitto.environment()}
    environment |= {"TOPIC_NAME": topic, "MQTT_TOPIC": topic}
    with Recorder(mosquitto, f"{topic}-faults/#") as seen:
        three_lives(tmp_path / "bare", (KAFKA + MQTT).replace("SPOOL", KEPT_NOWHERE), environment)
        by_mqtt = [(where, json.loads(payload)) for where, payload in list(seen.messages)]
    for came in (by_mqtt, in_kafka(kafka, registry, f"{topic}.faults")):
        assert came
        with pytest.raises(AssertionError, match="none is lost"):
            hold(came, reference)
