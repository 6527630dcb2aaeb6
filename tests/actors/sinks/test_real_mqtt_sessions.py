"""Sessions per device: what devices do to their connections, and many of them at once."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from schemas.commands import Disconnect, GoOffline, GoOnline, HalfOpen, TakeOver
from tests.actors.sinks.mqtt_rig import Recorder, Rig, missing, rig
from tests.brokers.processes import wait_until

SENSORS = 6
SESSIONS = int(os.environ.get("TEST_MQTT_SESSIONS", "200"))
"""How many devices; 2,000 is what the product promises."""


def _states(seen: Recorder, topic: str) -> list[str]:
    return [json.loads(payload)["reason"] for _, payload in seen.on(topic)]


def _own(made: Rig, device: str) -> Any:
    assert made.pump.network is not None
    return made.pump.network.sessions[device]


def test_an_abrupt_end_tells_the_last_will_and_a_clean_one_does_not(mosquitto: Any) -> None:
    with (
        Recorder(mosquitto, "ends-status/#", "ends/#") as seen,
        rig(mosquitto.environment(), "ends", connection="per-device") as made,
    ):
        made.put("pi-1")
        made.put("pi-2")
        made.drained()
        made.sink.act(Disconnect("pi-1", abrupt=True))
        made.sink.act(Disconnect("pi-2", abrupt=False))
        for device, word in (("pi-1", "lost"), ("pi-2", "disconnected by command")):
            status = f"ends-status/{device}"
            wait_until(lambda status=status: len(_states(seen, status)) >= 3, 20, "back again")  # type: ignore[misc]
            assert _states(seen, status)[:3] == ["connected", word, "connected"]
        made.put("pi-1")
        made.drained()
        seen.wait("ends/", 3 * SENSORS)
        assert missing(seen, "ends/", made.sent) == 0


def test_offline_a_device_keeps_its_backlog_and_sends_it_in_order(mosquitto: Any) -> None:
    with (
        Recorder(mosquitto, "off/#", "off-status/#") as seen,
        rig(mosquitto.environment(), "off", connection="per-device") as made,
    ):
        made.put("pi-1", 3)
        made.put("pi-2", 3)
        made.drained()
        made.sink.act(GoOffline("pi-1"))
        wait_until(lambda: _states(seen, "off-status/pi-1")[-1:] == ["lost"], 10, "the last will")
        made.put("pi-1", 50)
        made.put("pi-2", 50)
        seen.wait("off/pi-2", 53 * SENSORS)  # nobody waits for one that is away
        assert made.sink.books.of("pi-1").queued == 50
        assert made.sink.problem == ""
        made.sink.act(GoOnline("pi-1"))
        made.drained()
        seen.wait("off/pi-1", 53 * SENSORS)
        assert missing(seen, "off/", made.sent) == 0
        assert seen.first_receipts("off/")["pi-1", "fan"] == list(range(53))


def test_offline_by_order_it_stays_when_the_writer_is_replaced(mosquitto: Any) -> None:
    with rig(mosquitto.environment(), "stays", connection="per-device") as made:
        made.sink.act(GoOffline("pi-1"))
        made.put("pi-1", 5)
        made.put("pi-2", 5)
        wait_until(lambda: made.sink.books.of("pi-2").acked == 5, 10, "the other device")
        made.crash()
        made.start(2)
        made.put("pi-2", 5)
        wait_until(lambda: made.sink.books.of("pi-2").acked == 10, 10, "the other device")
        assert made.sink.books.of("pi-1").acked == 0
        made.sink.act(GoOnline("pi-1"))
        made.drained()


def test_a_device_that_is_away_for_long_forgets_its_oldest(mosquitto: Any) -> None:
    with (
        Recorder(mosquitto, "small/#") as seen,
        rig(mosquitto.environment(), "small", connection="per-device", offline_buffer=10) as made,
    ):
        made.put("pi-1")
        made.drained()
        made.sink.act(GoOffline("pi-1"))
        wait_until(lambda: made.sink.connections.get("parked") == 1, 10, "a device that is away")
        made.put("pi-1", 30)
        wait_until(lambda: made.sink.books.of("pi-1").dropped.get("oldest") == 20, 10, "room")
        made.sink.act(GoOnline("pi-1"))
        made.drained()
        seen.wait("small/", 11 * SENSORS)
        assert seen.first_receipts("small/")["pi-1", "load"] == [0, *range(21, 31)]
        assert made.sink.books.totals().holds


def test_half_open_the_broker_gives_it_up_and_nothing_is_lost(mosquitto: Any) -> None:
    with (
        Recorder(mosquitto, "half/#", "half-status/#") as seen,
        rig(mosquitto.environment(), "half", connection="per-device", keep_alive_s=1) as made,
    ):
        made.put("pi-1", 2)
        made.drained()
        made.sink.act(HalfOpen("pi-1"))
        made.put("pi-1", 10)
        made.put("pi-2", 10)
        wait_until(lambda: made.sink.books.of("pi-2").acked == 10, 10, "the other device")
        wait_until(lambda: _states(seen, "half-status/pi-1")[-1:] == ["lost"], 10, "the last will")
        assert made.sink.books.of("pi-1").queued == 10
        made.sink.act(GoOnline("pi-1"))
        made.drained()
        seen.wait("half/pi-1", 12 * SENSORS)
        assert missing(seen, "half/", made.sent) == 0


def test_a_stranger_with_its_client_id_shows_it_out_and_it_comes_back(mosquitto: Any) -> None:
    with (
        Recorder(mosquitto, "taken/#", "taken-status/#") as seen,
        rig(mosquitto.environment(), "taken", connection="per-device") as made,
    ):
        made.put("pi-1", 2)
        made.drained()
        made.sink.act(TakeOver("pi-1"))
        wait_until(lambda: _own(made, "pi-1").state == "waiting", 10, "a session shown out")
        assert _own(made, "pi-1").reason
        wait_until(lambda: _states(seen, "taken-status/pi-1").count("connected") == 2, 20, "back again")
        wait_until(lambda: made.pump.network is not None and not made.pump.network._guests, 10, "a stranger gone")
        made.put("pi-1", 2)
        made.drained()
        seen.wait("taken/", 4 * SENSORS)
        assert missing(seen, "taken/", made.sent) == 0


def test_a_persistent_session_goes_on_where_it_stood(mosquitto: Any, fault_proxy: Callable[[str, int], Any]) -> None:
    proxy = fault_proxy(mosquitto.host, mosquitto.port)
    environment = {"MQTT_HOST": proxy.host, "MQTT_PORT": str(proxy.port)}
    options = {"connection": "per-device", "session": "persistent", "qos": 2}
    with Recorder(mosquitto, "kept/#") as seen, rig(environment, "kept", **options) as made:
        proxy.latency(20, 15)  # so that some words of the broker are on their way whenever the connection goes
        for _ in range(6):
            acked = made.sink.books.totals().acked
            made.put("pi-1", 30)
            wait_until(lambda acked=acked: made.sink.books.totals().acked > acked + 5, 20, "some")  # type: ignore[misc]
            proxy.reset()
        proxy.latency(0)
        made.drained(40)
        assert made.sink.resent > 0
        seen.wait("kept/", 180 * SENSORS)
        assert missing(seen, "kept/", made.sent) == 0
        assert seen.duplicates("kept/") == 0  # what the broker had taken in is not told twice


def test_many_devices_each_with_its_session_and_a_storm(mosquitto: Any) -> None:
    devices = [f"pi-{number:05d}" for number in range(SESSIONS)]
    with (
        Recorder(mosquitto, "many/#", "many-status/#") as seen,
        rig(mosquitto.environment(), "many", connection="per-device", payload="frame") as made,
    ):
        began = time.monotonic()
        for device in devices:
            made.put(device)
        made.up(SESSIONS, 60)
        connected = time.monotonic() - began
        seen.wait("many/", SESSIONS, 60)
        rounds, lags = 0, [1.0]
        while max(lags) >= 1 and rounds < 6:  # again when neighbours on the machine have spoilt it
            lags = _live(made, seen, devices, rounds=2)
            rounds += 2
        began = time.monotonic()
        for device in devices:
            made.sink.act(Disconnect(device))
        wait_until(lambda: len(seen.on("many-status/")) >= 2 * SESSIONS, 60, "every last will")
        made.up(SESSIONS, 60)
        storm = time.monotonic() - began
        for device in devices:
            made.put(device)
        made.drained(30)
        seen.wait("many/", (2 + rounds) * SESSIONS, 60)
        assert missing(seen, "many/", made.sent, 1) == 0
        figures = f"connected in {connected:.1f} s, lag at most {max(lags):.3f} s, storm over in {storm:.1f} s"
        print(f"{SESSIONS} sessions: {figures}")
        assert max(lags) < 1
        assert storm < 60


def _live(made: Rig, seen: Recorder, devices: list[str], rounds: int) -> list[float]:
    """One message of each device in 5 s (1 s for few devices); how late each came."""
    lags: list[float] = []
    pause = (5 if len(devices) > 1000 else 1) / len(devices)
    for _ in range(rounds):
        due = time.monotonic()
        for device in devices:
            due += pause
            while (left := due - time.monotonic()) > 0:
                made._stop.wait(left)
            count = len(seen.messages)
            put = time.monotonic()
            made.put(device)
            if len(lags) % 20 == 0:
                wait_until(lambda count=count: len(seen.messages) > count, 5, "a message")  # type: ignore[misc]
            lags.append(time.monotonic() - put)
    return lags


@pytest.mark.parametrize(
    "bad", [{"topic_template": "a/+/b"}, {"status_template": "x//y"}, {"truth_template": "$SYS/x"}]
)
def test_topics_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="levels"):
        Rig({"MQTT_HOST": "127.0.0.1"}, "t", **bad)


def test_a_device_id_that_is_no_level_is_rejected_and_others_flow(mosquitto: Any) -> None:
    with rig(mosquitto.environment(), "levels") as made:
        made.put("pi/1")
        made.put("pi-2")
        made.drained()
        assert made.sink.books.of("pi/1").rejected == 1
        assert made.sink.books.of("pi-2").acked == 1
