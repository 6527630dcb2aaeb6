"""Faults that come little by little and go little by little."""

from itertools import pairwise
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.faults import FAULTS
from engine.faults._ramp import share
from engine.faults.base import NS, fault_stream
from schemas.commands import Scalar
from tests.contracts.faults import CHANNEL, MINUTE_NS, START_NS, sound_readings

HALF = CHANNEL.quantum / 2 + 1e-9
SPANS = st.integers(0, 5_000)


def moved(word: str, minutes: int, ends_after: int, **parameters: Scalar) -> list[float]:
    """How far each reading of a minute is moved by a fault that ends after so many minutes."""
    until_ns = START_NS + ends_after * MINUTE_NS
    fault = FAULTS.get(word).make(parameters, fault_stream(1, "pi", "t", "f"), "f", START_NS, until_ns, CHANNEL)
    found = [fault.apply(reading, None, step)[0] for step, reading in enumerate(sound_readings(minutes))]
    return [(a.value or 0.0) - (b.value or 0.0) for a, b in zip(found, sound_readings(minutes), strict=True)]


@given(length_s=st.integers(1, 10_000), ramp_s=SPANS, fade_s=SPANS, at=st.floats(0, 1))
def test_a_share_is_never_more_than_all_and_going_is_coming_backwards(
    length_s: int, ramp_s: int, fade_s: int, at: float
) -> None:
    until_ns, time_ns = length_s * NS, int(at * length_s * NS)
    found = share(time_ns, 0, until_ns, ramp_s, fade_s)
    assert 0.0 <= found <= 1.0
    assert found == pytest.approx(share(until_ns - time_ns, 0, until_ns, fade_s, ramp_s), abs=1e-9)
    assert found == min(share(time_ns, 0, None, ramp_s, 0), share(time_ns, 0, until_ns, 0, fade_s))


@given(length_s=st.integers(100, 10_000), ramp_s=SPANS, fade_s=SPANS)
def test_a_share_never_jumps_where_it_may_take_its_time(length_s: int, ramp_s: int, fade_s: int) -> None:
    until_ns = length_s * NS
    shares = [share(n * until_ns // 200, 0, until_ns, ramp_s or 1, fade_s or 1) for n in range(201)]
    step = length_s / 200 / min(ramp_s or 1, fade_s or 1)
    assert all(abs(b - a) <= step + 1e-9 for a, b in pairwise(shares))
    assert shares[0] == shares[-1] == 0.0
    top = shares.index(max(shares))
    assert shares[:top] == sorted(shares[:top])
    assert shares[top:] == sorted(shares[top:], reverse=True)


def test_what_has_no_known_end_does_not_fade() -> None:
    assert share(10 * NS, 0, None, 0.0, 1000.0) == 1.0


def test_a_bias_comes_stays_and_goes() -> None:
    found = moved("bias", 70, 60, offset=6.0, ramp_s=600.0, fade_s=1200.0)
    assert abs(found[0]) <= HALF
    assert all(one == pytest.approx(6.0, abs=HALF) for one in found[10:41])
    assert found[50] == pytest.approx(3.0, abs=HALF)
    assert abs(found[59]) <= 0.3 + HALF
    assert found[60:] == [0.0] * 10


def test_a_gain_and_a_burst_of_noise_go_little_by_little() -> None:
    readings = sound_readings(61)
    gain = moved("gain", 60, 60, gain=1.5, fade_s=1800.0)
    assert gain[30] / (readings[30].value or 1.0) == pytest.approx(0.5, abs=0.01)
    assert gain[45] / (readings[45].value or 1.0) == pytest.approx(0.25, abs=0.01)
    noise = moved("noise-burst", 2000, 2000, times=10.0, fade_s=60_000.0)
    assert pstdev(noise[900:1000]) > 3 * pstdev(noise[1900:])
