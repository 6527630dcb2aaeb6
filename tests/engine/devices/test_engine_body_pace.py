"""What a device-second of physics costs, compiled: the best of several tries, so a busy machine does not matter."""

from collections.abc import Iterator
from time import process_time

import pytest

from engine import kernels
from engine.devices import cpu, raspberry_pi
from engine.devices.base import Body, BodySpec

TRIES = 7
HOURS = 6


@pytest.fixture(autouse=True)
def compiled() -> Iterator[None]:
    with kernels.running("compiled"):
        yield


def best(body: Body, interval: int) -> float:
    """CPU seconds per device-second at a sampling interval."""
    times = []
    for _ in range(TRIES):
        first, last = body.tick + interval, body.tick + 3600 * HOURS
        begin = process_time()
        for tick in range(first, last + 1, interval):
            body.advance(tick)
        times.append((process_time() - begin) / (3600 * HOURS))
    return min(times)


@pytest.mark.parametrize(
    ("model", "setup"), [("4", "open"), ("5", "active-cooler"), ("65w", "tower"), ("125w", "tower")]
)
def test_a_device_second_costs_under_half_a_microsecond_at_minutes(model: str, setup: str) -> None:
    """Steps of 60 s, wear of three failure modes included."""
    kind = raspberry_pi.KIND if model in raspberry_pi.KIND.models else cpu.KIND
    body = kind.build(BodySpec("unit", 1, model, setup, "edge"))
    body.advance(60)
    assert best(body, 60) < 0.5e-6


def test_a_device_year_of_ageing_takes_under_twenty_seconds() -> None:
    """At one-second ticks, asked for by the day."""
    body = cpu.KIND.build(BodySpec("unit", 1, "65w", "tower", acceleration=100.0))
    body.advance(60)
    seconds = 365.25 * 86_400
    assert best(body, 3600) * seconds < 20.0
