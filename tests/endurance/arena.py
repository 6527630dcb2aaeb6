"""The whole product between real brokers that can be spoilt, judged by the auditor: what the long tests share.

The product runs as people run it, in a process of its own, with its state in a folder. It reaches the brokers through
proxies; the auditor reaches them directly, so that what spoils the one does not spoil the other.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import Any, Final

import psutil

from tests.actors.auditor.outside import Auditor
from tests.brokers.kafka import Kafka
from tests.brokers.mosquitto import Mosquitto
from tests.brokers.proxy import FaultProxy
from tests.brokers.registry import Registry

SINKS: Final = """
sinks:
  - {kind: mqtt, format: json, options: {payload: frame}}
  - {kind: kafka, format: avro, options: {payload: frame}}
"""
LAST_S: Final = 10.0
"""Long after the last record has gone from the broker to the auditor."""
SABOTEUR: Final = Path(__file__).with_name("saboteur.py")


def fleet(devices: int, interval: str) -> str:
    """So many devices, half of either kind, all of them carried by both sinks."""
    return f"""
version: 1
name: endurance
seed: 11
pace: 1
fleet:
  - {{name: pi, kind: raspberry-pi, model: "4", count: {devices // 2}, interval: {interval}}}
  - {{name: cpu, kind: cpu, count: {devices - devices // 2}, interval: {interval}}}
"""


class Arena:
    """Brokers with a proxy before each, a folder, and a topic of its own on each side."""

    def __init__(self, mosquitto: Mosquitto, kafka: Kafka, registry: Registry, proxy: FaultProxy, folder: Path) -> None:
        """`proxy` stands before Mosquitto; Kafka has one itself."""
        self.mosquitto, self.kafka, self.registry = mosquitto, kafka, registry
        self.mqtt_proxy, self.kafka_proxy = proxy, kafka.proxy
        self.folder = folder
        # kept for good: Kafka deletes by the time of the records, and these are simulated
        self.state = folder / "state"
        self.state.mkdir()
        self.killed_at = 0
        """How many records Mosquitto had been offered when it was killed."""
        self.topic = kafka.create_topic(f"endurance-{folder.name}", 3, retention_ms="-1")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._auditors: list[Auditor] = []

    # --- the product ---

    def write(self, name: str, text: str) -> None:
        """A file of the folder."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *arguments: str, sabotage: bool = False) -> subprocess.Popen[bytes]:
        """`data-simulator run`, begun; for an hour when nothing else is said, so that it is one process and serves
        nobody. With sabotage it calls delivered what nobody has confirmed."""
        if "--duration" not in arguments:
            arguments = (*arguments, "--duration", "1h")
        main = [str(SABOTEUR)] if sabotage else ["-m", "api.cli"]
        command = [sys.executable, *main, "run", *arguments, "--quiet", "--log-level", "error"]
        process = subprocess.Popen(command, cwd=self.folder, env=self._known(self.product()))
        self._processes.append(process)
        return process

    def product(self) -> dict[str, str]:
        """Settings that lead through the proxies."""
        return {
            "MQTT_HOST": self.mqtt_proxy.host,
            "MQTT_PORT": str(self.mqtt_proxy.port),
            "MQTT_TOPIC": self.topic,
            **self.kafka.environment("proxied"),
            **self.registry.environment(),
            "TOPIC_NAME": self.topic,
        }

    def _known(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {**os.environ, **settings, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}

    def books(self, sink: str) -> dict[str, int]:
        """What a sink's spool says right now: `accepted`, `acked`, `queued`; all 0 before there is one."""
        path = self.state / f"{sink}.spool"
        if not path.exists():
            return {"accepted": 0, "acked": 0, "queued": 0}
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as db:
            if not db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'ledger'").fetchone()[0]:
                return {"accepted": 0, "acked": 0, "queued": 0}
            db.execute("BEGIN")
            (acked, rejected) = db.execute("SELECT total(acked), total(rejected) FROM ledger").fetchone()
            (queued,) = db.execute("SELECT count(*) FROM records").fetchone()
        return {"accepted": int(acked + rejected) + queued, "acked": int(acked), "queued": queued}

    # --- the auditor ---

    def audit(self, source: str, *arguments: str) -> "Judge":
        """An auditor of `mqtt` or `kafka`, listening, with the books of that sink."""
        folder = self.folder / f"audit-{source}-{len(self._auditors)}"
        folder.mkdir()
        topics = ("--mqtt", f"{self.topic}/#") if source == "mqtt" else ("--kafka", self.topic)
        books = ("--books", str(self.state / f"{source}.spool"))
        where = {**self.mosquitto.environment(), **self.kafka.environment(), **self.registry.environment()}
        made = Auditor(folder, where, *topics, *books, *arguments)
        self._auditors.append(made)
        made.listening()
        return Judge(made, endless=source == "mqtt")

    def close(self) -> None:
        """End all that this test began."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for auditor in self._auditors:
            auditor.kill()


class Judge:
    """An auditor and what it said."""

    def __init__(self, auditor: Auditor, endless: bool) -> None:
        self._auditor = auditor
        self._endless = endless

    def verdict(self, code: int, timeout_s: float = 120.0) -> dict[str, Any]:
        """The report, with the one source's own words beside those of all. To be asked when the run is over."""
        if self._endless:
            # what the broker has confirmed may still be on its way to the auditor, which nobody can look into
            Event().wait(LAST_S)
            self._auditor.enough()
        found = self._auditor.verdict(code, timeout_s)
        (source,) = found["sources"].values()
        return {**found, "seen": source["seen"], "expected": source["expected"], "messages": source["messages"]}


def ended(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait for a run to end in order."""
    assert process.wait(timeout_s) == 0


def killed(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, from outside, to every process of it at once, at whatever they do just now."""
    assert process.poll() is None, "it ended by itself"
    whole = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for one in whole:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()
    psutil.wait_procs(whole[1:], 20)


def summary(folder: Path, name: str = "run.json") -> dict[str, Any]:
    """What a run said of itself at its end."""
    found: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return found


def shown(verdict: Mapping[str, Any], words: Sequence[str] = ("seen", "loss", "broker-loss", "duplicates")) -> str:
    """A verdict in one line."""
    return ", ".join(f"{word} {verdict[word]:,}" for word in words)
