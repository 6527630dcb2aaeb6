"""Wear laws of supply, regulator, processor, joints and card in closed form: populations, stress, effects."""

from collections.abc import Mapping
from math import exp, log
from statistics import median
from typing import Final

import pytest

from engine.ageing import MODES, board_vrm, electromigration, psu_electrolytics, sd_card, solder_fatigue
from engine.ageing.base import YEAR_S, FailureMode
from engine.physics.layout import (
    CLOCK_LOSS,
    CORE_NOISE,
    ETA_VRM,
    F_MAX,
    MEAN_AIR,
    MEAN_DIE,
    MEAN_ON,
    MEAN_SINK,
    MEAN_TOP,
    MEAN_VOLT,
    MEAN_WORK,
    OPEN_RATE,
    R_LL_FACTOR,
    R_RAIL_FACTOR,
    RESET_RATE,
    RIPPLE_FACTOR,
    STALL_RATE,
    V_CORE,
    VOLT_FACTOR,
    VOLT_SET,
)
from engine.physics.slots import (
    WEAR,
    WEAR_AF,
)
from tests.contracts.modes import Bench
from tests.engine.ageing.laws import UNITS, kolmogorov_p, untouched, weibull_shape

PSU, VRM, BTI = (MODES.get(word) for word in ("psu-electrolytics", "board-vrm", "bti"))
METAL, JOINTS, CARD = (MODES.get(word) for word in ("electromigration", "solder-fatigue", "sd-card"))
PLACES: Final[Mapping[str, int]] = {
    "air": MEAN_AIR,
    "die": MEAN_DIE,
    "sink": MEAN_SINK,
    "on": MEAN_ON,
    "volt": MEAN_VOLT,
    "work": MEAN_WORK,
    "top": MEAN_TOP,
}


def under(mode: FailureMode, device: str, stress: Mapping[str, float]) -> Bench:
    """A body with one mode under given means of a window; `work` is a share of full capacity."""
    bench = Bench(mode, device=device)
    bench.state[list(PLACES.values())] = 0.0
    bench.state[MEAN_ON] = 1.0
    for name, value in stress.items():
        bench.state[PLACES[name]] = value * (bench.parameters[F_MAX] if name == "work" else 1.0)
    bench.wear.refresh(bench.state, bench.parameters)
    return bench


def lives(mode: FailureMode, **stress: float) -> list[float]:
    """Remaining lives of a population of new units, s."""
    return [under(mode, f"unit-{i}", stress).rul_s() for i in range(UNITS)]


def pace(mode: FailureMode, **stress: float) -> float:
    """Acceleration factor under a stress."""
    return float(under(mode, "unit", stress).state[WEAR + WEAR_AF])


REFERENCE: Final = [
    (PSU, psu_electrolytics.SCALE_S, psu_electrolytics.SHAPE, {"air": 90.0}),
    (VRM, board_vrm.SCALE_S, board_vrm.SHAPE, {"sink": 70.0}),
    (METAL, electromigration.SCALE_S, electromigration.SHAPE, {"die": 345.0 - 273.15, "work": 1.0, "top": 1.0}),
    (CARD, sd_card.SCALE_S, sd_card.SHAPE, {"work": 0.5}),
    (JOINTS, solder_fatigue.SCALE_S / 0.01, solder_fatigue.SHAPE, {"sink": 60.0}),
]


@pytest.mark.parametrize(("mode", "scale", "shape", "stress"), REFERENCE, ids=[row[0].name for row in REFERENCE])
def test_lives_at_the_reference_stress_follow_the_declared_weibull(
    mode: FailureMode, scale: float, shape: float, stress: Mapping[str, float]
) -> None:
    times = lives(mode, **stress)
    assert kolmogorov_p(times, lambda t: 1.0 - exp(-((t / scale) ** shape))) > 0.01
    assert weibull_shape(times) == pytest.approx(shape, rel=0.10)


@pytest.mark.parametrize(
    ("mode", "mild", "harsh", "factor"),
    [
        (PSU, {"air": 30.0}, {"air": 40.0}, 2.0),
        (PSU, {"air": 30.0}, {"air": 30.0, "work": 1.0}, 2.0),
        (VRM, {"sink": 55.0}, {"sink": 75.0}, 4.15),
        (VRM, {"sink": 50.0}, {"sink": 50.0, "work": 0.5}, exp(0.7 / 8.617e-5 * (1 / 323.15 - 1 / 333.15))),
        (METAL, {"die": 55.0, "work": 0.5}, {"die": 75.0, "work": 0.5}, 6.22),
        (METAL, {"die": 60.0, "work": 0.4}, {"die": 60.0, "work": 0.8}, 2.0**1.1),
        (CARD, {}, {"work": 0.5}, 5.0),
    ],
    ids=["psu +10 K", "psu at work", "vrm 55-75", "vrm at work", "metal 55-75", "metal at work", "card writes"],
)
def test_stress_shifts_the_median_life_by_the_acceleration_factor(
    mode: FailureMode, mild: dict[str, float], harsh: dict[str, float], factor: float
) -> None:
    assert median(lives(mode, **mild)) / median(lives(mode, **harsh)) == pytest.approx(factor, rel=0.05)


def test_processors_at_345_k_fail_at_the_rate_of_ramp() -> None:
    times = lives(METAL, die=345.0 - 273.15, work=1.0, top=1.0)
    assert sum(times) / UNITS / 3600.0 == pytest.approx(1e9 / 1600.0, rel=0.05)


def test_a_processor_that_never_reaches_the_top_clock_has_no_oxide_breakdown() -> None:
    assert pace(METAL, die=90.0, top=1.0) > 0.0
    assert pace(METAL, die=90.0) == 0.0
    assert pace(METAL, die=100.0, top=1.0) > 1.9 * pace(METAL, die=80.0, top=1.0)


def test_what_is_off_does_not_wear_its_transistors_its_card_or_its_regulator() -> None:
    for mode in (BTI, METAL, CARD, VRM):
        assert pace(mode, die=60.0, sink=60.0, on=0.0) == 0.0
    assert 0.0 < pace(PSU, air=30.0, on=0.0) < pace(PSU, air=30.0)


def test_transistors_age_faster_hot_and_at_a_higher_voltage() -> None:
    assert pace(BTI, die=65.0, volt=1.0) == pytest.approx(1.0)
    assert pace(BTI, die=65.0, volt=1.1) == pytest.approx(1.1**6)
    assert pace(BTI, die=85.0, volt=1.0) > 2.0
    assert median(BTI.life_s(1, f"u{i}", 1.0, 0) for i in range(UNITS)) == pytest.approx(10.0 * YEAR_S, rel=0.05)


def test_transistors_lose_voltage_with_the_sixth_root_of_time() -> None:
    bench = under(BTI, "unit", {"die": 65.0, "volt": 1.0})
    bench.hurt(BTI, 0.5)
    assert bench.state[WEAR] / bench.state[WEAR + 1] == pytest.approx(1.0 / 64.0)


# --- what each mode does to the plant: red as soon as the effect is switched off ---


def hurt(mode: FailureMode, damage: float) -> Bench:
    """A body with one mode at one damage."""
    bench = Bench(mode)
    bench.hurt(mode, damage)
    return bench


def test_effect_of_psu_electrolytics_softens_the_rail() -> None:
    bench = hurt(PSU, 0.5)
    assert bench.state[R_RAIL_FACTOR] == pytest.approx(3.0)
    assert bench.state[RIPPLE_FACTOR] == pytest.approx(2.5)
    assert untouched(bench, R_RAIL_FACTOR, RIPPLE_FACTOR)
    assert bench.wear.symptoms(bench.state) == ("supply-weak",)
    assert hurt(PSU, 0.85).state[RESET_RATE] == pytest.approx(1.5)


def test_effect_of_board_vrm_costs_power_and_stiffness() -> None:
    bench = hurt(VRM, 0.4)
    assert bench.state[ETA_VRM] == pytest.approx(0.94)
    assert bench.state[R_LL_FACTOR] == pytest.approx(1.8)
    assert bench.state[CORE_NOISE] == pytest.approx(0.0032)
    assert untouched(bench, ETA_VRM, R_LL_FACTOR, CORE_NOISE)


def test_a_core_voltage_far_below_the_healthy_one_is_a_symptom() -> None:
    bench = hurt(VRM, 0.5)
    bench.state[[VOLT_SET, V_CORE]] = 1.10, 1.00  # healthy: 1.05
    assert bench.wear.symptoms(bench.state) == ()
    bench.state[V_CORE] = 0.90  # healthy: 1.00
    assert bench.wear.symptoms(bench.state) == ("core-voltage-low",)
    bench.state[V_CORE] = 0.0
    assert bench.wear.symptoms(bench.state) == ()


@pytest.mark.parametrize(
    ("damage", "volt", "steps"), [(0.5, 1.015, 0), (0.8, 1.024, 0), (0.9, 1.024, 1), (1, 1.024, 2)]
)
def test_effect_of_bti_raises_the_voltage_then_costs_clock(damage: float, volt: float, steps: int) -> None:
    bench = hurt(BTI, damage)
    assert bench.state[VOLT_FACTOR] == pytest.approx(volt)
    assert bench.state[CLOCK_LOSS] == steps
    assert untouched(bench, VOLT_FACTOR, CLOCK_LOSS)


def test_effect_of_electromigration_comes_at_the_very_end() -> None:
    assert untouched(hurt(METAL, 0.95))
    bench = hurt(METAL, 0.975)
    assert bench.state[RESET_RATE] == pytest.approx(10.0)
    assert untouched(bench, RESET_RATE)
    assert bench.wear.symptoms(bench.state) == ("machine-checks",)


def test_effect_of_solder_fatigue_opens_contacts_with_the_fourth_power_of_age() -> None:
    rates = [hurt(JOINTS, z * z).state[OPEN_RATE] for z in (0.4, 0.8)]
    assert rates[1] / rates[0] == pytest.approx(16.0)
    assert untouched(hurt(JOINTS, 0.5), OPEN_RATE)


def test_effect_of_sd_card_stalls_input_and_output() -> None:
    bench = hurt(CARD, 0.25)
    assert bench.state[STALL_RATE] == pytest.approx(24.0)
    assert untouched(bench, STALL_RATE)
    assert bench.wear.symptoms(bench.state) == ()
    for damage, word in ((0.51, "card-slow"), (1.0, "card-read-only")):
        worn = hurt(CARD, damage)
        assert worn.wear.symptoms(worn.state) == (word,)


def test_median_lives_are_those_of_the_reference() -> None:
    assert VRM.life_s(1, "x", 0.0, 0) / 3600.0 == pytest.approx(200_000.0 * log(2.0) ** 0.5)
    assert PSU.life_s(1, "x", 0.0, 0) / 3600.0 == pytest.approx(3000.0 * log(2.0) ** 0.4)
    assert CARD.life_s(1, "x", 0.0, 0) / YEAR_S == pytest.approx(5.0 * log(2.0) ** (1.0 / 1.5))
