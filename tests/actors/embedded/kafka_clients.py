"""Stock Kafka clients for the tests of what is embedded."""

import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, Producer, TopicPartition


def producer(bootstrap: str, **more: Any) -> Producer:
    settings = {"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 1, "log_level": 0}
    return Producer({**settings, **more})


def consumed(bootstrap: str, topic: str, count: int, seconds: float = 15.0) -> list[Message]:
    """The first records of a topic, or as many as came in time."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "tests", "enable.auto.commit": False, "log_level": 0}
    )
    partitions = consumer.list_topics(topic, 5.0).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    found: list[Message] = []
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        found += [message for message in consumer.consume(count - len(found), 0.1) if message.error() is None]
    consumer.close()
    return found


def values(messages: Sequence[Message]) -> list[bytes]:
    return [bytes(message.value() or b"") for message in messages]
