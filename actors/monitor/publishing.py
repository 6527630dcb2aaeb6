"""Where a monitor publishes its alerts besides files: a topic of MQTT or of Kafka."""

import os
from typing import Any, Final, Literal, NamedTuple, Protocol

import paho.mqtt.client as paho
from confluent_kafka import Producer
from paho.mqtt.enums import CallbackAPIVersion

from actors.auditor.mqtt import tls_context
from actors.monitor.alerts import Alert
from schemas.connections import KafkaSettings, MqttSettings
from schemas.problems import CannotStart

CONFIRMED_S: Final = 30.0
"""How long the broker may take to confirm an alert."""


class TopicAddress(NamedTuple):
    """A topic of alerts."""

    kind: Literal["mqtt", "kafka"]
    servers: str
    """`host:port`, or empty for the broker that the settings name."""
    topic: str


class Publisher(Protocol):
    """Takes alerts to a topic."""

    def publish(self, alert: Alert) -> None:
        """Give one away; `close` waits until the broker has confirmed it."""

    def close(self) -> None:
        """Wait for what is not confirmed yet, and hang up. `CannotStart` when something is not confirmed in time."""


class MqttPublisher:
    """One message an alert, at least once."""

    def __init__(self, settings: MqttSettings, topic: str) -> None:
        self._topic = topic
        self._where = f"{settings.host}:{settings.port}"
        self._last: Any = None
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"data-simulator-alerts-{os.getpid()}", protocol=paho.MQTTv5
        )
        self._client.reconnect_delay_set(1, 2)
        if settings.username is not None:
            password = None if settings.password is None else settings.password.reveal()
            self._client.username_pw_set(settings.username.reveal(), password)
        if settings.tls is not None:
            self._client.tls_set_context(tls_context(settings.tls))
        try:
            self._client.connect(settings.host, settings.port, keepalive=15)
        except (OSError, ValueError) as error:
            raise CannotStart(f"no MQTT broker for alerts at {self._where}: {error}") from error
        self._client.loop_start()

    def publish(self, alert: Alert) -> None:
        """See `Publisher`."""
        self._last = self._client.publish(self._topic, alert.line(), qos=1)

    def close(self) -> None:
        """See `Publisher`."""
        try:
            if self._last is not None:
                self._last.wait_for_publish(CONFIRMED_S)
                if not self._last.is_published():
                    raise CannotStart(f"the MQTT broker at {self._where} confirms no alerts")
        finally:
            self._client.disconnect()
            self._client.loop_stop()


class KafkaPublisher:
    """One record an alert, its device as the key."""

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._topic = topic
        self._where = settings.servers
        self._refused = ""
        self._producer = Producer({**settings.librdkafka(), "enable.idempotence": True, "log_level": 0})

    def publish(self, alert: Alert) -> None:
        """See `Publisher`."""
        self._producer.produce(self._topic, alert.line(), alert.device, on_delivery=self._told)
        self._producer.poll(0)

    def close(self) -> None:
        """See `Publisher`."""
        left = self._producer.flush(CONFIRMED_S)
        if left or self._refused:
            why = self._refused or f"{left} are not confirmed"
            raise CannotStart(f"alerts do not reach topic {self._topic!r} at {self._where}: {why}")

    def _told(self, error: Any, _message: Any) -> None:
        if error is not None:
            self._refused = str(error)
