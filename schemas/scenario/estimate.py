"""What a scenario would cost: how many frames, how much memory, how fast."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import lcm
from typing import Literal

from schemas.durations import SECOND
from schemas.scenario.group import Group
from schemas.scenario.model import Scenario
from schemas.scenario.plan import device_count
from schemas.scenario.vocabulary import KindWords, Vocabulary

_MOST_EXACT = 10


@dataclass(frozen=True, slots=True)
class Costs:
    """Figures of one core of an ordinary machine, for an estimate within a factor of two."""

    process_bytes: int = 90_000_000
    """Interpreter, libraries and compiled kernels."""
    device_bytes: int = 5_000
    """Device actor, its record at the supervisor, its timer and its last frame (without the body)."""
    sensor_bytes: int = 2_500
    """Sensor actor, its instrument and its record at the supervisor."""
    device_second_s: float = 0.25e-6
    """One second of one body's physics, compiled."""
    frame_s: float = 8e-6
    """One frame closed, numbered and taken by one sink."""
    reading_s: float = 3.2e-6
    """One reading asked for, measured and answered."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What would run. Rates are per simulated second."""

    devices: int
    sensors: int
    actors: int
    """Devices, sensors and sinks."""
    frames_per_s: float
    readings_per_s: float
    memory_bytes: int
    top_speed: float
    """Simulated seconds per real second at pace max, one core."""
    pace: float | Literal["max"]
    keeps_up: bool
    """Whether the pace asked for is below the top speed."""
    real_s: float | None
    """Real seconds that a bounded run takes; `None` when it has no end."""


def estimate(scenario: Scenario, vocabulary: Vocabulary, costs: Costs | None = None) -> Estimate:
    """What a scenario would cost, from counts and intervals alone: nothing is made for any device."""
    used = costs or Costs()
    sensors, frames, readings, memory, work = 0, 0.0, 0.0, float(used.process_bytes), 0.0
    for group in scenario.fleet:
        kind = vocabulary.kind(group.kind)
        frame_rate, reading_rate = _rates(group, kind)
        sensors += group.count * len(kind.sensors)
        frames += group.count * frame_rate
        readings += group.count * reading_rate
        memory += group.count * (kind.body_bytes + used.device_bytes + len(kind.sensors) * used.sensor_bytes)
        work += group.count * used.device_second_s
    work += frames * used.frame_s * max(1, len(scenario.sinks)) + readings * used.reading_s
    devices, top = device_count(scenario), 1 / work
    speed = top if scenario.pace == "max" else min(top, scenario.pace)
    return Estimate(
        devices=devices,
        sensors=sensors,
        actors=devices + sensors + len(scenario.sinks),
        frames_per_s=frames,
        readings_per_s=readings,
        memory_bytes=int(memory),
        top_speed=top,
        pace=scenario.pace,
        keeps_up=scenario.pace == "max" or scenario.pace <= top,
        real_s=None if scenario.duration_ns is None else scenario.duration_ns / SECOND / speed,
    )


def _rates(group: Group, kind: KindWords) -> tuple[float, float]:
    """Frames and readings per simulated second of one device."""
    intervals = [group.intervals_ns.get(sensor, group.interval_ns) for sensor in kind.sensors]
    readings = sum(SECOND / interval for interval in intervals)
    return _union_rate(intervals), readings


def _union_rate(intervals: Iterable[int]) -> float:
    """How often per second at least one of several periodic instants comes, all starting together.

    By inclusion and exclusion over the periods that are not multiples of others; with more than ten of those the sum
    of all, which is an upper bound.
    """
    distinct = sorted(set(intervals))
    base = [one for one in distinct if not any(one % other == 0 for other in distinct if other < one)]
    if len(base) > _MOST_EXACT:
        return sum(SECOND / one for one in base)
    rate = 0.0
    for size in range(1, len(base) + 1):
        sign = 1 if size % 2 else -1
        rate += sign * sum(SECOND / lcm(*chosen) for chosen in combinations(base, size))
    return rate
