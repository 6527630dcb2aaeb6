"""Expected remaining life: the reference's values, limits, and what populations really have left."""

from math import gamma
from statistics import fmean

import pytest

from engine.ageing import MODES, fan_bearing
from engine.expected_life import expected_rul


@pytest.mark.parametrize(("shape", "age", "left"), [(1.1, 10.0, 94.041), (2.0, 30.0, 65.102), (3.0, 60.0, 40.147)])
def test_the_values_of_the_reference(shape: float, age: float, left: float) -> None:
    """Acceptance check 15."""
    assert expected_rul(age, 100.0, shape) == pytest.approx(left, abs=5e-4)


def test_a_new_part_has_its_mean_life_and_a_memoryless_one_always() -> None:
    assert expected_rul(0.0, 100.0, 2.0) == pytest.approx(100.0 * gamma(1.5))
    for age in (0.0, 1.0, 150.0, 5000.0):
        assert expected_rul(age, 100.0, 1.0) == pytest.approx(100.0)


def test_it_falls_with_age_where_things_wear() -> None:
    lives = [expected_rul(float(age), 100.0, 2.5) for age in range(0, 400, 10)]
    assert lives == sorted(lives, reverse=True)
    assert lives[-1] > 0.0


@pytest.mark.parametrize("share", [0.2, 0.7, 1.2])
def test_it_is_what_a_population_has_left_on_average(share: float) -> None:
    fan = MODES.get("fan-bearing")
    age = share * fan_bearing.SCALE_S
    lives = [fan.life_s(3, f"unit-{i}", 1.0, 0) for i in range(20_000)]
    left = [life - age for life in lives if life > age]
    assert fmean(left) == pytest.approx(expected_rul(age, fan_bearing.SCALE_S, fan_bearing.SHAPE), rel=0.05)


@pytest.mark.parametrize("wrong", [(-1.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, -2.0)])
def test_nonsense_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="allowed"):
        expected_rul(*wrong)
