"""The elementary functions are as good as the C library's, and exact where they must be."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.elementary import exp, log, power, sin

MANY = settings(max_examples=2000, deadline=None)


@MANY
@given(st.floats(-700.0, 700.0))
@example(0.0)
@example(0.34657359027997264)
@example(-0.34657359027997264)
def test_exp(x: float) -> None:
    assert exp(x) == pytest.approx(math.exp(x), rel=4e-16)


def test_exp_at_its_ends() -> None:
    assert exp(0.0) == 1.0
    assert exp(710.0) == math.inf
    assert exp(-746.0) == 0.0
    assert exp(-744.0) == pytest.approx(math.exp(-744.0), rel=0.5)
    assert 0.0 < exp(-708.0) < 1e-307


@MANY
@given(st.floats(5e-324, 1.7e308))
@example(1.0)
@example(0.9999999999999999)
@example(1.0000000000000002)
@example(math.sqrt(2.0))
def test_log(x: float) -> None:
    assert log(x) == pytest.approx(math.log(x), rel=4e-16, abs=1e-300)


@MANY
@given(st.floats(0.5, 2.0))
def test_log_near_one(x: float) -> None:
    assert log(x) == pytest.approx(math.log(x), rel=4e-16, abs=1e-300)


def test_log_of_nothing() -> None:
    assert log(0.0) == -math.inf
    assert log(-1.0) == -math.inf


@MANY
@given(st.floats(-1e5, 1e5))
@example(0.0)
@example(math.pi)
@example(-math.pi / 2)
@example(math.pi / 4)
def test_sin(x: float) -> None:
    assert sin(x) == pytest.approx(math.sin(x), abs=2.5e-16)


@MANY
@given(st.floats(1e-6, 1e6), st.floats(-5.0, 5.0))
@example(0.3, 0.7)
def test_power(x: float, y: float) -> None:
    assert power(x, y) == pytest.approx(x**y, rel=2e-14)


def test_power_of_nothing() -> None:
    assert power(0.0, 0.7) == 0.0
    assert power(-1.0, 2.0) == 0.0
    assert power(2.0, 0.0) == 1.0
