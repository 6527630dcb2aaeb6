"""Apache Kafka as the tests want it: one KRaft node with a listener for every way of coming in."""

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.brokers.certificates import Certificates
from tests.brokers.installed import folder as installed
from tests.brokers.installed import program
from tests.brokers.processes import HOST, Broker, free_port
from tests.brokers.proxy import FaultProxy

USERNAME: Final = "alice"
PASSWORD: Final = "wonder-land-7"
HEAP: Final = "-Xmx512m"
CLASSES: Final = "/*"

_PROTOCOLS: Final[Mapping[str, str]] = {
    "plain": "PLAINTEXT",
    "sasl": "SASL_PLAINTEXT",
    "tls": "SSL",
    "sasl_tls": "SASL_SSL",
    "tls_expired": "SSL",
    "proxied": "PLAINTEXT",
}
"""Listeners by name; `proxied` tells its clients the address of a fault proxy."""


class Record(NamedTuple):
    """One record as it lies in a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    timestamp_ms: int


class Kafka(Broker):
    """One broker, which is its own controller."""

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        super().__init__("kafka", folder)
        self.username, self.password, self.ca = USERNAME, PASSWORD, certificates.ca
        self._ports = {name: free_port() for name in _PROTOCOLS}
        self._controller = free_port()
        self.port = self._ports["plain"]
        self.proxy = FaultProxy(HOST, self._ports["proxied"])
        self._config = folder / "server.properties"
        lines = [*self._node(), *self._listeners(), *self._security(certificates)]
        self._config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._formatted = False

    plain = property(lambda self: self.address("plain"))
    sasl = property(lambda self: self.address("sasl"))
    tls = property(lambda self: self.address("tls"))
    sasl_tls = property(lambda self: self.address("sasl_tls"))
    tls_expired = property(lambda self: self.address("tls_expired"))
    proxied = property(lambda self: self.address("proxied"))

    def address(self, listener: str) -> str:
        """Bootstrap servers of one listener."""
        return f"{HOST}:{self.proxy.port if listener == 'proxied' else self._ports[listener]}"

    def own_environment(self) -> dict[str, str]:
        """No Java options of the person who runs the tests."""
        return {"JAVA_TOOL_OPTIONS": "", "KAFKA_OPTS": ""}

    def start(self) -> None:
        """Start it, the first time with a new and empty log."""
        if not self._formatted:
            self._format()
        super().start()

    def close(self) -> None:
        """End the broker and its proxy."""
        self.proxy.close()
        # nothing of it is read again, so it need not end in order
        self.kill()

    def command(self) -> Sequence[str]:
        """The broker."""
        return self._java(HEAP, "kafka.Kafka", str(self._config))

    def ready(self) -> bool:
        """Whether it answers a question of a client."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        try:
            admin = AdminClient({"bootstrap.servers": self.plain, "log_level": 0, "reconnect.backoff.max.ms": 100})
            return bool(admin.list_topics(timeout=5).brokers)
        except KafkaException:
            return False

    def client(self, listener: str = "plain", **more: Any) -> dict[str, Any]:
        """Configuration of a confluent_kafka client; dots in names are written as underscores."""
        protocol = _PROTOCOLS[listener]
        config: dict[str, Any] = {"bootstrap.servers": self.address(listener), "security.protocol": protocol}
        if "SASL" in protocol:
            config |= {"sasl.mechanism": "PLAIN", "sasl.username": USERNAME, "sasl.password": PASSWORD}
        if "SSL" in protocol:
            config["ssl.ca.location"] = str(self.ca)
        return config | {name.replace("_", "."): value for name, value in more.items()}

    def environment(self, listener: str = "plain") -> dict[str, str]:
        """Settings of the product that lead to one listener."""
        protocol = _PROTOCOLS[listener]
        settings = {"KAFKA_BROKER_SETTINGS": self.address(listener)}
        settings["DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL"] = protocol
        if "SASL" in protocol:
            settings |= {"KAFKA_CLUSTER_KEY": USERNAME, "KAFKA_CLUSTER_SECRET": PASSWORD}
        if "SSL" in protocol:
            settings["DATA_SIMULATOR_KAFKA_CA_FILE"] = str(self.ca)
        return settings

    def create_topic(self, name: str, partitions: int = 3, **config: str) -> str:
        """Make a topic (names of its settings with underscores for dots) and give its name back.

        It keeps everything: records carry simulated time, and those of last January would go when the broker looks.
        """
        words = _admin_words()
        settings = {"retention.ms": "-1"} | {key.replace("_", "."): value for key, value in config.items()}
        topic = words.NewTopic(name, num_partitions=partitions, replication_factor=1, config=settings)
        # kept by name: what is asked of one that is gone is never answered
        admin = words.AdminClient(self.client())
        admin.create_topics([topic])[name].result(20)
        return name

    def deny_writes(self, topic: str, user: str = USERNAME) -> None:
        """From now on one user may not write to a topic; everybody else may."""
        words = _admin_words()

        def rule(who: str, operation: Any, permission: Any) -> Any:
            literal = words.ResourcePatternType.LITERAL
            return words.AclBinding(words.ResourceType.TOPIC, topic, literal, f"User:{who}", "*", operation, permission)

        rules = [
            rule(user, words.AclOperation.WRITE, words.AclPermissionType.DENY),
            rule("*", words.AclOperation.ALL, words.AclPermissionType.ALLOW),
        ]
        admin = words.AdminClient(self.client())
        for done in admin.create_acls(rules).values():
            done.result(20)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """How far each partition of a topic reaches."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer(self.client(group_id="ends"))
        try:
            partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
            return {n: consumer.get_watermark_offsets(TopicPartition(topic, n), timeout=20)[1] for n in partitions}
        finally:
            consumer.close()

    def records(self, topic: str, count: int, timeout_s: float = 20.0) -> list[Record]:
        """The first so many records of a topic, as they came; fewer when there are no more in time."""
        from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

        consumer = Consumer(self.client(group_id=f"reader-{uuid.uuid4()}"))
        try:
            partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
            consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in partitions])
            found: list[Record] = []
            while len(found) < count and (messages := consumer.consume(count - len(found), timeout=timeout_s)):
                found += [_record(message) for message in messages if message.error() is None]
            return found
        finally:
            consumer.close()

    def _java(self, *arguments: str) -> list[str]:
        classes = f"{installed() / 'kafka'}{CLASSES}"
        # a small young process: these live for a minute or two
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
        return [program("java") or "java", *quick, "-cp", classes, *arguments]

    def _format(self) -> None:
        # sixteen bytes; a random one may begin with a hyphen, which the tool takes for an option
        cluster = urlsafe_b64encode(b"data-simulator-t").decode().rstrip("=")
        tool = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._config))
        subprocess.run(tool, check=True, capture_output=True, cwd=self.folder, timeout=60)
        self._formatted = True

    def _node(self) -> list[str]:
        ones = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
        return [
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@{HOST}:{self._controller}",
            f"log.dirs={self.folder / 'data'}",
            "num.partitions=3",
            "group.initial.rebalance.delay.ms=0",
            # after a kill it may only come back when its old session has run out
            "broker.session.timeout.ms=2000",
            "broker.heartbeat.interval.ms=500",
            *(f"{name}.replication.factor=1" for name in ones),
            *(f"{name}.min.isr=1" for name in ones[1:]),
            "offsets.topic.num.partitions=3",
            "transaction.state.log.num.partitions=3",
            "share.coordinator.state.topic.num.partitions=3",
        ]

    def _listeners(self) -> list[str]:
        own = [f"{name.upper()}://{HOST}:{port}" for name, port in self._ports.items()]
        told = [f"{name.upper()}://{self.address(name)}" for name in self._ports]
        protocols = [f"{name.upper()}:{protocol}" for name, protocol in _PROTOCOLS.items()]
        return [
            f"listeners={','.join([*own, f'CONTROLLER://{HOST}:{self._controller}'])}",
            f"advertised.listeners={','.join(told)}",
            f"listener.security.protocol.map={','.join([*protocols, 'CONTROLLER:PLAINTEXT'])}",
            "controller.listener.names=CONTROLLER",
            "inter.broker.listener.name=PLAIN",
        ]

    def _security(self, certificates: Certificates) -> list[str]:
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        users = f'{login} user_{USERNAME}="{PASSWORD}";'
        expired = "listener.name.tls_expired.ssl.keystore"
        return [
            "sasl.enabled.mechanisms=PLAIN",
            f"listener.name.sasl.plain.sasl.jaas.config={users}",
            f"listener.name.sasl_tls.plain.sasl.jaas.config={users}",
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={certificates.keystore(self.folder)}",
            f"{expired}.type=PEM",
            f"{expired}.location={certificates.keystore(self.folder, expired=True)}",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found=true",
            # who comes in by the plain door may do everything, so that the tests can set the stage
            "super.users=User:ANONYMOUS",
        ]


def _admin_words() -> Any:
    # its names are not marked as its own, which a type checker minds
    return import_module("confluent_kafka.admin")


def _record(message: Any) -> Record:
    headers = dict(message.headers() or ())
    return Record(
        message.partition(), message.offset(), message.key(), message.value(), headers, message.timestamp()[1]
    )
