"""The thermal core: exact steps, time constants, the shape of a step, leakage."""

import numpy as np
import pytest

from engine.physics import layout as at
from engine.physics.electric import leakage_power, switching_power, voltage_at
from engine.physics.heat import still_air_factor, two_nodes
from tests.engine.physics.reference_bodies import FULL, IDLE, T, held, rest, watch


def run_network(h: float, seconds: float = 600.0) -> tuple[float, float]:
    """The reference's check: R1 3.4, C1 1.2, Rs 7.2, C2 20, air 22 degC, 3 W die + 2 W board, start 45 / 40 degC."""
    die, sink = 45.0, 40.0
    for _ in range(round(seconds / h)):
        die, sink = two_nodes(die, sink, 3.0, 2.0, 22.0, 3.4, 1.2, 1.0 / 7.2, 20.0, h)
    return die, sink


@pytest.mark.parametrize("h", [0.25, 1.0, 5.0, 30.0, 60.0])
def test_constant_input_comes_out_the_same_at_every_step(h: float) -> None:
    die, sink = run_network(h)
    assert die == pytest.approx(67.829262, abs=1e-6)
    assert sink == pytest.approx(57.639156, abs=1e-6)
    one_die, one_sink = run_network(1.0)
    assert abs(die - one_die) < 1e-9
    assert abs(sink - one_sink) < 1e-9


def test_exact_step_agrees_with_a_fine_integration() -> None:
    die, sink = 45.0, 40.0
    for _ in range(60_000):
        flow = (die - sink) / 3.4
        die, sink = die + 0.001 * (3.0 - flow) / 1.2, sink + 0.001 * (2.0 + flow - (sink - 22.0) / 7.2) / 20.0
    assert run_network(1.0, 60.0) == pytest.approx((die, sink), abs=2e-3)


@pytest.mark.parametrize(
    ("model", "setup", "demand", "duty", "fast_s", "slow_s"),
    [
        ("4", "open", FULL, None, 3.8, 153.0),
        ("5", "active-cooler", FULL, None, 2.5, 158.0),
        ("65w", "tower", FULL, 0.5, 2.9, 145.0),
        ("125w", "tower", FULL, 0.5, 2.6, 123.0),
    ],
)
def test_time_constants(
    model: str, setup: str, demand: float, duty: float | None, fast_s: float, slow_s: float
) -> None:
    body = held(model, setup, demand) if duty is None else held(model, setup, demand, fan_duty=duty)
    rest(body)
    p, rs = body._parameters, 1 / body._state[at.TO_AIR]
    a, b, c = 1 / (p[at.R1] * p[at.C1]), 1 / (p[at.R1] * p[at.C2]), 1 / (rs * p[at.C2])
    rates = np.sort(-np.linalg.eigvals(np.array([[-a, a], [b, -b - c]])).real)
    assert 1 / rates[1] == pytest.approx(fast_s, rel=0.15)
    assert 1 / rates[0] == pytest.approx(slow_s, rel=0.15)


def test_step_of_an_open_pi_4_has_the_measured_shape() -> None:
    """First 6 s +7..9 K (measured 8.4), 63 % of the rise in 60-120 s, 90 % in 200-330 s."""
    body = held("4", "open", IDLE)
    start = rest(body)[-1, T]
    body.set("demand", FULL)
    rows = watch(body, 6000)[:, T]
    whole = rows[-1] - start
    assert 7.0 <= rows[5] - start <= 9.0
    assert 60 <= int(np.argmax(rows - start > 0.63 * whole)) + 1 <= 120
    assert 200 <= int(np.argmax(rows - start > 0.90 * whole)) + 1 <= 330


def test_governor_and_heat_at_middling_demand_meet_the_reference() -> None:
    """Demand 0.4 from 45 / 40 degC comes to 55.65 degC after 600 s at steps of 1 s."""
    body = held("4", "open", 0.4)
    body._state[[at.T_DIE, at.T_SINK, at.STEPS]] = 45.0, 40.0, 6.0
    body.advance(600)
    assert body.clean()[T] == pytest.approx(55.65, abs=0.01)


def test_still_air_takes_more_heat_the_hotter_the_sink() -> None:
    assert still_air_factor(52.0, 22.0) == pytest.approx(1.0)
    assert still_air_factor(22.0 + 30.0 * 16.0, 22.0) == pytest.approx(2.0)
    assert still_air_factor(22.0, 22.0) == still_air_factor(23.0, 22.0)


def test_leakage_of_a_pi_4_between_45_and_75_degrees() -> None:
    """Power at a fixed clock and full load rises by 0.36 W, give or take 10 %."""
    p = held("4", "open", FULL)._parameters.tolist()
    volt = voltage_at(p, 1.5)
    assert volt == pytest.approx(0.93)
    rise = leakage_power(p, volt, 75.0, 1.0) - leakage_power(p, volt, 45.0, 1.0)
    assert rise == pytest.approx(0.36, rel=0.10)
    assert leakage_power(p, volt, 200.0, 1.0) == leakage_power(p, volt, 120.0, 1.0)


def test_switching_power_grows_with_load_clock_and_voltage() -> None:
    p = held("4", "open", FULL)._parameters.tolist()
    full = switching_power(p, 0.93, 1.5, 1.0)
    assert full == pytest.approx(2.35 * 0.93**2 * 1.5)
    assert switching_power(p, 0.93, 1.5, 0.0) == pytest.approx(0.30 * full)


@pytest.mark.parametrize(("clock", "volt"), [(0.6, 0.82), (0.9, 0.858), (1.0, 0.87), (1.25, 0.90), (1.8, 1.00)])
def test_voltage_is_linear_between_the_points(clock: float, volt: float) -> None:
    assert voltage_at(held("4", "open", FULL)._parameters.tolist(), clock) == pytest.approx(volt)
