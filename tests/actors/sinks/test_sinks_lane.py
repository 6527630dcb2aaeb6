"""The lane between door and writer: who may take, when to wake, when to sleep."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from actors.sinks.base import FencedError, Lane, Limits, Pump
from engine.clock import FakeWall
from schemas.readings import Frame


def _frame(sequence: int) -> Frame:
    return Frame("pi-1", "raspberry-pi", sequence, sequence, (), None)


def _lane(limits: Limits | None = None, gated: Callable[[], bool] = lambda: True) -> tuple[Lane, FakeWall]:
    wall = FakeWall()
    return Lane(limits or Limits(batch=4), gated, wall), wall


def test_a_writer_of_an_older_generation_cannot_take_over() -> None:
    lane, _ = _lane()
    present = lane.attach(2, lambda: None)
    with pytest.raises(FencedError):
        lane.attach(1, lambda: None)
    lane.put(_frame(0))
    assert len(lane.take(present)) == 1
    lane.permit(present, 1)


def test_a_writer_without_supervisor_may_be_started_anew() -> None:
    lane, _ = _lane()
    first = lane.attach(0, lambda: None)
    lane.attach(0, lambda: None)
    with pytest.raises(FencedError):
        lane.take(first)


def test_it_sleeps_only_when_nothing_is_there_and_is_woken_once() -> None:
    woken: list[int] = []
    lane, _ = _lane()
    writer = lane.attach(1, lambda: woken.append(1))
    lane.put(_frame(0))
    assert not lane.sleep(writer)
    lane.settle(writer, {}) if lane.take(writer) else None
    assert lane.sleep(writer)
    assert woken == []
    for sequence in range(1, 10):
        lane.put(_frame(sequence))
    assert woken == [1]


def test_a_full_batch_cuts_the_wait_short() -> None:
    lane, wall = _lane()
    lane.attach(1, lambda: None)
    lane.linger(5.0)
    assert wall.waits == [5.0]
    for sequence in range(4):
        lane.put(_frame(sequence))
    lane.linger(5.0)
    assert wall.waits == [5.0]


@pytest.mark.parametrize("records", [3, 4])
def test_a_batch_that_fills_while_the_writer_waits_wakes_it(monkeypatch: pytest.MonkeyPatch, records: int) -> None:
    lane, wall = _lane()
    lane.attach(1, lambda: None)
    woken: list[bool] = []

    def wait(seconds: float | None, event: Event) -> bool:
        for sequence in range(records):
            lane.put(_frame(sequence))
        woken.append(event.is_set())
        return woken[-1]

    monkeypatch.setattr(wall, "wait", wait)
    lane.linger(5.0)
    assert woken == [records == 4]


def test_a_door_that_closes_wakes_a_writer_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    lane, wall = _lane()
    lane.attach(1, lambda: None)
    woken: list[bool] = []

    def wait(seconds: float | None, event: Event) -> bool:
        lane.refuse()
        woken.append(event.is_set())
        return True

    monkeypatch.setattr(wall, "wait", wait)
    lane.linger(5.0)
    assert woken == [True]


class _Restless:
    """An outlet that always wants to be called again, like a table with a clock on it."""

    linger_s = 0.0

    def __init__(self) -> None:
        self.calls = 0

    def rest(self) -> float:
        self.calls += 1
        return 1.0

    def __getattr__(self, name: str) -> Any:
        return lambda *_: {}


@pytest.mark.parametrize("closed", [True, False])
def test_an_outlet_that_never_rests_does_not_keep_a_stop_waiting(closed: bool) -> None:
    lane, _ = _lane()
    outlet = _Restless()
    woken: list[int] = []
    pump = Pump(lane, outlet, 1, lambda: woken.append(1), lambda _: None, lambda _: None)
    pump.start()
    if closed:
        lane.refuse()
    assert pump.turn()
    assert (outlet.calls == 1) is closed
    assert len(woken) == (1 if closed else 2), "still open, it asks for another turn and lets the mailbox have its own"


def test_a_lane_that_takes_nothing_more_does_not_wait_for_it() -> None:
    lane, wall = _lane()
    writer = lane.attach(1, lambda: None)
    lane.refuse()
    lane.linger(5.0)
    assert wall.waits == []
    assert lane.sleep(writer)


def test_the_gate_shuts_at_the_mark_and_opens_at_half_of_it() -> None:
    lane, _ = _lane(Limits(capacity=20, high_water=8, batch=1))
    writer = lane.attach(1, lambda: None)
    seen = []
    for sequence in range(8):
        lane.put(_frame(sequence))
        seen.append(lane.open())
    for _ in range(8):
        lane.take(writer)
        lane.settle(writer, {})
        seen.append(lane.open())
    assert seen == [True] * 7 + [False] * 4 + [True] * 5


def test_what_is_in_hand_stays_queued_until_it_is_settled() -> None:
    lane, _ = _lane()
    writer = lane.attach(1, lambda: None)
    lane.put(_frame(0))
    assert lane.take(writer) == lane.take(writer)
    assert (lane.depth, lane.books.totals().queued, lane.books.totals().acked) == (1, 1, 0)
    lane.settle(writer, {})
    assert (lane.depth, lane.books.totals().queued, lane.books.totals().acked) == (0, 0, 1)


def test_after_the_end_nothing_goes_in_or_out() -> None:
    lane, _ = _lane()
    writer = lane.attach(1, lambda: None)
    for sequence in range(6):
        lane.put(_frame(sequence))
    lane.take(writer)
    assert lane.end("abandoned") == 6
    with pytest.raises(FencedError):
        lane.permit(writer, 4)
    lane.admit()
    lane.put(_frame(6))
    with pytest.raises(FencedError):
        lane.attach(2, lambda: None)
    assert lane.books.totals().dropped == {"abandoned": 7}
    assert (lane.fenced, lane.depth) == (4, 0)
