"""The monitor as people run it: from a file, a pipe, a topic; it knows telemetry and nothing else."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from actors.embedded.pipeline import EmbeddedPipeline

PROGRAM = (sys.executable, "-P", "-m", "api.cli")
SCENARIO = """version: 1
name: seen
seed: 3
pace: max
duration: 17m
fleet:
  - {{name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, count: 4}}
sinks:
  - {sink}
timeline:
  - {{at: 13m, do: inject-fault, sensor: temperature, fault: stuck, on: {{ids: [pi-0002]}}}}
  - {{at: 14m, do: pause, on: {{ids: [pi-0003]}}}}
"""


def run(folder: Path, sink: str, **variables: str) -> None:
    (folder / "seen.yaml").write_text(SCENARIO.format(sink=sink), encoding="utf-8")
    command = [*PROGRAM, "run", "seen.yaml", "--quiet"]
    subprocess.run(command, cwd=folder, env={**os.environ, **variables}, check=True, timeout=120)


def alerts(text: str) -> list[tuple[str, str | None, str]]:
    found: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    return [(alert["device"], alert["sensor"], alert["kind"]) for alert in found]


WANTED = [("pi-0002", "temperature", "flatline"), ("pi-0003", None, "silent")]


def test_a_file_and_a_pipe_say_the_same(tmp_path: Path) -> None:
    run(tmp_path, "{kind: file, options: {path: frames.jsonl}}")
    file = tmp_path / "frames.jsonl"
    command = [*PROGRAM, "monitor"]
    by_file = subprocess.run([*command, str(file)], capture_output=True, text=True, check=True, timeout=60)
    with file.open("rb") as telemetry:
        by_pipe = subprocess.run(
            [*command, "-"], stdin=telemetry, capture_output=True, text=True, check=True, timeout=60
        )
    assert alerts(by_file.stdout) == WANTED
    assert by_pipe.stdout == by_file.stdout


def test_what_is_no_telemetry_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"nothing": 1}\n', encoding="utf-8")
    done = subprocess.run([*PROGRAM, "monitor", str(file)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "line 1" in done.stderr


def test_a_topic_is_watched_until_it_is_stopped(tmp_path: Path) -> None:
    pipeline = EmbeddedPipeline.start(kafka=False, registry=False)
    try:
        variables = {**pipeline.settings(), "MQTT_TOPIC": "seen"}
        out = tmp_path / "alerts.jsonl"
        watching = subprocess.Popen(
            [*PROGRAM, "monitor", "mqtt", "--alerts", str(out)],
            cwd=tmp_path,
            env={**os.environ, **variables},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert watching.stderr is not None
        assert watching.stderr.readline() == "listening\n"
        run(tmp_path, "{kind: mqtt, options: {payload: frame, spool: none}}", **variables)
        full = threading.Event()
        for _ in range(600):
            if len(out.read_text(encoding="utf-8").splitlines()) >= len(WANTED) or full.wait(0.1):
                break
        watching.terminate()
        watching.communicate(timeout=30)
        assert alerts(out.read_text(encoding="utf-8")) == WANTED
    finally:
        pipeline.close()
