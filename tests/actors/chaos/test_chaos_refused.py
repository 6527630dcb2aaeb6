"""Row 'refused': a broker that lets nobody in is asked once for each back-off, and nothing counts as delivered."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from actors.embedded.mqtt import start_mqtt
from actors.proxies import FaultProxy, Proxies
from actors.proxies.toxics import Toxic
from tests.actors.sinks.mqtt_rig import Recorder, rig
from tests.brokers.processes import wait_until

WATCHED_S = 5.0
MOST = 4
"""Attempts in so long: at once, and after pauses of at least one second each."""


@pytest.fixture(scope="module")
def broker() -> Iterator[Any]:
    made = start_mqtt()
    yield made
    made.close()


@pytest.fixture
def proxy(broker: Any) -> Iterator[FaultProxy]:
    proxies = Proxies()
    yield proxies.add("mqtt", broker.host, broker.port5)
    proxies.close()


@pytest.mark.parametrize(
    ("reason", "words"),
    [(0x86, "user name or password"), (0x97, "uota")],
)
def test_a_broker_that_refuses_is_asked_once_for_each_back_off(
    reason: int, words: str, broker: Any, proxy: FaultProxy
) -> None:
    topic = f"refused-{reason}"
    with (
        Recorder(broker, f"{topic}/#", port=broker.port5) as seen,
        rig({"MQTT_HOST": "127.0.0.1", "MQTT_PORT": str(proxy.port)}, topic, payload="frame") as made,
    ):
        made.up()
        made.put("pi-1", 5)
        made.drained()
        seen.wait(topic, 5)
        before = proxy.accepted
        proxy.poison(Toxic("refuse-login", reason=reason))
        wait_until(lambda: proxy.accepted > before, 20, "an attempt")
        made.put("pi-1", 5)
        wait_until(lambda: words in made.sink.problem, 20, f"'{words}' (found '{made.sink.problem}')")
        began, first = time.monotonic(), proxy.accepted
        wait_until(lambda: time.monotonic() - began > WATCHED_S, 2 * WATCHED_S, "some time")
        assert proxy.accepted - first <= MOST, "nobody knocks in a hot loop"
        assert made.sink.books.totals().acked == 5, "and nothing counts as delivered"
        assert made.sink.books.totals().queued == 5
        proxy.cure("refuse-login")
        made.drained(60)
        seen.wait(topic, 10)
        assert seen.first_receipts(topic)["pi-1", ""] == list(range(10))
