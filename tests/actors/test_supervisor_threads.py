"""Supervision of actors on threads of their own: wall time, shutdown time-outs, abandoned threads."""

import gc
import threading
from typing import Any

import pytest

from engine.alarm import Alarm
from engine.clock import FakeWall
from engine.supervision import (
    AddChild,
    AddChildren,
    AllStopped,
    BranchSpec,
    Intensity,
    RemoveChild,
    RestartChild,
    Settled,
    StopAll,
    StopChild,
)
from engine.threaded import ThreadedActor
from tests.actors.nursery import Ear, Nursery


class Sink(ThreadedActor):
    """Blocks where it is told to until its gate opens."""

    def __init__(self, nursery: Nursery) -> None:
        super().__init__()
        assert self.address is not None
        self.nursery = nursery
        self.fault = nursery.faults.get(self.address, "")
        self.gate: threading.Event = GATES.setdefault(self.address, threading.Event())

    def on_start(self) -> None:
        if self.fault == "on_start":
            raise OSError("no room")

    def on_stop(self) -> None:
        if self.fault == "block-on-stop":
            self.block(10)

    def on_receive(self, message: Any) -> Any:
        if message == "crash":
            raise ValueError("crash")
        if message == "block":
            self.block(1000)
        return message

    def block(self, then_say: int) -> None:
        """Be stuck until the gate opens, then talk."""
        self.nursery.heard.append("blocked")
        assert self.dispatcher is not None
        self.dispatcher.door.bell.set()
        self.gate.wait(30)
        for number in range(then_say):
            self.send("listener", number)


GATES: dict[str, threading.Event] = {}


@pytest.fixture
def nursery() -> Any:
    """One branch, children on threads; every gate is opened at the end."""
    GATES.clear()
    made = Nursery(most_zombies=0)
    yield made
    for gate in GATES.values():
        gate.set()
    ear = Ear()
    made.tell(StopAll(ear))
    made.until(lambda: bool(ear.heard))


def sink(nursery: Nursery, address: str, **more: Any) -> Any:
    """A child on a thread."""
    return nursery.spec(address, threaded=True, **more)._replace(factory=lambda _, __: Sink.start(nursery))


def up(nursery: Nursery, *addresses: str) -> None:
    """Wait until these run."""
    nursery.until(lambda: all(nursery.view(address).state == "running" for address in addresses))


def test_a_start_that_fails_on_the_thread_is_an_outcome(nursery: Nursery) -> None:
    nursery.faults["b"] = "on_start"
    ear = Ear()
    nursery.tell(AddChildren([sink(nursery, name) for name in "abc"], "fleet", True, ear))
    nursery.until(lambda: bool(ear.heard))
    assert [outcome.ok for outcome in ear.heard[0].outcomes] == [False] * 3
    assert ear.heard[0].outcomes[1].reason.startswith("OSError in on_start: no room")
    assert nursery.views() == {}


def test_threads_start_one_after_the_other(nursery: Nursery) -> None:
    ear = Ear()
    nursery.tell(AddChildren([sink(nursery, name) for name in "abc"], "fleet", False, ear))
    assert not ear.heard
    nursery.until(lambda: bool(ear.heard))
    assert all(outcome.ok for outcome in ear.heard[0].outcomes)


def test_back_off_of_a_thread_runs_in_wall_time(nursery: Nursery) -> None:
    nursery.tell(AddChild(sink(nursery, "a"), "fleet"))
    up(nursery, "a")
    nursery.dispatcher.send("a", "crash")
    nursery.until(lambda: nursery.view("a").state == "backing_off")
    nursery.run(1000)
    assert nursery.view("a").state == "backing_off"
    nursery.waits.advance(0.999)
    nursery.settle()
    assert nursery.view("a").state == "backing_off"
    nursery.waits.advance(0.001)
    up(nursery, "a")
    assert nursery.view("a").generation == 2


def test_intensity_of_threads_counts_in_wall_time() -> None:
    wall = FakeWall()
    nursery = Nursery(BranchSpec("fleet", intensity=Intensity(1, 30)))
    nursery.dispatcher.wall = wall
    nursery.tell(AddChild(sink(nursery, "a", backoff=None), "fleet"))
    up(nursery, "a")
    for generation in (1, 2, 3):
        wall.now_ns += 31 * 1_000_000_000
        nursery.dispatcher.send("a", "crash")
        nursery.until(lambda after=generation + 1: nursery.view("a")[1:3] == ("running", after))  # type: ignore[misc]
    assert "supervisor/fleet" not in {event.address for event in nursery.journal.heard}
    nursery.dispatcher.send("a", "crash")
    nursery.until(lambda: nursery.view("a")[1:3] == ("running", 5))
    assert "supervisor/fleet" in {event.address for event in nursery.journal.heard}
    nursery.tell(StopAll())
    nursery.until(lambda: nursery.view("a").state == "stopped")


def test_a_blocked_child_is_abandoned_after_its_time_and_the_rest_goes_on(nursery: Nursery) -> None:
    nursery.add(nursery.spec("before"))
    nursery.tell(AddChild(sink(nursery, "b"), "fleet"))
    up(nursery, "b")
    nursery.add(nursery.spec("after"))
    nursery.dispatcher.send("b", "block")
    nursery.until(lambda: "blocked" in nursery.heard)
    ear = Ear()
    nursery.tell(StopAll(ear))
    assert [nursery.view(name).state for name in ("before", "b", "after")] == ["running", "running", "stopped"]
    nursery.waits.advance(4.9)
    nursery.settle()
    assert not ear.heard
    nursery.waits.advance(0.1)
    nursery.settle()
    assert ear.heard == [AllStopped(1)]
    assert not nursery.dispatcher.directory.endpoint("b").alive
    assert nursery.crowds == [1]
    assert nursery.boss.zombies == 1
    assert {view.state for view in nursery.views().values()} == {"stopped"}
    GATES["b"].set()
    nursery.until(lambda: nursery.dispatcher.directory.dead_letters["fenced"] == 1000)
    nursery.until(lambda: gc.collect() >= 0 and nursery.boss.zombies == 0)


@pytest.mark.parametrize(("where", "said"), [("block", 1000), ("block-on-stop", 10)])
def test_what_an_abandoned_thread_says_is_fenced(nursery: Nursery, where: str, said: int) -> None:
    nursery.add(nursery.spec("listener"))
    nursery.faults["b"] = where
    nursery.tell(AddChild(sink(nursery, "b"), "fleet"))
    up(nursery, "b")
    if where == "block":
        nursery.dispatcher.send("b", "block")
    nursery.faults.clear()
    ear = Ear()
    nursery.tell(RestartChild("b", ear))
    nursery.until(lambda: "blocked" in nursery.heard)
    nursery.waits.advance(5)
    nursery.until(lambda: bool(ear.heard))
    assert (ear.heard, nursery.view("b").generation) == ([Settled("b", "running")], 2)
    GATES["b"].set()
    nursery.until(lambda: nursery.dispatcher.directory.dead_letters["fenced"] == said)
    assert [heard for heard in nursery.heard if heard != "blocked"] == []
    assert (nursery.view("b").state, nursery.view("b").generation) == ("running", 2)


def test_a_thread_that_ends_late_without_a_successor_is_fenced_too(nursery: Nursery) -> None:
    nursery.add(nursery.spec("listener"))
    nursery.faults["b"] = "block-on-stop"
    nursery.tell(AddChild(sink(nursery, "b"), "fleet"))
    up(nursery, "b")
    ear = Ear()
    nursery.tell(StopChild("b", ear))
    nursery.until(lambda: "blocked" in nursery.heard)
    nursery.waits.advance(5)
    nursery.until(lambda: bool(ear.heard))
    assert nursery.boss.zombies == 1
    GATES["b"].set()
    nursery.until(lambda: nursery.boss.zombies == 0)
    assert nursery.heard == ["blocked"]


def test_adding_and_removing_threads_leaves_none_behind(nursery: Nursery) -> None:
    before = threading.active_count()
    for _ in range(50):
        ear = Ear()
        nursery.tell(AddChild(sink(nursery, "a"), "fleet"))
        nursery.tell(RemoveChild("a", ear))
        nursery.until(lambda heard=ear.heard: bool(heard))  # type: ignore[misc]
    for thread in threading.enumerate():
        if thread.name.startswith("Sink"):
            thread.join(5)
    assert threading.active_count() <= before
    assert nursery.views() == {}


# The alarm.


def test_the_alarm_calls_in_the_order_of_falling_due() -> None:
    alarm, calls, done = Alarm(), list[int](), threading.Event()

    def broken() -> None:
        raise ValueError("never mind")

    alarm.after(30_000_000, done.set)
    alarm.after(20_000_000, lambda: calls.append(2))
    alarm.after(10_000_000, lambda: calls.append(1))
    alarm.after(0, broken)
    assert done.wait(10)
    assert calls == [1, 2]
    alarm.close()
    alarm.after(0, lambda: calls.append(3))
    assert calls == [1, 2]


def test_an_alarm_that_gets_no_thread_fails_nobody_and_calls_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    alarm, called = Alarm(), threading.Event()
    start = threading.Thread.start

    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    alarm.ready()
    alarm.after(0, called.set)
    monkeypatch.setattr(threading.Thread, "start", start)
    assert not called.is_set()
    alarm.ready()
    assert called.wait(30)
    alarm.close()
