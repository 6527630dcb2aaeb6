"""The plan: where to and how, made once from settings and options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from actors.sinks._kafka.options import KafkaOptions
from schemas.connections import KafkaSettings, RegistrySettings
from schemas.settings import Settings

NO_CLUSTER: Final = "no Kafka cluster is configured: set KAFKA_BROKER_SETTINGS, or servers under options"
NO_REGISTRY: Final = "no schema registry is configured: set KAFKA_SCHEMA_ENDPOINT, or registry under options"

_CALM: Final[Mapping[str, Any]] = {
    # what it has to say comes through its error callback; by itself it would write to the terminal
    "log_level": 0,
    # a broker that takes bytes and answers nothing is given up after 15 s instead of 60
    "socket.timeout.ms": 15_000,
    "socket.connection.setup.timeout.ms": 10_000,
    # doubling, with jitter of -25 to +50 %: bounded, and back soon after an outage. Of this, too, is the pause between
    # attempts at a door that opens and shuts at once: half of it
    "reconnect.backoff.ms": 250,
    "reconnect.backoff.max.ms": 2_000,
    "client.id": "data-simulator",
}
"""Properties of librdkafka that all clients have in common."""


def settings_of(settings: Settings, options: KafkaOptions) -> Settings:
    """The settings, with what the scenario says instead."""
    return settings.overridden(
        {
            "KAFKA_BROKER_SETTINGS": options.servers,
            "TOPIC_NAME": options.topic,
            "KAFKA_SCHEMA_ENDPOINT": options.registry,
            "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL": options.security_protocol,
            "DATA_SIMULATOR_KAFKA_SASL_MECHANISM": options.sasl_mechanism,
            "DATA_SIMULATOR_KAFKA_CA_FILE": options.ca_file,
            "DATA_SIMULATOR_KAFKA_CERT_FILE": options.cert_file,
            "DATA_SIMULATOR_KAFKA_KEY_FILE": options.key_file,
        }
    )


def client_properties(target: KafkaSettings) -> dict[str, Any]:
    """Properties of any client. They hold secrets: for the constructor of the client only."""
    return {**_CALM, **target.librdkafka()}


def producer_properties(target: KafkaSettings, options: KafkaOptions, transactional_id: str) -> dict[str, Any]:
    """Properties of the producer. They hold secrets: for its constructor only."""
    properties = client_properties(target) | {
        "enable.idempotence": options.idempotent,
        "acks": "all",
        "linger.ms": options.linger_ms,
        "compression.type": options.compression,
        "message.max.bytes": options.max_record_bytes,
        "queue.buffering.max.messages": options.window,
        "queue.buffering.max.kbytes": 262_144,
        "message.timeout.ms": options.delivery_timeout_s * 1000,
        "request.timeout.ms": 10_000,
        # has it complain of every connection that is lost while others remain
        "log.connection.close": True,
        # as Java's clients choose partitions, so that a device's records meet whoever wrote them
        "partitioner": "murmur2_random",
    }
    if options.transactional:
        timeout_ms = options.transaction_timeout_s * 1000
        properties |= {
            "transactional.id": transactional_id,
            "transaction.timeout.ms": timeout_ms,
            "message.timeout.ms": min(options.delivery_timeout_s * 1000 or timeout_ms, timeout_ms),
            "request.timeout.ms": min(10_000, timeout_ms),
        }
    return properties


def cache_of(state_folder: Path | None) -> Path | None:
    """Where ids of schemas are kept from one process to the next."""
    return None if state_folder is None else state_folder / "schema-ids.json"


def registry_of(settings: Settings) -> RegistrySettings | None:
    """The registry, if there is one."""
    return settings.registry()
