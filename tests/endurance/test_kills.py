"""A run that is killed again and again while records flow: nothing is lost, and numbers go on without a gap.

`TEST_KILLS` in the environment asks for as many; the product promises 25.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.processes import wait_until
from tests.endurance.arena import SINKS, Arena, ended, fleet, killed, shown, summary

KILLS = int(os.environ.get("TEST_KILLS", "5"))
DEVICES = 100
RATE = 1_000
"""Records a second, of ten a second of each device."""
LIMIT_S = 90.0


@pytest.fixture
def arena(mosquitto: Any, kafka: Any, registry: Any, fault_proxy: Any, tmp_path: Path) -> Iterator[Arena]:
    made = Arena(mosquitto, kafka, registry, fault_proxy(mosquitto.host, mosquitto.port), tmp_path)
    made.write("load.yaml", fleet(DEVICES, "100ms") + SINKS)
    yield made
    made.close()


@pytest.mark.timeout(1800)
def test_a_run_that_is_killed_under_load_loses_nothing(arena: Arena) -> None:
    mqtt = arena.audit("mqtt", "--forbid", "explained", "--reference", "../reference.jsonl")
    chance = random.Random(KILLS)
    for _ in range(KILLS):
        product = arena.run("load.yaml", "--state", "state")
        before = {sink: arena.books(sink)["accepted"] for sink in ("mqtt", "kafka")}
        more = chance.randrange(1, RATE)
        for sink, accepted in before.items():
            wait_until(lambda: arena.books(sink)["accepted"] >= accepted + more, LIMIT_S, f"load for {sink}")  # noqa: B023
        killed(product)
    seconds = 2 + max(arena.books(sink)["accepted"] for sink in ("mqtt", "kafka")) // RATE
    product = arena.run("load.yaml", "--state", "state", "--duration", f"{seconds}s", "--summary", "run.json")
    ended(product, 60 + 2 * seconds)
    told = summary(arena.folder)
    _undisturbed(arena, seconds)
    kafka = arena.audit("kafka", "--forbid", "explained", "--reference", "../reference.jsonl").verdict(0)
    found = mqtt.verdict(0)
    assert summary(arena.folder, "whole.json")["digest"] == told["digest"], "the very run that nobody killed"
    print(f"{KILLS} kills in {seconds} s of load; mqtt: {shown(found)}; kafka: {shown(kafka)}")
    for name, one in (("mqtt", found), ("kafka", kafka)):
        books = told["sinks"][name]
        assert books["accepted"] == books["acked"] == told["frames"] == one["seen"] > 0


def _undisturbed(arena: Arena, seconds: int) -> None:
    """The same run, never killed, into a file: what should have arrived."""
    text = fleet(DEVICES, "100ms") + "sinks:\n  - {kind: file, options: {path: reference.jsonl}}\n"
    arena.write("whole.yaml", text)
    arguments = ("--pace", "max", "--duration", f"{seconds}s", "--summary", "whole.json")
    ended(arena.run("whole.yaml", *arguments), LIMIT_S)
