"""Every scenario that judges itself is as it expects; and a blind monitor, or one that cries always, is not."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree

import pytest

import scenarios
from actors.monitor import make_monitor
from actors.monitor.records import from_line
from actors.scoring import Episode, monitor_checks, score, told
from actors.vocabulary import Words
from schemas.scenario import Scenario, load_scenario


def shipped(name: str) -> Scenario:
    return load_scenario(scenarios.text(name), name, vocabulary=Words(), now=lambda: 0)


JUDGED = [name for name in scenarios.names() if shipped(name).expectations is not None]
VIRTUAL = [name for name in JUDGED if shipped(name).pace == "max"]
LIVE = [name for name in JUDGED if name not in VIRTUAL]


def asks_for_notice(name: str) -> bool:
    expectations = shipped(name).expectations
    return bool(expectations and expectations.monitor and expectations.monitor.recall and name != "quiet-control")


DETECTING = [name for name in JUDGED if asks_for_notice(name)]
"""Scenarios with something that a monitor has to notice."""


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
    """It takes real time, so blind and paranoid are scored on the same run: on its faults and on what was said."""
    keep = ["--keep", str(tmp_path / "kept")] if name in DETECTING else []
    code, document = judged(tmp_path, name, *keep)
    assert failed(document) == []
    assert code == 0
    if name in DETECTING:
        assert "recall" in fails(name, document, tmp_path / "kept" / name, "blind")
        assert "precision" in fails(name, document, tmp_path / "kept" / name, "paranoid")


def fails(name: str, document: dict[str, Any], kept: Path, monitor: str) -> set[str]:
    """What another monitor would have failed in, had it been told the same frames."""
    expectations = shipped(name).expectations
    assert expectations is not None
    assert expectations.monitor is not None
    frames = [from_line(line) for line in (kept / "frames.jsonl").read_text(encoding="utf-8").splitlines()]
    other = make_monitor(monitor)
    alerts = told(alert for seen in frames for alert in other.see(seen))
    start_ns = shipped(name).start_ns
    rows = document["scenarios"][0]["monitor"]["faults"]
    episodes = [
        Episode(
            row["device"] or "",
            row["sensor"],
            row["what"],
            start_ns + round(row["onset_s"] * 1e9),
            None if row["end_s"] is None else start_ns + round(row["end_s"] * 1e9),
            row["notice"],
        )
        for row in rows
    ]
    found = score(alerts, episodes, expectations.monitor, devices=1, start_ns=start_ns, end_ns=start_ns + 10**9)
    return {check.name for check in monitor_checks(found, expectations.monitor) if not check.ok}


def test_what_a_story_is_about_has_to_be_noticed() -> None:
    wanted = {"bad-firmware", "brown-out", "cascading-power", "clock-skew", "crash-storm", "dusty-site", "fan-wear"}
    wanted |= {"rolling-repair", "sensor-drift", "wearing-out"}
    wanted |= {"broker-outage", "poison-pill", "reconnect-storm", "registry-outage"}
    assert wanted <= set(DETECTING)


@pytest.mark.parametrize("name", [name for name in DETECTING if name in VIRTUAL])
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


def test_no_constant_guess_of_remaining_life_passes(tmp_path: Path) -> None:
    """Whichever number somebody says for every fan, the middle one of its errors is beyond what is allowed."""
    _, document = judged(tmp_path, "wearing-out", "--set", "expectations.twin=never")
    found = document["scenarios"][0]["monitor"]
    true_s = [each["true_s"] for each in found["ruls"]]
    expectations = shipped("wearing-out").expectations
    assert expectations is not None
    assert expectations.monitor is not None
    allowed = expectations.monitor.rul_error
    assert allowed is not None
    assert len(true_s) > 15
    assert found["rul_error_median"] <= allowed
    for guess_s in range(60, 14_400, 60):
        assert median(abs(guess_s - each) / each for each in true_s) > allowed


LIES = """timeline:
  - {name: lie, at: 30s, do: inject-fault, sensor: temperature, fault: stuck, on: {ids: [pi-0002]}, for: 20s}
  - {name: hush, at: 40s, do: pause, on: {ids: [pi-0003]}, for: 10s, notice: must, seen_in: [device]}
expectations:
  monitor: {recall: 1, precision: 1}
"""


def test_the_verdict_says_which_fault_was_noticed_when_and_by_which_alert(tmp_path: Path) -> None:
    file, alerts, junit = tmp_path / "mine.yaml", tmp_path / "alerts.jsonl", tmp_path / "verdict.xml"
    file.write_text(FAULT.partition("timeline:")[0].replace("{{", "{").replace("}}", "}") + LIES, encoding="utf-8")
    right = {"time": "2026-01-01T00:00:35Z", "device": "pi-0002", "sensor": "temperature", "kind": "odd", "detail": "x"}
    wrong = {"time": "2026-01-01T00:01:35Z", "device": "pi-0004", "kind": "alarm"}
    alerts.write_text("".join(json.dumps(one) + "\n" for one in (right, wrong)), encoding="utf-8")
    report = tmp_path / "verdict.json"
    command = [sys.executable, "-m", "api.cli", "test", str(file), "--alerts", str(alerts)]
    command += ["--junit", str(junit), "--report", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 8
    lines = [line.strip() for line in done.stdout.splitlines()]
    for line in (
        "what had to be noticed: 2, in time 1",
        "lie   stuck   pi-0002/temperature  30s   50s  after 5s  odd temperature: x",
        "hush  paused  pi-0003              40s   50s  MISSED",
        "false alarms: 1",
        "at 1m35s pi-0004: alarm",
    ):
        assert line in lines, done.stdout
    suite = ElementTree.parse(junit).getroot()[0]
    told = suite.findtext("system-out") or ""
    failures = [
        case.findtext("failure") or "" for case in suite.findall("testcase") if case.find("failure") is not None
    ]
    assert "MISSED" in told
    assert any("MISSED" in text for text in failures)
    found = json.loads(report.read_text(encoding="utf-8"))["scenarios"][0]["monitor"]
    assert [(each["step"], each["noticed"], each["after_s"]) for each in found["faults"]] == [
        ("lie", True, 5.0),
        ("hush", False, None),
    ]
    assert found["faults"][0]["by"]["kind"] == "odd"
    assert [each["device"] for each in found["false_alarms"]] == ["pi-0004"]


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
