"""The monitor's detectors on telemetry made by hand: what they see, when, and what they leave alone."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.monitor.departure import Departed, Departure, Room, Usual
from actors.monitor.detectors import FanLife, FanLoss, Flatline, Heat
from actors.monitor.found import LEARN_S, Found
from actors.monitor.presence import Presence
from actors.monitor.records import Seen
from actors.monitor.transit import Transit

S = 10**9
USUAL = Usual(tau_s=1.0, spread=0.5, matters=1.0)


def frame(second: float, device: str = "pi", sequence: int | None = None, **values: float | None) -> Seen:
    number = int(second) if sequence is None else sequence
    return Seen(device, "raspberry-pi", number, round(second * S), None, values)


def walked(
    departure: Departure, off: Callable[[float], float], *, seed: int = 1, minutes: int = 60, device: str = "pi"
) -> list[tuple[float, Departed]]:
    """A line with noise, ten frames a minute; off by so much after the learning. When it stood as departed."""
    dice = random.Random(seed)
    stood = []
    for tick in range(minutes * 10):
        second = tick * 6.0
        cause = 50.0 + 20.0 * dice.uniform(-1, 1)
        value = 10.0 + 0.3 * cause + dice.gauss(0.0, 1.0) + (off(second) if second >= LEARN_S else 0.0)
        departure.look(frame(second, device, y=value, x=cause), second < LEARN_S)
        if departure.standing is not None:
            stood.append((second, departure.standing))
    return stood


def test_chance_alone_is_no_departure() -> None:
    """500 devices for 50 minutes after learning: 25,000 blocks without one alarm."""
    for seed in range(500):
        assert walked(Departure("y", "x", USUAL), lambda _: 0.0, seed=seed) == [], seed


@pytest.mark.parametrize("seed", range(20))
def test_a_slow_drift_is_gathered_until_it_is_seen(seed: int) -> None:
    """A tenth of a unit a minute, under noise of one: seen when it is one to three units, and by its sign."""
    stood = walked(Departure("y", "x", USUAL), lambda second: -0.1 * (second - LEARN_S) / 60.0, seed=seed)
    when, first = stood[0]
    assert 10.0 * 60 <= when - LEARN_S <= 30.0 * 60
    assert -3.5 < first.off < -1.0


def test_a_jump_is_seen_in_the_minute_after_it_and_forgotten_when_it_is_over() -> None:
    departure = Departure("y", "x", USUAL._replace(matters=0.0))
    stood = walked(departure, lambda second: 8.0 if 1200 <= second < 1800 else 0.0, seed=4)
    assert 1200 < stood[0][0] <= 1320
    assert stood[-1][0] <= 1866


def test_where_nothing_was_learned_nothing_is_said() -> None:
    departure = Departure("y", "x", USUAL)
    for tick in range(400):
        second = tick * 6.0
        learning = second < LEARN_S
        cause = 50.0 + 20.0 * (second // 60 % 2) if learning else 90.0
        departure.look(frame(second, y=20.0 if learning else 90.0, x=cause), learning)
    assert departure.standing is None


def test_after_it_was_off_a_device_warms_up_before_it_is_judged() -> None:
    departure = Departure("y", "x", USUAL)
    walked(departure, lambda _: 0.0, minutes=20)
    for tick in range(40):
        departure.look(frame(2000 + tick * 6.0, y=0.0, x=50.0), learning=False)
    assert departure.standing is None
    for tick in range(60):
        departure.look(frame(2300 + tick * 6.0, y=0.0, x=50.0), learning=False)
    assert departure.standing is not None


def test_what_all_have_in_common_is_the_room() -> None:
    def stands(off: Callable[[int], float]) -> list[bool]:
        room = Room()
        fleet = [Departure("y", "x", USUAL, room) for _ in range(8)]
        dice = random.Random(3)
        for tick in range(300):
            second = tick * 6.0
            for number, departure in enumerate(fleet):
                cause = 50.0 + 20.0 * dice.uniform(-1, 1)
                value = 10.0 + 0.3 * cause + dice.gauss(0.0, 1.0) + (off(number) if second >= LEARN_S else 0.0)
                departure.look(frame(second, f"pi-{number}", y=value, x=cause), second < LEARN_S)
        assert all(abs(departure.room) > 3.0 for departure in fleet) == (off(0) > 3.0)
        return [departure.standing is not None for departure in fleet]

    assert stands(lambda number: 5.0) == [False] * 8
    assert stands(lambda number: 5.0 if number == 7 else 0.0) == [False] * 7 + [True]


def test_a_power_meter_that_lies_is_not_blamed_on_the_thermometer() -> None:
    dice = random.Random(5)
    heat = Heat(Room())
    found: list[Found] = []
    for tick in range(600):
        second = tick * 3.0
        load = 50.0 + 30.0 * dice.uniform(-1, 1)
        power = 2.0 + 0.04 * load
        said = power + (2.0 if second > 1200 else 0.0)
        temperature = 25.0 + 4.0 * power + dice.gauss(0.0, 0.4)
        one = heat.look(frame(second, load=load, power=said, temperature=temperature), second < LEARN_S)
        found += [one] if one is not None else []
    assert {each.sensor for each in found} == {"power"}


def test_a_sensor_that_hardly_moves_is_no_flat_line() -> None:
    def quiet(share: float, stuck_from: float, busy: float | None = None) -> float | None:
        """When a sensor that moves by this share is called flat; with `busy` it moves by that in its first minutes."""
        dice, flat = random.Random(8), Flatline("temperature")
        value = 40.0
        for second in range(3000):
            moves = share if busy is None or second > LEARN_S / 2 else busy
            value += 1.0 if second < stuck_from and dice.random() < moves else 0.0
            if flat.look(frame(float(second), temperature=value), second < LEARN_S) is not None:
                return float(second)
        return None

    assert quiet(0.8, 1e9) is None
    assert quiet(0.3, 1e9) is None
    assert quiet(0.15, 1e9, busy=0.9) is None
    at = quiet(0.8, 2000)
    assert at is not None
    assert at - 2000 < 60


def test_frames_that_come_at_another_pace_and_frames_that_never_came() -> None:
    presence = Presence()
    assert all(presence.look(frame(float(n), sequence=n), n < LEARN_S) is None for n in range(900))
    assert presence.silent_after_s() == 15.0
    slower = [presence.look(frame(900.0 + 3.0 * n, sequence=900 + n), learning=False) for n in range(20)]
    assert [each.kind for each in slower if each is not None][-1] == "pace"
    assert presence.silent_after_s() == 18.0
    lost = presence.look(frame(961.0, sequence=925), learning=False)
    assert lost is not None
    assert lost.kind == "lost"


def test_frames_that_only_came_late_are_not_lost() -> None:
    presence = Presence()
    for n in range(900):
        presence.look(frame(float(n), sequence=n), n < LEARN_S)
    order = [900, 904, 901, 902, 903, 905]
    kinds = [presence.look(frame(900.0 + n - 900, sequence=n), learning=False) for n in order]
    assert kinds[-1] is None


@given(life_s=st.floats(3600, 40_000), start=st.floats(0.5, 0.8), seed=st.integers(0, 2**16))
def test_the_end_of_a_fan_is_foretold_by_its_trend(life_s: float, start: float, seed: int) -> None:
    """For any fan that wears as documented: at 15 % loss, what is said is true to a fifth."""
    dice, life = random.Random(seed), FanLife()
    second, lost = 0.0, 0.0
    while lost < 0.15:
        age = start + second / life_s
        lost = 0.30 * age**6
        life.see(round(second * S), lost + dice.gauss(0.0, 0.001))
        second += 10.0
    true_s = (1.0 - (start + (second - 10.0) / life_s)) * life_s
    left_s = life.left_s()
    assert left_s is not None
    assert abs(left_s - true_s) / true_s < 0.2


def test_a_fan_that_broke_down_at_once_has_no_trend() -> None:
    life = FanLife()
    dice = random.Random(2)
    for tick in range(500):
        life.see(tick * 10 * S, 0.2 + dice.gauss(0.0, 0.002))
    assert life.left_s() is None


def test_a_weak_fan_is_told_once_it_moves_a_tenth_less() -> None:
    fan = FanLoss()
    for second in range(900):
        assert fan.look(frame(float(second), fan=1.5), second < LEARN_S) is None
    found = [fan.look(frame(float(second), fan=1.3), learning=False) for second in range(900, 1300)]
    first = next(n for n, each in enumerate(found) if each is not None)
    assert 30 < first < 200
    assert found[-1] is not None
    assert (found[-1].sensor, found[-1].kind) == ("fan", "fan")


def test_a_frame_that_was_long_under_way_is_told_as_of_when_it_came() -> None:
    transit, ahead_ns = Transit(), 10**17
    ways = [0.3, 0.1, 0.2, 0.3, 0.1, 0.4, 4.2, 0.2]
    found = []
    for second, way_s in enumerate(ways):
        seen = frame(float(second), sequence=second)
        arrived_ns = seen.time_ns + ahead_ns + round(way_s * S)
        found.append(transit.look(seen._replace(arrived_ns=arrived_ns), learning=True))
    assert [each is not None for each in found] == [False] * 6 + [True, False]
    assert found[6] is not None
    assert found[6].kind == "transit"
    assert found[6].at_ns == pytest.approx(10.1 * S, abs=100)


def test_numbers_that_are_missing_on_a_topic_are_told_and_doubles_are_not() -> None:
    def kinds(*numbers: int) -> list[str]:
        transit = Transit()
        found = [transit.look(frame(float(n), sequence=n)._replace(arrived_ns=n * S), learning=True) for n in numbers]
        return [each.kind for each in found if each is not None]

    assert kinds(0, 1, 2, 2, 1, 3) == []
    assert kinds(0, 1, 3) == ["unread"]


def test_where_nobody_knows_when_frames_came_nothing_is_said_of_their_way() -> None:
    transit = Transit()
    assert all(transit.look(frame(float(n), sequence=n), learning=False) is None for n in (0, 1, 2, 3, 4, 90))
