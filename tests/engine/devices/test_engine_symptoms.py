"""Bodies that fail on symptoms: when they do, whom they blame, and that nothing else about them is different."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.families import DEVICES
from engine import kernels
from engine.causes.base import Disturbance
from engine.devices.base import BodySpec
from engine.physics import layout as at
from engine.physics.slots import HOT_MINUTES
from engine.physics.watch import HOTTER_BY_K, heat_margin

MINUTE = 60
FULL = {"demand": 1.2}
PI4 = ("raspberry-pi", "4", "open")
PI5 = ("raspberry-pi", "5", "active-cooler")
CPU = ("cpu", "125w", "tower")


@pytest.fixture(autouse=True)
def compiled() -> Iterator[None]:
    with kernels.running("compiled"):
        yield


def body(what: tuple[str, str, str], wear: Mapping[str, float], *, on: bool = True, **more: Any) -> Any:
    kind, model, setup = what
    more = {"spread": 0.0, "settings": FULL, **more}
    spec = BodySpec("unit", 3, model, setup, wear=wear, fail_on_symptom=on, **more)
    return DEVICES.get(kind).build(spec)


def fails(body: Any, hours: float = 2.0) -> tuple[str | None, int]:
    """By what a body fails within some hours, and in which minute."""
    for minute in range(1, round(hours * 60) + 1):
        body.advance(body.tick + MINUTE)
        if body.broken() is not None:
            return body.broken(), minute
    return None, minute


@pytest.mark.parametrize(
    ("what", "wear", "mode"),
    [
        (PI5, {"fan-bearing": 0.7072}, "fan-bearing"),
        (PI5, {"fan-bearing": 0.7070}, None),
        (PI4, {"solder-fatigue": 0.4565}, "solder-fatigue"),
        (PI4, {"solder-fatigue": 0.4560}, None),
        (PI4, {"psu-electrolytics": 0.7}, "psu-electrolytics"),
        (PI4, {"psu-electrolytics": 0.5}, None),
        (CPU, {"board-vrm": 0.7}, "board-vrm"),
        (CPU, {"board-vrm": 0.05}, None),
        (PI4, {"dust": 0.3}, "dust"),
        (CPU, {"dust": 0.9, "thermal-paste": 0.9}, "thermal-paste"),
        (PI4, {"sd-card": 0.99}, None),
        (CPU, {"electromigration": 0.99}, None),
    ],
)
def test_a_symptom_past_its_threshold_fails_the_body_by_its_mode(
    what: tuple[str, str, str], wear: dict[str, float], mode: str | None
) -> None:
    room = 30.0 if "thermal-paste" in wear else 24.0
    found, _ = fails(body(what, wear, room_temperature_c=room))
    assert found == mode
    assert fails(body(what, wear, on=False, room_temperature_c=room))[0] is None


def test_heat_fails_nobody_before_it_has_lasted_ten_minutes() -> None:
    one = body(PI4, {"dust": 0.4}, room_temperature_c=30.0)
    minutes = []
    while one.broken() is None:
        one.advance(one.tick + MINUTE)
        minutes.append(one._state.item(HOT_MINUTES))
    assert minutes[-10:] == [float(n) for n in range(1, 11)]
    assert one._state.item(at.MEAN_DIE) > 78.7


@pytest.mark.parametrize("setup", ["open", "closed-case"])
def test_who_throttles_as_new_is_not_to_blame(setup: str) -> None:
    hot = body(("raspberry-pi", "4", setup), {"dust": 0.01}, room_temperature_c=34.0)
    assert fails(hot)[0] is None
    assert "throttled" in hot.symptoms()
    assert hot._state.item(HOT_MINUTES) > 60
    assert hot.health() > 0.8


def test_a_feed_that_sags_fails_no_supply() -> None:
    sagging = body(PI4, {"psu-electrolytics": 0.2})
    sagging.disturb(Disturbance(0.0, 0.12))
    assert fails(sagging, 0.5)[0] is None
    assert "under-voltage" in sagging.symptoms()
    assert fails(body(PI4, {"psu-electrolytics": 0.2}), 0.5)[0] is None


def test_heat_has_a_margin_only_for_who_brought_it_about() -> None:
    assert heat_margin(20.0, 0.0) == 1.0
    assert heat_margin(20.0, 20.0) == 0.5
    assert heat_margin(-1.0, HOTTER_BY_K / 2) == 0.5
    assert heat_margin(-1.0, 2 * HOTTER_BY_K) < 0.0


def test_a_repair_takes_the_symptom_away_and_not_that_of_another_part() -> None:
    one = body(PI4, {"psu-electrolytics": 0.7, "solder-fatigue": 0.5})
    assert one.broken() == "solder-fatigue"
    one.advance(MINUTE)
    assert {part.mode: part.event_state for part in one.wear()}["psu-electrolytics"] == 0.0
    assert one.repair("psu-electrolytics") == ("psu-electrolytics",)
    assert one.broken() == "solder-fatigue"
    one.repair(None)
    assert one.broken() is None
    assert one.health() == 1.0
    assert fails(one, 1.0)[0] is None


def test_remaining_life_is_told_to_the_symptom_or_not_at_all() -> None:
    one = body(PI5, {"fan-bearing": 0.69}, modes=("fan-bearing",), acceleration=20_000.0)
    one.advance(10 * MINUTE)
    told, off = one.rul_s(), body(PI5, {"fan-bearing": 0.69}, modes=("fan-bearing",), acceleration=20_000.0, on=False)
    off.advance(10 * MINUTE)
    assert told is not None
    assert told < 0.3 * off.rul_s()
    found, minute = fails(one, 24.0)
    assert found == "fan-bearing"
    assert minute * MINUTE == pytest.approx(told, rel=0.15, abs=2 * MINUTE)
    assert one.rul_s() == 0.0
    unknown = body(PI5, {"fan-bearing": 0.5}, modes=("fan-bearing", "dust"))
    unknown.advance(MINUTE)
    assert unknown.rul_s() is None
    assert [part.rul_s is None for part in unknown.wear()] == [True, False]


WORN = st.dictionaries(
    st.sampled_from(("dust", "fan-bearing", "thermal-paste", "psu-electrolytics", "board-vrm", "solder-fatigue")),
    st.floats(0.0, 0.8),
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(WORN, st.sampled_from((PI5, CPU)), st.floats(15.0, 40.0), st.integers(0, 10**6))
def test_health_never_rises_and_is_nought_exactly_when_the_body_has_failed(
    wear: dict[str, float], what: tuple[str, str, str], room: float, seed: int
) -> None:
    kind, model, setup = what
    settings: dict[str, Any] = {"room_temperature_c": room, "acceleration": 20_000.0, "profile": "batch"}
    spec = BodySpec("unit", seed, model, setup, wear=wear, fail_on_symptom=True, **settings)
    one: Any = DEVICES.get(kind).build(spec)
    rows = np.empty((180, one.row_size))
    filled = one.record(MINUTE, 7 * MINUTE, rows, one.resets())
    seen = one.read(rows[:filled], MINUTE, 7 * MINUTE)
    assert (np.diff(seen.health) <= 0.0).all()
    assert (seen.health[:-1] > 0.0).all()
    ended = one.broken() not in (None, "thermal-trip")
    if filled and not one.muted() and one.resets() == (0, 0):
        assert ended == (seen.health[-1] == 0.0)
    for part in seen.wear:
        assert (np.diff(part.event_state) <= 0.0).all()
        assert ((part.event_state >= 0.0) & (part.event_state <= 1.0)).all()


@settings(max_examples=15, deadline=None)
@given(WORN, st.sampled_from((PI5, CPU, PI4)), st.booleans())
def test_states_kept_in_rows_say_what_the_body_said(
    wear: dict[str, float], what: tuple[str, str, str], on: bool
) -> None:
    wear = {
        mode: damage for mode, damage in wear.items() if what != PI4 or mode not in ("fan-bearing", "thermal-paste")
    }
    one, other = (body(what, wear, on=on, acceleration=20_000.0, room_temperature_c=28.0) for _ in range(2))
    rows = np.empty((40, one.row_size))
    filled = one.record(MINUTE, 90, rows, one.resets())
    seen = one.read(rows[:filled], MINUTE, 90)
    for row in range(filled):
        other.advance(MINUTE + 90 * row)
        assert other.health() == seen.health[row]
        rul = other.rul_s()
        assert rul == seen.rul_s[row] or (rul is None and np.isnan(seen.rul_s[row]))
        for part, column in zip(other.wear(), seen.wear, strict=True):
            assert (part.mode, part.damage, part.event_state) == (
                column.mode,
                column.damage[row],
                column.event_state[row],
            )
            left = column.rul_s[row]
            assert part.rul_s == left or (part.rul_s is None and np.isnan(left))


def test_until_it_fails_a_body_lives_as_without_the_option_bit_for_bit() -> None:
    wear = {"psu-electrolytics": 0.3, "dust": 0.3, "fan-bearing": 0.6}
    on, off = (body(PI5, wear, on=on, acceleration=3000.0, profile="edge", settings={}) for on in (True, False))
    for _ in range(200):
        for one in (on, off):
            one.advance(one.tick + 47)
        assert (on._state[: at.STATE_SIZE] == off._state).all()
    assert on.broken() is None
    assert len(off._state) == at.STATE_SIZE
    with pytest.raises(ValueError, match="no snapshot of this kind"):
        off.restore(on.snapshot())


def test_a_restored_body_goes_on_with_its_margins() -> None:
    one = body(PI4, {"psu-electrolytics": 0.4, "dust": 0.3}, acceleration=2000.0)
    one.advance(17 * MINUTE + 11)
    other = body(PI4, {}, acceleration=2000.0)
    other.restore(one.snapshot())
    assert other.health() == one.health() < 0.7
    for each in (one, other):
        each.advance(60 * MINUTE)
    assert one.snapshot() == other.snapshot()
