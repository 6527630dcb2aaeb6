"""The whole pipeline: up at once, or not at all."""

import os
import time

import psutil
import pytest

from actors.embedded import pipeline as embedded
from actors.embedded.kafka import MockCluster
from actors.embedded.pipeline import NOTICE, Addresses, EmbeddedPipeline
from schemas.problems import CannotStart
from schemas.settings import Settings


def up() -> tuple[float, EmbeddedPipeline]:
    """A pipeline that was started and closed, and how long the start took."""
    begun = time.monotonic()
    pipeline = EmbeddedPipeline.start({"telemetry": 3})
    took = time.monotonic() - begun
    pipeline.close()
    return took, pipeline


def test_it_is_up_within_a_second_and_a_half() -> None:
    assert any(up()[0] < 1.5 for _ in range(5))  # neighbours on the machine may spoil some of them


def test_it_says_where_it_is_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    _, pipeline = up()
    addresses = pipeline.addresses
    limits = pipeline.limits
    pipeline.close()
    assert all(addresses)
    assert all("127.0.0.1:" in one for one in addresses)
    assert len(set(addresses)) == 4
    assert len(limits) == 3
    assert "keep nothing" in NOTICE
    assert capfd.readouterr() == ("", "")


def test_it_costs_little_memory() -> None:
    before = psutil.Process(os.getpid()).memory_info().rss
    pipeline = EmbeddedPipeline.start({"telemetry": 3})
    here = psutil.Process(os.getpid()).memory_info().rss - before
    assert pipeline.mqtt is not None
    broker = psutil.Process(pipeline.mqtt.pid).memory_info().rss  # type: ignore[attr-defined]
    pipeline.close()
    assert here < 40 << 20
    assert broker < 60 << 20


def test_only_what_is_asked_for_is_started() -> None:
    pipeline = EmbeddedPipeline.start(mqtt=False, kafka=False)
    assert pipeline.mqtt is None
    assert pipeline.kafka is None
    assert pipeline.addresses == Addresses(registry=pipeline.registry.url if pipeline.registry else "")
    assert list(pipeline.settings()) == ["KAFKA_SCHEMA_ENDPOINT"]
    pipeline.close()
    assert EmbeddedPipeline.start(mqtt=False, kafka=False, registry=False).addresses == Addresses()


@pytest.mark.parametrize("version", [4, 5])
def test_settings_lead_to_it(version: int) -> None:
    pipeline = EmbeddedPipeline.start()
    settings = Settings().overridden(dict(pipeline.settings(version)))
    mqtt, kafka, registry = settings.mqtt(), settings.kafka(), settings.registry()
    assert mqtt is not None
    assert kafka is not None
    assert registry is not None
    addresses = pipeline.addresses
    assert f"{mqtt.host}:{mqtt.port}" == (addresses.mqtt5 if version == 5 else addresses.mqtt)
    assert mqtt.tls is None
    assert (kafka.servers, kafka.security_protocol) == (addresses.kafka, "PLAINTEXT")
    assert registry.url == addresses.registry
    pipeline.close()


def test_when_one_cannot_start_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    class Noted(MockCluster):
        def close(self) -> None:
            closed.append(self.bootstrap)
            super().close()

    def refuse() -> None:
        raise CannotStart("no registry today")

    monkeypatch.setattr(embedded, "start_kafka", lambda _: Noted())
    monkeypatch.setattr(embedded, "start_registry", refuse)
    with pytest.raises(CannotStart, match="no registry today"):
        EmbeddedPipeline.start(mqtt=False)
    assert len(closed) == 1
