"""Each sensor fault lies the way it says, and faults compose."""

from itertools import pairwise
from statistics import fmean, pvariance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.faults import FAULTS
from engine.faults.base import Fault, Kind, SensorFault
from schemas.commands import Scalar
from schemas.problems import InvalidInput
from schemas.readings import Reading
from tests.contracts.faults import CHANNEL, MINUTE_NS, START_NS, hang, run, sound_readings

STUCK = FAULTS.get("stuck")
DRIFT = FAULTS.get("drift")
SPIKE = FAULTS.get("spike")
DROPOUT = FAULTS.get("dropout")
DAY = 1440
SPAN = 100.0
HALF_QUANTUM = 0.487 / 2 + 1e-9


def values(made: list[tuple[Reading, ...]]) -> list[float | None]:
    """What the sensor says, reading by reading; every sample must leave exactly one."""
    assert all(len(readings) == 1 for readings in made)
    return [readings[0].value for readings in made]


def offsets(fault: SensorFault, readings: list[Reading]) -> list[float]:
    """How far each reading is moved."""
    moved = values(run(fault, readings))
    return [
        after - reading.value
        for reading, after in zip(readings, moved, strict=True)
        if reading.value is not None and after is not None
    ]


# --- stuck ---


@given(since=st.integers(0, 200), length=st.integers(1, 200), at=st.sampled_from(["last", "shifted", "zero"]))
def test_a_stuck_stretch_has_zero_variance(since: int, length: int, at: str) -> None:
    readings = sound_readings(450)
    begin, end = START_NS + since * MINUTE_NS, START_NS + (since + length) * MINUTE_NS
    made = values(run(hang(STUCK, {"at": at}, begin, end), readings))
    stretch = [value for value in made[since : since + length] if value is not None]
    assert len(stretch) == length
    assert pvariance(stretch) == 0.0


def test_stuck_holds_the_first_reading_in_force() -> None:
    readings = sound_readings(100)
    made = values(run(hang(STUCK, since_ns=START_NS + 40 * MINUTE_NS), readings))
    assert set(made[40:]) == {readings[40].value}


@pytest.mark.parametrize(
    ("parameters", "held"), [({"at": "zero"}, 0.0), ({"at": "full-scale"}, CHANNEL.hi), ({"value": 12.5}, 12.5)]
)
def test_stuck_at_a_given_value(parameters: dict[str, Scalar], held: float) -> None:
    assert set(values(run(hang(STUCK, parameters), sound_readings(50)))) == {held}


def test_stuck_shifted_lies_1_to_10_percent_off_on_the_grid() -> None:
    reading = sound_readings(1)[0]
    assert reading.value is not None
    shifts = []
    for i in range(200):
        (held,) = values(run(hang(STUCK, {"at": "shifted"}, id=f"f-{i}"), [reading]))
        assert held == CHANNEL.snap(held or 0.0)
        shifts.append((held or 0.0) / reading.value - 1.0)
    assert all(0.004 < abs(shift) < 0.106 for shift in shifts)
    assert min(shifts) < 0.0 < max(shifts)


# --- drift ---


@given(per_day=st.floats(-5.0, 5.0), minutes=st.integers(0, 10 * DAY))
def test_drift_moves_a_reading_by_rate_times_time_to_half_a_quantum(per_day: float, minutes: int) -> None:
    reading = sound_readings(1)[0]._replace(time_ns=START_NS + minutes * MINUTE_NS)
    (offset,) = offsets(hang(DRIFT, {"per_day": per_day}), [reading])
    assert abs(offset - max(-10.0, min(10.0, per_day * minutes / DAY))) <= HALF_QUANTUM


def test_drift_has_the_slope_asked_for_and_saturates_at_a_tenth_of_the_range() -> None:
    moved = offsets(hang(DRIFT, {"per_day": 0.5}), sound_readings(30 * DAY))
    days = [i / DAY for i in range(20 * DAY)]
    rising = moved[: 20 * DAY]
    middle, mean = fmean(days), fmean(rising)
    slope = sum((d - middle) * (m - mean) for d, m in zip(days, rising, strict=True)) / sum(
        (d - middle) ** 2 for d in days
    )
    assert slope == pytest.approx(0.5, rel=0.02)
    assert all(abs(offset - 0.1 * SPAN) <= HALF_QUANTUM for offset in moved[21 * DAY :])


def test_drift_draws_its_rate_within_the_reference_range_and_of_either_sign() -> None:
    reading = sound_readings(1)[0]._replace(time_ns=START_NS + 20 * DAY * MINUTE_NS)
    rates = [offsets(hang(DRIFT, id=f"f-{i}"), [reading])[0] / 20.0 for i in range(200)]
    assert all(0.05 - 0.02 <= abs(rate) <= 0.5 + 0.02 for rate in rates)
    assert min(rates) < -0.2
    assert max(rates) > 0.2


def test_a_drifting_reading_stays_on_the_sensors_grid_and_in_its_range() -> None:
    readings = sound_readings(20 * DAY)
    for value in values(run(hang(DRIFT, {"per_day": 50.0, "limit": 1e6}), readings)):
        assert value is not None
        assert value == CHANNEL.snap(value)
        assert CHANNEL.lo <= value <= CHANNEL.hi


# --- spike ---


def test_a_spike_is_a_single_sample_and_the_others_are_untouched() -> None:
    readings = sound_readings(20_000)
    made = values(run(hang(SPIKE, {"probability": 0.3}), readings))
    struck = [i for i, reading in enumerate(readings) if made[i] != reading.value]
    assert len(struck) > 1000
    assert all(later - earlier >= 2 for earlier, later in pairwise(struck))


def test_spikes_are_0_3_to_3_times_the_value_and_of_either_sign() -> None:
    readings = sound_readings(5000)
    moved = offsets(hang(SPIKE, {"probability": 0.5}), readings)
    sizes = [
        offset / reading.value
        for offset, reading in zip(moved, readings, strict=True)
        if offset != 0.0 and reading.value is not None
    ]
    assert all(0.29 <= abs(size) <= 3.01 for size in sizes)
    assert min(sizes) < -2.5
    assert max(sizes) > 2.5


@pytest.mark.parametrize("minutes", [1, 10])
def test_spikes_arrive_as_often_as_asked_whatever_the_interval(minutes: int) -> None:
    days = 200
    step_ns = minutes * MINUTE_NS
    count = days * DAY // minutes
    readings = [reading._replace(time_ns=START_NS + i * step_ns) for i, reading in enumerate(sound_readings(count))]
    struck = sum(offset != 0.0 for offset in offsets(hang(SPIKE, {"per_day": 4.0}), readings))
    # 800 expected, standard deviation 28; single samples in a row cost a hair
    assert struck == pytest.approx(4.0 * days, rel=0.10)


def test_a_spike_of_a_reading_of_nothing_is_still_one_and_an_absurd_one_is_absurd() -> None:
    nothing = [reading._replace(value=0.0) for reading in sound_readings(200)]
    spiked = values(run(hang(SPIKE, {"probability": 0.5}), nothing))
    assert any(value is not None and abs(value) > 1.0 for value in spiked)
    absurd = values(run(hang(SPIKE, {"probability": 0.5, "absurd": 1.0}), nothing))
    assert set(absurd) == {0.0, 1e7}


def test_a_spike_remembers_across_a_snapshot_that_it_has_just_struck() -> None:
    readings = sound_readings(3)
    before, after = (hang(SPIKE, {"probability": 1.0}) for _ in range(2))
    assert run(before, readings[:1]) != [(readings[0],)]
    after.restore(before.snapshot())
    assert run(after, readings[1:2], 1) == [(readings[1],)]
    assert run(after, readings[2:], 2) != [(readings[2],)]


# --- dropout ---


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8])
def test_dropout_loses_the_share_asked_for_in_bursts(share: float) -> None:
    made = run(hang(DROPOUT, {"share": share, "mean_length": 5.0}), sound_readings(200_000))
    lost = [not readings for readings in made]
    assert fmean(lost) == pytest.approx(share, rel=0.10)
    bursts = sum(later and not earlier for earlier, later in pairwise(lost))
    assert sum(lost) / bursts == pytest.approx(5.0, rel=0.10)


def test_dropout_of_everything_loses_everything_and_of_nothing_nothing() -> None:
    readings = sound_readings(500)
    assert run(hang(DROPOUT, {"share": 1.0}), readings) == [()] * 500
    assert run(hang(DROPOUT, {"share": 0.0}), readings) == [(reading,) for reading in readings]


def test_a_blank_dropout_leaves_the_reading_without_its_value() -> None:
    readings = sound_readings(100)
    assert run(hang(DROPOUT, {"share": 1.0, "leaves": "blank"}), readings) == [
        (reading._replace(value=None),) for reading in readings
    ]


def test_a_dropout_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match="mean_length >= share"):
        hang(DROPOUT, {"share": 0.9, "mean_length": 2.0})
    assert hang(DROPOUT, {"share": 0.9, "mean_length": 9.1})


# --- chains ---


def chain(faults: list[SensorFault], reading: Reading, step: int) -> tuple[Reading, ...]:
    """What a chain of faults makes of a reading, as a sensor runs it."""
    readings: tuple[Reading, ...] = (reading,)
    for fault in faults:
        readings = tuple(made for one in readings for made in fault.apply(one, one.value, step))
    return readings


@settings(deadline=None)
@given(st.permutations(FAULTS.names()))
def test_faults_compose_in_any_order(order: list[str]) -> None:
    faults = [hang(FAULTS.get(word), {"probability": 0.3} if word == "spike" else {}, id=word) for word in order]
    readings = sound_readings(300)
    made = [chain(faults, reading, i) for i, reading in enumerate(readings)]
    assert 0 < sum(not readings for readings in made) < 300


STEADY = ("bias", "clipping", "coarse-quantisation", "dropout", "duplicate", "gain")
"""What says the same again of the same value, or nothing."""
CHANGING = ("drift", "noise-burst", "spike", "unit-slip", "start-up-zero", "delay")


@settings(deadline=None)
@given(st.permutations(CHANGING), st.permutations(STEADY))
def test_what_is_stuck_stays_so_whatever_came_before_and_says_one_thing(before: list[str], after: list[str]) -> None:
    assert {*before, *after, "stuck"} == {*FAULTS.names()}
    faults = [hang(FAULTS.get(word), {}, id=word) for word in (*before, "stuck", *after)]
    made = [chain(faults, reading, i) for i, reading in enumerate(sound_readings(300))]
    assert len({one.value for readings in made for one in readings}) == 1


@settings(deadline=None)
@given(st.permutations(STEADY))
def test_what_only_changes_values_alike_leaves_a_moving_value_moving(order: list[str]) -> None:
    faults = [hang(FAULTS.get(word), {}, id=word) for word in order if word != "clipping"]
    made = [chain(faults, reading, i) for i, reading in enumerate(sound_readings(300))]
    assert len({readings[0].value for readings in made if readings}) > 1


def test_faults_of_one_sensor_draw_from_streams_of_their_own() -> None:
    readings = sound_readings(2000)
    one = run(hang(SPIKE, {"probability": 0.1}, id="a"), readings)
    other = run(hang(SPIKE, {"probability": 0.1}, id="b"), readings)
    assert one != other


def test_a_fault_may_duplicate_or_delay() -> None:
    class Echo(Fault):
        __slots__ = ()

        def lie(self, reading: Reading, value: float, step: int) -> tuple[Reading, ...]:
            return (reading, reading._replace(time_ns=reading.time_ns + 5 * MINUTE_NS))

    echo = hang(Kind("echo", (), lambda at, _: Echo(at)))
    reading = sound_readings(1)[0]
    assert len(chain([echo, hang(STUCK, {"value": 1.0})], reading, 0)) == 2
    assert chain([echo], reading, 0)[1].time_ns == reading.time_ns + 5 * MINUTE_NS


# --- parameters ---


@pytest.mark.parametrize("bad", [True, "much", float("inf"), 10**400, -1.0, 86_401.0])
def test_a_number_must_be_a_number_within_its_limits(bad: Scalar) -> None:
    (problem,) = SPIKE.problems({"per_day": bad}, "with")
    assert problem.path == "with.per_day"
    assert problem.allowed == "a number >= 0 and <= 86400"


def test_misspelt_words_and_names_get_a_suggestion() -> None:
    (problem,) = STUCK.problems({"at": "ful-scale"}, "")
    assert (problem.path, problem.hint) == ("at", "Did you mean 'full-scale'?")
    (problem,) = DRIFT.problems({"perday": 1.0}, "with")
    assert (problem.path, problem.hint) == ("with.perday", "Did you mean 'per_day'?")
