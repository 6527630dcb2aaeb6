"""One served fleet between a Mosquitto that can be spoilt, an embedded Kafka and registry, and somebody who listens.

Everything is seen from outside: over the API, at the broker, at the registry's door, and of the processes.
"""

import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil

from tests.api.serving.server_process import PROGRAM, Server
from tests.brokers.mosquitto import Mosquitto
from tests.endurance.pair_recorder import Recorder, instant

PIS: Final = tuple(f"pi-{n:04d}" for n in range(1, 11))
CPUS: Final = tuple(f"cpu-{n:04d}" for n in range(1, 6))
FLEET: Final = """version: 1
name: pairs
seed: 5
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 10, interval: 500ms}
  - {name: cpu, kind: cpu, count: 5, interval: 500ms}
sinks:
  - {kind: mqtt, format: json, select: {kinds: [raspberry-pi]}, options: {payload: frame}}
  - {kind: kafka, format: avro, select: {kinds: [cpu]}, options: {payload: frame}}
proxies: [mqtt, kafka, registry]
chaos: {formats: [kafka]}
"""
USUAL_QUEUED: Final = {"mqtt": 25, "kafka": 15}
"""Records under way when all is well; a bit more than a second's."""
STRETCHED: Final = "data_simulator_stretched_seconds_total"
SILENT_S: Final = 2.5
"""Five intervals: a device that has said nothing for so long is not well."""


class Before(NamedTuple):
    """How it stood when a fault began."""

    moment: float
    journal: int
    sinks: dict[str, dict[str, Any]]
    duplicates: dict[str, int]
    inversions: dict[str, int]
    sequences: dict[str, int]
    pid: int
    children: int
    memory: int
    stretched_s: float
    """Real time by which simulated time was held back so far."""


class Residue(NamedTuple):
    """What the worker has of what a fault may leave behind."""

    pid: int
    children: int
    threads: int
    files: int
    most_files: int


class Stage:
    """See the module."""

    def __init__(self, folder: Path, mosquitto: Mosquitto) -> None:
        (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
        self.mosquitto = mosquitto
        self.recorder = Recorder(mosquitto)
        arguments = ("--scenario", "fleet.yaml", "--port", "0", "--state", "state", "--downtime", "catch-up")
        address = {"MQTT_HOST": mosquitto.host, "MQTT_PORT": str(mosquitto.port)}
        self.server = Server(folder, *arguments, command=(*PROGRAM, "serve"), **address).ready()
        self.first = dict.fromkeys(PIS, 0)
        self.patience_s = 20.0
        """How long records may be under way."""

    # --- over the API ---

    def get(self, path: str) -> Any:
        """What is answered, or `None` when nobody answers or something is wrong."""
        try:
            got = self.server.ask(path, timeout=5.0)
        except OSError:
            return None
        return got.json if got.status == 200 else None

    def status(self, path: str) -> int:
        """Only whether it is so; 0 when nobody answers."""
        try:
            return self.server.ask(path, timeout=5.0).status
        except OSError:
            return 0

    def post(self, path: str, body: Any) -> Any:
        """Asked again until somebody answers: a worker may just be replaced."""
        deadline = time.monotonic() + 30
        while True:
            try:
                got = self.server.ask(path, "POST", body)
                if got.status < 500:
                    assert got.status < 400, got
                    return got.json
            except OSError:
                pass
            assert time.monotonic() < deadline, f"{path}: no answer"
            time.sleep(0.2)

    def steps(self, *timeline: dict[str, Any]) -> None:
        """Have steps played from now on."""
        self.post("/v1/chaos/steps", {"timeline": list(timeline)})

    def sinks(self) -> dict[str, dict[str, Any]]:
        """Every sink by name; empty when they do not answer."""
        return {item["name"]: item for item in (self.get("/v1/sinks") or {"items": ()})["items"]}

    def queued(self, sink: str) -> int:
        """Records that wait at a sink; -1 when it does not answer."""
        found = self.sinks().get(sink)
        return -1 if found is None else int(found["frames"]["queued"])

    def devices(self) -> dict[str, dict[str, Any]]:
        """Every device by id."""
        return {item["id"]: item for item in (self.get("/v1/devices?limit=500") or {"items": ()})["items"]}

    def now(self) -> datetime | None:
        """The fleet's clock."""
        clock = self.get("/v1/clock")
        return None if clock is None else instant(clock["now"])

    def silent_s(self, device: str) -> float:
        """For how long a device has closed no frame; 0 when nobody knows."""
        now, found = self.now(), self.devices().get(device)
        return 0.0 if now is None or not found or not found["time"] else (now - instant(found["time"])).total_seconds()

    def said(self, sensor: str, devices: Iterable[str], before: Before) -> list[float | None]:
        """What sensors said in each device's newest frame since then; nothing at all when one has not spoken since."""
        found = self.devices()
        fresh = all(device in found and found[device]["sequence"] > before.sequences[device] for device in devices)
        return [found[device]["readings"].get(sensor) for device in devices] if fresh else []

    def journal(self, kind: str, since: int) -> list[dict[str, Any]]:
        """Entries of a kind from a number on."""
        found = self.get(f"/v1/journal?kind={kind}&since={since}&limit=500")
        return [] if found is None else list(found["items"])

    def metric(self, name: str) -> float:
        """A number of `/metrics`; 0 when nobody answers."""
        try:
            text = self.server.ask("/metrics", timeout=5.0).body.decode()
        except OSError:
            return 0.0
        return next((float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")), 0.0)

    # --- past the API ---

    def registry_status(self) -> int:
        """What the registry answers to whoever asks it itself; 0 when it does not."""
        said = [line for line in self.server.lines if line.startswith("Schema Registry: ")]
        try:
            with urllib.request.urlopen(said[-1].partition(": ")[2] + "/subjects", timeout=1.5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def worker(self) -> psutil.Process:
        """The process that owns the fleet. `psutil.NoSuchProcess` while there is none."""
        pids = self.server.workers()
        if not pids:
            raise psutil.NoSuchProcess(0)
        return psutil.Process(pids[0])

    def kill_worker(self) -> None:
        """SIGKILL, from outside."""
        os.kill(self.worker().pid, signal.SIGKILL)

    def before(self) -> Before:
        """How it stands now."""
        worker = self.worker()
        newest = self.get("/v1/journal?limit=1")["items"][0]["number"]
        return Before(
            time.monotonic(),
            newest + 1,
            self.sinks(),
            dict(self.recorder.duplicates),
            dict(self.recorder.inversions),
            {device: found["sequence"] for device, found in self.devices().items()},
            worker.pid,
            len(worker.children(recursive=True)),
            worker.memory_info().rss,
            self.metric(STRETCHED),
        )

    def residue(self) -> Residue:
        """What the worker has."""
        worker = self.worker()
        most = worker.rlimit(psutil.RLIMIT_NOFILE)[0]
        return Residue(worker.pid, len(worker.children()), worker.num_threads(), worker.num_fds(), most)

    # --- steadiness ---

    def wrong(self) -> list[str]:
        """What keeps it from being steady, in words."""
        chaos, faults = self.get("/v1/chaos"), self.get("/v1/faults")
        if chaos is None or faults is None:
            return ["the API does not answer"]
        found = [] if self.status("/readyz") == 200 else ["not ready"]
        found += [f"held: {chaos['held']}"] if chaos["held"] else []
        found += [f"faults: {faults['total']}"] if faults["total"] else []
        found += list(self._sinks_wrong()) + list(self._devices_wrong())
        if self.registry_status() != 200:
            found.append("the registry does not answer")
        return found

    def _sinks_wrong(self) -> Iterable[str]:
        sinks = self.sinks()
        for name, most in USUAL_QUEUED.items():
            sink = sinks.get(name)
            if sink is None:
                yield f"{name} does not answer"
                continue
            frames = sink["frames"]
            settled = frames["acked"] + frames["queued"] + sum(frames["dropped"].values()) + frames["rejected"]
            # `accepted` is counted a moment before the rest
            if not 0 <= frames["accepted"] - settled <= most or frames["dropped"] or frames["queued"] > most:
                yield f"{name}: {frames}"
            if sink["problem"]:
                yield f"{name}: {sink['problem']}"

    def _devices_wrong(self) -> Iterable[str]:
        now, devices = self.now(), self.devices()
        if now is None or len(devices) != len(PIS) + len(CPUS):
            yield f"devices: found {len(devices)}"
            return
        for device in devices.values():
            age_s = (now - instant(device["time"])).total_seconds() if device["time"] else SILENT_S
            if device["state"] not in ("running", "throttled") or not -1 < age_s < SILENT_S:
                yield f"{device['id']}: {device['state']}, silent for {age_s:.1f} s"
        for device_id in PIS:
            if not self._arrives_well(self.recorder.last(device_id), now):
                yield f"{device_id} at the broker: {self.recorder.last(device_id)}"

    @staticmethod
    def _arrives_well(last: dict[str, Any], now: datetime) -> bool:
        if not last or last.get("temperature") is None or last.get("voltage") is None:
            return False
        old_s = time.monotonic() - last["arrived"]
        skewed_s = (now - instant(last["time"])).total_seconds()
        sound = 15 < last["temperature"] < 70 and last["voltage"] > 4.85
        return sound and old_s < SILENT_S + 1 and -SILENT_S < skewed_s < 2 * SILENT_S

    def lost(self) -> dict[str, list[int]]:
        """Frames of before now that never reached the broker's other side; waits a while for those under way."""
        until = {device: found["sequence"] for device, found in self.devices().items() if device in PIS}
        deadline = time.monotonic() + self.patience_s
        while True:
            missing = {d: self.recorder.missing(d, self.first[d], number) for d, number in until.items()}
            missing = {device: numbers for device, numbers in missing.items() if numbers}
            if not missing or time.monotonic() > deadline:
                self.first.update(until)
                return missing
            time.sleep(0.2)

    def close(self) -> None:
        """End all of it."""
        self.recorder.close()
        self.server.__exit__(None, None, None)


def until(ask: Callable[[], bool], within_s: float, pause_s: float = 0.25) -> bool:
    """Whether something becomes so in time."""
    deadline = time.monotonic() + within_s
    while not ask():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(pause_s)
    return True
