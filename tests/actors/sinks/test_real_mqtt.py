"""The MQTT sink against real brokers: what is delivered, in what order, and what the books say of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from actors.embedded.mqtt import start_mqtt
from actors.sinks._mqtt.load import Load
from actors.sinks.base.valve import BURST_S
from engine.clock import WallClock
from tests.actors.sinks.mqtt_rig import Recorder, Rig, missing, rig
from tests.brokers.processes import wait_until

SENSORS = 6


@pytest.mark.parametrize("connection", ["shared", "per-device"])
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_every_reading_arrives_once_in_order(mosquitto: Any, qos: int, protocol: str, connection: str) -> None:
    topic = f"all-{qos}-{protocol}-{connection}"
    with Recorder(mosquitto, f"{topic}/#") as seen:
        with rig(mosquitto.environment(), topic, qos=qos, protocol=protocol, connection=connection) as made:
            for _ in range(40):
                for device in ("pi-1", "pi-2", "pi-3"):
                    made.put(device)
            made.drained()
            seen.wait(f"{topic}/", 3 * 40 * SENSORS)
            assert made.sink.books.totals().acked == 120
            assert made.sink.books.totals().holds
        assert missing(seen, f"{topic}/", made.sent) == 0
        assert seen.duplicates(f"{topic}/") == 0
        assert {name for name, _ in seen.on(f"{topic}/pi-1/")} == {
            f"{topic}/pi-1/{sensor}" for sensor in ("temperature", "power", "load", "voltage", "fan", "clock")
        }


def test_a_frame_is_one_message_when_asked(mosquitto: Any) -> None:
    with Recorder(mosquitto, "frames/#") as seen, rig(mosquitto.environment(), "frames", payload="frame") as made:
        made.put("pi-1", 5)
        found = seen.wait("frames/", 5)
        assert [name for name, _ in found] == ["frames/pi-1"] * 5
        assert [json.loads(payload)["sequence"] for _, payload in found] == list(range(5))


def test_a_sink_that_is_off_sends_nothing_and_all_of_it_when_it_is_on_again(mosquitto: Any) -> None:
    with Recorder(mosquitto, "switch/#") as seen, rig(mosquitto.environment(), "switch", payload="frame") as made:
        made.put("pi-1", 2)
        seen.wait("switch/", 2)
        lane: Any = made.sink.lane
        lane.valve.turn(enabled=False)
        made.drained()
        made.put("pi-1", 30)
        with rig(mosquitto.environment(), "beside", payload="frame") as other:
            other.put("pi-1", 30)
            other.drained()  # another one has got as many out meanwhile
        assert len(seen.on("switch/")) == 2
        assert made.sink.depth == 30
        lane.valve.turn(enabled=True)
        made.drained()
        assert len(seen.wait("switch/", 32)) == 32


def test_a_capped_sink_gets_everything_out_in_its_own_time(mosquitto: Any) -> None:
    with (
        Recorder(mosquitto, "capped/#") as seen,
        rig(mosquitto.environment(), "capped", payload="frame", max_per_s=200.0) as made,
    ):
        began = WallClock.monotonic_ns()
        made.put("pi-1", 400)
        made.drained()
        took_s = (WallClock.monotonic_ns() - began) / 1e9
        assert took_s >= (400 - 200 * BURST_S) / 200 * 0.95, "no sooner than the cap allows"
        assert len(seen.wait("capped/", 400)) == 400
        assert seen.duplicates("capped/") == 0


def test_the_embedded_broker_takes_both_versions() -> None:
    broker = start_mqtt()
    try:
        for protocol, port in (("5", broker.port5), ("3.1.1", broker.port)):
            topic = f"embedded-{protocol.replace('.', '-')}"
            with (
                Recorder(broker, f"{topic}/#", port=broker.port5) as seen,
                rig({"MQTT_HOST": broker.host, "MQTT_PORT": str(port)}, topic, protocol=protocol) as made,
            ):
                made.put("pi-1", 20)
                made.drained()
                seen.wait(f"{topic}/", 20 * SENSORS)
                assert missing(seen, f"{topic}/", made.sent) == 0
    finally:
        broker.close()


def test_births_and_deaths_are_kept_and_a_clean_stop_tells_no_last_will(mosquitto: Any) -> None:
    made = Rig(mosquitto.environment(), "lives", connection="per-device")
    made.put("pi-1")
    made.drained()
    with Recorder(mosquitto, "lives-status/#") as later:  # came when it was over: what it sees was kept
        later.wait("lives-status/pi-1", 1)
        assert later.last("lives-status/pi-1") == {
            "client": "pi-1",
            "device": "pi-1",
            "state": "online",
            "reason": "connected",
        }
        made.stop()
        later.wait("lives-status/pi-1", 2)
        assert later.last("lives-status/pi-1")["reason"] == "stopped"
    with Recorder(mosquitto, "lives-status/#") as latest:
        assert [json.loads(payload)["state"] for _, payload in latest.wait("lives-status/", 1)] == ["offline"]


def test_the_last_will_is_told_when_the_writer_dies_and_its_successor_goes_on(mosquitto: Any) -> None:
    with Recorder(mosquitto, "wills/#", "wills-status/#") as seen:
        made = Rig(mosquitto.environment(), "wills", connection="per-device")
        made.put("pi-1", 3)
        made.drained()
        made.crash()
        seen.wait("wills-status/pi-1", 2)
        assert seen.last("wills-status/pi-1") == {
            "client": "pi-1",
            "device": "pi-1",
            "state": "offline",
            "reason": "lost",
        }
        made.put("pi-1", 3)
        made.start(2)
        made.drained()
        seen.wait("wills/", 6 * SENSORS)
        assert missing(seen, "wills/", made.sent) == 0
        made.stop()


def _ridden_out(mosquitto: Any, fault_proxy: Callable[[str, int], Any], topic: str, **options: Any) -> int:
    """Ten resets and a black hole under load; how many readings were lost."""
    proxy = fault_proxy(mosquitto.host, mosquitto.port)
    environment = {"MQTT_HOST": proxy.host, "MQTT_PORT": str(proxy.port)}
    with Recorder(mosquitto, f"{topic}/#") as seen, rig(environment, topic, **options) as made:
        for round_ in range(10):
            made.put("pi-1", 20)
            made.put("pi-2", 20)
            proxy.latency(5 if round_ % 2 else 0)
            wait_until(lambda: made.sink.connections.get("up", 0) > 0, 20, "a connection")
            made.put("pi-1", 20)
            proxy.reset()
        made.drained(40)
        assert made.sink.books.totals().acked == sum(made.sent.values())
        wait_until(lambda: missing(seen, f"{topic}/", made.sent) == 0 or bool(options.get("sabotaged")), 10, "all")
        assert seen.duplicates(f"{topic}/") <= made.sink.resent
        return missing(seen, f"{topic}/", made.sent)


@pytest.mark.parametrize("connection", ["shared", "per-device"])
@pytest.mark.parametrize("qos", [1, 2])
def test_nothing_is_lost_when_connections_are_reset(
    mosquitto: Any, fault_proxy: Callable[[str, int], Any], qos: int, connection: str
) -> None:
    topic = f"resets-{qos}-{connection}"
    assert _ridden_out(mosquitto, fault_proxy, topic, qos=qos, connection=connection) == 0


def test_a_sink_that_settles_before_the_broker_confirms_is_found_out(
    mosquitto: Any, fault_proxy: Callable[[str, int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Load._send

    def settled_at_once(self: Load, client: Any, parcel: Any, messages: Any) -> None:
        send(self, client, parcel, messages)
        if parcel.sent == len(messages):
            self._outcomes.done.append(parcel.row)
            for mid in [mid for mid, (one, _) in self.flight.items() if one is parcel]:
                del self.flight[mid]

    monkeypatch.setattr(Load, "_send", settled_at_once)
    proxy = fault_proxy(mosquitto.host, mosquitto.port)
    environment = {"MQTT_HOST": proxy.host, "MQTT_PORT": str(proxy.port)}
    with Recorder(mosquitto, "sabotage/#") as seen, rig(environment, "sabotage") as made:
        made.up()
        proxy.black_hole()
        made.put("pi-1", 20)
        made.drained()
        proxy.reset()
        proxy.heal()
        made.up()
        made.put("pi-1")
        made.drained()
        wait_until(lambda: 20 in seen.first_receipts("sabotage/").get(("pi-1", "temperature"), []), 20, "the last")
        assert made.sink.books.totals().acked == 21
        assert missing(seen, "sabotage/", made.sent) > 0


def test_the_same_without_sabotage_loses_nothing(mosquitto: Any, fault_proxy: Callable[[str, int], Any]) -> None:
    proxy = fault_proxy(mosquitto.host, mosquitto.port)
    environment = {"MQTT_HOST": proxy.host, "MQTT_PORT": str(proxy.port)}
    with Recorder(mosquitto, "honest/#") as seen, rig(environment, "honest") as made:
        made.up()
        proxy.black_hole()
        made.put("pi-1", 20)
        wait_until(lambda: made.pump.network is not None and made.pump.network.held == 20, 10, "records under way")
        assert made.sink.books.totals().acked == 0
        proxy.reset()
        proxy.heal()
        made.drained()
        seen.wait("honest/", 20 * SENSORS)
        assert missing(seen, "honest/", made.sent) == 0


def test_nothing_is_lost_over_a_restart_of_the_broker(own_mosquitto: Callable[..., Any]) -> None:
    broker = own_mosquitto()
    with rig(broker.environment(), "restart") as made:
        made.put("pi-1", 50)
        made.drained()
        broker.term()
        made.put("pi-1", 50)
        wait_until(lambda: made.sink.problem != "", 10, "a reason")
        assert made.sink.books.totals().acked == 50
        broker.start()
        with Recorder(broker, "restart/#") as seen:
            made.drained(40)
            seen.wait("restart/", 50 * SENSORS)
            assert seen.first_receipts("restart/")["pi-1", "fan"] == list(range(50, 100))
        wait_until(lambda: made.sink.problem == "", 5, "no reason any more")


@pytest.mark.parametrize("qos", [1, 2])
def test_a_denied_topic_is_refused_and_never_counted_as_delivered(own_mosquitto: Callable[..., Any], qos: int) -> None:
    broker = own_mosquitto(denied=["readings/pi-2/#"])
    with Recorder(broker, "readings/#") as seen, rig(broker.environment(), "readings", qos=qos) as made:
        made.put("pi-1", 4)
        made.put("pi-2", 4)
        made.drained()
        assert made.sink.books.of("pi-1").acked == 4
        assert made.sink.books.of("pi-2").acked == 0
        assert made.sink.books.of("pi-2").rejected == 4
        assert "Not authorized" in made.sink.rejected[0].reason
        assert "readings/pi-2/" in made.sink.rejected[0].reason
        wait_until(lambda: "Not authorized" in made.sink.problem, 5, "a reason on the sink")
        seen.wait("readings/", 4 * SENSORS)
        assert missing(seen, "readings/pi-1", made.sent) == 4 * SENSORS  # those of pi-2


def _turned_away(environment: dict[str, str], reason: str, **options: Any) -> None:
    with rig(environment, "away", **options) as made:
        made.put("pi-1", 3)
        wait_until(lambda: reason in made.sink.problem, 20, f"'{reason}' (found '{made.sink.problem}')")
        totals = made.sink.books.totals()
        assert (totals.acked, totals.queued, totals.rejected) == (0, 3, 0)
        network = made.pump.network
        assert network is not None
        assert network.session("").attempts <= 2


def test_a_wrong_password_is_a_state_with_a_reason(mosquitto_password: Any) -> None:
    environment = {**mosquitto_password.environment(), "HIVE_PASSWORD": "not-this"}
    _turned_away(environment, "Not authorized")
    _turned_away(environment, "Not authorized", protocol="3.1.1")


def test_an_unreachable_broker_is_a_state_with_a_reason(own_mosquitto: Callable[..., Any]) -> None:
    broker = own_mosquitto()
    broker.term()
    _turned_away(broker.environment(), "Connection refused")
    _turned_away({**broker.environment(), "MQTT_HOST": "no-such-host.invalid"}, "no such host")


def test_a_broker_that_does_not_answer_is_a_state_with_a_reason(
    mosquitto: Any, fault_proxy: Callable[[str, int], Any]
) -> None:
    proxy = fault_proxy(mosquitto.host, mosquitto.port)
    proxy.black_hole()
    _turned_away({"MQTT_HOST": proxy.host, "MQTT_PORT": str(proxy.port)}, "no answer in time", connect_timeout_s=1)


def test_certificates_are_checked(
    mosquitto_tls: Any, own_mosquitto: Callable[..., Any], certificates: Any, mosquitto_mutual_tls: Any
) -> None:
    good = mosquitto_tls.environment()
    for environment, topic in ((good, "tls"), (mosquitto_mutual_tls.environment(), "mutual")):
        with rig(environment, topic) as made:
            made.put("pi-1", 30)
            made.drained()
            assert made.sink.books.totals().acked == 30
    _turned_away({**good, "DATA_SIMULATOR_MQTT_CA_FILE": str(certificates.other_ca)}, "certificate is refused")
    _turned_away(own_mosquitto(expired=True).environment(), "expired")
    anonymous = mosquitto_mutual_tls.environment()
    anonymous.pop("DATA_SIMULATOR_MQTT_CERT_FILE")
    anonymous.pop("DATA_SIMULATOR_MQTT_KEY_FILE")
    with rig(anonymous, "mutual") as made:
        made.put("pi-1")
        wait_until(lambda: made.sink.problem != "", 20, "a reason")
        assert made.sink.books.totals().acked == 0


def test_what_was_on_its_way_with_qos_0_is_named_when_the_connection_goes(own_mosquitto: Callable[..., Any]) -> None:
    broker = own_mosquitto()
    with rig(broker.environment(), "least", qos=0) as made:
        made.up()
        broker.stop()  # takes nothing any more; the network takes some megabytes on its behalf
        made.put("pi-1", 15_000)
        counts: list[int] = []

        def jammed() -> bool:
            counts.append(made.sink.books.totals().acked)
            under_way = made.pump.network is not None and made.pump.network.session("").under_way
            return len(counts) > 25 and len(set(counts[-25:])) == 1 and counts[-1] > 0 and under_way

        wait_until(jammed, 20, "a network that takes no more")
        broker.kill()
        broker.start()
        made.drained(40)
        totals = made.sink.books.totals()
        assert totals.holds
        assert totals.dropped["connection-lost"] > 0
        assert totals.acked + totals.dropped["connection-lost"] == 15_000


def test_without_a_broker_it_says_what_to_set() -> None:
    with rig({}, "nowhere") as made:
        made.put("pi-1")
        assert "MQTT_HOST" in made.sink.problem
        assert made.sink.books.totals().acked == 0
