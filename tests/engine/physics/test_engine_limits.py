"""Limits: thermal throttling, soft limit, under-voltage, turbo power, protection; and the register's bits."""

import numpy as np
import pytest

from engine.physics import layout as at
from tests.engine.physics.reference_bodies import CLOCK, FULL, IDLE, LOAD, P, T, V, held, rest, watch

NOW = {"under-voltage": 1 << 0, "capped": 1 << 1, "throttled": 1 << 2, "soft-limit": 1 << 3}
EVER = {word: bit << 16 for word, bit in NOW.items()}


def register(body: object) -> int:
    word = body.throttled()  # type: ignore[attr-defined]
    assert isinstance(word, int)
    return word


def test_a_closed_case_holds_eighty_degrees_by_its_clock() -> None:
    body = held("4", "closed-case", FULL)
    assert register(body) & EVER["throttled"] == 0
    rows = np.concatenate((watch(body, 7200), watch(body, 3600)))
    assert rows[:, T].max() < 85.0
    steady = rows[3600:]
    assert steady[:, T].min() >= 78.0
    assert steady[:, T].max() <= 82.0
    assert 0.9 <= steady[:, CLOCK].mean() <= 1.2
    assert (steady[:, LOAD] == 100.0).all()
    word = register(body)
    assert word & (NOW["throttled"] | EVER["throttled"]) == NOW["throttled"] | EVER["throttled"]
    assert "throttled" in body.symptoms()


def test_sticky_bits_outlive_the_cause_and_not_a_reboot() -> None:
    body = held("4", "closed-case", FULL)
    body.advance(7200)
    body.set("demand", IDLE)
    body.advance(9000)
    word = register(body)
    assert word & 0xF == 0
    assert word & EVER["throttled"]
    assert body.symptoms() == ()
    body.reboot()
    assert register(body) == 0
    body.advance(9060)
    assert register(body) == 0


def test_a_3b_plus_drops_to_its_soft_clock_at_sixty_degrees() -> None:
    body = held("3b+", "open", IDLE)
    body.set("demand", FULL)
    rows = watch(body, 600)
    first = int(np.argmax(rows[:, CLOCK] == 1.2))
    assert rows[first - 1, CLOCK] == 1.4
    assert rows[first - 1, T] == pytest.approx(60.0, abs=1.0)
    body.advance(7200)
    assert register(body) & (NOW["soft-limit"] | EVER["soft-limit"]) == NOW["soft-limit"] | EVER["soft-limit"]
    assert "soft-limit" in body.symptoms()
    assert body.clean()[CLOCK] == 1.2


def test_the_soft_limit_may_be_set_higher() -> None:
    body = held("3b+", "open", FULL, soft_limit_c=70.0)
    assert rest(body)[:, T].max() > 67.5


def test_under_voltage_from_a_bad_cable() -> None:
    """A Pi 4 at full load goes below 4.63 V from a total of 0.43 Ohm."""
    body = held("4", "open", FULL)
    body.advance(1200)
    limits = [r for r in np.arange(0.36, 0.52, 0.01) if _under_voltage(float(r))]
    assert limits[0] == pytest.approx(0.43, abs=0.02)


def _under_voltage(ohm: float) -> bool:
    body = held("4", "open", FULL, rail_resistance_ohm=ohm)
    body.advance(6000)
    return bool(register(body) & EVER["under-voltage"])


def test_under_voltage_caps_the_clock_and_stays_in_the_sticky_bits() -> None:
    body = held("4", "open", FULL)
    body.advance(600)
    body.set("rail_resistance_ohm", 0.6)
    rows = watch(body, 60)
    assert rows[:, V].min() < 4.63
    assert rows[:, CLOCK].min() == 0.6
    assert register(body) & (EVER["under-voltage"] | EVER["throttled"]) == EVER["under-voltage"] | EVER["throttled"]
    body.set("rail_resistance_ohm", 0.12)
    body.advance(1200)
    word = register(body)
    assert word & 0xF == 0
    assert word & EVER["under-voltage"]
    assert body.clean()[CLOCK] == 1.5


def test_the_cap_lasts_until_the_rail_was_good_for_two_seconds() -> None:
    body = held("4", "open", FULL, rail_resistance_ohm=0.6)
    rows = watch(body, 600)
    capped = rows[:, CLOCK] == 0.6
    runs = np.diff(np.flatnonzero(np.diff(capped.astype(int))))
    assert runs.min() >= 1
    assert runs.max() <= 3


@pytest.mark.parametrize(
    ("model", "peak", "hottest", "pl1", "band", "tau_s"),
    [("125w", (150.0, 241.0), 74.2, 125.0, 2.0, 56.0), ("65w", (65.0, 117.0), None, 65.0, 1.0, 28.0)],
)
def test_turbo_gives_way_to_the_long_term_limit(
    model: str, peak: tuple[float, float], hottest: float | None, pl1: float, band: float, tau_s: float
) -> None:
    body = held(model, "tower", IDLE)
    body.set("demand", FULL)
    rows = watch(body, 1200)
    five_tau = round(5 * tau_s)
    assert peak[0] <= rows[:, P].max() <= peak[1]
    if hottest is not None:
        assert rows[:five_tau, T].max() == pytest.approx(hottest, abs=2.0)
        assert rows[:, P].max() == pytest.approx(174.0, rel=0.05)
    assert body._state[at.POWER_MEAN] == pytest.approx(pl1, abs=band)
    assert rows[five_tau : five_tau + 60, P].mean() == pytest.approx(pl1, abs=band)
    assert rows[five_tau:, P].mean() == pytest.approx(pl1, abs=band)
    assert "power-limit" in body.symptoms()


def test_a_hot_cpu_is_held_at_its_junction_limit() -> None:
    body = held("65w", "tower", FULL, fan_duty=0.0)
    rows = watch(body, 7200)
    assert rows[:, T].max() < 105.0
    assert rows[3600:, T].max() <= 101.0
    assert "throttled" in body.symptoms()
    assert body.broken() is None


def test_thermal_protection_switches_off_for_good_until_a_reboot() -> None:
    body = held("125w", "tower", FULL, fan_duty=0.0, room=70.0, pl1_w=500.0, pl2_w=500.0, base_power_w=100.0)
    rows = watch(body, 3600)
    assert body.broken() == "thermal-trip"
    assert rows[-1, P] == 0.0
    assert rows[-1, CLOCK] == 0.0
    assert rows[:, T].max() <= 130.0
    body.set("room_temperature_c", 22.0)
    body.set("fan_duty", "auto")
    body.set("base_power_w", 8.0)
    body.advance(body.tick + 7200)
    assert body.broken() == "thermal-trip"
    body.reboot()
    assert body.broken() is None
    body.advance(body.tick + 60)
    assert (body.clean()[P] or 0.0) > 50.0


def test_a_throttled_device_shows_more_load_at_a_lower_clock() -> None:
    cool = rest(held("4", "open", 0.7)).mean(axis=0)
    hot = rest(held("4", "closed-case", 0.7, room=40.0)).mean(axis=0)
    assert hot[CLOCK] < cool[CLOCK] - 0.2
    assert hot[LOAD] > cool[LOAD] + 10.0


def test_switched_off_a_body_cools_down_to_its_room() -> None:
    body = held("65w", "tower", FULL, powered=False)
    rows = rest(body)
    assert rows[-1, T] == pytest.approx(28.0, abs=0.1)
    assert rows[-1, P] == 0.0
    body.set("powered", True)
    body.advance(body.tick + 120)
    assert (body.clean()[P] or 0.0) > 50.0
