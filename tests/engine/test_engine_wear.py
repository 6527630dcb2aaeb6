"""All wear of one body: modes compose, repairs renew, the weakest part decides, and bodies have the modes that fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ageing import MODES
from engine.ageing.base import FailureMode
from engine.physics.layout import (
    F_MAX,
    FAN_KIND,
    FLOW_FACTOR,
    MEAN_RPM_RATIO,
    NEUTRAL,
    PARAMETER_SIZE,
    R_MIN,
    V_SET,
)
from engine.physics.slots import (
    WEAR,
    WEAR_AF,
    WEAR_LIFE,
    WEAR_THETA,
    WEAR_WIDTH,
)
from engine.wear import Wear
from engine.wear_modes import fitting_modes
from tests.contracts.modes import Bench

FAN = MODES.get("fan-bearing")
DUST = MODES.get("dust")
PASTE = MODES.get("thermal-paste")


def hurt(mode: FailureMode, damage: float) -> Bench:
    """A body with one mode at one damage."""
    bench = Bench(mode)
    bench.hurt(mode, damage)
    return bench


def test_modes_compose_and_the_weakest_decides() -> None:
    bench = Bench(DUST, FAN, PASTE)
    bench.hurt(DUST, 0.3)
    bench.hurt(FAN, 0.6)
    alone = [hurt(DUST, 0.3).plant(), hurt(FAN, 0.6).plant()]
    neutral = list(NEUTRAL)
    assert bench.plant() == [a if a != n else b for a, b, n in zip(*alone, neutral, strict=True)]
    assert bench.wear.health(bench.state) == pytest.approx(0.4)
    truth = bench.wear.truth(bench.state, bench.parameters, 0)
    assert [part.mode for part in truth] == ["dust", "fan-bearing", "thermal-paste"]
    assert bench.rul_s() == min(part.rul_s for part in truth if part.rul_s is not None)


def test_two_modes_on_the_same_factor_multiply_and_the_order_does_not_matter() -> None:
    class Grit(type(DUST)):  # type: ignore[misc]
        name = "grit"

    one, other = Bench(DUST, Grit()), Bench(Grit(), DUST)
    for bench in (one, other):
        bench.wear.hurt(bench.state, bench.parameters, "dust", 0.5)
        bench.wear.hurt(bench.state, bench.parameters, "grit", 0.2)
    assert one.plant() == other.plant()
    assert one.state[FLOW_FACTOR] == pytest.approx(0.7 * 0.88)


def test_a_fan_that_stands_still_does_not_wear_its_bearing() -> None:
    bench = Bench(FAN)
    bench.state[MEAN_RPM_RATIO] = 0.0
    bench.live()
    assert bench.wear.rul_s(bench.state, bench.parameters, bench.tick) is None
    assert bench.state[WEAR + WEAR_AF] == 0.0


@given(st.dictionaries(st.sampled_from(MODES.names()), st.floats(0.0, 1.0)))
def test_initial_wear_is_the_wear_one_begins_with(damage: dict[str, float]) -> None:
    bench = Bench(*map(MODES.get, MODES.names()))
    bench.wear.begin(bench.state, bench.parameters, damage)
    found = {part.mode: part.damage for part in bench.wear.truth(bench.state, bench.parameters, 0)}
    assert found == pytest.approx({word: damage.get(word, 0.0) for word in MODES.names()}, rel=1e-9, abs=1e-15)


def test_repairing_one_part_leaves_the_others_and_cleaning_keeps_the_place() -> None:
    bench = Bench(DUST, FAN, PASTE)
    for mode in (DUST, FAN, PASTE):
        bench.hurt(mode, 0.5)
    lives = [bench.state[WEAR + i * WEAR_WIDTH + WEAR_LIFE] for i in range(3)]
    assert bench.wear.repair(bench.state, bench.parameters, "fan-bearing", 600) == ("fan-bearing",)
    assert [round(bench.damage(i), 9) for i in range(3)] == [0.5, 0.0, 0.5]
    bench.wear.repair(bench.state, bench.parameters, None, 1200)
    assert bench.state[WEAR + WEAR_LIFE] == lives[0]
    assert bench.state[WEAR + WEAR_WIDTH + WEAR_LIFE] != lives[1]


def test_the_part_furthest_past_its_life_is_the_one_that_broke() -> None:
    bench = Bench(DUST, FAN)
    bench.hurt(DUST, 1.0)
    bench.state[WEAR + WEAR_WIDTH + WEAR_THETA] = 2.0 * bench.state[WEAR + WEAR_WIDTH + WEAR_LIFE]
    bench.wear.refresh(bench.state, bench.parameters)
    assert bench.wear.broken(bench.state) == "fan-bearing"


def test_an_unknown_mode_is_refused_with_a_suggestion() -> None:
    bench = Bench(DUST, FAN)
    with pytest.raises(ValueError, match="Did you mean 'fan-bearing'"):
        bench.wear.hurt(bench.state, bench.parameters, "fan-bering", 0.5)


def test_a_body_without_modes_is_whole_for_ever() -> None:
    bench = Bench()
    bench.live(3)
    assert bench.wear.health(bench.state) == 1.0
    assert bench.wear.rul_s(bench.state, bench.parameters, bench.tick) is None
    assert bench.wear.truth(bench.state, bench.parameters, bench.tick) == ()
    assert bench.wear.repair(bench.state, bench.parameters, None, bench.tick) == ()


def words(bench: Bench, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """The modes chosen for a body."""
    return Wear(fitting_modes(bench.parameters, wanted), 1, "pi", 1.0).modes


def test_a_body_has_the_modes_of_the_parts_it_has() -> None:
    bench = Bench()
    assert words(bench, None) == MODES.names()
    assert words(bench, ("thermal-paste", "dust", "dust")) == ("dust", "thermal-paste")
    assert words(bench, ()) == ()
    bench.parameters[:] = 0.0
    assert len(bench.parameters) == PARAMETER_SIZE
    assert words(bench, None) == ("dust",)
    bench.parameters[R_MIN] = 0.3
    assert words(bench, None) == ("dust", "thermal-paste")
    bench.parameters[[V_SET, F_MAX]] = 5.1, 18.0
    assert set(MODES.names()) - set(words(bench, None)) == {"fan-bearing", "sd-card"}
    assert bench.parameters[FAN_KIND] == 0.0
    with pytest.raises(ValueError, match="this body has no fan"):
        words(bench, ("fan-bearing",))
    with pytest.raises(ValueError, match="Did you mean 'dust'"):
        words(bench, ("dusk",))
