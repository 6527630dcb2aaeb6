"""The whole pipeline on loopback, for who has no brokers: MQTT, Kafka and a schema registry, up in a second."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from actors.embedded.kafka import KafkaHandle, start_kafka
from actors.embedded.mqtt import MqttHandle, start_mqtt
from actors.embedded.registry import RegistryHandle, start_registry

NOTICE: Final = "Embedded brokers keep nothing: all records are gone when the program ends."
"""What has to be said whenever they are used."""


class Addresses(NamedTuple):
    """Where clients of any kind join; empty for what was not started."""

    mqtt: str = ""
    """`127.0.0.1:port`, MQTT 3.1.1."""
    mqtt5: str = ""
    """`127.0.0.1:port`, MQTT 5."""
    kafka: str = ""
    """Bootstrap servers."""
    registry: str = ""
    """`http://127.0.0.1:port`"""


class EmbeddedPipeline:
    """Whatever of the three was asked for. It prints nothing."""

    def __init__(self, mqtt: MqttHandle | None, kafka: KafkaHandle | None, registry: RegistryHandle | None) -> None:
        self.mqtt, self.kafka, self.registry = mqtt, kafka, registry

    @classmethod
    def start(
        cls, topics: Mapping[str, int] | None = None, *, mqtt: bool = True, kafka: bool = True, registry: bool = True
    ) -> "EmbeddedPipeline":
        """Start them side by side; `topics` of Kafka with their partitions. Raises `CannotStart`, leaving nothing."""
        makers: dict[str, Callable[[], Any]] = {}
        if mqtt:
            makers["mqtt"] = start_mqtt
        if kafka:
            makers["kafka"] = lambda: start_kafka(topics)
        if registry:
            makers["registry"] = start_registry
        started = _side_by_side(makers)
        return cls(started.get("mqtt"), started.get("kafka"), started.get("registry"))

    @property
    def addresses(self) -> Addresses:
        """Where to join."""
        return Addresses(
            f"{self.mqtt.host}:{self.mqtt.port}" if self.mqtt else "",
            f"{self.mqtt.host}:{self.mqtt.port5}" if self.mqtt else "",
            self.kafka.bootstrap if self.kafka else "",
            self.registry.url if self.registry else "",
        )

    @property
    def limits(self) -> tuple[str, ...]:
        """What they cannot do, a paragraph each."""
        return tuple(part.limits for part in (self.mqtt, self.kafka, self.registry) if part is not None)

    def settings(self, mqtt_version: int = 5) -> Mapping[str, str]:
        """Values for the settings of the environment that lead to them, for clients of this version of MQTT."""
        values: dict[str, str] = {}
        if self.mqtt:
            port = self.mqtt.port5 if mqtt_version == 5 else self.mqtt.port
            values |= {"MQTT_HOST": self.mqtt.host, "MQTT_PORT": str(port)}
        if self.kafka:
            values["KAFKA_BROKER_SETTINGS"] = self.kafka.bootstrap
        if self.registry:
            values["KAFKA_SCHEMA_ENDPOINT"] = self.registry.url
        return values

    def close(self) -> None:
        """End them; what they held is gone. A second call does nothing."""
        for part in (self.registry, self.kafka, self.mqtt):
            if part is not None:
                part.close()


def _side_by_side(makers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Start all at once; when one cannot start, end those that could and raise its error."""
    with ThreadPoolExecutor(max_workers=max(len(makers), 1), thread_name_prefix="embedded-start") as pool:
        futures = {name: pool.submit(make) for name, make in makers.items()}
    errors = [error for future in futures.values() if (error := future.exception()) is not None]
    if errors:
        for future in futures.values():
            if future.exception() is None:
                future.result().close()
        raise errors[0]
    return {name: future.result() for name, future in futures.items()}
