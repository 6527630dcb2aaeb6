"""A device's own grid of instants."""

from hypothesis import given
from hypothesis import strategies as st

from actors.device.schedule import NS_PER_S, Grid, blend, next_due, uniform_interval

MS = 1_000_000
intervals = st.integers(1, 86_400_000).map(lambda ms: ms * MS)
instants = st.integers(0, 10**12).map(lambda ms: ms * MS)


@given(st.integers(0, 999), instants, intervals)
def test_the_next_instant_is_on_the_grid_later_and_the_nearest(phase_ms: int, now: int, interval: int) -> None:
    grid = Grid(phase_ms * MS)
    due = grid.next_after(now, interval)
    assert due > now or due == grid.origin_ns
    assert grid.is_due(due, interval)
    assert due - interval <= now or due == grid.origin_ns


def test_nothing_is_due_before_the_origin() -> None:
    assert Grid(500 * MS).next_after(0, NS_PER_S) == 500 * MS


@given(st.dictionaries(st.text(min_size=1, max_size=3), intervals, min_size=1, max_size=4), instants)
def test_mixed_intervals_miss_no_sensor(mixed: dict[str, int], now: int) -> None:
    grid = Grid(0)
    due = next_due(grid, mixed, now)
    assert any(grid.is_due(due, interval) for interval in mixed.values())
    assert not any(grid.next_after(now, interval) < due for interval in mixed.values())


def test_one_interval_for_all_is_uniform_and_two_are_not() -> None:
    assert uniform_interval({"a": 5, "b": 5}) == 5
    assert uniform_interval({"a": 5, "b": 6}) is None


def test_between_two_ticks_values_are_blended_and_what_is_not_fitted_stays_so() -> None:
    assert blend(10.0, 20.0, 0.25) == 12.5
    assert blend(None, 20.0, 0.25) is None
    assert blend(10.0, None, 0.25) is None
