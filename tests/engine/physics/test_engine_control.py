"""Control laws one by one: governors, the thermal cap, sticky bits of several causes."""

import pytest

from engine.physics import layout as at
from engine.physics.governor import hwp, ondemand, schedutil
from engine.physics.limits import step_board_cap
from tests.engine.physics.reference_bodies import FULL, IDLE, LOAD, held, rest


def numbers(model: str, setup: str) -> list[float]:
    found: list[float] = held(model, setup, IDLE)._parameters.tolist()
    return found


@pytest.mark.parametrize(
    ("demand", "steps", "wanted"),
    [
        (0.0, 15.0, 6.0),
        (0.2, 6.0, 11.0),
        (0.2, 15.0, 8.0),
        (0.21, 6.0, 15.0),
        (0.4, 15.0, 10.0),
        (0.4, 10.0, 15.0),
        (1.3, 6.0, 15.0),
    ],
)
def test_ondemand_goes_by_the_load_at_the_present_clock(demand: float, steps: float, wanted: float) -> None:
    assert ondemand(numbers("4", "open"), demand, steps) == wanted


@pytest.mark.parametrize(
    ("demand", "wanted"),
    [
        (0.0, 8.0),
        (0.1, 8.0),
        (0.2, 11.0),
        (0.3, 17.0),
        (0.5, 28.0),
        (0.8, 44.0),
        (0.9, 44.0),
        (0.91, 40.0),
        (1.3, 40.0),
    ],
)
def test_schedutil_leaves_a_fifth_of_the_clock_free(demand: float, wanted: float) -> None:
    assert schedutil(numbers("65w", "tower"), demand) == wanted


@pytest.mark.parametrize("demand", [0.3, 0.45, 0.6, 0.7])
def test_load_under_schedutil_sits_near_eighty_per_cent(demand: float) -> None:
    assert rest(held("65w", "tower", demand), 600)[:, LOAD].mean() == pytest.approx(79.0, abs=2.0)


@pytest.mark.parametrize(("demand", "wanted"), [(0.02, 8.0), (0.03, 36.0), (0.1, 38.0), (0.34, 44.0), (0.91, 40.0)])
def test_hwp_races_to_idle(demand: float, wanted: float) -> None:
    assert hwp(numbers("65w", "tower-hwp"), demand) == wanted


@pytest.mark.parametrize(
    ("celsius", "before", "after"),
    [
        (60.0, 15.0, 15.0),
        (60.0, 12.0, 13.0),
        (78.9, 12.0, 13.0),
        (79.0, 12.0, 12.0),
        (80.4, 12.0, 12.0),
        (80.5, 12.0, 11.0),
        (84.9, 6.0, 6.0),
        (85.0, 15.0, 6.0),
    ],
)
def test_the_thermal_cap_of_a_board(celsius: float, before: float, after: float) -> None:
    state = [0.0] * at.STATE_SIZE
    state[at.T_DIE], state[at.CAP] = celsius, before
    step_board_cap(state, numbers("4", "open"))
    assert state[at.CAP] == after
    assert state[at.TRIPPED] == 0.0


def test_a_board_shuts_down_at_its_critical_trip() -> None:
    state = [0.0] * at.STATE_SIZE
    state[at.T_DIE], state[at.CAP] = 110.0, 15.0
    step_board_cap(state, numbers("4", "open"))
    assert state[at.TRIPPED] == 1.0


def test_sticky_bits_of_several_causes_add_up() -> None:
    body = held("3b+", "open", FULL)
    body.advance(3600)
    assert (body.throttled() or 0) >> 16 == 0b1010
    body.set("demand", IDLE)
    body.set("rail_resistance_ohm", 1.5)
    body.advance(body.tick + 60)
    body.set("rail_resistance_ohm", 0.12)
    body.advance(body.tick + 1800)
    assert body.throttled() == 0b1111 << 16
