"""Precursors come in the order in which they come on a real device (acceptance check 16), life after life."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import kernels
from engine.devices.base import Body, BodySpec, DeviceKind
from engine.families import Family

DEVICES: Final[Family[DeviceKind]] = Family("engine.devices", "KIND", "data_simulator.devices", noun="device kind")
LIVES: Final = 24
LIFE_S: Final = 2 * 86_400
"""Wear is accelerated so that a median part lasts about this long."""
STEP_S: Final = 60
SMOOTH: Final = 30
"""Steps of a running mean: half an hour."""
MEDIAN_S: Final = {"fan-bearing": 185_000 * 3600 * 0.83, "thermal-paste": 8 * 365.25 * 86_400 * 0.88}
AFTER_S: Final = 3 * 3600
Course = NDArray[np.float64]


class Life(NamedTuple):
    """What there is to see of one device until some hours after its failure, and of its twin that does not wear."""

    worn: Course
    clean: Course
    failed: int
    """Row of the failure."""


DIE, SINK, AIR, POWER, DUTY, RPM, THROTTLED = range(7)


def row(body: Body) -> list[float]:
    """Temperatures, power, fan and whether heat throttles it."""
    clean, extras = body.clean(), body.extras()
    limits = float("throttled" in body.symptoms())
    air, sink = extras["air_temperature_c"], extras["sink_temperature_c"]
    return [clean[0] or 0.0, sink, air, clean[1] or 0.0, extras["fan_duty"], extras["fan_rpm"], limits]


def lives(mode: str, kind: str, model: str, setup: str, stress: float, room_c: float) -> Iterator[Life]:
    """Whole lives of units that suffer one mode; `stress` is its typical acceleration factor."""
    kappa = MEDIAN_S[mode] / LIFE_S / stress
    with kernels.running("compiled"):
        for i in range(LIVES):
            spec = BodySpec(f"unit-{i}", 9, model, setup, "edge", room_temperature_c=room_c, acceleration=kappa)
            worn, clean = (DEVICES.get(kind).build(spec._replace(modes=modes)) for modes in ((mode,), ()))
            rows: tuple[list[list[float]], list[list[float]]] = ([], [])
            failed = -1
            while failed < 0 or len(rows[0]) < failed + AFTER_S // STEP_S:
                for body, course in zip((worn, clean), rows, strict=True):
                    body.advance(body.tick + STEP_S)
                    course.append(row(body))
                if failed < 0 and worn.broken() == mode:
                    failed = len(rows[0]) - 1
                assert len(rows[0]) < 40 * LIFE_S // STEP_S
            yield Life(np.array(rows[0]), np.array(rows[1]), failed)


def smooth(values: Course) -> Course:
    """A running mean over the past half hour."""
    kernel = np.ones(SMOOTH) / SMOOTH
    found: Course = np.convolve(values, kernel)[: len(values)]
    found[: SMOOTH - 1] = found[SMOOTH - 1]
    return found


def first(holds: NDArray[np.bool_]) -> float:
    """The first row in which something holds; infinite when there is none."""
    return float(np.argmax(holds)) if holds.any() else float("inf")


def speed_per_duty(course: Course) -> Course:
    """Fan speed over what is commanded, while it turns."""
    turning = (course[:, DUTY] > 0.0) & (course[:, RPM] > 0.0)
    speed = np.where(turning, course[:, RPM], 0.0)
    found: Course = smooth(speed) / np.maximum(smooth(np.where(turning, course[:, DUTY], 0.0)), 1e-9)
    return found


def resistance(course: Course, hot: int, cold: int) -> Course:
    """Temperature difference over power."""
    found: Course = smooth(course[:, hot] - course[:, cold]) / smooth(course[:, POWER])
    return found


def test_a_worn_fan_slows_down_then_heats_then_fails_in_most_lives() -> None:
    ordered = 0
    for life in lives("fan-bearing", "raspberry-pi", "5", "active-cooler", 0.25, 30.0):
        speed = speed_per_duty(life.worn) / speed_per_duty(life.clean)
        heat = resistance(life.worn, DIE, AIR) / resistance(life.clean, DIE, AIR)
        times = (
            first(speed < 0.95),
            first(speed < 0.85),
            first(heat > 1.20),
        )
        throttled = first((life.worn[:, THROTTLED] > 0.0) & (life.clean[:, THROTTLED] == 0.0))
        in_order = times[0] < times[1] < times[2]
        ordered += in_order and max(times) < life.failed and max(times) <= throttled
    assert ordered > 0.9 * LIVES


def test_worn_paste_shows_in_the_fast_node_first() -> None:
    ordered = 0
    for life in lives("thermal-paste", "cpu", "65w", "tower", 0.7, 22.0):
        fast = resistance(life.worn, DIE, SINK) / resistance(life.clean, DIE, SINK)
        slow = resistance(life.worn, SINK, AIR) / resistance(life.clean, SINK, AIR)
        seen = first(fast > 1.20)
        assert seen < life.failed
        ordered += bool(abs(slow[int(seen)] - 1.0) < 0.10)
    assert ordered > 0.9 * LIVES


@pytest.mark.parametrize("mode", ["fan-bearing", "thermal-paste"])
def test_a_twin_that_does_not_wear_shows_none_of_it(mode: str) -> None:
    """What is called a precursor is the wear's: without its effect on the plant the two courses are the same."""
    spec = BodySpec("unit-0", 9, "65w", "tower", "edge")
    with kernels.running("compiled"):
        one, other = (DEVICES.get("cpu").build(spec._replace(modes=modes)) for modes in ((mode,), ()))
        for body in (one, other):
            body.advance(600)
        assert row(one) == pytest.approx(row(other), rel=1e-6)
