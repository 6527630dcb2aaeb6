"""kill -9 of the process that owns the fleet: the same fleet goes on, and nobody can tell from what it said.

`KILLED_DEVICES=5000 pytest -s` with this file tells how soon a fleet of that size is back.
"""

import os
import re
import signal
import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from actors.system import Simulation
from actors.vocabulary import Words
from schemas.scenario import load_scenario
from tests.api.serving.server_process import Server

pytestmark = pytest.mark.timeout(400)
DEVICES = int(os.environ.get("KILLED_DEVICES", "300"))
SCENARIO = """\
version: 1
name: killed
seed: 5
pace: 4
duration: 60s
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 6, acceleration: 20000}
  - {name: cpu, kind: cpu, model: 65w, count: 4, interval: 500ms, faults: [{sensor: power, fault: drift}]}
sinks:
  # a broker that is down: whatever is accepted stays in the spool, where it can be counted
  - {kind: mqtt, format: json, options: {host: 127.0.0.1, port: 9, payload: frame}}
timeline:
  - {at: 8s, do: inject-fault, on: {groups: [pi]}, sensor: voltage, fault: stuck, for: 20s}
  - {every: 11s, do: restart, on: {percent: 30}}
"""


def kill_worker(server: Server) -> None:
    (worker,) = server.until(server.workers)
    os.kill(worker, signal.SIGKILL)
    server.until(lambda: worker not in server.workers() and server.workers())


def sequences(spool: Path) -> dict[str, list[int]]:
    """What a spool holds, by device."""
    found: dict[str, list[int]] = defaultdict(list)
    with closing(sqlite3.connect(spool)) as db:
        for device, sequence in db.execute("SELECT device, sequence FROM records ORDER BY rowid"):
            found[device].append(sequence)
    return found


def test_a_fleet_that_is_killed_again_and_again_says_what_it_would_have_said(tmp_path: Path) -> None:
    (tmp_path / "killed.yaml").write_text(SCENARIO, encoding="utf-8")
    arguments = ("--scenario", "killed.yaml", "--port", "0", "--state", "st", "--kernels", "interpreted")
    with Server(tmp_path, *arguments) as server:
        server.ready()
        for pause in (1.2, 0.0, 3.0):
            time.sleep(pause)
            kill_worker(server)
            began = time.monotonic()
            server.ready()
            took = time.monotonic() - began
            assert took < 60, f"back after {took:.1f} s"
        # the run's own end: what it came to is written down
        run = server.until(lambda: ended(server), within_s=120)
        server.signal(signal.SIGTERM)
        assert server.end() == 0, server.said
    reference = Simulation.from_scenario(
        load_scenario(SCENARIO.replace("pace: 4", "pace: max"), "reference", vocabulary=Words()), kernels="interpreted"
    ).run()
    assert run["summary"]["frames"] == reference.frames
    assert run["summary"]["digest"] == reference.digest
    said = sequences(tmp_path / "st" / "mqtt.spool")
    assert len(said) == 10
    for device, numbers in said.items():
        assert numbers == list(range(len(numbers))), f"{device}: a gap, or something twice"
    assert sum(map(len, said.values())) == reference.frames


def test_a_large_fleet_is_back_soon_and_nothing_is_lost(tmp_path: Path) -> None:
    """In real time, so that what was missed meanwhile has to be said afterwards."""
    text = f"""\
version: 1
name: large
fleet:
  - {{name: pi, kind: raspberry-pi, count: {DEVICES}, interval: 5s}}
sinks:
  - {{kind: mqtt, format: json, options: {{host: 127.0.0.1, port: 9, payload: frame}}}}
"""
    (tmp_path / "large.yaml").write_text(text, encoding="utf-8")
    with Server(tmp_path, "--scenario", "large.yaml", "--port", "0", "--state", "st") as server:
        server.ready()
        server.until(lambda: frames(server) > 2 * DEVICES)
        simulated_s, began = server.ask("/v1/clock").json["simulated_s"], time.monotonic()
        kill_worker(server)
        server.ready()
        ready_s = time.monotonic() - began
        before = frames(server)
        server.until(lambda: frames(server) >= before + DEVICES)
        print(f"{DEVICES} devices: API after {ready_s:.1f} s, each has spoken after {time.monotonic() - began:.1f} s")
        away = time.monotonic() - began
        caught_up = server.ask("/v1/clock").json["simulated_s"] - simulated_s
        assert caught_up > away - 15, "the time without a process has been lived"
        server.signal(signal.SIGTERM)
        assert server.end() == 0, server.said
    said = sequences(tmp_path / "st" / "mqtt.spool")
    assert len(said) == DEVICES
    assert not [device for device, numbers in said.items() if numbers != list(range(len(numbers)))]


def frames(server: Server) -> int:
    return int(server.ask("/v1/clock").json["frames"])


def ended(server: Server) -> dict[str, dict[str, object]] | None:
    run = server.ask("/v1/runs").json["items"][0]
    return run if run["state"] == "duration" else None


def test_the_journal_the_pace_and_the_keys_are_there_afterwards(tmp_path: Path) -> None:
    arguments = ("--scenario", "minimal", "--port", "0", "--state", "st", "--set", "sinks=[{kind: 'null'}]")
    with Server(tmp_path, *arguments) as server:
        server.ready()
        assert server.ask("/v1/clock", "PATCH", {"pace": 3.0}).status == 200
        made = server.ask("/v1/keys", "POST", {"name": "mine", "role": "admin"})
        assert made.status == 201, made.body
        key = made.json["key"]
        fault = {"sensor": "temperature", "fault": "stuck", "id": "mine"}
        done = server.ask("/v1/devices/raspberry-pi-0001/faults", "POST", fault, key=key)
        assert done.status == 201, done.body
        time.sleep(1.5)  # until the next beat has written the journal
        before = server.ask("/v1/journal", key=key).json["items"]
        kill_worker(server)
        server.ready()
        after = server.ask("/v1/journal?limit=500", key=key).json["items"]
        assert server.ask("/v1/clock").status == 401, "the key is known"
        assert server.ask("/v1/clock", key=key).json["pace"] == 3.0
        assert [each["id"] for each in server.ask("/v1/faults", key=key).json["items"]] == ["raspberry-pi-0001/mine"]
        lines = [(each["kind"], each["time"], str(each["fields"])) for each in after]
        assert not [each for each in before if (each["kind"], each["time"], str(each["fields"])) not in lines]
        server.signal(signal.SIGTERM)
        assert server.end() == 0
    assert re.search("sent SIGKILL", server.said)
