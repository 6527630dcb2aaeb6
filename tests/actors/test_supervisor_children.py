"""The supervisor with real actors on a virtual clock: restarts, stops, additions, watches."""

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from engine.registry import TABLE
from engine.streams import Stream
from engine.supervision import (
    DEVICE_BACKOFF,
    AddChild,
    AllStopped,
    Backoff,
    BranchSpec,
    ChildSpec,
    Intensity,
    PartBack,
    PartLost,
    RemoveChild,
    RestartChild,
    Settled,
    StopAll,
    StopChild,
    Terminated,
    Watch,
)
from schemas.events import ActorFailed, CommandRefused
from tests.actors.nursery import STEADY, Ear, Kid, Nursery, S


@pytest.fixture
def nursery() -> Nursery:
    """One branch, one for one."""
    return Nursery()


# S2.


@pytest.mark.parametrize("restart", ["permanent", "transient", "temporary"])
@pytest.mark.parametrize("end", ["end", "shutdown", "crash"])
def test_restart_kinds(nursery: Nursery, restart: Any, end: str) -> None:
    nursery.add(nursery.spec("a", restart=restart, backoff=None))
    if end == "shutdown":
        nursery.tell(StopChild("a"))
    else:
        nursery.kid("a", end)
    back = end != "shutdown" and (restart == "permanent" or (restart == "transient" and end == "crash"))
    view = nursery.views().get("a")
    assert (view is None) == (restart == "temporary")
    if view is not None:
        assert (view.state, view.generation) == (("running", 2) if back else ("stopped", 1))
    assert nursery.dispatcher.directory.endpoint("a").alive == back


# S3.


@pytest.mark.parametrize(
    ("strategy", "generations"),
    [("one_for_one", [1, 2, 1, 1]), ("one_for_all", [2, 2, 2, 2]), ("rest_for_one", [1, 2, 2, 2])],
)
def test_strategies_keep_the_identity_of_others(strategy: Any, generations: list[int]) -> None:
    nursery = Nursery(BranchSpec("fleet", strategy))
    nursery.add(*(nursery.spec(name, backoff=None) for name in "abcd"))
    nursery.took()
    nursery.kid("b", "crash")
    assert [nursery.view(name).generation for name in "abcd"] == generations
    changed = [name for name, generation in zip("abcd", generations, strict=True) if generation == 2]
    stops = [("stop", name, 1) for name in reversed(changed) if name != "b"]
    assert nursery.took() == [*stops, *(("start", name, 2) for name in changed)]


def test_temporary_sibling_is_not_revived() -> None:
    nursery = Nursery(BranchSpec("fleet", "one_for_all"))
    nursery.add(nursery.spec("a", backoff=None), nursery.spec("b", backoff=None, restart="temporary"))
    nursery.kid("a", "crash")
    assert list(nursery.views()) == ["a"]
    assert not nursery.dispatcher.directory.endpoint("b").alive


def test_second_child_fails_during_the_restart() -> None:
    nursery = Nursery(BranchSpec("fleet", "one_for_all", Intensity(2, 60)))
    nursery.add(*(nursery.spec(name, backoff=None) for name in "abc"))
    nursery.dispatcher.send("a", "crash")
    nursery.dispatcher.send("b", "crash")
    nursery.settle()
    assert [nursery.view(name).generation for name in "abc"] == [2, 2, 2]
    assert [kind for kind, *_ in nursery.events()].count("ActorFailed") == 2


# S4.


def test_intensity_escalates_and_then_everything_ends() -> None:
    nursery = Nursery(BranchSpec("sinks", intensity=Intensity(1, 30)), BranchSpec("fleet"))
    nursery.add(nursery.spec("s", backoff=None), nursery.spec("t", backoff=None), branch="sinks")
    nursery.add(nursery.spec("a"))
    nursery.kid("s", "crash")
    nursery.run(30)
    nursery.kid("s", "crash")
    assert nursery.view("t").generation == 1
    for _ in range(3):
        nursery.kid("s", "crash")
        nursery.kid("s", "crash")
    assert nursery.view("t").generation == 4
    assert nursery.view("a").generation == 1
    assert nursery.collapses == []
    nursery.took()
    nursery.kid("s", "crash")
    assert len(nursery.collapses) == 1
    assert nursery.took()[-2:] == [("stop", "t", 4), ("stop", "a", 1)]
    assert {view.state for view in nursery.views().values()} == {"stopped"}


# S5.


def test_back_off_runs_in_simulated_time(nursery: Nursery) -> None:
    nursery.add(nursery.spec("a"))
    for wait in (1, 2, 4, 8, 16, 30, 30, 30, 30):
        at = nursery.dispatcher.now_ns
        nursery.kid("a", "crash")
        assert nursery.view("a").state == "backing_off"
        nursery.dispatcher.run(at + wait * S)
        assert nursery.view("a").state == "backing_off"
        nursery.settle()
        assert (nursery.view("a").state, nursery.view("a").since_ns) == ("running", at + wait * S)
    nursery.kid("a", "crash")
    assert nursery.view("a").state == "given_up"
    assert nursery.events()[-1] == ("ActorGivenUp", "a", 10)
    assert nursery.command(RestartChild, "a") == Settled("a", "running")


@pytest.mark.parametrize("fault", ["init", "on_start"])
def test_a_start_that_fails_backs_off_with_one_report(nursery: Nursery, fault: str) -> None:
    nursery.faults["a"] = fault
    (outcome,) = nursery.add(nursery.spec("a"))
    assert not outcome.ok
    assert fault in outcome.reason
    assert nursery.events() == [("ActorFailed", "a", 1)]
    nursery.faults.clear()
    nursery.run(1.1)
    assert nursery.events() == [("ActorRestarted", "a", 2)]


def test_a_mass_failure_does_not_come_back_as_one_wave() -> None:
    nursery = Nursery(draw=lambda address, failure: Stream(7, address, "backoff").uniform(failure))
    names = [f"c{number}" for number in range(1000)]
    nursery.add(*(nursery.spec(name, backoff=DEVICE_BACKOFF) for name in names))
    for name in names:
        nursery.dispatcher.send(name, "crash")
    nursery.settle()
    at = nursery.dispatcher.now_ns
    nursery.run(1.6)
    buckets = Counter((view.since_ns - at) // (S // 10) for view in nursery.views().values())
    assert sum(buckets.values()) == 1000
    assert max(buckets.values()) <= 150
    assert min(buckets) >= 4
    assert max(buckets) <= 15


def test_waits_are_the_same_in_every_run() -> None:
    def instants() -> list[int]:
        nursery = Nursery(draw=lambda address, failure: Stream(7, address, "backoff").uniform(failure))
        nursery.add(nursery.spec("a", backoff=DEVICE_BACKOFF), nursery.spec("b", backoff=DEVICE_BACKOFF))
        found = []
        for _ in range(5):
            nursery.kid("a", "crash")
            nursery.kid("b", "crash")
            nursery.run(50)
            found += [nursery.view(name).since_ns for name in "ab"]
        return found

    assert instants() == instants()


# S6 (the supervisor's share): same address, next generation.


def test_a_restart_is_a_fresh_actor_at_the_same_address(nursery: Nursery) -> None:
    nursery.add(nursery.spec("a", backoff=None))
    endpoint = nursery.dispatcher.directory.endpoint("a")
    endpoint.tell("one")
    endpoint.tell("crash")
    endpoint.tell("lost")
    nursery.settle()
    endpoint.tell("two")
    nursery.settle()
    assert nursery.heard == [("a", 1, "one"), ("a", 2, "two")]
    assert sum(nursery.dispatcher.directory.dead_letters.values()) == 1


# S7.


def test_fifty_children_start_in_order_and_stop_in_reverse(nursery: Nursery) -> None:
    names = [f"c{number:02d}" for number in range(50)]
    nursery.faults.update({"c07": "on_stop"})
    nursery.add(*(nursery.spec(name) for name in names))
    # Work that stands in the line before a stop is done first, so later stops have to wait for it.
    for _ in range(20):
        nursery.dispatcher.send("c49", "work")
    assert nursery.command(StopAll) == AllStopped(0)
    assert nursery.took() == [
        *(("start", name, 1) for name in names),
        *(("stop", name, 1) for name in reversed(names)),
    ]
    assert len(nursery.heard) == 20
    stops = [address for kind, address, _ in nursery.events() if kind == "ActorStopped"]
    assert stops == names[::-1]
    assert nursery.command(StopAll) == AllStopped(0)
    assert not nursery.add(nursery.spec("late"))[0].ok


# S8: a hung dispatched child cannot hold anybody up.


def test_a_hung_child_is_stopped_anyway(nursery: Nursery) -> None:
    nursery.add(*(nursery.spec(name) for name in "abc"))
    nursery.dispatcher.hang("b")
    nursery.dispatcher.send("b", "never")
    assert nursery.command(StopAll) == AllStopped(0)
    assert {view.state for view in nursery.views().values()} == {"stopped"}
    assert nursery.heard == []
    assert nursery.dispatcher.now_ns < S


def test_a_hung_child_is_replaced_on_request(nursery: Nursery) -> None:
    nursery.add(nursery.spec("a"))
    nursery.dispatcher.hang("a")
    assert nursery.command(RestartChild, "a") == Settled("a", "running")
    nursery.kid("a", "hello")
    assert nursery.heard == [("a", 2, "hello")]


# S13.


def test_one_terminated_per_watcher_in_any_order(nursery: Nursery) -> None:
    rng = random.Random(3)
    nursery.add(nursery.spec("w"), *(nursery.spec(f"c{number}", backoff=Backoff(0.0)) for number in range(10)))
    expected: Counter[str] = Counter()
    watching: set[str] = set()
    for _ in range(1000):
        name = f"c{rng.randrange(10)}"
        act = rng.choice(["watch", "watch", "crash", "stop", "restart"])
        alive = nursery.dispatcher.directory.endpoint(name).alive
        if act == "watch":
            nursery.tell(Watch(name, "w"))
            if alive:
                watching.add(name)
            else:
                expected[name] += 1
        elif act == "restart":
            nursery.tell(RestartChild(name))
        elif alive:
            nursery.kid(name, "crash") if act == "crash" else nursery.tell(StopChild(name))
        if act != "watch" and name in watching and alive:
            watching.discard(name)
            expected[name] += 1
    told = Counter(message.address for _, _, message in nursery.heard if isinstance(message, Terminated))
    assert told == expected
    assert sum(told.values()) > 200


def test_watching_the_unknown_and_the_dead(nursery: Nursery) -> None:
    nursery.add(nursery.spec("w"), nursery.spec("a"))
    nursery.kid("a", "crash")
    nursery.tell(Watch("a", "w"))
    nursery.tell(Watch("nobody", "w"))
    first, second = (message for _, _, message in nursery.heard)
    assert (first.address, first.generation) == ("a", 1)
    assert "ValueError in receive: crash" in first.reason
    assert second == Terminated("nobody", 0, "unknown")


# S15.


def test_adding_and_removing_leaves_nothing_behind(nursery: Nursery) -> None:
    nursery.add(nursery.spec("stays"))
    nursery.settle()
    before = (len(TABLE), len(nursery.dispatcher.directory.addresses()))
    for number in range(10_000):
        nursery.supervisor.tell(AddChild(nursery.spec(f"c{number}"), "fleet"))
        nursery.supervisor.tell(RemoveChild(f"c{number}"))
        if number % 100 == 0:
            nursery.settle()
    nursery.settle()
    assert (len(TABLE), len(nursery.dispatcher.directory.addresses())) == before
    assert list(nursery.views()) == ["stays"]
    assert nursery.dispatcher.directory.find("c77") is None
    assert sum(1 for verb, *_ in nursery.took() if verb == "stop") == 10_000


def test_addresses_are_unique_and_may_be_used_again(nursery: Nursery) -> None:
    assert nursery.add(nursery.spec("a"))[0].ok
    assert nursery.add(nursery.spec("a"))[0].reason == "the address is taken"
    assert nursery.command(RemoveChild, "a") == Settled("a", "removed")
    assert nursery.add(nursery.spec("a"))[0].ok


# S16.


def test_the_third_of_ten_fails_to_start(nursery: Nursery) -> None:
    names = [f"c{number}" for number in range(10)]
    nursery.faults["c3"] = "on_start"
    specs = [nursery.spec(name) for name in names]
    outcomes = nursery.add(*specs, all_or_nothing=True)
    assert not any(outcome.ok for outcome in outcomes)
    assert "no start" in outcomes[3].reason
    assert nursery.took() == [
        *(("start", f"c{number}", 1) for number in range(3)),
        *(("stop", f"c{number}", 1) for number in (2, 1, 0)),
    ]
    assert nursery.views() == {}
    outcomes = nursery.add(*specs)
    assert [outcome.ok for outcome in outcomes] == [name != "c3" for name in names]
    assert nursery.view("c3").state == "backing_off"


# S17.


def test_a_crash_storm_takes_nothing_from_the_others(nursery: Nursery) -> None:
    names = [f"c{number}" for number in range(5000)]
    ticks: Counter[str] = Counter()

    class Ticker(Kid):
        def on_start(self) -> None:
            super().on_start()
            self.dispatcher.every(self.actor_ref, S // 10, self.dispatcher.now_ns + S // 10)

        def on_receive(self, message: Any) -> Any:
            if isinstance(message, int):
                assert self.address is not None
                ticks[self.address] += 1
                return None
            return super().on_receive(message)

    nursery.start = Ticker.start
    nursery.add(*(nursery.spec(name, backoff=DEVICE_BACKOFF) for name in names))
    crashes = {name: number * S // 100 + 1 for number, name in enumerate(random.Random(5).sample(names, 1000))}
    for name, due in crashes.items():
        nursery.dispatcher.at(due, nursery.dispatcher.directory.endpoint(name), "crash")
    nursery.run(10.05)
    # Every report is taken up in the very instant of its failure, however many there are.
    assert {
        event.address: event.time_ns for event in nursery.journal.heard if isinstance(event, ActorFailed)
    } == crashes
    assert {ticks[name] for name in names if name not in crashes} == {100}
    assert all(view.state in ("running", "backing_off") for view in nursery.views().values())


# S18.


def test_each_state_is_seen_outside(nursery: Nursery) -> None:
    nursery.add(nursery.spec("a", backoff=STEADY._replace(tries=2)))
    view = nursery.view("a")
    assert (view.state, view.generation, view.restarts, view.last_reason) == ("running", 1, 0, "")
    nursery.run(20)
    nursery.kid("a", "crash")
    view = nursery.view("a")
    assert (view.state, view.restarts, view.since_ns) == ("backing_off", 0, nursery.dispatcher.now_ns - 1)
    assert view.last_reason.startswith("ValueError in receive: crash")
    nursery.run(1.5)
    assert nursery.view("a")[1:4] == ("running", 2, 1)
    nursery.kid("a", "crash")
    assert nursery.view("a")[1:4] == ("given_up", 2, 1)
    nursery.tell(RestartChild("a"))
    nursery.tell(StopChild("a"))
    assert nursery.view("a")[1:5] == ("stopped", 3, 2, "stopped")
    assert [kind for kind, *_ in nursery.events()] == [
        "ActorFailed",
        "ActorRestarted",
        "ActorFailed",
        "ActorGivenUp",
        "ActorRestarted",
        "ActorStopped",
    ]


# Parts.


def test_a_device_restarts_with_its_sensors_and_a_sensor_alone(nursery: Nursery) -> None:
    sensors = [nursery.spec(f"d/{name}", part_of="d") for name in "xyz"]
    nursery.add(nursery.spec("d"), *sensors, nursery.spec("e"))
    nursery.took()
    nursery.kid("d/y", "crash")
    nursery.run(1.1)
    assert nursery.heard == [("d", 1, PartLost("d/y")), ("d", 1, PartBack("d/y"))]
    assert nursery.took() == [("start", "d/y", 2)]
    nursery.kid("d", "crash")
    assert nursery.took() == [("stop", f"d/{name}", 2 if name == "y" else 1) for name in "zyx"]
    nursery.run(1.1)
    assert nursery.took() == [("start", "d", 2), ("start", "d/x", 2), ("start", "d/y", 3), ("start", "d/z", 2)]
    assert len(nursery.heard) == 2
    assert nursery.view("e").generation == 1


# What must not hurt the supervisor.


def test_a_stray_letter_is_refused_and_noted(nursery: Nursery) -> None:
    nursery.add(nursery.spec("a"))
    nursery.tell("what?")
    assert isinstance(nursery.journal.heard[-1], CommandRefused)
    assert nursery.view("a").state == "running"


def test_an_asker_that_is_gone_harms_nobody(nursery: Nursery) -> None:
    class Gone(Ear):
        def tell(self, message: Any, /) -> None:
            raise RuntimeError("gone")

    nursery.tell(StopChild("a", Gone()))
    assert nursery.supervisor.is_alive()


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), MemoryError(), RecursionError()])
def test_no_error_of_a_child_reaches_the_supervisor(nursery: Nursery, error: BaseException) -> None:
    def refuse(address: str, generation: int) -> Any:
        raise error

    nursery.add(nursery.spec("a"), nursery.spec("b"))
    nursery.kid("a", error)
    nursery.add(ChildSpec("c", refuse, backoff=STEADY))
    assert [nursery.view(name).state for name in "abc"] == ["backing_off", "running", "backing_off"]


def test_a_factory_that_starts_nobody_is_a_failed_start(nursery: Nursery) -> None:
    (outcome,) = nursery.add(ChildSpec("a", lambda address, generation: None, backoff=STEADY))
    assert outcome.reason == "RuntimeError in init: the factory started no actor"


def test_a_supervisor_that_fails_says_so() -> None:
    class Broken(Ear):
        def tell(self, message: Any, /) -> None:
            raise RuntimeError("the journal is full")

    nursery = Nursery(journal=Broken())
    nursery.add(nursery.spec("a"))
    nursery.kid("a", "crash")
    assert len(nursery.collapses) == 1
    assert "the journal is full" in nursery.collapses[0]


def test_generations_only_rise(nursery: Nursery) -> None:
    nursery.add(nursery.spec("a", backoff=Backoff(0.0, tries=100)))
    for _ in range(50):
        nursery.kid("a", "crash")
    starts = [generation for _, _, generation in nursery.took()]
    assert all(after == before + 1 for before, after in pairwise(starts))
