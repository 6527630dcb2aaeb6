"""Whole runs over MQTT: devices act out their connections by the timeline, and nothing is lost for it."""

from typing import Any

import pytest

from actors.embedded.registry import start_registry
from actors.system import Simulation
from actors.vocabulary import Words
from engine import kernels
from schemas import events
from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.base import unframed
from schemas.scenario import load_scenario
from schemas.settings import Settings
from tests.actors.sinks.mqtt_rig import Recorder, Rig
from tests.brokers.processes import wait_until

RUN = """
version: 1
name: lines
seed: 3
pace: 10
duration: 50s
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 4, interval: 1s}
sinks:
  - {kind: mqtt, options: {connection: per-device, payload: frame}}
timeline:
  - {at: 5s, do: go-offline, on: {ids: [pi-0001]}, for: 20s}
  - {at: 10s, do: disconnect, on: {ids: [pi-0002]}, abrupt: false}
  - {at: 15s, do: take-over, on: {ids: [pi-0003]}}
  - {at: 20s, do: reconnect-storm, on: {percent: 100}}
"""


def run(broker: Any, topic: str, text: str = RUN, *overrides: str, **environment: str) -> Simulation:
    settings = Settings.load({**broker.environment(), "MQTT_TOPIC": topic, **environment})
    scenario = load_scenario(text, "test", list(overrides), vocabulary=Words())
    with kernels.running("interpreted"):
        simulation = Simulation.from_scenario(scenario, kernels="interpreted", settings=settings)
        simulation.run()
    return simulation


def _all_arrived(seen: Recorder, simulation: Simulation, topic: str) -> None:
    totals = simulation.sinks[0].books.totals()
    assert totals.acked == totals.accepted == simulation.fleet.frames() > 0
    wait_until(lambda: sum(map(len, seen.first_receipts(f"{topic}/").values())) >= totals.acked, 20, "all frames")
    for order in seen.first_receipts(f"{topic}/").values():
        assert order == list(range(len(order)))


@pytest.mark.parametrize("pace", ["10", "max"])
def test_a_timeline_of_connections_loses_nothing(mosquitto: Any, pace: str) -> None:
    topic = f"lines-{pace}"
    with Recorder(mosquitto, f"{topic}/#", f"{topic}-status/#") as seen:
        simulation = run(mosquitto, topic, RUN, f"pace={pace}")
        _all_arrived(seen, simulation, topic)
        acted = [
            (entry.event.device, entry.event.what)
            for entry in simulation.journal.entries
            if isinstance(entry.event, events.ConnectionActed)
        ]
        assert acted[:4] == [
            ("pi-0001", "go-offline"),
            ("pi-0002", "disconnect"),
            ("pi-0003", "take-over"),
            ("pi-0001", "drop"),
        ]
        assert ("pi-0001", "go-online") in acted
        # confirmed by the broker before the run was over; the recorder's own connection may still be behind
        wait_until(lambda: seen.last(f"{topic}-status/pi-0004")["reason"] == "stopped", 20, "the goodbye")


def test_over_a_shared_connection_devices_have_none_of_their_own(mosquitto: Any) -> None:
    text = RUN.replace("connection: per-device, ", "")
    with Recorder(mosquitto, "shared-lines/#") as seen:
        simulation = run(mosquitto, "shared-lines", text, "duration=30s", "pace=max")
        _all_arrived(seen, simulation, "shared-lines")
        refused = [one.event for one in simulation.journal.entries if isinstance(one.event, events.CommandRefused)]
        assert {one.command for one in refused} == {"GoOffline", "GoOnline", "Disconnect", "TakeOver"}
        assert all("per-device" in one.reason for one in refused)


def test_avro_bears_the_id_that_the_registry_gave_also_when_that_comes_late(mosquitto: Any) -> None:
    registry = start_registry()
    try:
        registry.hang()
        made = _framed(mosquitto, registry.url)
        made.put("pi-1", 3)
        wait_until(lambda: "waits" in made.sink.problem or made.sink.connections.get("up", 0) == 1, 10, "a connection")
        assert made.sink.books.totals().acked == 0
        with Recorder(mosquitto, "framed/#") as seen:
            registry.release()
            made.drained(30)
            found = seen.wait("framed/", 18)
        ids = {unframed(payload)[0] for _, payload in found}
        assert len(ids) == 1
        assert ids.pop() > 0
        made.stop()
        made.sink.abandon()
    finally:
        registry.close()


def _framed(broker: Any, url: str) -> Rig:
    return Rig({**broker.environment(), "KAFKA_SCHEMA_ENDPOINT": url}, "framed", form=AVRO)
