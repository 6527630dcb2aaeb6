"""Durations: text to nanoseconds and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.durations import DAY, HOUR, MINUTE, SECOND, DurationError, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("500ms", SECOND // 2),
        ("1s", SECOND),
        ("5m", 5 * MINUTE),
        ("2h", 2 * HOUR),
        ("1d", DAY),
        ("1h30m", 90 * MINUTE),
        ("1h 30m", 90 * MINUTE),
        (" 5 s ", 5 * SECOND),
        ("1.5s", 1_500_000_000),
        ("0.25d", 6 * HOUR),
        ("7us", 7_000),
        ("3ns", 3),
        ("0s", 0),
    ],
)
def test_a_duration_is_read_exactly(text: str, ns: int) -> None:
    assert parse_duration(text) == ns


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("5", "did you mean '5s'"),
        ("5 parsecs", "'parsecs' is not a unit; units are d, h, m, s, ms, us, ns"),
        ("3 minutes", "written 'm'"),
        ("5S", "written 's'"),
        ("1µs", "written 'us'"),
        ("1:30", "write 1m30s or 1h30m"),
        ("-5s", "never negative"),
        ("", "starts with a number"),
        ("soon", "starts with a number"),
        ("30m1h", "from long to short"),
        ("1s1s", "none comes twice"),
        ("0.1ns", "whole number of nanoseconds"),
        ("1e3s", "'e' is not a unit"),
        ("1,5s", "unit is missing in '1,5s'"),
        ("300y", "'y' is not a unit"),
        ("200000d", "longer than 292 years"),
        ("9" * 100 + "s", "at most 64 characters"),
        ("\u0663s", "is not a number with a unit"),
    ],
)
def test_a_wrong_duration_says_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(DurationError, match=advice.replace("(", r"\(")):
        parse_duration(text)


@settings(deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_every_number_of_nanoseconds_comes_back(ns: int) -> None:
    assert parse_duration(format_duration(ns)) == ns


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        ns = parse_duration(text)
    except DurationError:
        return
    assert 0 <= ns < 2**63


def test_the_shortest_text_is_written() -> None:
    assert format_duration(90 * MINUTE) == "1h30m"
    assert format_duration(0) == "0s"
    with pytest.raises(ValueError, match="never negative"):
        format_duration(-1)
