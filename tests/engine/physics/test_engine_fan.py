"""Fans: levels with hysteresis, the PC curve, stall and restart, flow in proportion to speed."""

import numpy as np
import pytest

from engine.physics import layout as at
from engine.physics.fan import curve_duty, level_duty
from tests.engine.physics.reference_bodies import FAN, FULL, T, held, watch

LEVELS = (0.0, 0.3, 0.5, 0.7, 1.0)
UP = (50.0, 60.0, 67.5, 75.0)


def test_a_pi_5_fan_steps_up_at_its_points_and_down_five_kelvin_lower() -> None:
    duty = 0.0
    up, down = [], []
    for tenth in range(300, 900):
        before, duty = duty, level_duty(duty, tenth / 10)
        assert duty in LEVELS
        if duty != before:
            up.append(tenth / 10)
    assert duty == 1.0
    for tenth in range(900, 300, -1):
        before, duty = duty, level_duty(duty, tenth / 10)
        assert duty in LEVELS
        if duty != before:
            down.append(tenth / 10)
    assert tuple(up) == UP
    assert duty == 0.0
    assert down == pytest.approx([t - 5.1 for t in reversed(UP)])


def test_a_pi_5_fan_knows_only_its_levels_and_rests_at_constant_temperature() -> None:
    body = held("5", "active-cooler", FULL)
    duties = []
    for tick in range(1, 7201):
        body.advance(tick)
        duties.append(body.extras()["fan_duty"])
    assert set(duties) <= set(LEVELS)
    assert len(set(duties[-600:])) == 1


@pytest.mark.parametrize(("model", "setup"), [("4", "heatsink-fan"), ("5", "active-cooler"), ("65w", "tower")])
def test_flow_is_proportional_to_speed(model: str, setup: str) -> None:
    body = held(model, setup, FULL)
    ratios = []
    for duty in (0.3, 0.5, 0.8, 1.0):
        body.set("fan_duty", duty)
        body.advance(body.tick + 60)
        for _ in range(30):
            body.advance(body.tick + 1)
            ratios.append((body.clean()[FAN] or 0.0) / body.extras()["fan_rpm"])
    assert np.ptp(ratios) / np.mean(ratios) < 0.01
    assert body.clean()[FAN] == pytest.approx(body._parameters[at.Q_MAX], rel=0.06)


def test_speed_at_constant_duty_jitters_by_its_healthy_amount() -> None:
    body = held("65w", "tower", 0.3, fan_duty=0.5)
    body.advance(600)
    flow = watch(body, 2000)[:, FAN]
    assert flow.mean() == pytest.approx(20.0, rel=0.01)
    assert flow.std() / flow.mean() == pytest.approx(0.012, rel=0.1)


def test_a_fan_stalls_below_and_restarts_only_above_its_points() -> None:
    body = held("65w", "tower", 0.3, fan_duty=0.13)
    body.advance(60)
    seen = []
    for duty in (0.13, 0.11, 0.13, 0.19, 0.21, 0.13):
        body.set("fan_duty", duty)
        body.advance(body.tick + 120)
        seen.append(bool(body.clean()[FAN]))
    assert seen == [False, False, False, False, True, True]
    body.set("fan_duty", 0.11)
    body.advance(body.tick + 120)
    assert body.clean()[FAN] == 0.0


def test_a_fan_spins_up_with_its_lag() -> None:
    """63 % of the way after 1.5 s."""
    body = held("65w", "tower", 0.3, fan_duty=0.0)
    body.advance(600)
    body.set("fan_duty", 1.0)
    speeds = []
    for _ in range(60):
        body.advance(body.tick + 1)
        speeds.append(body._state.item(at.RPM))
    assert speeds[0] == pytest.approx(2000.0 * (1.0 - np.exp(-1.0 / 1.5)), rel=1e-9)
    assert speeds[-1] == 2000.0


@pytest.mark.parametrize(
    ("celsius", "duty"),
    [(30.0, 0.25), (40.0, 0.30), (45.0, 0.35), (54.0, 0.51), (70.0, 0.80), (90.0, 1.0)],
)
def test_a_pc_fan_follows_its_curve(celsius: float, duty: float) -> None:
    assert curve_duty(held("65w", "tower", 0.3)._parameters.tolist(), celsius) == pytest.approx(duty)


def test_a_pc_fan_follows_a_fall_only_beyond_three_kelvin() -> None:
    body = held("65w", "tower", 0.3)
    state = body._state

    def hold(celsius: float) -> float:
        for _ in range(120):
            state[[at.T_DIE, at.T_SINK]] = celsius
            body.advance(body.tick + 1)
        return state.item(at.FAN_DUTY)

    warm = hold(62.0)
    assert hold(59.5) == pytest.approx(warm, abs=0.002)
    assert hold(55.0) < warm - 0.03


def test_a_pi_4_fan_on_the_gpio_waits_for_its_trip() -> None:
    body = held("4", "heatsink-fan", FULL, fan_trip_c=60.0)
    rows = watch(body, 3600)
    assert rows[:, T].max() == pytest.approx(60.0, abs=1.0)
    assert set(np.unique(np.round(rows[:, FAN] > 0.05))) == {0.0, 1.0}
