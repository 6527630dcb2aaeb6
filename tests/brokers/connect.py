"""A Kafka Connect worker with the stand-in for its MQTT plugin."""

import json
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from tests.brokers.installed import folder as installed
from tests.brokers.installed import program
from tests.brokers.kafka import PASSWORD, USERNAME, Kafka
from tests.brokers.processes import HOST, Broker, NotReady, wait_until

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
STAND_IN: Final = "standin.MqttSourceStandIn"
"""Connector class of the stand-in; it takes the settings of Camel's MQTT 5 source."""


def deployed(**instead: str) -> dict[str, str]:
    """The configuration in deploy/ with the stand-in for its plugin and some settings of one's own.

    What all names of the source begin with is left out: `topic`, `brokerUrl`, `clientId`; further `topics`.
    """
    config = _properties("mqtt5-source-camel.properties")
    config["connector.class"] = STAND_IN
    for name, value in instead.items():
        full = name if name == "topics" else f"camel.kamelet.mqtt5-source.{name}"
        assert full in config, f"deploy/ has no setting {full}"
        config[full] = value
    return config


def _properties(name: str) -> dict[str, str]:
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class Connect(Broker):
    """One standalone worker beside one Kafka: as in deploy/, but for where things are on this machine."""

    def __init__(self, folder: Path, kafka: Kafka) -> None:
        super().__init__("connect", folder)
        self.url = f"http://{HOST}:{self.port}"
        self._config = folder / "worker.properties"
        here = {
            "bootstrap.servers": kafka.plain,
            "listeners": self.url,
            "plugin.path": str(installed() / "plugins"),
            # plugins are found by the file that names them, not by opening every class
            "plugin.discovery": "service_load",
            "offset.storage.file.filename": str(folder / "offsets"),
            "offset.flush.interval.ms": "1000",
        }
        lines = [f"{name}={value}" for name, value in (_properties("connect-worker.properties") | here).items()]
        self._config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def command(self) -> Sequence[str]:
        """A worker without a connector; they are given over REST."""
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m"]
        main = "org.apache.kafka.connect.cli.ConnectStandalone"
        return [program("java") or "java", *quick, "-cp", f"{installed() / 'kafka'}/*", main, str(self._config)]

    def own_environment(self) -> dict[str, str]:
        """The secrets that connectors ask for, and no Java options of the person who runs the tests."""
        return {"JAVA_TOOL_OPTIONS": "", "HIVE_USERNAME": USERNAME, "HIVE_PASSWORD": PASSWORD}

    def ready(self) -> bool:
        """Whether the worker answers."""
        try:
            return self._call("GET", "/connectors")[0] == 200
        except OSError:
            return False

    def create(self, name: str, config: Mapping[str, str]) -> None:
        """Give it a connector."""
        status, answer = self._call("POST", "/connectors", {"name": name, "config": {**config, "name": name}})
        assert status == 201, answer

    def delete(self, name: str) -> None:
        """Take a connector away."""
        self._call("DELETE", f"/connectors/{name}")

    def status(self, name: str) -> str:
        """State of a connector's one task, `UNKNOWN` before it has one."""
        status, answer = self._call("GET", f"/connectors/{name}/status")
        tasks = answer.get("tasks", []) if status == 200 else []
        return str(tasks[0]["state"]) if tasks else "UNKNOWN"

    def wait_running(self, name: str, timeout_s: float = 60.0) -> None:
        """Wait until a connector's task runs; at once an error when it failed."""
        wait_until(lambda: self.status(name) in ("RUNNING", "FAILED"), timeout_s, f"{name} does not run")
        if self.status(name) != "RUNNING":
            raise NotReady(str(self._call("GET", f"/connectors/{name}/status")[1]))

    def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = HTTPConnection(HOST, self.port, timeout=30)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            read = answer.read()
            # while it starts it answers with pages for people
            speaks = "json" in (answer.getheader("Content-Type") or "")
            return answer.status, json.loads(read) if read and speaks else {}
        finally:
            connection.close()
