"""Rows of the chaos table, each with a deviation of its own: met before, seen from outside, steady again afterwards.

Rows that touch different things share a run, because they need real time; each is told by what only it can do.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

SCENARIO = """version: 1
name: rows
seed: 5
duration: 26s
fleet:
  - {{name: pi, kind: raspberry-pi, count: 10}}
  - {{name: cpu, kind: cpu, count: 5}}
sinks:
  - {{kind: mqtt, select: {{kinds: [raspberry-pi]}}, options: {{payload: frame}}}}
  - {{kind: kafka, select: {{kinds: [cpu]}}, options: {{payload: frame}}}}
timeline:
{steps}
expectations:
  steady_state:
    - {{name: mqtt-flows, books: mqtt, count: queued, at_most: 20}}
    - {{name: kafka-flows, books: kafka, count: queued, at_most: 10}}
  back_within: 30s
  deviations:
{deviations}
  at_end:
    - {{name: mqtt-lost, books: mqtt, count: lost, at_most: 0}}
    - {{name: mqtt-dropped, books: mqtt, count: dropped, at_most: 0}}
    - {{name: mqtt-waits, books: mqtt, count: queued, at_most: 0}}
    - {{name: kafka-lost, books: kafka, count: lost, at_most: 0}}
    - {{name: kafka-dropped, books: kafka, count: dropped, at_most: 0}}
    - {{name: kafka-waits, books: kafka, count: queued, at_most: 0}}
"""


class Seen(NamedTuple):
    """What an observer of the process saw, about five times a second."""

    memory_mb: tuple[float, ...]
    children: tuple[int, ...]


class Row(NamedTuple):
    name: str
    run: str
    step: str
    deviation: str = ""
    """A condition of the scenario; else `seen` looks at the process from outside."""
    seen: Callable[[Seen], bool] | None = None


def holds_memory_for_a_while(seen: Seen) -> bool:
    top = max(seen.memory_mb)
    return top > seen.memory_mb[len(seen.memory_mb) // 8] + 150 and seen.memory_mb[-3] < top - 150


def burns_in_children_for_a_while(seen: Seen) -> bool:
    return max(seen.children) >= seen.children[len(seen.children) // 8] + 2 and seen.children[-3] < max(seen.children)


MQTT, KAFKA = (
    "{{name: {}, books: mqtt, count: queued, above: 25}}",
    "{{name: {}, books: kafka, count: queued, above: 12}}",
)
ROWS = (
    Row(
        "sliced",
        "a",
        "action: slicer, proxy: mqtt, parameters: {average_bytes: 8, size_variation: 0, delay_us: 100000}, for: 5s",
        MQTT,
    ),
    Row("errors", "a", "action: kafka-errors, parameters: {error: not-enough-replicas, times: 500}, for: 5s", KAFKA),
    Row("memory", "a", "action: memory-hog, parameters: {megabytes: 200}, for: 5s", "", holds_memory_for_a_while),
    Row("login-refused", "b", "action: refuse-login, proxy: mqtt, for: 5s", MQTT),
    Row("nobody-there", "b", "action: wrong-address, proxy: kafka, for: 5s", KAFKA),
    Row("burning", "b", "action: cpu-hog, parameters: {processes: 2}, for: 5s", "", burns_in_children_for_a_while),
    Row("quota", "c", "action: refuse-login, proxy: mqtt, parameters: {reason: quota}, for: 5s", MQTT),
)


def scenario(run: str) -> str:
    rows = [row for row in ROWS if row.run == run]
    steps = "\n".join(f"  - {{name: {row.name}, at: 6s, do: chaos, {row.step}}}" for row in rows)
    deviations = "\n".join(f"    - {row.deviation.format(row.name)}" for row in rows if row.deviation)
    return SCENARIO.format(steps=steps, deviations=deviations)


@cache
def played(run: str) -> tuple[dict[str, Any], Seen]:
    """The verdict on a run, and what could be seen of its process meanwhile."""
    with TemporaryDirectory() as folder:
        file, report = Path(folder, "rows.yaml"), Path(folder, "verdict.json")
        file.write_text(scenario(run), encoding="utf-8")
        command = [sys.executable, "-m", "api.cli", "test", str(file), "--report", str(report)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        memory: list[float] = []
        children: list[int] = []
        while True:
            try:
                said, _ = process.communicate(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                about = Path(f"/proc/{process.pid}")
                memory.append(int((about / "statm").read_text().split()[1]) * 4096 / 2**20)
                tasks = (about / "task").glob("*/children")
                children.append(sum(len(task.read_text().split()) for task in tasks))
        assert report.exists(), said
        document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["scenarios"][0]
    return document, Seen(tuple(memory), tuple(children))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_met_before_seen_and_steady_again(row: Row) -> None:
    document, seen = played(row.run)
    checks = document["checks"]
    assert [check for check in checks if check["phase"] in ("run", "before", "after", "end") and not check["ok"]] == []
    assert "CommandRefused" not in document["summary"]["events"]
    if row.seen is not None:
        assert row.seen(seen), seen
    else:
        mine = [check for check in checks if check["phase"] == "during" and check["name"] == row.name]
        assert [check["ok"] for check in mine] == [True], checks
