"""A monitor that knows topics only: telemetry from the embedded brokers, alerts to a topic, judged from there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.embedded.pipeline import EmbeddedPipeline
from actors.monitor import Alert
from actors.monitor.publishing import TopicAddress
from actors.vocabulary import Words
from api.judging.monitoring import telemetry_topic
from api.judging.topics import publisher, reader, topic_address
from schemas.problems import InvalidInput
from schemas.scenario import load_scenario
from schemas.settings import Settings

SCENARIO = """version: 1
name: by-topic
seed: 3
pace: max
duration: 17m
fleet:
  - {{name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, count: 4}}
sinks:
  - {sink}
timeline:
  - {{at: 13m, do: inject-fault, sensor: temperature, fault: stuck, on: {{ids: [pi-0002]}}, for: 3m}}
expectations:
  steady_state: [{{name: speaks, truth: age_s, of: max, at_most: 2}}]
  deviations: [{{name: lies, truth: faults, of: sum, at_least: 1}}]
  monitor: {{recall: 1, precision: 1, detect_within: 2m}}
"""
SINKS = {
    "mqtt": "{kind: mqtt, options: {payload: frame, spool: none}}",
    "kafka": "{kind: kafka, options: {payload: frame, spool: none}}",
}


def judged(folder: Path, kind: str, *more: str, **variables: str) -> tuple[int, dict[str, Any]]:
    file, report = folder / "by-topic.yaml", folder / "verdict.json"
    file.write_text(SCENARIO.format(sink=SINKS[kind]), encoding="utf-8")
    command = [sys.executable, "-m", "api.cli", "test", str(file), "--report", str(report), *more]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=170, check=False)
    assert report.exists(), done.stderr
    document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["scenarios"][0]
    return done.returncode, document


def failed(document: dict[str, Any]) -> list[str]:
    return [f"{check['phase']}: {check['name']}" for check in document["checks"] if not check["ok"]]


@pytest.mark.parametrize("kind", SINKS)
def test_the_shipped_monitor_reads_the_topics_of_the_run_and_nothing_else(kind: str, tmp_path: Path) -> None:
    code, document = judged(tmp_path, kind)
    assert failed(document) == []
    assert code == 0
    # no sink was added for it: all it knows came by the broker
    assert list(document["summary"]["sinks"]) == [kind]
    assert document["monitor"]["found"] == 1


def test_a_blind_one_behind_the_broker_is_found_out(tmp_path: Path) -> None:
    code, document = judged(tmp_path, "mqtt", "--monitor", "blind")
    assert code == 8
    assert failed(document) == ["monitor: recall"]


@pytest.mark.parametrize("kind", SINKS)
def test_alerts_of_a_monitor_beside_the_run_are_read_from_a_topic(kind: str, tmp_path: Path) -> None:
    pipeline = EmbeddedPipeline.start(
        {"alerts": 1, "by-topic": 1}, mqtt=kind == "mqtt", kafka=kind == "kafka", registry=kind == "kafka"
    )
    try:
        variables = {**pipeline.settings(), "MQTT_TOPIC": "by-topic", "TOPIC_NAME": "by-topic"}
        old = publisher(f"{kind}:///alerts", Settings.load(variables))
        old.publish(Alert(1767225900 * 10**9, "pi-0001", None, "of-a-run-before"))
        old.close()
        where = f"{kind}:///alerts"
        command = [sys.executable, "-P", "-m", "api.cli", "monitor", kind, "--alerts-to", where]
        watching = subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, **variables}, stderr=subprocess.PIPE, text=True
        )
        assert watching.stderr is not None
        assert watching.stderr.readline() == "listening\n"
        code, document = judged(tmp_path, kind, "--alerts", where, **variables)
        watching.terminate()
        _, said = watching.communicate(timeout=90)
        assert watching.returncode == 0, said
        assert failed(document) == []
        assert code == 0
        assert document["monitor"]["alerts"] >= 1
    finally:
        pipeline.close()


@pytest.mark.parametrize(
    ("where", "address"),
    [
        ("mqtt:///a/b", TopicAddress("mqtt", "", "a/b")),
        ("kafka://localhost:9092/alerts", TopicAddress("kafka", "localhost:9092", "alerts")),
        ("alerts.jsonl", None),
        ("http://127.0.0.1/alerts", None),
    ],
)
def test_addresses_of_topics(where: str, address: TopicAddress | None) -> None:
    assert topic_address(where) == address


@pytest.mark.parametrize("where", ["mqtt://", "kafka://host:1/", "mqtt:///a/#", "mqtt://me:secret@host/alerts"])
def test_what_is_no_topic_is_refused_and_shows_no_password(where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        topic_address(where)
    assert "secret" not in str(refused.value)


def test_without_a_broker_there_is_no_topic() -> None:
    with pytest.raises(InvalidInput, match="MQTT_HOST"):
        reader(TopicAddress("mqtt", "", "alerts"), Settings())
    with pytest.raises(InvalidInput, match="KAFKA_BROKER_SETTINGS"):
        publisher("kafka:///alerts", Settings())


def test_a_broker_of_somebody_else_is_no_source_for_the_shipped_monitor() -> None:
    scenario = load_scenario(SCENARIO.format(sink=SINKS["mqtt"]), "test.yaml", vocabulary=Words(), now=lambda: 0)
    assert telemetry_topic(scenario, Settings()) == "mqtt"
    assert telemetry_topic(scenario, Settings.load({"MQTT_HOST": "localhost"})) is None
