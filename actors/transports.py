"""What carries a run's frames: the brokers that the settings name, or embedded ones for who has none."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from actors.embedded.bridge import BridgeSpec
from actors.embedded.cast import BRIDGE_SHUTDOWN_S, TAIL_SHUTDOWN_S, BridgeActor, TailActor
from actors.embedded.pipeline import NOTICE, EmbeddedPipeline
from actors.embedded.tail import Tailed, TailSpec
from actors.families import format_word
from engine.supervision import ChildSpec
from schemas.scenario import Scenario, SinkSpec
from schemas.settings import Settings

PARTITIONS: Final = 6
"""Of each embedded topic; a device stays in one of them."""
BRIDGE, TAIL = "pipeline/bridge", "pipeline/tail"


@dataclass
class Transports:
    """The settings that lead to the brokers, and what has to live beside the sinks."""

    settings: Settings
    pipeline: EmbeddedPipeline | None = None
    children: tuple[ChildSpec, ...] = field(default_factory=tuple)

    def notices(self) -> list[str]:
        """What a person has to be told: where to join, and that nothing is kept."""
        if self.pipeline is None:
            return []
        names = ("MQTT 3.1.1", "MQTT 5", "Kafka", "Schema Registry")
        lines = [f"{name}: {address}" for name, address in zip(names, self.pipeline.addresses, strict=True) if address]
        topics = []
        if self.pipeline.mqtt is not None:
            topics.append(f"MQTT topics {self.settings.mqtt_topic}/#")
        if self.pipeline.kafka is not None:
            topics.append(f"Kafka topic {self.settings.kafka_topic}")
        return [*lines, ", ".join(topics), NOTICE]

    def close(self) -> None:
        """End the embedded brokers, if there are any."""
        if self.pipeline is not None:
            self.pipeline.close()


def prepare(scenario: Scenario, settings: Settings, emit: Callable[[Tailed], None]) -> Transports:
    """Find the brokers of the scenario's sinks; those that nobody has configured are started here, on loopback.

    `CannotStart` when they do not come up, with nothing left behind. `emit` is told of records that pass by.
    """
    mqtt = settings.mqtt() is None and any(_needs(sink, "mqtt", "host") for sink in scenario.sinks)
    kafka = settings.kafka() is None and any(_needs(sink, "kafka", "servers") for sink in scenario.sinks)
    framed = any(sink.kind in ("mqtt", "kafka") and format_word(sink) != "json" for sink in scenario.sinks)
    registry = settings.registry() is None and framed and (mqtt or kafka)
    if not (mqtt or kafka):
        return Transports(settings)
    pipeline = EmbeddedPipeline.start(_topics(settings) if kafka else None, mqtt=mqtt, kafka=kafka, registry=registry)
    found = settings.overridden(pipeline.settings())
    return Transports(found, pipeline, _children(found, pipeline, emit))


def _needs(sink: SinkSpec, kind: str, option: str) -> bool:
    return sink.kind == kind and sink.options.get(option) is None


def _topics(settings: Settings) -> dict[str, int]:
    return {settings.kafka_topic: PARTITIONS, f"{settings.kafka_topic}.truth": PARTITIONS}


def _children(settings: Settings, pipeline: EmbeddedPipeline, emit: Callable[[Tailed], None]) -> tuple[ChildSpec, ...]:
    """The tail first and the bridge after it, so that at the end the bridge empties itself before the eyes close."""
    mqtt, kafka = pipeline.mqtt, pipeline.kafka
    tail = TailSpec(
        mqtt_host=mqtt.host if mqtt else "",
        mqtt_port=mqtt.port5 if mqtt else 0,
        topics=f"{settings.mqtt_topic}/#",
        kafka=kafka.bootstrap if kafka else "",
        kafka_topics=(settings.kafka_topic,) if kafka else (),
        registry=settings.registry(),
        rate=1,
    )
    children = [ChildSpec(TAIL, lambda *_: TailActor.start(tail, emit), threaded=True, shutdown_s=TAIL_SHUTDOWN_S)]
    if mqtt and kafka:
        bridge = BridgeSpec(
            mqtt.host, mqtt.port5, f"{settings.mqtt_topic}/#", kafka=kafka.bootstrap, kafka_topic=settings.kafka_topic
        )
        start = ChildSpec(BRIDGE, lambda *_: BridgeActor.start(bridge), threaded=True, shutdown_s=BRIDGE_SHUTDOWN_S)
        children.append(start)
    return tuple(children)
