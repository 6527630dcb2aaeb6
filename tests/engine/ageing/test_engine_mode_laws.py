"""The wear laws in closed form: whole populations against the declared distributions, stress, effects, events."""

from collections.abc import Sequence
from math import erf, exp, log, sqrt
from statistics import median, pstdev

import pytest

from engine.ageing import MODES, dust, fan_bearing, thermal_paste
from engine.ageing.base import YEAR_S, FailureMode, arrhenius
from engine.ageing.thermal_paste import CYCLE_SHARE_PER_K2
from engine.physics.layout import (
    FLOW_FACTOR,
    MEAN_AIR,
    MEAN_DIE,
    MEAN_FLOW,
    MEAN_RPM_RATIO,
    MEAN_SINK,
    R1_FACTOR,
    R_MIN_FACTOR,
    RN_FACTOR,
    RPM_FACTOR,
    RPM_JITTER,
    STALL_DUTY,
)
from engine.physics.slots import (
    WEAR,
    WEAR_LIFE,
    WEAR_THETA,
)
from tests.contracts.modes import Bench
from tests.engine.ageing.laws import UNITS, kolmogorov_p, untouched, weibull_shape

FAN = MODES.get("fan-bearing")
DUST = MODES.get("dust")
PASTE = MODES.get("thermal-paste")


def times_to_failure(mode: FailureMode, **stress: float) -> list[float]:
    """Remaining life at constant stress, kappa 1, of a population of new units, s."""
    places = {"air": MEAN_AIR, "die": MEAN_DIE, "flow": MEAN_FLOW, "rpm_ratio": MEAN_RPM_RATIO}
    found = []
    for i in range(UNITS):
        bench = Bench(mode, device=f"unit-{i}")
        for name, value in stress.items():
            bench.state[places[name]] = value
        bench.wear.refresh(bench.state, bench.parameters)
        found.append(bench.rul_s())
    return found


@pytest.mark.parametrize(
    ("mode", "scale", "shape", "stress"),
    [
        (FAN, fan_bearing.SCALE_S, fan_bearing.SHAPE, {"air": 40.0, "rpm_ratio": 1.0}),
        (PASTE, thermal_paste.SCALE_S, thermal_paste.SHAPE, {"die": 60.0}),
    ],
    ids=["fan-bearing", "thermal-paste"],
)
def test_lives_at_reference_stress_follow_the_declared_weibull(
    mode: FailureMode, scale: float, shape: float, stress: dict[str, float]
) -> None:
    times = times_to_failure(mode, **stress)
    assert kolmogorov_p(times, lambda t: 1.0 - exp(-((t / scale) ** shape))) > 0.01
    assert weibull_shape(times) == pytest.approx(shape, rel=0.10)


def test_dust_follows_the_declared_lognormal() -> None:
    times = times_to_failure(DUST, flow=1.0)
    logs = [log(time / dust.MEDIAN_S) for time in times]
    assert kolmogorov_p(logs, lambda z: 0.5 * (1.0 + erf(z / dust.SIGMA / sqrt(2.0)))) > 0.01
    assert pstdev(logs) == pytest.approx(dust.SIGMA, rel=0.10)


@pytest.mark.parametrize(
    ("mode", "mild", "harsh", "factor"),
    [
        (FAN, {"air": 40.0, "rpm_ratio": 1.0}, {"air": 50.0, "rpm_ratio": 1.0}, 1.5),
        (FAN, {"air": 40.0, "rpm_ratio": 0.5}, {"air": 40.0, "rpm_ratio": 1.0}, 2.0),
        (PASTE, {"die": 60.0}, {"die": 70.0}, exp(0.5 / 8.617e-5 * (1 / 333.15 - 1 / 343.15))),
        (DUST, {"flow": 0.0}, {"flow": 1.0}, 10.0),
    ],
    ids=["fan +10 K", "fan at full speed", "paste +10 K", "dust in full flow"],
)
def test_stress_shifts_the_median_life_by_the_acceleration_factor(
    mode: FailureMode, mild: dict[str, float], harsh: dict[str, float], factor: float
) -> None:
    shift = median(times_to_failure(mode, **mild)) / median(times_to_failure(mode, **harsh))
    assert shift == pytest.approx(factor, rel=0.05)


def test_arrhenius_has_its_textbook_values() -> None:
    assert arrhenius(0.7, 55.0 + 273.15, 75.0) == pytest.approx(4.15, abs=0.01)
    assert arrhenius(0.9, 55.0 + 273.15, 75.0) == pytest.approx(6.22, abs=0.01)
    assert arrhenius(0.79, 85.0 + 273.15, 95.0) == pytest.approx(2.0, abs=0.01)


def test_ten_of_a_hundred_fans_fail_by_60_000_hours_at_40_degrees() -> None:
    times = times_to_failure(FAN, air=40.0, rpm_ratio=1.0)
    assert sum(time < 60_000 * 3600 for time in times) / UNITS == pytest.approx(0.10, abs=0.02)


# --- what each mode does to the plant: red as soon as the effect is switched off ---


def hurt(mode: FailureMode, damage: float) -> Bench:
    """A body with one mode at one damage."""
    bench = Bench(mode)
    bench.hurt(mode, damage)
    return bench


def test_effect_of_fan_bearing_slows_jitters_and_stalls_the_fan() -> None:
    bench = hurt(FAN, 0.8)
    assert bench.state[RPM_FACTOR] == pytest.approx(1.0 - 0.30 * 0.64)
    assert bench.state[RPM_JITTER] == pytest.approx(3.4)
    assert bench.state[STALL_DUTY] == pytest.approx(0.125)
    assert untouched(bench, RPM_FACTOR, RPM_JITTER, STALL_DUTY)


def test_effect_of_fan_bearing_at_its_end_stops_the_fan() -> None:
    bench = hurt(FAN, 1.0)
    assert bench.state[RPM_FACTOR] == 0.0
    assert bench.state[STALL_DUTY] == pytest.approx(0.25)
    assert hurt(FAN, 0.6).state[STALL_DUTY] == 0.0


def test_effect_of_dust_takes_flow_and_cooling() -> None:
    bench = hurt(DUST, 0.5)
    assert bench.state[FLOW_FACTOR] == pytest.approx(0.7)
    assert bench.state[R_MIN_FACTOR] == pytest.approx(1.25)
    assert bench.state[RN_FACTOR] == pytest.approx(1.3)
    assert untouched(bench, FLOW_FACTOR, R_MIN_FACTOR, RN_FACTOR)


def test_effect_of_thermal_paste_raises_the_resistance_of_the_die() -> None:
    bench = hurt(PASTE, 0.2)
    assert bench.state[R1_FACTOR] == pytest.approx(1.3)
    assert untouched(bench, R1_FACTOR)


def test_fan_is_degraded_from_15_percent_below_its_speed_on() -> None:
    for damage, symptoms in ((0.70, ()), (0.7072, ("fan-degraded",)), (1.0, ("fan-degraded",))):
        bench = hurt(FAN, damage)
        assert bench.wear.symptoms(bench.state) == symptoms
        assert (bench.state[RPM_FACTOR] <= 0.85) == bool(symptoms)


# --- temperature cycles of the paste ---


def paste_after(windows: Sequence[float]) -> float:
    """Share of life that sink temperatures, one a window, cost beyond the constant heat of the die."""
    bench = Bench(PASTE)
    bench.state[MEAN_DIE] = -200.0  # too cold to dry out
    bench.state[MEAN_SINK] = windows[0]
    bench.wear.repair(bench.state, bench.parameters, None, 0)
    for celsius in windows:
        bench.state[MEAN_SINK] = celsius
        bench.live()
    return float(bench.state[WEAR + WEAR_THETA] / bench.state[WEAR + WEAR_LIFE])


def test_1500_deep_cycles_raise_the_resistance_by_30_percent() -> None:
    share = paste_after([-50.0, *[150.0, -50.0] * 1500])
    assert 1.0 + 1.5 * share**1.5 == pytest.approx(1.30, abs=0.003)


def test_a_cycle_counts_the_same_however_slowly_it_is_run_through() -> None:
    fast = paste_after([20.0, 60.0, 20.0])
    slow = paste_after([20.0, *range(21, 61), *range(59, 19, -1)])
    assert slow == pytest.approx(fast, rel=1e-9) == pytest.approx(CYCLE_SHARE_PER_K2 * 40.0**2, rel=1e-9)


def test_ripple_below_5_k_does_not_wear_the_paste() -> None:
    assert paste_after([50.0, 53.0, *[49.0, 53.0] * 500]) < 10 * CYCLE_SHARE_PER_K2


def test_median_lives_are_those_of_the_reference() -> None:
    hours = 3600.0
    assert FAN.life_s(1, "x", 0.0, 0) / hours == pytest.approx(185_000.0 * log(2.0) ** 0.5)
    assert DUST.life_s(1, "x", 0.0, 0) / YEAR_S == pytest.approx(2.5)
    assert PASTE.life_s(1, "x", 0.0, 0) / YEAR_S == pytest.approx(8.0 * log(2.0) ** (1.0 / 3.0))
