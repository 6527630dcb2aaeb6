"""Rows of the chaos table that need a real disk, real brokers and a real process: met before, seen, steady again."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

OUTSIDE = """version: 1
name: outside
seed: 9
duration: 60s
fleet:
  - {name: pi, kind: raspberry-pi, count: 10}
  - {name: cpu, kind: cpu, count: 5}
sinks:
  - {kind: mqtt, format: avro, select: {kinds: [raspberry-pi]}, options: {payload: frame}}
  - {kind: kafka, select: {kinds: [cpu]}, options: {payload: frame}}
timeline:
  - {name: disk-full, at: 6s, do: chaos, action: disk, sink: kafka, for: 4s}
  - {name: frozen-broker, at: 12s, do: chaos, action: broker-freeze, for: 5s}
  - {name: black-hole, at: 18s, do: chaos, action: timeout, proxy: kafka, for: 4s}
  - {name: sliced, at: 24s, do: chaos, action: slicer, proxy: mqtt, for: 3s}
  - {name: few, at: 24s, do: chaos, action: kafka-errors, parameters: {error: not-enough-replicas, times: 3}, for: 3s}
  - {name: frozen, at: 28s, do: chaos, action: process-freeze, parameters: {seconds: 1.5}, for: 1s}
  - {name: hog, at: 30s, do: chaos, action: cpu-hog, for: 2s}
  - {name: memory, at: 30s, do: chaos, action: memory-hog, parameters: {megabytes: 64}, for: 2s}
  - {name: hung-sink, at: 32s, do: hang, sink: mqtt, for: 2s}
  - {name: killed-writer, at: 35s, do: chaos, action: kill, sink: kafka, parameters: {part: writer}}
expectations:
  steady_state:
    - {name: mqtt-flows, books: mqtt, count: queued, at_most: 30}
    - {name: kafka-flows, books: kafka, count: queued, at_most: 15}
  back_within: 30s
  deviations:
    - {name: mqtt-waited, books: mqtt, count: queued, above: 31}
    - {name: kafka-waited, books: kafka, count: queued, above: 16}
    - {name: fell-behind, lag: worst_ms, above: 1000}
    - {name: writer-restarted, metric: restarts, at_least: 1}
  always:
    - {name: nobody-given-up, metric: given_up, at_most: 0}
  at_end:
    - {name: mqtt-lost, books: mqtt, count: lost, at_most: 0}
    - {name: mqtt-waits, books: mqtt, count: queued, at_most: 0}
    - {name: kafka-lost, books: kafka, count: lost, at_most: 0}
    - {name: kafka-waits, books: kafka, count: queued, at_most: 0}
    - {name: kafka-dropped, books: kafka, count: dropped, at_most: 0}
"""


def test_disk_broker_network_process_and_host(tmp_path: Path) -> None:
    file, report = tmp_path / "outside.yaml", tmp_path / "verdict.json"
    file.write_text(OUTSIDE, encoding="utf-8")
    command = [sys.executable, "-m", "api.cli", "test", str(file), "--report", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["scenarios"][0]
    assert [check for check in document["checks"] if not check["ok"]] == [], done.stdout
    events = document["summary"]["events"]
    assert events["ChaosBegun"] >= 9
    assert "CommandRefused" not in events


KILLED = """version: 1
name: killed
seed: 2
duration: 20s
pace: 4
fleet:
  - {name: pi, kind: raspberry-pi, count: 5}
sinks:
  - {kind: file, options: {path: frames.jsonl, mode: append}}
timeline:
  - {at: 8s, do: chaos, action: process-kill}
"""


def test_a_killed_process_says_nothing_and_its_run_can_be_told_again(tmp_path: Path) -> None:
    (tmp_path / "killed.yaml").write_text(KILLED, encoding="utf-8")
    command = [sys.executable, "-P", "-m", "api.cli", "run", "killed.yaml", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    lines = (tmp_path / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    numbers = [json.loads(line)["sequence"] for line in lines if line.endswith("}")]
    assert numbers
    assert max(numbers) <= 9


def test_a_run_with_a_state_dies_once_and_goes_on_without_a_gap(tmp_path: Path) -> None:
    (tmp_path / "killed.yaml").write_text(KILLED, encoding="utf-8")
    command = [sys.executable, "-P", "-m", "api.cli", "run", "killed.yaml", "--quiet", "--state", "st"]
    for code in (-signal.SIGKILL, 0):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == code, done.stderr
    heard: dict[str, set[int]] = {}
    for line in (tmp_path / "frames.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        heard.setdefault(record["device"], set()).add(record["sequence"])
    assert len(heard) == 5
    assert all(numbers == set(range(20)) for numbers in heard.values())
