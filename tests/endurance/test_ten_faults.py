"""A minute at 1,000 records a second to either broker while everything between them breaks: nothing is lost.

The control run shows that the same load without a fault arrives once and in order; the sabotage, that the judge sees a
sink that calls delivered what nobody has confirmed.
"""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.brokers.processes import wait_until
from tests.endurance.arena import SINKS, Arena, ended, fleet, killed, shown, summary

RATE = 1_000
LOAD = fleet(RATE, "1s") + SINKS + "  - {kind: file, name: reference, options: {path: reference.jsonl}}\n"
STRICT = ("--forbid", "duplicates", "--forbid", "recovered", "--forbid", "explained")
BITES = RATE
"""A fault that is felt leaves a second's records in the spool."""
LIMIT_S = 90.0
Faults = list[tuple[str, Callable[[], None]]]


@pytest.fixture
def arena(own_mosquitto: Any, own_kafka: Any, own_registry: Any, fault_proxy: Any, tmp_path: Path) -> Iterator[Arena]:
    mosquitto = own_mosquitto(persistence=True)
    made = Arena(mosquitto, own_kafka(), own_registry(), fault_proxy(mosquitto.host, mosquitto.port), tmp_path)
    made.write("load.yaml", LOAD)
    yield made
    made.close()


def flowing(arena: Arena, sink: str) -> None:
    """Wait until all is delivered that has been accepted so far, and what comes in goes out again at once."""
    wait_until(lambda: arena.books(sink)["accepted"] > 0, LIMIT_S, f"something accepted by {sink}")
    before = arena.books(sink)["accepted"]
    wait_until(lambda: arena.books(sink)["acked"] >= before, LIMIT_S, f"{sink} delivered")
    wait_until(lambda: arena.books(sink)["queued"] < BITES // 2, LIMIT_S, f"{sink} drained")


def felt(arena: Arena, sink: str, begin: Callable[[], None], end: Callable[[], None]) -> None:
    """A fault that lasts until it shows: records wait for as long as it is there."""
    begin()
    try:
        wait_until(lambda: arena.books(sink)["queued"] >= 2 * BITES, LIMIT_S, f"a fault that {sink} feels")
    finally:
        end()


def mqtt_faults(arena: Arena) -> Faults:
    proxy, broker = arena.mqtt_proxy, arena.mosquitto

    def reset() -> None:
        before = proxy.accepted
        assert proxy.reset() >= 1
        wait_until(lambda: proxy.accepted > before, LIMIT_S, "a new connection")

    return [
        ("mqtt reset", reset),
        ("mqtt latency", lambda: felt(arena, "mqtt", lambda: proxy.latency(400, 100), lambda: proxy.latency(0))),
        ("mqtt black hole", lambda: felt(arena, "mqtt", proxy.black_hole, lambda: proxy.black_hole(False))),
        ("mosquitto SIGSTOP", lambda: felt(arena, "mqtt", broker.stop, broker.cont)),
        ("mqtt slow close and reset", lambda: _slowly(arena)),
        ("mosquitto SIGTERM", broker.restart),
        ("mosquitto SIGKILL", lambda: _mosquitto_killed(arena)),
    ]


def _mosquitto_killed(arena: Arena) -> None:
    arena.killed_at = arena.books("mqtt")["accepted"]
    arena.mosquitto.kill()
    arena.mosquitto.start()


def _slowly(arena: Arena) -> None:
    proxy, broker = arena.mqtt_proxy, arena.mosquitto
    proxy.slow_close(1.0)
    felt(arena, "mqtt", broker.term, broker.start)
    proxy.slow_close(0.0)


def kafka_faults(arena: Arena) -> Faults:
    proxy, broker = arena.kafka_proxy, arena.kafka

    def reset() -> None:
        before = proxy.accepted
        assert proxy.reset() >= 1
        wait_until(lambda: proxy.accepted > before, LIMIT_S, "a new connection")

    return [
        ("kafka reset", reset),
        ("kafka black hole", lambda: felt(arena, "kafka", proxy.black_hole, lambda: proxy.black_hole(False))),
        ("kafka SIGSTOP", lambda: felt(arena, "kafka", broker.stop, broker.cont)),
        ("kafka SIGTERM", lambda: felt(arena, "kafka", broker.term, broker.start)),
        ("kafka SIGKILL", lambda: felt(arena, "kafka", broker.kill, broker.start)),
    ]


def spoil(arena: Arena, sink: str, faults: Faults, over: Event) -> list[str]:
    """One fault after the other, each once all is well again."""
    done = []
    for name, fault in faults:
        flowing(arena, sink)
        if over.is_set():
            break
        fault()
        done.append(name)
    flowing(arena, sink)
    return done


@pytest.mark.timeout(900)
def test_ten_faults_in_a_minute_lose_nothing(arena: Arena) -> None:
    mqtt = arena.audit("mqtt", "--allow", "broker-loss", "--reference", "../reference.jsonl")
    arena.registry.stop()  # a registry that is hung from the start is a fault too
    product = arena.run("load.yaml", "--state", "state", "--summary", "run.json")
    over = Event()
    # open until the end: Mosquitto is a child of the thread that starts it, and ends with it
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(spoil, arena, "mqtt", mqtt_faults(arena), over)
        try:
            wait_until(lambda: arena.books("kafka")["queued"] >= 2 * BITES, LIMIT_S, "a registry that is waited for")
            assert arena.books("kafka")["acked"] == 0
            arena.registry.cont()
            done = ["registry SIGSTOP", *spoil(arena, "kafka", kafka_faults(arena), over)]
        except BaseException:
            over.set()
            arena.registry.cont()
            raise
        done += other.result()
        wait_until(lambda: arena.books("mqtt")["accepted"] >= 60 * RATE, 90, "a minute of it")
        stop(product)
        found = mqtt.verdict(0)
    assert len(done) >= 10
    told = summary(arena.folder)
    strict = ("--forbid", "explained", "--forbid", "recovered", "--reference", "../reference.jsonl")
    kafka = arena.audit("kafka", *strict).verdict(0)
    print(f"{len(done)} faults in {told['real_s']:.0f} s: {', '.join(done)}")
    print(f"mqtt: {shown(found)} of {found['expected']:,}; sent again {told['sinks']['mqtt'].get('resent', 0):,}")
    print(f"kafka: {shown(kafka)} of {kafka['expected']:,}; sent again {told['sinks']['kafka'].get('resent', 0):,}")
    for name, one in (("mqtt", found), ("kafka", kafka)):
        books = told["sinks"][name]
        assert books["accepted"] == books["acked"] == told["frames"] == one["expected"]
        assert one["loss"] == one["unexpected"] == one["wrong"] == one["reordered"] == 0
    assert kafka["broker-loss"] == 0, "a Kafka whose process is killed keeps what the system has"
    assert kafka["duplicates"] <= told["sinks"]["kafka"].get("resent", 0)
    # a Mosquitto that is killed forgets the last seconds, and what it has told of them it tells again
    assert found["duplicates"] <= told["sinks"]["mqtt"]["resent"] + 4 * RATE
    assert found["broker-loss"] == 0 or _within(found, arena.killed_at // RATE)


def _within(verdict: dict[str, Any], second: int) -> bool:
    """Whether all that is missing is of the seconds before the kill, one record a second of each device."""
    (source,) = verdict["sources"].values()
    missing = [stretch for device in source["devices"] for stretch in device.get("missing", ())]
    return all(second - 4 <= low <= high <= second + 1 for low, high in missing)


def stop(product: "subprocess.Popen[bytes]") -> None:
    """In order, as by Ctrl-C."""
    product.terminate()
    ended(product, 60)


@pytest.mark.timeout(600)
def test_without_faults_everything_arrives_once(arena: Arena) -> None:
    mqtt = arena.audit("mqtt", *STRICT, "--reference", "../reference.jsonl")
    product = arena.run("load.yaml", "--state", "state", "--summary", "run.json")
    wait_until(lambda: arena.books("mqtt")["accepted"] >= 10 * RATE, 90, "ten seconds of it")
    stop(product)
    told = summary(arena.folder)
    kafka = arena.audit("kafka", *STRICT, "--reference", "../reference.jsonl").verdict(0)
    found = mqtt.verdict(0)
    assert found["seen"] == kafka["seen"] == told["frames"] >= 10 * RATE
    assert "resent" not in told["sinks"]["mqtt"]
    assert "resent" not in told["sinks"]["kafka"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sabotage", [False, True], ids=["honest", "sabotaged"])
def test_who_settles_before_the_confirmation_is_found_out(arena: Arena, sabotage: bool) -> None:
    arena.write("load.yaml", fleet(RATE, "1s") + SINKS)
    mqtt = arena.audit("mqtt", "--forbid", "explained")
    product = arena.run("load.yaml", "--state", "state", sabotage=sabotage)
    for sink in ("mqtt", "kafka"):
        flowing(arena, sink)
    arena.mqtt_proxy.black_hole()
    arena.kafka_proxy.black_hole()
    for sink in ("mqtt", "kafka"):
        # an honest sink keeps what nobody confirms
        word = "acked" if sabotage else "queued"
        before = arena.books(sink)[word]
        wait_until(lambda: arena.books(sink)[word] > before + BITES, LIMIT_S, f"{sink} in the dark")  # noqa: B023
    killed(product)
    for proxy in (arena.mqtt_proxy, arena.kafka_proxy):
        proxy.reset()
        proxy.heal()
    product = arena.run("load.yaml", "--state", "state", sabotage=sabotage)
    for sink in ("mqtt", "kafka"):
        before = arena.books(sink)["acked"]
        wait_until(lambda: arena.books(sink)["acked"] > before + BITES, LIMIT_S, f"{sink} again")  # noqa: B023
        flowing(arena, sink)
    stop(product)
    kafka = arena.audit("kafka", "--forbid", "explained").verdict(int(sabotage))
    found = mqtt.verdict(int(sabotage))
    assert kafka["failed"] == found["failed"] == (["broker-loss"] if sabotage else [])
