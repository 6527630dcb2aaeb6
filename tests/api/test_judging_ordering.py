"""Frames of several partitions, put in order again."""

from actors.monitor.records import Seen
from api.judging.ordering import Merge


def frame(time_ns: int) -> Seen:
    return Seen("pi", "raspberry-pi", time_ns, time_ns, None, {})


def test_a_frame_waits_for_partitions_that_may_have_an_earlier_one() -> None:
    merge = Merge(hold_s=2.0)
    for time_ns in (1, 3, 5):
        merge.put(0, frame(time_ns), 0.0)
    assert list(merge.ready(1.9)) == []
    for time_ns in (2, 4):
        merge.put(1, frame(time_ns), 1.9)
    assert [seen.time_ns for seen in merge.ready(2.0)] == [1, 2, 3, 4]
    # partition 1 has been silent for long enough
    assert [seen.time_ns for seen in merge.ready(3.9)] == [5]


def test_nothing_is_left_behind_in_the_end() -> None:
    merge = Merge(hold_s=2.0)
    merge.put(1, frame(7), 0.0)
    merge.put(0, frame(6), 0.0)
    assert [seen.time_ns for seen in merge.rest()] == [6, 7]
    assert list(merge.rest()) == []
