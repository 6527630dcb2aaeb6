"""Rainflow at constant memory: Miner's rule, closed cycles whatever their order, and an independent count."""

import random
from collections.abc import Sequence
from itertools import pairwise
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ageing import MODES, _rainflow
from engine.ageing._rainflow import CYCLES_TO_FAILURE, DEPTH, begin_cycles, count_cycles, cycle_cost
from engine.physics.layout import (
    KAPPA,
    MEAN_SINK,
    STATE_SIZE,
    WEAR_STEP,
)
from engine.physics.slots import CYCLE_TURNS
from tests.contracts.modes import Bench

JOINTS = MODES.get("solder-fatigue")
DAY_S = 86_400.0


def counted(celsius: Sequence[float], seconds: float) -> float:
    """Damage of a course of temperatures, one every so many seconds."""
    state = [0.0] * STATE_SIZE
    begin_cycles(state)
    return fsum(count_cycles(state, one, seconds) for one in celsius)


def test_norris_landzberg_has_its_textbook_values() -> None:
    assert cycle_cost(180.0, DAY_S, 60.0) / cycle_cost(50.0, DAY_S, 60.0) == pytest.approx(11.4, abs=0.05)
    assert cycle_cost(60.0, DAY_S, 60.0) / cycle_cost(60.0, DAY_S / 48.0, 60.0) == pytest.approx(3.6, abs=0.05)
    assert cycle_cost(60.0, DAY_S, 60.0) == pytest.approx(1.0 / CYCLES_TO_FAILURE)
    assert cycle_cost(60.0, DAY_S, 80.0) > cycle_cost(60.0, DAY_S, 60.0)


def test_a_square_cycle_of_60_k_repeated_as_often_as_it_lasts_is_one_life() -> None:
    """Acceptance check 17: 0-60-0 degC N_f times is a damage of 1 within 1 %."""
    assert counted([0.0] + [60.0, 0.0] * int(CYCLES_TO_FAILURE), DAY_S / 2.0) == pytest.approx(1.0, rel=0.01)


def test_a_part_lives_as_many_reference_cycles_as_its_own_life_says() -> None:
    bench = Bench(JOINTS, spread=0.0, kappa=30.0)
    bench.state[MEAN_SINK] = 0.0
    life_in_cycles = JOINTS.life_s(1, "pi-0001", 0.0, 0) / DAY_S
    # A cycle of two windows of a minute costs what its short period says, times kappa.
    cost = cycle_cost(60.0, 2.0 * WEAR_STEP, 60.0) * CYCLES_TO_FAILURE * bench.parameters[KAPPA]
    cycles = 0
    while bench.wear.broken(bench.state) is None:
        for celsius in (60.0, 0.0):
            bench.state[MEAN_SINK] = celsius
            bench.live()
        cycles += 1
    assert cycles * cost == pytest.approx(life_in_cycles, rel=0.02)


def test_the_order_of_whole_cycles_does_not_matter() -> None:
    swings = [10.0, 35.0, 60.0, 20.0, 45.0] * 40

    def course(sizes: list[float]) -> list[float]:
        return [0.0, *(value for size in sizes for value in (size, 0.0))]

    shuffled = swings.copy()
    random.Random(3).shuffle(shuffled)
    one, other = counted(course(swings), 3600.0), counted(course(shuffled), 3600.0)
    assert one == pytest.approx(other, rel=0.03)
    assert one == pytest.approx(sum(cycle_cost(size, 7200.0, size) for size in swings), rel=0.03)


def test_a_small_cycle_inside_a_large_one_counts_beside_it() -> None:
    plain = counted([0.0, 60.0, 0.0], DAY_S)
    nested = counted([0.0, 60.0, 40.0, 50.0, 0.0], DAY_S)
    small = cycle_cost(10.0, 2.0 * DAY_S, 50.0)
    assert nested == pytest.approx(plain + small, rel=1e-9)


def ranges_by_textbook(turns: list[float]) -> list[tuple[float, float]]:
    """Ranges with their counts by ASTM E1049's own three-point procedure, residue as halves."""
    stack: list[float] = []
    found = []
    for point in turns:
        stack.append(point)
        while len(stack) >= 3:
            x, y = abs(stack[-1] - stack[-2]), abs(stack[-2] - stack[-3])
            if x < y:
                break
            if len(stack) == 3:
                found.append((y, 0.5))
                stack.pop(0)
            else:
                found.append((y, 1.0))
                del stack[-3:-1]
    found += [(abs(b - a), 0.5) for a, b in pairwise(stack)]
    return found


def turning_points(celsius: list[float]) -> list[float]:
    """Only where the course turns."""
    turns = [celsius[0]]
    for before, one, after in zip(celsius, celsius[1:], celsius[2:], strict=False):
        if (one - before) * (after - one) < 0.0:
            turns.append(one)
    return [*turns, celsius[-1]]


@given(st.lists(st.integers(0, 24), min_size=3, max_size=120))
def test_cycles_are_those_of_the_textbook(steps: list[int]) -> None:
    """With the time between points taken out of the law (periods below its least), only ranges count."""
    celsius = [4.0 * step for step in steps]
    course = [one for i, one in enumerate(celsius) if i == 0 or one != celsius[i - 1]]
    if len(course) < 2:
        return
    turns = turning_points(course)
    by_book = sum(count * swing**1.9 for swing, count in ranges_by_textbook(turns))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rainflow, "_CREEP_K", 0.0)
        mine = counted(course, 1.0) / (cycle_cost(1.0, 1.0, 60.0))
    assert mine == pytest.approx(by_book, rel=1e-6)


def test_memory_is_constant_whatever_comes() -> None:
    """A course that closes no cycle for long fills the residue; its oldest swings are counted off, none is lost."""
    state = [0.0] * STATE_SIZE
    begin_cycles(state)
    closing = [50.0 + (-1.0) ** i * (48.0 - i) for i in range(45)]
    total = fsum(count_cycles(state, one, 1.0) for one in closing)
    assert state[DEPTH] == CYCLE_TURNS
    swings = [abs(b - a) for a, b in pairwise(closing)]
    least = sum(0.5 * cycle_cost(swing, 1.0, 20.0) for swing in swings)
    assert least < total < 3.0 * least


def test_ripple_counts_for_nothing() -> None:
    assert counted([50.0, 51.5] * 500, 60.0) == 0.0
