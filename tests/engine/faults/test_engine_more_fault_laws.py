"""Bias, gain, noise, clipping, quanta, delay, duplicates, zeros and units: each lies the way it says."""

from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from engine.faults import FAULTS
from engine.faults.base import FaultKind, fault_stream
from schemas.commands import Scalar
from schemas.problems import InvalidInput
from schemas.readings import Reading
from tests.contracts.faults import CHANNEL, MINUTE_NS, START_NS, hang, run, sound_readings

COUNT = 2000
HALF = CHANNEL.quantum / 2 + 1e-9


def told(word: str, readings: list[Reading], **parameters: Scalar) -> list[float]:
    """Values of a fault that leaves exactly one reading."""
    made = run(hang(FAULTS.get(word), parameters), readings)
    assert all(len(each) == 1 and each[0].value is not None for each in made)
    return [each[0].value or 0.0 for each in made]


def offsets(word: str, readings: list[Reading], **parameters: Scalar) -> list[float]:
    """How far each reading is moved."""
    values = told(word, readings, **parameters)
    return [value - (reading.value or 0.0) for value, reading in zip(values, readings, strict=True)]


def test_bias_moves_everything_by_the_same_amount() -> None:
    moved = offsets("bias", sound_readings(COUNT), offset=-6.0)
    assert all(abs(offset + 6.0) <= HALF for offset in moved)


def test_a_bias_of_a_thermometer_is_drawn_from_3_to_8_k_and_of_others_from_their_noise() -> None:
    kind = FAULTS.get("bias")
    sizes: list[float] = []
    others: list[float] = []
    for i in range(200):
        fault = kind.make({}, fault_stream(1, "pi", "t", f"f{i}"), f"f{i}", START_NS, None, CHANNEL)
        for found, quantity in ((sizes, "temperature"), (others, "power")):
            reading = Reading("t", quantity, "x", CHANNEL.snap(50.0), START_NS)
            found.append((fault.apply(reading, None, 0)[0].value or 0.0) - (reading.value or 0.0))
    assert all(3.0 - HALF <= abs(size) <= 8.0 + HALF for size in sizes)
    assert min(sizes) < 0.0 < max(sizes)
    assert all(0.55 - HALF <= abs(size) <= 2.2 + HALF for size in others)


def test_a_ramp_brings_the_bias_little_by_little() -> None:
    moved = offsets("bias", sound_readings(60), offset=6.0, ramp_s=1800.0)
    assert abs(moved[0]) <= HALF
    assert moved[15] == pytest.approx(3.0, abs=HALF)
    assert all(offset == pytest.approx(6.0, abs=HALF) for offset in moved[30:])


def test_gain_is_in_proportion() -> None:
    readings = sound_readings(COUNT)
    for value, reading in zip(told("gain", readings, gain=1.1), readings, strict=True):
        assert value == pytest.approx((reading.value or 0.0) * 1.1, abs=HALF)
    drawn = fmean(told("gain", readings)) / fmean(reading.value or 0.0 for reading in readings)
    assert 0.84 < drawn < 1.16
    assert drawn != pytest.approx(1.0, abs=1e-4)


def test_a_noise_burst_is_so_many_times_as_noisy_and_leaves_the_mean() -> None:
    moved = offsets("noise-burst", sound_readings(COUNT), times=5.0)
    assert pstdev(moved) == pytest.approx(5.0 * CHANNEL.sd, rel=0.06)
    assert abs(fmean(moved)) < 0.25


def test_clipping_holds_what_lies_beyond() -> None:
    readings = sound_readings(COUNT)
    values = told("clipping", readings, lo=49.5, hi=50.5)
    assert min(values) == 49.5
    assert max(values) == 50.5
    inside = [(value, reading.value) for value, reading in zip(values, readings, strict=True) if 49.5 < value < 50.5]
    assert inside
    assert all(value == sound for value, sound in inside)
    by_itself = told("clipping", readings)
    assert len(set(by_itself)) <= 4
    with pytest.raises(InvalidInput, match="lo < hi"):
        hang(FAULTS.get("clipping"), {"lo": 2.0, "hi": 1.0})


def test_coarse_quantisation_leaves_few_values_far_apart() -> None:
    values = sorted(set(told("coarse-quantisation", sound_readings(COUNT), times=6.0)))
    steps = [b - a for a, b in pairwise(values)]
    assert all(step == pytest.approx(6.0 * CHANNEL.quantum) for step in steps)
    assert 1 < len(values) < 8


def test_a_delay_tells_what_was_true_before() -> None:
    readings = sound_readings(100)
    values = told("delay", readings, seconds=180.0)
    assert values[3:] == [reading.value for reading in readings[:-3]]
    assert values[:3] == [readings[0].value] * 3
    late = run(hang(FAULTS.get("delay"), {"seconds": 90.0, "what": "time"}), readings)
    assert [each[0].time_ns - reading.time_ns for each, reading in zip(late, readings, strict=True)] == [
        90 * 10**9
    ] * 100
    assert [each[0].value for each in late] == [reading.value for reading in readings]


@pytest.mark.parametrize(("share", "later_s"), [(0.1, 0.0), (0.0, 0.0), (1.0, 2.5)])
def test_duplicates_come_at_the_share_asked_for(share: float, later_s: float) -> None:
    made = run(hang(FAULTS.get("duplicate"), {"share": share, "later_s": later_s}), sound_readings(20_000))
    assert sum(len(each) == 2 for each in made) / len(made) == pytest.approx(share, rel=0.1)
    for each in made:
        if len(each) == 2:
            assert each[1] == each[0]._replace(time_ns=each[0].time_ns + round(later_s * 1e9))


def test_start_up_zeros_are_over_after_some_samples() -> None:
    readings = sound_readings(10)
    values = told("start-up-zero", readings, samples=4.0)
    assert values[:4] == [0.0] * 4
    assert values[4:] == [reading.value for reading in readings[4:]]


@pytest.mark.parametrize(
    ("quantity", "slip", "value", "slipped"),
    [
        ("temperature", None, 50.0, 122.0),
        ("clock", None, 1.5, 1500.0),
        ("power", None, 46.9, 469.0),
        ("power", "mega", 4.5, 4500.0),
        ("clock", "comma", 2.4, 24.0),
    ],
)
def test_units_slip(quantity: str, slip: str | None, value: float, slipped: float) -> None:
    fault = hang(FAULTS.get("unit-slip"), {} if slip is None else {"slip": slip})
    (made,) = fault.apply(Reading("s", quantity, "u", value, START_NS), value, 0)
    assert made == Reading("s", quantity, "u", slipped, START_NS)


def shares(kind: FaultKind) -> dict[str, Scalar]:
    """A parameter that says which share of samples is hit, set to 20 %."""
    return {"share": 0.2} if any(parameter.name == "share" for parameter in kind.parameters) else {"probability": 0.2}


@pytest.mark.parametrize("word", ["dropout", "duplicate", "unit-slip", "spike"])
def test_the_share_hit_is_the_share_asked_for(word: str) -> None:
    """Acceptance check 19: within 10 %."""
    readings = sound_readings(40_000)
    made = run(hang(FAULTS.get(word), shares(FAULTS.get(word))), readings)
    hit = sum(each != (reading,) for each, reading in zip(made, readings, strict=True)) / len(readings)
    # Two spikes never follow one another, so a chance c hits c / (1 + c) of all.
    assert hit == pytest.approx(0.2 / 1.2 if word == "spike" else 0.2, rel=0.1)


def test_faults_in_one_chain_act_in_the_order_in_which_they_came() -> None:
    reading = Reading("t", "temperature", "degC", CHANNEL.snap(40.0), START_NS + MINUTE_NS)
    first, second = hang(FAULTS.get("gain"), {"gain": 1.1}), hang(FAULTS.get("bias"), {"offset": 5.0}, id="f-2")

    def through(*chain: object) -> float:
        readings: tuple[Reading, ...] = (reading,)
        for fault in chain:
            readings = tuple(made for each in readings for made in fault.apply(each, None, 0))  # type: ignore[attr-defined]
        return readings[0].value or 0.0

    assert through(first, second) == pytest.approx(49.0, abs=2 * HALF)
    assert through(second, first) == pytest.approx(49.5, abs=2 * HALF)
