"""Random streams: known answers, stability, and independence of how they are drawn."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernels import ENTRIES
from engine.streams import Stream, draw, key, normal, philox, quantile, uniform, word

ONES = 0xFFFFFFFF
KEY = (0xDA5857F3, 0xD29791BE)
WORD = 0x7DF0BB44
WORDS = st.integers(0, ONES)


@pytest.mark.parametrize(
    ("counter", "keys", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers_of_random123(
    counter: tuple[int, int, int, int], keys: tuple[int, int], answer: tuple[int, int, int, int]
) -> None:
    assert philox(*counter, *keys) == answer


def test_keys_and_words_never_change() -> None:
    """Values written down once: a change of them would change every run of every scenario."""
    assert key(1, "pi-0001") == KEY
    assert word("noise") == WORD
    assert key(1, "pi-0001") != key(2, "pi-0001") != key(2, "pi-0002")


@given(WORDS)
def test_uniform_lies_strictly_between_zero_and_one(w: int) -> None:
    assert 0.0 < uniform(w) < 1.0
    assert abs(normal(w)) < 6.5


def test_the_ends_of_uniform() -> None:
    assert uniform(0) == 0.5 * 2.0**-32
    assert uniform(ONES) == 1.0 - 0.5 * 2.0**-32


@settings(max_examples=1000)
@given(st.floats(1e-300, 1.0 - 1e-15))
def test_quantile_of_the_normal(p: float) -> None:
    assert quantile(p) == pytest.approx(statistics.NormalDist().inv_cdf(p), rel=1e-13, abs=1e-15)


def test_a_stream_is_a_function_of_its_step() -> None:
    stream, again = Stream(7, "pi-0001/temperature", "noise"), Stream(7, "pi-0001/temperature", "noise")
    assert [stream.uniform(i) for i in range(5)] == [again.uniform(i) for i in reversed(range(5))][::-1]
    others = (
        Stream(8, "pi-0001/temperature", "noise"),
        Stream(7, "pi-0002/temperature", "noise"),
        Stream(7, "pi-0001/temperature", "bias"),
    )
    assert all(stream.uniform(0) != other.uniform(0) for other in others)


def test_moments_of_a_stream() -> None:
    stream = Stream(1, "moments", "test")
    uniforms = [stream.uniform(i) for i in range(4000)]
    normals = [stream.normal(i) for i in range(4000)]
    assert statistics.fmean(uniforms) == pytest.approx(0.5, abs=0.02)
    assert statistics.fmean(normals) == pytest.approx(0.0, abs=0.05)
    assert statistics.stdev(normals) == pytest.approx(1.0, abs=0.04)
    pairs = np.corrcoef(normals[1:], normals[:-1])[0, 1]
    assert abs(pairs) < 0.05


@given(st.integers(1, 1000), st.integers(0, 2**62))
def test_integers_stay_below_their_bound(n: int, step: int) -> None:
    assert 0 <= Stream(3, "dice", "test").integers(step, n) < n


def test_integers_take_every_value_and_refuse_none() -> None:
    stream = Stream(3, "dice", "test")
    assert {stream.integers(i, 6) for i in range(200)} == set(range(6))
    with pytest.raises(ValueError, match="0"):
        stream.integers(0, 0)


@given(st.integers(0, 2**62), st.integers(1, 9), st.integers(1, 9))
def test_blocks_of_normals_are_the_same_however_they_are_cut(first: int, left: int, right: int) -> None:
    whole = np.zeros(left + right)
    ENTRIES.normals(11, 12, 13, first, whole)
    parts = [np.zeros(left), np.zeros(right)]
    ENTRIES.normals(11, 12, 13, first, parts[0])
    ENTRIES.normals(11, 12, 13, first + left, parts[1])
    assert np.array_equal(np.concatenate(parts), whole)


def test_high_steps_are_other_steps() -> None:
    """Beyond 32 bits the counter's second word counts on."""
    assert draw(1, 2, 3, 5) != draw(1, 2, 3, 5 + 2**32)
    assert math.isfinite(Stream(1, "late", "test").normal(2**61))
