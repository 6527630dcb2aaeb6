"""The watchdog names whose code blocks a dispatcher, and ends the process past its limit."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.actor import DispatchedActor
from engine.clock import NANOSECONDS, FakeWall
from engine.dispatcher import Dispatcher
from engine.doorway import Turn
from engine.watchdog import BLOCKED_EXIT, Blocked, Watchdog

LONG = 20.0


class Sleeper(DispatchedActor):
    """Really blocks until it is let go."""

    def __init__(self, reached: threading.Event, go: threading.Event) -> None:
        super().__init__()
        self.reached = reached
        self.go = go

    def on_receive(self, message: Any) -> None:
        self.reached.set()
        self.go.wait(LONG)


class Chatterer(DispatchedActor):
    """Tells itself without end."""

    def __init__(self, reached: threading.Event) -> None:
        super().__init__()
        self.reached = reached
        self.told = 0

    def on_receive(self, message: Any) -> None:
        self.told += 1
        if self.told == 1000:
            self.reached.set()
        self.actor_ref.tell(message)


class Case:
    def __init__(self) -> None:
        self.dispatcher = Dispatcher()
        self.wall = FakeWall()
        self.reports: list[Blocked] = []
        self.ended: list[int] = []
        self.reached, self.go = threading.Event(), threading.Event()
        self.dog = Watchdog(self.dispatcher, self.reports.append, 2.0, 60.0, self.wall, self.ended.append)

    def later(self, seconds: float) -> None:
        self.wall.now_ns += round(seconds * NANOSECONDS)
        self.dog.look()


@pytest.fixture
def case() -> Iterator[Case]:
    case = Case()
    yield case
    case.go.set()
    case.dispatcher.stop(timeout=0.1)
    case.dispatcher.close()


def test_a_blocking_actor_is_named_once_and_then_the_process_ends(case: Case) -> None:
    ref = case.dispatcher.spawn("fleet/pi-1", 1, lambda: Sleeper.start(case.reached, case.go))
    case.dispatcher.run_in_thread()
    ref.tell("block")
    assert case.reached.wait(LONG)
    case.later(0)
    case.later(1)
    assert case.reports == []
    case.later(2)
    case.later(3)
    assert [(report.address, report.endless) for report in case.reports] == [("fleet/pi-1", False)]
    assert "self.go.wait(LONG)" in case.reports[0].stack
    assert case.ended == []
    case.later(60)
    assert case.ended == [BLOCKED_EXIT] == [75]


def test_what_is_no_actor_has_a_name_too_when_it_blocks(case: Case) -> None:
    def block() -> None:
        case.reached.set()
        case.go.wait(LONG)

    case.dispatcher.run_in_thread()
    case.dispatcher.door.put_always((Turn(block, case.dispatcher.post), None))
    assert case.reached.wait(LONG)
    case.later(0)
    case.later(3)
    assert [report.address for report in case.reports] == ["a turn at the door"]


def test_a_dispatcher_that_comes_round_is_left_alone(case: Case) -> None:
    case.dispatcher.run_in_thread()
    for _ in range(5):
        case.later(100)
        case.dispatcher.call(lambda: None)
    assert case.reports == []
    assert case.ended == []


def test_a_dispatcher_that_does_not_run_is_left_alone(case: Case) -> None:
    for _ in range(5):
        case.later(100)
    assert case.reports == []


def test_an_instant_without_end_is_reported_and_does_not_end_the_process(case: Case) -> None:
    ref = case.dispatcher.spawn("fleet/pi-2", 1, lambda: Chatterer.start(case.reached))
    case.dispatcher.run_in_thread()
    ref.tell("on and on")
    assert case.reached.wait(LONG)
    for _ in range(5):
        case.later(30)
        case.dispatcher.call(lambda: None)
    assert [report.endless for report in case.reports] == [True]
    assert case.ended == []


def test_stop_cuts_an_endless_instant_short(case: Case) -> None:
    ref = case.dispatcher.spawn("fleet/pi-2", 1, lambda: Chatterer.start(case.reached))
    thread = case.dispatcher.run_in_thread()
    ref.tell("on and on")
    assert case.reached.wait(LONG)
    case.dispatcher.stop(timeout=0.05)
    thread.join(LONG)
    assert not thread.is_alive()


def test_it_watches_from_a_thread_of_its_own(case: Case) -> None:
    ended = threading.Event()
    dog = Watchdog(case.dispatcher, case.reports.append, 0.01, 0.05, end=lambda code: ended.set())
    ref = case.dispatcher.spawn("fleet/pi-1", 1, lambda: Sleeper.start(case.reached, case.go))
    case.dispatcher.run_in_thread()
    ref.tell("block")
    assert case.reached.wait(LONG)
    dog.start()
    assert ended.wait(LONG)
    dog.stop()
    assert case.reports[0].address == "fleet/pi-1"
