"""The same seed, three times, each in a process of its own: the same history, the same words, the same clean values.

With everything in it that can be done where no real time passes.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from actors.chaos import ACTIONS

SCENARIO = """version: 1
name: same
seed: SEED
pace: max
duration: 200s
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, count: 12, wear: {fan-bearing: 0.2}}
  - {name: cpu, kind: cpu, count: 4}
sinks:
  - {kind: memory, truth: true}
  - {kind: file, format: json, options: {path: frames.jsonl, mode: replace}}
chaos: {cap_percent: 80, end: 180s, formats: [file]}
timeline:
  - {randomly: 15s, do: chaos, action: kill, on: {count: 1}}
  - {randomly: 40s, do: chaos, action: kill, sink: file}
  - {randomly: 20s, do: chaos, action: flood, on: {count: 2}, parameters: {messages: 500}}
  - {randomly: 30s, do: chaos, action: poison, sink: file, parameters: {share: 0.2}, for: 5s}
  - {randomly: 30s, do: chaos, action: unencodable, sink: file, parameters: {share: 0.2}, for: 5s}
  - {randomly: 30s, do: chaos, action: oversize, sink: file, parameters: {share: 0.1, kilobytes: 4}, for: 5s}
  - {randomly: 30s, do: chaos, action: unknown-schema, sink: file, parameters: {share: 0.2}, for: 5s}
  - {at: 50s, do: chaos, action: schema-change, sink: file, for: 5s}
  - {randomly: 10s, do: pause, on: {count: 2}, for: 7s}
  - {randomly: 30s, do: crash, on: {count: 1}, error: MemoryError}
  - {randomly: 30s, do: crash, on: {count: 1}, sensor: temperature}
  - {randomly: 30s, do: hang, on: {count: 1}, for: 6s}
  - {randomly: 30s, do: restart, on: {count: 1}}
  - {randomly: 30s, do: inject-wear, mode: dust, damage: 0.7, on: {count: 2}, for: 30s}
  - {randomly: 20s, do: inject-fault, sensor: power, fault: spike, on: {count: 3}, for: 20s,
     parameters: {probability: 0.2}}
  - {randomly: 20s, do: inject-fault, sensor: link, fault: delay, on: {count: 2}, for: 20s,
     parameters: {seconds: 3, jitter_s: 2}}
  - {randomly: 20s, do: inject-fault, sensor: link, fault: loss, parameters: {share: 0.5}, on: {count: 2}, for: 20s}
  - {when: {state: paused, of: mean, above: 0.1}, times: 5, do: set-interval, interval: 2s, on: {count: 2}, for: 20s}
  - {at: 30s, do: set-parameter, parameter: room_temperature_c, value: 45, on: all, for: 100s,
     ramp: {from: 22, over: 60s}}
"""
PROGRAM = """
import json, sys
from hashlib import sha256
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.scenario import load_scenario

run = Simulation.from_scenario(load_scenario(sys.stdin.read(), "same.yaml", vocabulary=Words()), kernels="interpreted")
summary = run.run()
sink = run.sinks[0]
world = [e.event for e in run.journal.entries if e.history or type(e.event).__name__.startswith(("Chaos", "Victims"))]
refused = [e.event for e in run.journal.entries if type(e.event).__name__ == "CommandRefused"]
print(json.dumps({
    "digest": summary.digest,
    "journal": sha256(repr(world).encode()).hexdigest(),
    "arrived": sha256(repr(list(sink.frames)).encode()).hexdigest(),
    "clean": sha256(repr([(t.device, t.sequence, t.clean) for t in sink.truths]).encode()).hexdigest(),
    "begun": sorted({e.action for e in world if type(e).__name__ == "ChaosBegun"}),
    "refused": sorted({e.reason.partition(":")[0] for e in refused}),
    "events": len(world),
}))
"""
SAME = ("digest", "journal", "arrived", "clean")


@cache
def lived(seed: int, salt: int, folder: Path) -> dict[str, Any]:
    """One life in a process whose hashes are its own."""
    place = folder / f"{seed}-{salt}"
    place.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": str(salt), "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=SCENARIO.replace("SEED", str(seed)),
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_three_lives_with_everything_in_them_are_one_and_another_seed_is_another(tmp_path: Path) -> None:
    three = [lived(21, salt, tmp_path) for salt in (1, 2, 3)]
    for what in SAME:
        assert len({one[what] for one in three}) == 1, what
    assert three[0]["events"] > 300
    inside = {word for word in ACTIONS.names() if not ACTIONS.get(word).outside}
    assert {*three[0]["begun"], *(["schema-change"] if "format json" in three[0]["refused"] else [])} == inside
    other = lived(22, 1, tmp_path)
    for what in SAME:
        assert other[what] != three[0][what], what
