"""What carries a run's frames: the brokers that the settings name, or embedded ones for who has none."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from actors.embedded.bridge import BridgeSpec
from actors.embedded.cast import BRIDGE_SHUTDOWN_S, TAIL_SHUTDOWN_S, BridgeActor, TailActor
from actors.embedded.pipeline import NOTICE, EmbeddedPipeline
from actors.embedded.tail import Tailed, TailSpec
from actors.families import format_word
from actors.proxies import FaultProxy, Proxies
from actors.proxies.proxy import HOST
from engine.supervision import ChildSpec
from schemas.problems import CannotStart
from schemas.scenario import Scenario, SinkSpec
from schemas.scenario.steps import ChaosStep
from schemas.settings import Settings

if TYPE_CHECKING:
    from actors.system import Simulation

PARTITIONS: Final = 6
"""Of each embedded topic; a device stays in one of them."""
BRIDGE, TAIL = "pipeline/bridge", "pipeline/tail"


@dataclass
class Transports:
    """The settings that lead to the brokers, and what has to live beside the sinks."""

    settings: Settings
    pipeline: EmbeddedPipeline | None = None
    children: tuple[ChildSpec, ...] = field(default_factory=tuple)
    proxies: Proxies | None = None
    """In front of the brokers and the registry that a scenario wants to disturb."""

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

    def join(self, simulation: "Simulation") -> None:
        """Give a simulation what lives beside it, and what chaos may disturb."""
        simulation.beside = self.children
        stage = simulation.timeline.stage
        stage.proxies = {} if self.proxies is None else self.proxies.by_name
        stage.embedded = self.pipeline

    def close(self) -> None:
        """End the proxies and the embedded brokers, if there are any."""
        if self.proxies is not None:
            self.proxies.close()
        if self.pipeline is not None:
            self.pipeline.close()


def embedded(scenario: Scenario, settings: Settings) -> tuple[bool, bool]:
    """Whether the brokers of MQTT and of Kafka are embedded ones, because nobody has configured them."""
    mqtt = settings.mqtt() is None and any(_needs(sink, "mqtt", "host") for sink in scenario.sinks)
    kafka = settings.kafka() is None and any(_needs(sink, "kafka", "servers") for sink in scenario.sinks)
    return mqtt, kafka


def prepare(
    scenario: Scenario, settings: Settings, emit: Callable[[Tailed], None], *, topics: tuple[str, ...] = ()
) -> Transports:
    """Find the brokers of the scenario's sinks; those that nobody has configured are started here, on loopback.

    `CannotStart` when they do not come up, with nothing left behind. `emit` is told of records that pass by. `topics`
    are further ones that an embedded Kafka is to have.
    """
    mqtt, kafka = embedded(scenario, settings)
    framed = any(sink.kind in ("mqtt", "kafka") and format_word(sink) != "json" for sink in scenario.sinks)
    registry = settings.registry() is None and framed and (mqtt or kafka)
    if not (mqtt or kafka):
        return _behind_proxies(scenario, Transports(settings))
    wanted_topics = {**_topics(settings), **dict.fromkeys(topics, 1)} if kafka else None
    pipeline = EmbeddedPipeline.start(wanted_topics, mqtt=mqtt, kafka=kafka, registry=registry)
    found = settings.overridden(pipeline.settings())
    transports = Transports(found, pipeline, _children(found, pipeline, emit))
    try:
        return _behind_proxies(scenario, transports)
    except BaseException:
        transports.close()
        raise


def wanted(scenario: Scenario) -> tuple[str, ...]:
    """The proxies that a scenario names, or that its steps disturb."""
    steps = [step.proxy for step in scenario.timeline if isinstance(step, ChaosStep) and step.proxy is not None]
    return tuple(dict.fromkeys((*scenario.proxies, *steps)))


def _behind_proxies(scenario: Scenario, transports: Transports) -> Transports:
    """Put the proxies that the scenario wants between its sinks and their brokers. `CannotStart` when one cannot be.

    Bridge, tail and whoever else listens go past them: they see what really arrived.
    """
    names = wanted(scenario)
    if not names:
        return transports
    transports.proxies = proxies = Proxies(scenario.seed)
    values: dict[str, str] = {}
    try:
        for name in names:
            proxy = proxies.add(name, *upstream(name, transports.settings), kafka=name == "kafka")
            values |= _leading_to(name, proxy)
    except BaseException as error:
        proxies.close()
        if isinstance(error, OSError):
            raise CannotStart(f"no proxy can be put in front of {name}: {error.strerror}") from None
        raise
    transports.settings = transports.settings.overridden(values)
    return transports


def upstream(name: str, settings: Settings) -> tuple[str, int]:
    """Host and port of what a proxy stands in front of. `CannotStart` says why there can be none."""
    match name:
        case "mqtt":
            broker = settings.mqtt()
            if broker is not None:
                _plain(name, broker.tls is not None)
                return broker.host, broker.port
        case "kafka":
            cluster = settings.kafka()
            if cluster is not None:
                _plain(name, "SSL" in cluster.security_protocol)
                host, _, port = cluster.servers.rpartition(":")
                if host != HOST:
                    raise CannotStart(
                        f"proxy kafka: found servers {cluster.servers}; allowed: one broker on {HOST}, because brokers "
                        "tell clients their own address and the proxy can change only its port"
                    )
                return host, int(port)
        case _:
            registry = settings.registry()
            if registry is not None:
                url = urlsplit(registry.url)
                _plain(name, url.scheme == "https")
                return url.hostname or HOST, url.port or 80
    raise CannotStart(f"proxy {name}: this run has no {name}; name a sink that needs it, or leave the proxy out")


def _plain(name: str, encrypted: bool) -> None:
    if encrypted:
        raise CannotStart(f"proxy {name}: its connections are encrypted for another name; allowed: without TLS")


def _leading_to(name: str, proxy: FaultProxy) -> dict[str, str]:
    match name:
        case "mqtt":
            return {"MQTT_HOST": HOST, "MQTT_PORT": str(proxy.port)}
        case "kafka":
            return {"KAFKA_BROKER_SETTINGS": proxy.address}
    return {"KAFKA_SCHEMA_ENDPOINT": f"http://{proxy.address}"}


def _needs(sink: SinkSpec, kind: str, option: str) -> bool:
    return sink.kind == kind and sink.options.get(option) is None


def _topics(settings: Settings) -> dict[str, int]:
    topic = settings.kafka_topic
    return dict.fromkeys((topic, f"{topic}.truth", f"{topic}.faults"), PARTITIONS)


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
