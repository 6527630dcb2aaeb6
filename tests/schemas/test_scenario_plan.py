"""The plan of a fleet, and what it would cost."""

from itertools import islice

import pytest

from schemas.durations import SECOND
from schemas.scenario import Costs, Limits, device_count, estimate, plan
from schemas.scenario.fields import format_id
from tests.schemas.scenario_words import MINIMAL, Words, fleet_of, load

TWO_GROUPS = """version: 1
fleet:
  - {name: b, kind: cpu, count: 2, labels: {room: x}, intervals: {fan: 5s}}
  - {name: a, kind: raspberry-pi, count: 3, first: 8}
"""
SWAPPED = """version: 1
fleet:
  - {name: a, kind: raspberry-pi, count: 3, first: 8}
  - {name: b, kind: cpu, count: 2, labels: {room: x}, intervals: {fan: 5s}}
"""


def test_every_device_is_planned_with_its_group() -> None:
    devices = list(plan(load(TWO_GROUPS)))
    assert [device.id for device in devices] == ["a-0008", "a-0009", "a-0010", "b-0001", "b-0002"]
    last = devices[-1]
    assert (last.number, last.kind, last.model, last.setup, last.profile) == (2, "cpu", "65w", "tower", "idle")
    assert dict(last.labels) == {"room": "x"}
    assert (last.interval_ns, last.interval_of("fan"), last.interval_of("load")) == (SECOND, 5 * SECOND, SECOND)


def test_the_order_in_the_file_changes_nothing() -> None:
    assert list(plan(load(TWO_GROUPS))) == list(plan(load(SWAPPED)))


def test_the_plan_is_lazy() -> None:
    scenario = load(fleet_of("count: 50_000".replace("_", "")), limits=Limits(devices=50_000))
    assert [device.id for device in islice(plan(scenario), 2)] == ["pi-0001", "pi-0002"]
    assert device_count(scenario) == 50_000


@pytest.mark.parametrize(
    ("pattern", "number", "device"),
    [
        ("pi-{n:04d}", 42, "pi-0042"),
        ("pi-{n}", 42, "pi-42"),
        ("{n:02d}-{group}-{n}", 123, "123-g-123"),
        ("pi-{n:04d}", 123_456, "pi-123456"),
    ],
)
def test_ids_come_from_their_pattern(pattern: str, number: int, device: str) -> None:
    assert format_id(pattern, "g", number) == device


def test_the_estimate_counts_without_making() -> None:
    told = estimate(load(TWO_GROUPS), Words())
    assert (told.devices, told.sensors, told.actors) == (5, 30, 36)
    assert told.frames_per_s == pytest.approx(5)
    assert told.readings_per_s == pytest.approx(3 * 6 + 2 * 5.2)
    assert told.real_s is None
    assert told.keeps_up


def test_memory_is_bytes_by_device_and_sensor() -> None:
    costs = Costs(process_bytes=1_000, device_bytes=10, sensor_bytes=1)
    assert estimate(load(TWO_GROUPS), Words(), costs).memory_bytes == 1_000 + 5 * (4_096 + 10 + 6)


@pytest.mark.parametrize(
    ("intervals", "per_s"),
    [
        ("interval: 2s", 0.5),
        ("{interval: 2s, intervals: {fan: 4s}}", 0.5),
        ("{interval: 2s, intervals: {fan: 3s}}", 1 / 2 + 1 / 3 - 1 / 6),
        ("{interval: 2s, intervals: {fan: 3s, load: 5s}}", 1 / 2 + 1 / 3 + 1 / 5 - 1 / 6 - 1 / 10 - 1 / 15 + 1 / 30),
    ],
)
def test_frames_of_several_intervals_are_counted_once(intervals: str, per_s: float) -> None:
    lines = "\n".join(intervals.strip("{}").replace(", intervals", "\nintervals").split("\n"))
    lines = lines if lines.count("{") == lines.count("}") else lines + "}"
    assert estimate(load(fleet_of(lines)), Words()).frames_per_s == pytest.approx(per_s)


def test_a_pace_beyond_the_machine_is_told() -> None:
    slow = Costs(frame_s=1.0, reading_s=0.0, device_second_s=0.0)
    told = estimate(load(MINIMAL, "pace=10", "duration=100s"), Words(), slow)
    assert told.top_speed == pytest.approx(1.0)
    assert not told.keeps_up
    assert told.real_s == pytest.approx(100)
    assert estimate(load(MINIMAL, "pace=max", "duration=100s"), Words(), slow).keeps_up
    assert estimate(load(MINIMAL, "pace=0.5", "duration=100s"), Words(), slow).real_s == pytest.approx(200)
