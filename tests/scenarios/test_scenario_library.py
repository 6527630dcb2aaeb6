"""Every scenario that judges itself is as it expects; and a blind monitor, or one that cries always, is not."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import scenarios
from actors.vocabulary import Words
from schemas.scenario import Scenario, load_scenario


def shipped(name: str) -> Scenario:
    return load_scenario(scenarios.text(name), name, vocabulary=Words(), now=lambda: 0)


JUDGED = [name for name in scenarios.names() if shipped(name).expectations is not None]
VIRTUAL = [name for name in JUDGED if shipped(name).pace == "max"]
LIVE = [name for name in JUDGED if name not in VIRTUAL]
STORIES = {
    *("fan-wear", "brown-out", "dusty-site", "bad-firmware", "reconnect-storm", "registry-outage", "poison-pill"),
    *("sensor-drift", "cascading-power", "clock-skew", "rolling-repair", "quiet-control"),
}


def judged(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command as people do; its exit code and its report."""
    report = folder / "verdict.json"
    command = [sys.executable, "-m", "api.cli", "test", *arguments, "--quiet", "--report", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    assert report.exists(), done.stderr
    return done.returncode, json.loads(report.read_text(encoding="utf-8"))


def failed(document: dict[str, Any]) -> list[str]:
    return [
        f"{scenario['scenario']}: {check['phase']}: {check['name']}: {check['detail']}"
        for scenario in document["scenarios"]
        for check in scenario["checks"]
        if not check["ok"]
    ]


def test_the_library_tells_its_stories() -> None:
    assert set(JUDGED) >= STORIES
    for name in JUDGED:
        scenario = shipped(name)
        assert scenario.duration_ns is not None
        assert scenario.description
        assert scenario.expectations is not None
        assert scenario.expectations.steady_state


@pytest.mark.parametrize("name", VIRTUAL)
def test_a_virtual_scenario_is_as_it_expects(name: str, tmp_path: Path) -> None:
    code, document = judged(tmp_path, name)
    assert failed(document) == []
    assert code == 0


@pytest.mark.parametrize("name", LIVE)
def test_a_scenario_on_embedded_brokers_is_as_it_expects(name: str, tmp_path: Path) -> None:
    code, document = judged(tmp_path, name)
    assert failed(document) == []
    assert code == 0


DETECTING = ("clock-skew", "fan-wear", "rolling-repair", "sensor-drift")
"""Scenarios with something that a monitor has to notice."""


@pytest.mark.parametrize("name", DETECTING)
def test_a_blind_monitor_and_one_that_cries_always_both_fail(name: str, tmp_path: Path) -> None:
    code, document = judged(tmp_path, name, "--monitor", "blind", "--set", "expectations.twin=never")
    assert code == 8
    assert document["scenarios"][0]["monitor"]["wanted"] > 0
    assert [line for line in failed(document) if ": monitor: " not in line] == []
    assert any("recall" in line for line in failed(document))
    code, document = judged(tmp_path, name, "--monitor", "paranoid", "--set", "expectations.twin=never")
    assert code == 8
    assert [line for line in failed(document) if ": monitor: " not in line] == []
    assert any("precision" in line for line in failed(document))


FAULT = """version: 1
name: dud
seed: 4
pace: max
duration: 2m
fleet:
  - {{name: pi, kind: raspberry-pi, count: 4}}
sinks: [{{kind: "null"}}]
timeline:
  - {step}
expectations:
  steady_state: [{steady}]
  deviations: [{deviation}]
"""
STEADY = "{name: speaks, truth: age_s, of: max, at_most: 2}"


@pytest.mark.parametrize(
    ("step", "steady", "deviation", "phase", "what"),
    [
        # a dropout that drops nothing: the frames are those of the clean twin
        (
            "{at: 30s, do: set-parameter, parameter: room_swing_c, value: 2, on: all, for: 20s}",
            STEADY,
            "",
            "twin",
            "0 of 4 victims differ",
        ),
        ("{at: 30s, do: pause, on: all, for: 20s}", STEADY, "{symptom: throttled}", "during", "never seen"),
        ("{at: 30s, do: pause, on: all, for: 20s}", STEADY, "{state: running}", "during", "was so before"),
        ("{at: 30s, do: pause, on: all}", STEADY, "", "after", "not at the end"),
        ("{at: 30s, do: pause, on: all, for: 20s}", "{state: failed}", "", "before", "nothing was begun"),
    ],
)
def test_what_is_not_as_expected_fails(
    step: str, steady: str, deviation: str, phase: str, what: str, tmp_path: Path
) -> None:
    file = tmp_path / "dud.yaml"
    file.write_text(FAULT.format(step=step, steady=steady, deviation=deviation), encoding="utf-8")
    code, document = judged(tmp_path, str(file))
    assert code == 8
    assert [line for line in failed(document) if f": {phase}: " in line and what in line], failed(document)


def test_an_unmet_steady_state_begins_nothing(tmp_path: Path) -> None:
    file = tmp_path / "dud.yaml"
    text = FAULT.format(step="{at: 30s, do: stop, on: all}", steady="{state: failed}", deviation="")
    file.write_text(text, encoding="utf-8")
    _, document = judged(tmp_path, str(file))
    events = document["scenarios"][0]["summary"]["events"]
    assert document["scenarios"][0]["steps"] == []
    assert events["ChaosOver"] == 1


def test_reports_are_what_pipelines_read(tmp_path: Path) -> None:
    file, junit = tmp_path / "dud.yaml", tmp_path / "verdict.xml"
    text = FAULT.format(step="{at: 30s, do: pause, on: all}", steady=STEADY, deviation="")
    file.write_text(text, encoding="utf-8")
    judged(tmp_path, str(file), "--junit", str(junit))
    root = ElementTree.parse(junit).getroot()
    suite = root[0]
    assert (root.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "dud")
    assert int(suite.get("failures") or 0) == len(suite.findall("testcase/failure")) == 1
    assert int(suite.get("tests") or 0) == len(suite.findall("testcase"))


def test_a_scenario_without_expectations_is_refused() -> None:
    command = [sys.executable, "-m", "api.cli", "test", "minimal"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "expectations: found nothing" in done.stderr


def test_alerts_of_somebody_else_are_judged(tmp_path: Path) -> None:
    """Whoever told exactly what was wrong passes; one alert about nothing is one false alarm."""
    file, alerts = tmp_path / "mine.yaml", tmp_path / "alerts.jsonl"
    text = FAULT.format(
        step="{at: 30s, do: inject-fault, sensor: temperature, fault: stuck, on: {ids: [pi-0002]}, for: 20s}",
        steady=STEADY,
        deviation="{truth: faults, above: 0}",
    )
    text += "  monitor: {recall: 1, precision: 1, detect_within: 10s, false_alarms_per_device_day: 0}\n"
    file.write_text(text, encoding="utf-8")
    right = {"time": "2026-01-01T00:00:35.000000000Z", "device": "pi-0002", "sensor": "temperature"}
    alerts.write_text(json.dumps(right) + "\n", encoding="utf-8")
    code, document = judged(tmp_path, str(file), "--alerts", str(alerts))
    assert failed(document) == []
    assert code == 0
    assert document["scenarios"][0]["monitor"]["detection_delay_s"]["worst"] == 5.0
    wrong = {**right, "device": "pi-0003"}
    alerts.write_text(json.dumps(right) + "\n" + json.dumps(wrong) + "\n", encoding="utf-8")
    code, document = judged(tmp_path, str(file), "--alerts", str(alerts))
    assert code == 8
    assert document["scenarios"][0]["monitor"]["precision"] == 0.5
    late = {**right, "time": "2026-01-01T00:00:45.000000000Z"}
    alerts.write_text(json.dumps(late) + "\n", encoding="utf-8")
    code, document = judged(tmp_path, str(file), "--alerts", str(alerts))
    assert any("recall" in line for line in failed(document))
