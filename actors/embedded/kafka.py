"""A Kafka broker on loopback: librdkafka's own mock cluster, which clients of any process may join.

It is made for tests of librdkafka, so its makers call it experimental; what it cannot do stands in `LIMITS`.
"""

import ctypes
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from confluent_kafka import KafkaException, Producer

from actors.embedded.librdkafka import MissingError, library
from schemas.problems import CannotStart

LIMITS: Final = (
    "The embedded Kafka broker keeps its records in memory, about 5 MB for each partition, and drops the oldest "
    "silently; nothing is left when it ends. Topics cannot be created or configured by admin clients, records of "
    "aborted transactions are visible, and look-ups of offsets by time find nothing."
)
BROKER: Final = 1
"""Id of the one broker of the cluster."""
APIS: Final[Mapping[str, int]] = {
    "Produce": 0,
    "Fetch": 1,
    "Metadata": 3,
    "OffsetCommit": 8,
    "JoinGroup": 11,
    "InitProducerId": 22,
}
"""Requests that can be made to fail, by their numbers in Kafka's protocol."""
EXISTS: Final = 36
"""TOPIC_ALREADY_EXISTS."""
PRODUCER: Final = 0


class UnsupportedError(NotImplementedError):
    """This stand-in for a broker cannot act out that fault."""


class KafkaHandle(Protocol):
    """A running broker and what can be done to it."""

    bootstrap: str
    """Where clients connect: `127.0.0.1:port`."""
    limits: str
    """What it cannot do, for people."""

    def create_topic(self, name: str, partitions: int = 3) -> None:
        """Make a topic; one that is there stays as it is. `ValueError` for a name Kafka would not take."""
        ...

    def down(self) -> None:
        """Drop all connections and take no new ones."""
        ...

    def up(self) -> None:
        """Take connections again."""
        ...

    def rtt(self, milliseconds: int) -> None:
        """Delay every answer."""
        ...

    def fail_next(self, api: str, errors: Sequence[int]) -> None:
        """Answer the next requests of one kind (`Produce`...) with these error codes of Kafka's."""
        ...

    def fail_no_more(self, api: str) -> None:
        """Forget the error codes that are left for requests of one kind."""
        ...

    def close(self) -> None:
        """End it; what it held is gone. A second call does nothing."""
        ...


class MockCluster:
    """One broker inside this process, on threads of librdkafka's own. Raises `MissingError`, `CannotStart`."""

    limits = LIMITS

    def __init__(self, join_delay_ms: int = 100) -> None:
        self._library = library()
        self._lock = threading.Lock()
        self._client = self._open()
        self._cluster = self._library.mock_cluster_new(self._client, 1)
        if not self._cluster:
            self._library.destroy(self._client)
            raise CannotStart("the embedded Kafka broker: librdkafka could not make its mock cluster")
        # a group's first member would otherwise wait 3 s for others
        self._library.mock_group_initial_rebalance_delay_ms(self._cluster, join_delay_ms)
        self.bootstrap: str = self._library.mock_cluster_bootstraps(self._cluster).decode()

    def _open(self) -> Any:
        """The client handle that the cluster hangs on; silent but for errors."""
        said = ctypes.create_string_buffer(256)
        conf = self._library.conf_new()
        self._library.conf_set(conf, b"log_level", b"3", said, len(said))
        client = self._library.new(PRODUCER, conf, said, len(said))
        if not client:
            self._library.conf_destroy(conf)
            raise CannotStart(f"the embedded Kafka broker: {said.value.decode(errors='replace')}")
        return client

    def create_topic(self, name: str, partitions: int = 3) -> None:
        """Make a topic; one that is there stays as it is."""
        check_topic(name, partitions)
        with self._lock:
            error = self._library.mock_topic_create(self._running(), name.encode(), partitions, 1)
        if error not in (0, EXISTS):
            raise ValueError(f"topic {name!r}: Kafka's error {error}")

    def down(self) -> None:
        """Drop all connections and take no new ones."""
        with self._lock:
            self._library.mock_broker_set_down(self._running(), BROKER)

    def up(self) -> None:
        """Take connections again, on the same port."""
        with self._lock:
            self._library.mock_broker_set_up(self._running(), BROKER)

    def rtt(self, milliseconds: int) -> None:
        """Delay every answer."""
        with self._lock:
            self._library.mock_broker_set_rtt(self._running(), BROKER, milliseconds)

    def fail_next(self, api: str, errors: Sequence[int]) -> None:
        """Answer the next requests of one kind with these error codes."""
        if api not in APIS:
            raise ValueError(f"request {api!r}; known: {', '.join(APIS)}")
        codes = (ctypes.c_int * len(errors))(*errors)
        with self._lock:
            self._library.mock_push_request_errors_array(self._running(), APIS[api], len(errors), codes)

    def fail_no_more(self, api: str) -> None:
        """Forget the error codes that are left."""
        with self._lock:
            if self._cluster:
                self._library.mock_clear_request_errors(self._cluster, APIS[api])

    def close(self) -> None:
        """End it. Clients that are still connected see a broker that is gone."""
        with self._lock:
            cluster, self._cluster = self._cluster, None
            if cluster:
                self._library.mock_cluster_destroy(cluster)
                self._library.destroy(self._client)

    def _running(self) -> Any:
        """The cluster; a pointer to one that was destroyed would end the process."""
        if not self._cluster:
            raise RuntimeError("the embedded Kafka broker is closed")
        return self._cluster


class PlainMock:
    """The same cluster through a setting of an ordinary client, where its functions cannot be reached: no faults."""

    limits = LIMITS + " Topics have four partitions; faults cannot be acted out."

    def __init__(self) -> None:
        self._client: Producer | None = Producer({"test.mock.num.brokers": 1, "log_level": 3})
        try:
            brokers = self._client.list_topics(timeout=5.0).brokers
        except KafkaException as error:
            raise CannotStart(f"the embedded Kafka broker: {error.args[0].str()}") from None
        self.bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers.values())

    def create_topic(self, name: str, partitions: int = 3) -> None:
        """Make a topic; the number of its partitions is the cluster's own choice."""
        check_topic(name, partitions)
        if self._client is None:
            raise RuntimeError("the embedded Kafka broker is closed")
        self._client.list_topics(name, timeout=5.0)  # asking for it is what makes it

    def down(self) -> None:
        """Cannot be done here."""
        raise UnsupportedError("an outage of the embedded Kafka broker")

    def up(self) -> None:
        """Nothing to do: it is never down."""

    def rtt(self, milliseconds: int) -> None:
        """Cannot be done here."""
        raise UnsupportedError(f"answers {milliseconds} ms late from the embedded Kafka broker")

    def fail_next(self, api: str, errors: Sequence[int]) -> None:
        """Cannot be done here."""
        raise UnsupportedError(f"{len(errors)} failed {api} requests of the embedded Kafka broker")

    def fail_no_more(self, api: str) -> None:
        """Nothing to do: none ever fails."""

    def close(self) -> None:
        """End it with the client it belongs to."""
        self._client = None


def check_topic(name: str, partitions: int) -> None:
    """Hold a topic to Kafka's rules; the mock would take anything. Raises `ValueError`."""
    if not (
        0 < len(name) <= 249
        and name not in {".", ".."}
        and all(c.isascii() and (c.isalnum() or c in "._-") for c in name)
    ):
        raise ValueError(f"topic {name!r}: Kafka takes 1 to 249 letters, digits, '.', '_' and '-'")
    if not 1 <= partitions <= 1000:
        raise ValueError(f"topic {name!r}: found {partitions} partitions; allowed: 1 to 1000")


def start_kafka(topics: Mapping[str, int] | None = None, join_delay_ms: int = 100) -> KafkaHandle:
    """Start a broker with these topics (name: partitions). Raises `CannotStart`."""
    broker: KafkaHandle
    try:
        broker = MockCluster(join_delay_ms)
    except MissingError as missing:
        try:
            broker = PlainMock()
        except (KafkaException, CannotStart) as error:
            raise CannotStart(f"the embedded Kafka broker: {missing}; {error}") from None
    for name, partitions in (topics or {}).items():
        broker.create_topic(name, partitions)
    return broker
