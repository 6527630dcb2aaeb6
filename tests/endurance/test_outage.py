"""An outage of both brokers that is ridden out on disk, and then made up for while live records go on.

`TEST_OUTAGE_RECORDS` and `TEST_OUTAGE_RATE` in the environment ask for a longer one: 900,000 records at 1,000 a second
is a quarter of an hour, and what the product promises.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.processes import wait_until
from tests.endurance.arena import SINKS, Arena, ended, fleet, shown, summary

RECORDS = int(os.environ.get("TEST_OUTAGE_RECORDS", "6000"))
RATE = int(os.environ.get("TEST_OUTAGE_RATE", "300"))
"""Records a second, to either broker: so many devices."""
AT_LEAST = 3
"""How much faster than live the backlog goes out."""
LIMIT_S = 90.0


@pytest.fixture
def arena(own_mosquitto: Any, own_kafka: Any, registry: Any, fault_proxy: Any, tmp_path: Path) -> Iterator[Arena]:
    mosquitto = own_mosquitto()
    made = Arena(mosquitto, own_kafka(), registry, fault_proxy(mosquitto.host, mosquitto.port), tmp_path)
    made.write("load.yaml", fleet(RATE, "1s") + SINKS)
    yield made
    made.close()


def drained(arena: Arena, sink: str) -> tuple[int, float]:
    """How many records went out, and how fast, from the last look at which none had to the last of the backlog."""
    began, before = time.monotonic(), arena.books(sink)["acked"]
    limit = time.monotonic() + LIMIT_S + RECORDS / RATE
    while (books := arena.books(sink))["queued"] > 2 * RATE:
        assert time.monotonic() < limit, f"{sink}: {books}"
        if books["acked"] == before:
            began = time.monotonic()
        time.sleep(0.1)
    gone = books["acked"] - before
    return gone, gone / (time.monotonic() - began)


@pytest.mark.timeout(60 + 4 * RECORDS // RATE + 600)
def test_an_outage_is_ridden_out_and_made_up_for(arena: Arena) -> None:
    mqtt = arena.audit("mqtt", "--forbid", "explained")
    product = arena.run("load.yaml", "--state", "state", "--summary", "run.json")
    for sink in ("mqtt", "kafka"):
        wait_until(lambda: arena.books(sink)["acked"] > RATE, LIMIT_S, f"{sink} delivers")  # noqa: B023
    arena.mqtt_proxy.refuse()
    arena.kafka_proxy.refuse()
    began = time.monotonic()
    for sink in ("mqtt", "kafka"):
        while (queued := arena.books(sink)["queued"]) < RECORDS:
            assert time.monotonic() < began + LIMIT_S + 2 * RECORDS / RATE, f"{sink}: {queued}"
            time.sleep(1.0)
    away_s = time.monotonic() - began
    rates = {}
    # one after the other, as brokers come back: each has the live load of both beside it
    for sink, proxy in (("kafka", arena.kafka_proxy), ("mqtt", arena.mqtt_proxy)):
        proxy.refuse(False)
        gone, rates[sink] = drained(arena, sink)
        print(f"{sink}: {RECORDS:,} records waited for {away_s:.0f} s; {gone:,} went out at {rates[sink]:,.0f}/s")
    product.terminate()
    ended(product, 90)
    told = summary(arena.folder)
    kafka = arena.audit("kafka", "--forbid", "explained").verdict(0, 600)
    found = mqtt.verdict(0, 600)
    print(f"mqtt: {shown(found)}; kafka: {shown(kafka)}; lag p99 {told['lag_ms']['p99']:.0f} ms")
    for name, one in (("mqtt", found), ("kafka", kafka)):
        books = told["sinks"][name]
        assert books["accepted"] == books["acked"] == told["frames"] == one["seen"]
        assert books["dropped"] == {}
        assert one["reordered"] == 0
    assert told["repeatable"], "the clock never waited for a sink, and skipped nothing"
    assert min(rates.values()) >= AT_LEAST * RATE, rates
