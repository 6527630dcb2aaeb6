"""A run without any broker configured brings its own; one that has brokers leaves them alone."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from actors.embedded.pipeline import NOTICE
from actors.system import Simulation
from actors.transports import Transports, prepare
from actors.vocabulary import Words
from schemas.scenario import Scenario, load_scenario
from schemas.settings import Settings

TEXT = """
version: 1
name: pipe
pace: max
duration: 20s
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 3, interval: 1s}
sinks:
  - {kind: mqtt, options: {spool: none}}
"""


def scenario(text: str = TEXT) -> Scenario:
    return load_scenario(text, "test", vocabulary=Words())


@pytest.fixture
def transports() -> Iterator[Transports]:
    found = prepare(scenario(), Settings(), lambda record: None)
    yield found
    found.close()


def test_without_a_sink_that_needs_one_there_is_no_broker() -> None:
    found = prepare(scenario(TEXT.replace("{kind: mqtt, options: {spool: none}}", "{kind: memory}")), Settings(), print)
    assert (found.pipeline, found.children, found.notices()) == (None, (), [])


@pytest.mark.parametrize("where", ["settings", "scenario"])
def test_a_broker_that_is_configured_is_used_as_it_is(where: str) -> None:
    text = TEXT.replace("{spool: none}", "{spool: none, host: broker.example}") if where == "scenario" else TEXT
    settings = Settings.load({"MQTT_HOST": "broker.example"}) if where == "settings" else Settings()
    found = prepare(scenario(text), settings, print)
    assert found.pipeline is None
    assert found.settings is settings


def test_who_has_no_broker_is_told_where_to_join_and_that_nothing_is_kept(transports: Transports) -> None:
    notices = transports.notices()
    assert notices[0].startswith("MQTT 3.1.1: 127.0.0.1:")
    assert notices[-1] == NOTICE
    mqtt = transports.settings.mqtt()
    assert mqtt is not None
    assert mqtt.host == "127.0.0.1"


def test_any_client_may_join_and_hears_every_reading(transports: Transports) -> None:
    assert transports.pipeline is not None
    assert transports.pipeline.mqtt is not None
    heard: dict[tuple[str, int, int], Any] = {}
    ready, enough = threading.Event(), threading.Event()

    def take(client: Any, data: Any, message: Any) -> None:
        record = json.loads(message.payload)
        heard[record["device"], record["sequence"], record["part"]] = (message.topic, record["sensor"], record["value"])
        if len(heard) == 3 * 20 * 6:
            enough.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="somebody")
    client.on_message = take
    client.on_subscribe = lambda *_: ready.set()
    client.connect(transports.pipeline.mqtt.host, transports.pipeline.mqtt.port)
    client.subscribe(f"{transports.settings.mqtt_topic}/#", qos=1)
    client.loop_start()
    try:
        assert ready.wait(10)
        simulation = Simulation.from_scenario(scenario(), kernels="interpreted", settings=transports.settings)
        simulation.beside = transports.children
        summary = simulation.run()
        assert enough.wait(20), len(heard)
    finally:
        client.loop_stop()
        client.disconnect()
    assert summary.sinks["mqtt"]["acked"] == summary.frames == 60
    assert summary.dead_letters == {}
    topic, sensor, value = heard["pi-0002", 7, 0]
    assert topic == f"{transports.settings.mqtt_topic}/pi-0002/{sensor}"
    assert isinstance(value, float)
