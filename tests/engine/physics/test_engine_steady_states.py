"""Steady states and steps at 22 degC against the reference's table, device by device, and the balance of energy."""

from typing import NamedTuple

import numpy as np
import pytest

from engine.physics import layout as at
from tests.engine.physics.reference_bodies import CLOCK, FAN, FULL, IDLE, LOAD, MODELS, P, T, V, held, rest, watch


class Row(NamedTuple):
    """One row of the table; `None` where it says nothing."""

    model: str
    setup: str
    idle_c: float
    idle_w: float | None
    step_c: float | None
    full_c: float
    full_w: float | None
    full_ghz: float | None
    full_cfm: float | None = None
    settings: tuple[tuple[str, float | bool], ...] = ()


TABLE = (
    Row("3b+", "open", 45.4, 2.6, 63.7, 67.0, 4.9, 1.2),
    Row("4", "open", 43.3, 2.5, 69.6, 71.6, 5.5, 1.5),
    Row("4", "open", 43.4, None, 79.8, 79.8, 6.5, 1.69, settings=(("arm_boost", True),)),
    Row("4", "closed-case", 54.4, None, 76.2, 79.4, 4.5, 1.05),
    Row("4", "heatsink-fan", 30.6, None, None, 44.3, 5.2, 1.5, 1.4),
    Row("4", "heatsink-fan", 43.6, None, None, 67.9, None, 1.5, 0.0, settings=(("fan_duty", 0.0),)),
    Row("5", "open", 49.2, 2.8, 80.3, 79.9, 6.2, 1.87),
    Row("5", "active-cooler", 44.0, None, 58.4, 59.1, 8.4, 2.4, 0.33),
    Row("65w", "tower", 33.3, 6.9, 63.4, 63.9, 65.0, 3.93, 27.6),
    Row("125w", "tower", 33.6, 11.7, 69.3, 69.8, 125.0, 4.23, 47.7),
    Row("chiplet", "tower", 47.3, 27.0, 67.8, 68.1, 69.0, 4.0),
)


def name(row: Row) -> str:
    return "-".join((row.model, row.setup, *(word for word, _ in row.settings)))


@pytest.mark.parametrize("row", TABLE, ids=name)
def test_idle_step_and_full_load(row: Row) -> None:
    body = held(row.model, row.setup, IDLE, **dict(row.settings))
    idle = rest(body, 7200).mean(axis=0)
    assert idle[T] == pytest.approx(row.idle_c, abs=2.0)
    if row.idle_w is not None:
        assert idle[P] == pytest.approx(row.idle_w, rel=0.05)
    body.set("demand", FULL)
    step = watch(body, 300)
    if row.step_c is not None:
        assert step[-1, T] == pytest.approx(row.step_c, abs=2.0)
    full = rest(body).mean(axis=0)
    assert full[T] == pytest.approx(row.full_c, abs=2.0)
    assert full[LOAD] == 100.0
    if row.full_w is not None:
        assert full[P] == pytest.approx(row.full_w, rel=0.05)
    if row.full_ghz is not None:
        assert full[CLOCK] == pytest.approx(row.full_ghz, abs=0.1)
    if row.full_cfm is not None:
        assert full[FAN] == pytest.approx(row.full_cfm, rel=0.05, abs=0.01)


@pytest.mark.parametrize(
    ("room", "celsius", "throttles"), [(22.0, 71.6, False), (26.0, 76.4, False), (30.0, 80.1, True)]
)
def test_an_open_pi_4_throttles_only_in_a_hot_room(room: float, celsius: float, throttles: bool) -> None:
    body = held("4", "open", FULL, room=room)
    assert rest(body)[:, T].mean() == pytest.approx(celsius, abs=2.0)
    word = body.throttled()
    assert word is not None
    assert bool(word & 1 << 18) == throttles


def test_a_warmer_room_costs_a_cpu_clock_and_speeds_its_fan_up() -> None:
    full = rest(held("65w", "tower", FULL, room=35.0)).mean(axis=0)
    assert full[T] == pytest.approx(74.5, abs=2.0)
    assert full[FAN] == pytest.approx(34.4, rel=0.05)
    assert full[CLOCK] == pytest.approx(3.86, abs=0.1)


@pytest.mark.parametrize(
    ("model", "setup", "demand", "celsius"),
    [
        ("65w", "tower", 0.05, 45.0),
        ("65w", "tower", 0.3, 68.5),
        ("65w", "tower", FULL, 98.7),
        ("5", "active-cooler", 0.05, 45.0),
        ("5", "active-cooler", 0.3, 54.0),
        ("5", "active-cooler", FULL, 79.7),
    ],
)
def test_with_the_fan_stopped(model: str, setup: str, demand: float, celsius: float) -> None:
    rows = rest(held(model, setup, demand, fan_duty=0.0)).mean(axis=0)
    assert rows[T] == pytest.approx(celsius, abs=2.0)
    assert rows[FAN] == 0.0
    if model == "65w" and demand == FULL:
        assert rows[CLOCK] == pytest.approx(2.2, abs=0.1)


def test_a_cpu_under_full_load_shows_the_load_line_in_its_core_voltage() -> None:
    assert rest(held("65w", "tower", FULL))[:, V].mean() == pytest.approx(1.03, abs=0.01)


@pytest.mark.parametrize(("kind", "model", "setup"), MODELS)
@pytest.mark.parametrize("demand", [IDLE, FULL])
def test_energy_balances_and_no_loop_runs_away(kind: str, model: str, setup: str, demand: float) -> None:
    """|T_sink - T_air - R P| below 1 % of the rise; loop gain dT/dP * beta * P_leak below 1."""
    body = held(model, setup, demand)
    body.advance(24_000)
    rise, heat, gain = [], [], 0.0
    for tick in range(body.tick + 1, body.tick + 601):
        body.advance(tick)
        s, p = body._state, body._parameters
        rise.append(s[at.T_SINK] - s[at.T_AIR])
        heat.append(s[at.POWER] / s[at.TO_AIR])
        gain = max(gain, (p[at.R1] + 1 / s[at.TO_AIR]) * p[at.BETA] * s[at.POWER_LEAK])
    assert np.mean(rise) == pytest.approx(np.mean(heat), rel=0.01)
    assert gain < 1.0


@pytest.mark.parametrize(("kind", "model", "setup"), MODELS)
@pytest.mark.parametrize("demand", [IDLE, 0.3, 0.6, FULL])
def test_a_body_starts_settled_unless_asked_to_start_cold(kind: str, model: str, setup: str, demand: float) -> None:
    """The sink starts near what it comes to."""
    settled = held(model, setup, demand)
    start = settled.extras()["sink_temperature_c"]
    sinks = []
    for tick in range(24_000, 24_600, 10):
        settled.advance(tick)
        sinks.append(settled.extras()["sink_temperature_c"])
    assert start == pytest.approx(np.mean(sinks), abs=3.0)
    cold = held(model, setup, demand, cold=True)
    assert cold.clean()[T] == pytest.approx(cold.extras()["air_temperature_c"])
