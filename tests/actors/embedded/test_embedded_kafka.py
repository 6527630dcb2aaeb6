"""The embedded Kafka broker, through stock clients."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from confluent_kafka import Consumer

from actors.embedded import kafka as embedded
from actors.embedded import librdkafka
from actors.embedded.kafka import KafkaHandle, MockCluster, PlainMock, UnsupportedError, start_kafka
from schemas.problems import CannotStart
from tests.actors.embedded.kafka_clients import consumed, producer, values
from tests.actors.embedded.patience import until


@pytest.fixture
def broker() -> Iterator[KafkaHandle]:
    with ExitStack() as stack:
        started = start_kafka({"telemetry": 1})
        stack.callback(started.close)
        yield started


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of confluent-kafka that does not show the mock cluster's functions."""

    def missing() -> librdkafka.Library:
        raise librdkafka.MissingError("librdkafka.so: rd_kafka_mock_cluster_new")

    monkeypatch.setattr(embedded, "library", missing)


def test_it_is_the_mock_cluster_of_the_wheel(broker: KafkaHandle) -> None:
    """The functions that are used are experimental: this is the test that tells when a release moves them."""
    assert isinstance(broker, MockCluster)
    assert broker.bootstrap.startswith("127.0.0.1:")


def test_records_go_in_and_come_out_with_key_and_headers(broker: KafkaHandle) -> None:
    sender = producer(broker.bootstrap)
    sender.produce("telemetry", b"value", b"key", headers=[("run", b"7")], timestamp=1_767_225_600_000)
    assert sender.flush(10) == 0
    (record,) = consumed(broker.bootstrap, "telemetry", 1)
    assert (record.key(), record.value(), record.headers()) == (b"key", b"value", [("run", b"7")])
    assert record.timestamp() == (1, 1_767_225_600_000)


def test_a_group_of_another_process_joins_and_reads(broker: KafkaHandle) -> None:
    sender = producer(broker.bootstrap)
    for i in range(100):
        sender.produce("telemetry", str(i).encode())
    assert sender.flush(10) == 0
    program = """
import sys
from confluent_kafka import Consumer
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "g", "auto.offset.reset": "earliest",
                     "session.timeout.ms": 6000})
consumer.subscribe(["telemetry"])
seen = 0
for _ in range(200):
    seen += sum(one.error() is None for one in consumer.consume(100 - seen, 0.1))
    if seen == 100:
        break
print(seen)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, broker.bootstrap], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "100\n"


def test_the_first_of_a_group_does_not_wait_for_others(broker: KafkaHandle) -> None:
    """Kafka's default, and the mock's, is three seconds."""

    def joined(group: str) -> float:
        reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "log_level": 0})
        reader.subscribe(["telemetry"])
        begun = time.monotonic()
        until(lambda: reader.poll(0.02) is None and reader.assignment())
        took = time.monotonic() - begun
        reader.close()
        return took

    # neighbours on the machine may spoil some of them; who waits does so each time
    assert any(joined(f"g{number}") < 2.5 for number in range(4))


def test_a_topic_has_the_partitions_it_was_given_and_keeps_them(broker: KafkaHandle) -> None:
    broker.create_topic("truth", 5)
    broker.create_topic("truth", 2)
    found = producer(broker.bootstrap).list_topics("truth", 5).topics["truth"]
    assert len(found.partitions) == 5


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "ü", "a/b", "a" * 250])
def test_a_topic_that_kafka_would_not_take_is_refused(broker: KafkaHandle, name: str) -> None:
    with pytest.raises(ValueError, match="Kafka takes"):
        broker.create_topic(name)


@pytest.mark.parametrize("partitions", [0, -1, 1001])
def test_partitions_have_limits(broker: KafkaHandle, partitions: int) -> None:
    with pytest.raises(ValueError, match="partitions"):
        broker.create_topic("telemetry2", partitions)


def test_an_outage_holds_records_back_and_loses_none(broker: KafkaHandle) -> None:
    sender = producer(broker.bootstrap, **{"reconnect.backoff.max.ms": 100})
    sender.produce("telemetry", b"before")
    assert sender.flush(10) == 0
    broker.down()
    for i in range(50):
        sender.produce("telemetry", str(i).encode())
    assert sender.flush(0.3) == 50
    broker.up()
    assert sender.flush(10) == 0
    found = values(consumed(broker.bootstrap, "telemetry", 51))
    assert found == [b"before", *(str(i).encode() for i in range(50))]


def test_requests_fail_as_often_as_asked_for(broker: KafkaHandle) -> None:
    """NOT_LEADER_FOR_PARTITION is retried; the delivery takes at least as many times the wait between."""
    sender = producer(broker.bootstrap, **{"retry.backoff.ms": 50})
    errors = []
    broker.fail_next("Produce", [6, 6, 6])
    sender.produce("telemetry", b"x", on_delivery=lambda error, _: errors.append(error))
    begun = time.monotonic()
    assert sender.flush(10) == 0
    assert errors == [None]
    assert time.monotonic() - begun > 0.1
    assert values(consumed(broker.bootstrap, "telemetry", 1)) == [b"x"]


def test_an_unknown_request_is_named(broker: KafkaHandle) -> None:
    with pytest.raises(ValueError, match="known: Produce"):
        broker.fail_next("Prodcue", [6])


def test_answers_can_be_late(broker: KafkaHandle) -> None:
    sender = producer(broker.bootstrap)
    sender.produce("telemetry", b"warm")
    assert sender.flush(10) == 0
    broker.rtt(300)
    sender.produce("telemetry", b"late")
    begun = time.monotonic()
    assert sender.flush(10) == 0
    assert time.monotonic() - begun >= 0.29


def test_a_closed_broker_is_gone_and_stays_closed() -> None:
    broker = start_kafka()
    broker.close()
    broker.close()
    for use in (broker.down, broker.up, lambda: broker.rtt(1), lambda: broker.create_topic("t")):
        with pytest.raises(RuntimeError, match="closed"):
            use()


def test_two_brokers_know_nothing_of_each_other(broker: KafkaHandle) -> None:
    other = start_kafka({"telemetry": 1})
    sender = producer(broker.bootstrap)
    sender.produce("telemetry", b"x")
    assert sender.flush(10) == 0
    assert consumed(other.bootstrap, "telemetry", 1, seconds=0.3) == []
    other.close()


@pytest.mark.usefixtures("no_library")
def test_without_its_functions_the_cluster_is_made_by_a_setting() -> None:
    broker = start_kafka({"telemetry": 1})
    assert isinstance(broker, PlainMock)
    assert "faults cannot be acted out" in broker.limits
    sender = producer(broker.bootstrap)
    sender.produce("telemetry", b"x")
    assert sender.flush(10) == 0
    assert values(consumed(broker.bootstrap, "telemetry", 1)) == [b"x"]
    for fault in (broker.down, lambda: broker.rtt(1), lambda: broker.fail_next("Produce", [6])):
        with pytest.raises(UnsupportedError):
            fault()
    broker.close()
    broker.close()
    with pytest.raises(RuntimeError, match="closed"):
        broker.create_topic("t")


@pytest.mark.usefixtures("no_library")
def test_where_nothing_works_it_says_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> PlainMock:
        raise CannotStart("no mock at all")

    monkeypatch.setattr(embedded, "PlainMock", refuse)
    with pytest.raises(CannotStart, match=r"rd_kafka_mock_cluster_new; no mock at all"):
        start_kafka()


def test_it_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    broker = start_kafka({"telemetry": 1})
    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "g", "log_level": 0})
    reader.subscribe(["telemetry"])
    until(lambda: reader.poll(0.05) is None and reader.assignment())
    reader.close()
    broker.close()
    assert capfd.readouterr() == ("", "")
