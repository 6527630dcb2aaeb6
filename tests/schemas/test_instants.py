"""Instants as text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import iso


def test_nine_decimals_always() -> None:
    assert iso(1_767_225_605_123_456_789) == "2026-01-01T00:00:05.123456789Z"
    assert iso(0) == "1970-01-01T00:00:00.000000000Z"
    assert iso(-1) == "1969-12-31T23:59:59.999999999Z"
    assert iso(-62_135_596_800 * 10**9) == "0001-01-01T00:00:00.000000000Z"


@given(st.integers(-62_135_596_800 * 10**9, 253_402_300_799 * 10**9))
def test_reads_back_to_the_microsecond(time_ns: int) -> None:
    text = iso(time_ns)
    back = datetime.fromisoformat(text[:26] + "+00:00")
    seconds, fraction = divmod(time_ns, 10**9)
    assert back == datetime.fromtimestamp(seconds, UTC).replace(microsecond=fraction // 1000)
    assert int(text[20:29]) == fraction


@pytest.mark.parametrize("time_ns", [10**30, -(10**30), 253_402_300_800 * 10**9])
def test_an_instant_without_a_date_is_refused(time_ns: int) -> None:
    with pytest.raises(ValueError, match=r"no date|range|year"):
        iso(time_ns)
