"""Secrets of the settings do not show in logs, whoever is careless with them."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from actors.logs import configure, logger
from schemas.settings import SECRETS, Settings

PLAIN = {
    "MQTT_HOST": "broker",
    "KAFKA_BROKER_SETTINGS": "broker:9092",
    "KAFKA_SCHEMA_ENDPOINT": "https://registry",
}


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_planted_secrets_show_in_no_log_line() -> None:
    planted = {name: f"planted/{name.lower()} +" for name in SECRETS}
    settings = Settings.load({**PLAIN, **planted})
    out = StringIO()
    configure("json", stream=out, secrets=settings.secrets())
    registry, kafka = settings.registry(), settings.kafka()
    assert registry is not None
    assert kafka is not None
    told = {**kafka.librdkafka(), "header": registry.authorization(), "settings": settings}
    logger("sinks/kafka").error(
        "cannot connect", whole=repr(told), **{f"k_{i}": v for i, v in enumerate(told.values())}
    )
    logging.getLogger("urllib3").warning("retry %s", registry.password)
    assert out.getvalue().count("\n") == 2
    hidden = [value for name, value in planted.items() if name not in ("HIVE_USERNAME", "SCHEMA_USERNAME")]
    assert not [value for value in (*hidden, str(registry.authorization())) if value in out.getvalue()]
