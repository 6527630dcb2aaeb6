"""Alerts that come and go by topics: their addresses, who reads them, and the monitor that is put behind a run."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Thread
from typing import IO, Any, Final, Literal
from urllib.parse import unquote, urlsplit

from actors.auditor.kafka import KafkaSource
from actors.auditor.mqtt import MqttSource
from actors.monitor import Alert, read_alerts
from actors.monitor.publishing import KafkaPublisher, MqttPublisher, Publisher, TopicAddress
from engine.clock import WallClock
from schemas.problems import CannotStart, InvalidInput, Problem
from schemas.settings import Settings, child_environment

_ALLOWED: Final = "mqtt:///TOPIC or kafka:///TOPIC for the broker of the settings, or mqtt://HOST:PORT/TOPIC"
_QUIET_S: Final = 1.5
"""When nothing more has come for so long, all has come."""
_STRANGER_QUIET_S: Final = 10.0
"""The same where the monitor is somebody else's, who may be behind the run."""
_MOST_S: Final = 120.0
_READY_S: Final = 60.0


def topic_address(where: str) -> TopicAddress | None:
    """The topic that is meant, `None` when it is none but a file or a web address. Raises `InvalidInput`."""
    scheme, found, _ = where.partition("://")
    if not found or scheme not in ("mqtt", "kafka"):
        return None
    parts = urlsplit(where)
    topic = unquote(parts.path).lstrip("/")
    if not topic or parts.query or "@" in parts.netloc or set(where) & set("#+\0"):
        hint = "Users and passwords are given by the settings."
        raise InvalidInput(where.rpartition("@")[2], [Problem("(topic)", "no topic of alerts", _ALLOWED, hint)])
    kind: Literal["mqtt", "kafka"] = "mqtt" if scheme == "mqtt" else "kafka"
    return TopicAddress(kind, parts.netloc, topic)


def reader(address: TopicAddress, settings: Settings) -> MqttSource | KafkaSource:
    """Who reads the topic from now on, started. Raises `InvalidInput`, `CannotStart`."""
    found = _leading_to(address, settings)
    source: MqttSource | KafkaSource
    if address.kind == "mqtt" and (mqtt := found.mqtt()) is not None:
        source = MqttSource(mqtt, [address.topic])
    elif address.kind == "kafka" and (kafka := found.kafka()) is not None:
        source = KafkaSource(kafka, address.topic, live=True)
    else:
        raise _nowhere(address)
    source.start()
    # what lies there already is about another run
    until = _now_s() + _MOST_S
    while not source.drained and address.kind == "kafka" and _now_s() < until:
        source.take(0.2)
    return source


def publisher(where: str, settings: Settings) -> Publisher:
    """Who takes alerts to a topic. Raises `InvalidInput`, `CannotStart`."""
    address = topic_address(where)
    if address is None:
        raise InvalidInput(where, [Problem("--alerts-to", "no topic", _ALLOWED)])
    found = _leading_to(address, settings)
    if address.kind == "mqtt" and (mqtt := found.mqtt()) is not None:
        return MqttPublisher(mqtt, address.topic)
    if address.kind == "kafka" and (kafka := found.kafka()) is not None:
        return KafkaPublisher(kafka, address.topic)
    raise _nowhere(address)


class TopicAlerts:
    """Gathers what is published to a topic while a run goes on; with a monitor of ours, or for anybody's."""

    def __init__(self, address: TopicAddress, settings: Settings) -> None:
        self._address = address
        self._source = reader(address, settings)
        self._monitor: subprocess.Popen[str] | None = None
        self._said: list[str] = []
        self._listener: Thread | None = None

    def watch(self, source: str, monitor: str, variables: Mapping[str, str]) -> None:
        """Have one of ours watch a topic of telemetry in a process of its own. `CannotStart` when it does not."""
        to = f"{self._address.kind}://{self._address.servers}/{self._address.topic}"
        command = [sys.executable, "-m", "api.cli", "monitor", source, "--alerts-to", to, "--monitor", monitor]
        self._monitor = subprocess.Popen(
            command, env=child_environment(variables), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self._monitor.stderr is not None
        self._listener = Thread(target=_note, args=(self._monitor.stderr, self._said), daemon=True)
        self._listener.start()
        until = _now_s() + _READY_S
        while "listening\n" not in self._said:
            if self._monitor.poll() is not None or _now_s() > until:
                raise CannotStart(f"the monitor does not listen: {''.join(self._said).strip()[-500:]}")
            self._listener.join(0.05)

    def finish(self) -> Sequence[Alert]:
        """All alerts, when the run is over. `CannotStart` when the monitor failed, `InvalidInput` for what is none."""
        if self._monitor is not None:
            self._monitor.terminate()
            code = self._monitor.wait(_MOST_S)
            if code != 0:
                raise CannotStart(f"the monitor ended with {code}: {''.join(self._said).strip()[-500:]}")
        lines: list[str] = []
        quiet_s = _STRANGER_QUIET_S if self._monitor is None else _QUIET_S
        heard_s = began_s = _now_s()
        # that nothing is taken at once says nothing: the end of a partition is told like that
        while _now_s() - heard_s < quiet_s and _now_s() - began_s < _MOST_S:
            if came := self._source.take(0.2):
                heard_s = _now_s()
                lines += [one.value.decode("utf-8", errors="replace") for one in came]
        return read_alerts(lines, f"topic {self._address.topic}")

    def close(self) -> None:
        """Let go of the topic, and end the monitor if it still is."""
        if self._monitor is not None and self._monitor.poll() is None:
            self._monitor.kill()
            self._monitor.wait(_MOST_S)
        if self._listener is not None:
            self._listener.join(_MOST_S)
        if self._monitor is not None and self._monitor.stderr is not None:
            self._monitor.stderr.close()
        self._source.close()


def _now_s() -> float:
    return WallClock.monotonic_ns() / 1e9


def _note(stream: IO[str], said: list[str]) -> None:
    said.extend(iter(stream.readline, ""))


def _leading_to(address: TopicAddress, settings: Settings) -> Settings:
    if not address.servers:
        return settings
    if address.kind == "kafka":
        return settings.overridden({"KAFKA_BROKER_SETTINGS": address.servers})
    host, _, port = address.servers.rpartition(":")
    changes: dict[str, Any] = {"MQTT_HOST": host, "MQTT_PORT": port} if host else {"MQTT_HOST": port}
    return settings.overridden(changes)


def _nowhere(address: TopicAddress) -> InvalidInput:
    name = "MQTT_HOST" if address.kind == "mqtt" else "KAFKA_BROKER_SETTINGS"
    found = [Problem("(settings)", f"no {name}", "a broker in the settings, or a run with an embedded one", _ALLOWED)]
    return InvalidInput(f"{address.kind}://{address.servers}/{address.topic}", found)
