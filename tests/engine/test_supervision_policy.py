"""The pure policy of supervision, on a stage of its own: no actors, no clock but a number."""

import heapq
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.supervision import (
    AllStopped,
    Backoff,
    BranchSpec,
    ChildrenAdded,
    ChildSpec,
    End,
    Intensity,
    Now,
    Outcome,
    PartBack,
    PartLost,
    Policy,
    Settled,
    Terminated,
)
from engine.supervision.actions import Collapse, Fence, Note, Reply, Sleep, Start, Stop, Tell
from engine.supervision.intensity import Window
from schemas.events import ActorFailed, ActorGivenUp, ActorRestarted, ActorStopped

S = 1_000_000_000
FIXED = Backoff()


def nobody(address: str, generation: int) -> Any:
    """A factory that is never called here."""


def spec(address: str, **more: Any) -> ChildSpec:
    """A child with the default back-off."""
    return ChildSpec(address, nobody, **{"backoff": FIXED, **more})


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def tell(self, message: Any, /) -> None:
        """Keep it."""
        self.heard.append(message)


class Stage:
    """Does at once what the policy wants, on one clock, and keeps a log of it."""

    def __init__(self, *branches: BranchSpec, draw: Any = lambda address, failure: 0.5, **more: Any) -> None:
        self.policy = Policy(branches or (BranchSpec("fleet"),), draw, **more)
        self.now = 0
        self.broken: set[str] = set()
        self.stuck: set[str] = set()
        self.log: list[tuple[str, str, int]] = []
        self.events: list[Any] = []
        self.told: list[tuple[str, Any]] = []
        self.fences: list[Fence] = []
        self.collapses: list[str] = []
        self.sleeps: list[tuple[int, int]] = []

    @property
    def moment(self) -> Now:
        """Now, on both clocks."""
        return Now(self.now, self.now)

    def add(self, *specs: ChildSpec, branch: str = "fleet", all_or_nothing: bool = False) -> tuple[Outcome, ...]:
        """Add children and give what became of them."""
        ear = Ear()
        self.policy.add(specs, branch, self.moment, all_or_nothing, ear)
        self.settle()
        (answer,) = ear.heard
        assert isinstance(answer, ChildrenAdded)
        return answer.outcomes

    def crash(self, address: str, generation: int | None = None, abnormal: bool = True) -> None:
        """End the living incarnation."""
        number = self.generation(address) if generation is None else generation
        self.policy.exited(End(address, number, abnormal, "ValueError" if abnormal else ""), self.moment)
        self.settle()

    def do(self, verb: str, *arguments: Any) -> Any:
        """Ask the policy for something and give the answer."""
        ear = Ear()
        getattr(self.policy, verb)(*arguments, self.moment, ear)
        self.settle()
        return ear.heard[0] if ear.heard else None

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that falls into it."""
        until = self.now + round(seconds * S)
        while self.sleeps and self.sleeps[0][0] <= until:
            self.now, token = heapq.heappop(self.sleeps)
            self.policy.woke(token, self.moment)
            self.settle()
        self.now = until

    def settle(self) -> None:
        """Do all that the policy wants."""
        actions = self.policy.actions
        while actions:
            self._do(actions.popleft())

    def _do(self, action: Any) -> None:
        match action:
            case Start(child):
                address, generation = child.spec.address, child.generation
                self.log.append(("start", address, generation))
                if address in self.broken:
                    self.policy.exited(End(address, generation, True, "OSError", "no", "on_start"), self.moment)
                else:
                    self.policy.started(address, generation, self.moment)
            case Stop(child):
                self.log.append(("stop", child.spec.address, child.generation))
                if child.spec.address not in self.stuck:
                    self.policy.exited(End(child.spec.address, child.generation, False), self.moment)
            case Sleep(token, delay_ns):
                heapq.heappush(self.sleeps, (self.now + delay_ns, token))
            case Note(event):
                self.events.append(event)
            case Tell(address, message):
                self.told.append((address, message))
            case Reply(to, message):
                to.tell(message)
            case Fence():
                self.fences.append(action)
            case Collapse(reason):
                self.collapses.append(reason)

    def generation(self, address: str) -> int:
        """Generation of the child's present or last incarnation."""
        return self.policy.register.children[address].generation

    def generations(self, *addresses: str) -> list[int]:
        """Of several children."""
        return [self.generation(address) for address in addresses]

    def state(self, address: str) -> str:
        """As seen from outside."""
        return self.policy.register.children[address].view().state

    def took(self) -> list[tuple[str, str, int]]:
        """The log since the last look."""
        log, self.log = self.log, []
        return log

    def kinds(self) -> list[tuple[type, str]]:
        """Kind and address of the events since the last look."""
        events, self.events = self.events, []
        return [(type(event), event.address) for event in events]


# S2: restart kinds.


@pytest.mark.parametrize(
    ("restart", "end", "state", "generation"),
    [
        ("permanent", "normal", "running", 2),
        ("permanent", "shutdown", "stopped", 1),
        ("permanent", "abnormal", "running", 2),
        ("transient", "normal", "stopped", 1),
        ("transient", "shutdown", "stopped", 1),
        ("transient", "abnormal", "running", 2),
        ("temporary", "normal", None, None),
        ("temporary", "shutdown", None, None),
        ("temporary", "abnormal", None, None),
    ],
)
def test_restart_kind_against_kind_of_end(restart: str, end: str, state: str | None, generation: int | None) -> None:
    stage = Stage()
    stage.add(spec("a", restart=restart, backoff=None))
    if end == "shutdown":
        stage.do("stop", "a")
    else:
        stage.crash("a", abnormal=end == "abnormal")
    child = stage.policy.register.children.get("a")
    assert (child and child.view().state, child and child.generation) == (state, generation)


# S3: strategies.

FOUR = tuple(ChildSpec(name, nobody) for name in "abcd")


@pytest.mark.parametrize(
    ("strategy", "generations"),
    [("one_for_one", [1, 2, 1, 1]), ("one_for_all", [2, 2, 2, 2]), ("rest_for_one", [1, 2, 2, 2])],
)
def test_strategy_restarts_whom_it_concerns(strategy: Any, generations: list[int]) -> None:
    stage = Stage(BranchSpec("fleet", strategy))
    stage.add(*FOUR)
    stage.crash("b")
    assert stage.generations(*"abcd") == generations
    assert all(stage.state(name) == "running" for name in "abcd")


def test_siblings_stop_in_reverse_and_start_in_order() -> None:
    stage = Stage(BranchSpec("fleet", "one_for_all"))
    stage.add(*FOUR)
    stage.took()
    stage.crash("b")
    assert [(verb, name) for verb, name, _ in stage.took()] == [
        ("stop", "d"),
        ("stop", "c"),
        ("stop", "a"),
        ("start", "a"),
        ("start", "b"),
        ("start", "c"),
        ("start", "d"),
    ]


@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
def test_temporary_siblings_are_not_revived(strategy: Any) -> None:
    stage = Stage(BranchSpec("fleet", strategy))
    stage.add(ChildSpec("a", nobody), ChildSpec("b", nobody, "temporary"), ChildSpec("c", nobody))
    stage.crash("a")
    assert list(stage.policy.register.children) == ["a", "c"]
    assert stage.generations("a", "c") == [2, 2]


@pytest.mark.parametrize(
    ("strategy", "second", "generations"),
    [("one_for_all", "c", [3, 3, 3, 2]), ("rest_for_one", "c", [1, 2, 3, 2]), ("one_for_one", "c", [1, 2, 1, 1])],
)
def test_second_failure_during_the_restart(strategy: Any, second: str, generations: list[int]) -> None:
    stage = Stage(BranchSpec("fleet", strategy))
    stage.add(*FOUR)

    def once(action: Any, do: Any = stage._do) -> None:
        do(action)
        if isinstance(action, Start) and action.child.spec.address == second:
            stage.broken.discard(second)

    stage.broken.add(second)
    stage._do = once  # type: ignore[method-assign]
    stage.crash("b")
    assert stage.generations(*"abcd") == generations
    assert all(stage.state(name) == "running" for name in "abcd")


def test_member_that_dies_while_its_siblings_are_stopped_is_not_counted() -> None:
    stage = Stage(BranchSpec("fleet", "one_for_all", Intensity(1, 60)))
    stage.add(*FOUR)
    stage.stuck.add("d")
    stage.crash("b")
    assert stage.took()[-1][:2] == ("stop", "d")
    stage.crash("c")
    stage.crash("d", abnormal=False)
    assert stage.generations(*"abcd") == [2, 2, 2, 2]
    assert not stage.collapses


# S4: intensity.


def test_as_many_restarts_as_allowed_and_one_more() -> None:
    stage = Stage(BranchSpec("fleet", intensity=Intensity(3, 10)))
    stage.add(*FOUR)
    for _ in range(3):
        stage.crash("b")
    assert stage.generations(*"abcd") == [1, 4, 1, 1]
    stage.took()
    stage.crash("b")
    assert [(verb, name) for verb, name, _ in stage.took()] == [
        *(("stop", name) for name in "dca"),
        *(("start", name) for name in "abcd"),
    ]
    assert (ActorFailed, "supervisor/fleet") in stage.kinds()


def test_window_slides() -> None:
    stage = Stage(BranchSpec("fleet", intensity=Intensity(1, 10)))
    stage.add(*FOUR)
    for _ in range(20):
        stage.crash("b")
        stage.advance(10)
    assert stage.generations(*"abcd") == [1, 21, 1, 1]


def test_top_allows_three_then_everything_stops_the_failed_branch_first() -> None:
    stage = Stage(BranchSpec("sinks", intensity=Intensity(0, 1)), BranchSpec("fleet"))
    stage.add(ChildSpec("s1", nobody), ChildSpec("s2", nobody), branch="sinks")
    stage.add(*FOUR)
    for _ in range(3):
        stage.crash("s1")
    assert stage.generations("s1", "s2", "a") == [4, 4, 1]
    stage.took()
    stage.crash("s1")
    assert [(verb, name) for verb, name, _ in stage.took()] == [("stop", name) for name in ("s2", "d", "c", "b", "a")]
    assert len(stage.collapses) == 1
    assert "s1" in stage.collapses[0]
    assert not stage.add(ChildSpec("late", nobody))[0].ok


def test_restarts_on_the_two_clocks_are_counted_apart() -> None:
    stage = Stage(BranchSpec("fleet", intensity=Intensity(2, 10)))
    stage.add(ChildSpec("a", nobody), ChildSpec("t", nobody, threaded=True))
    for name, simulated, wall in (("a", 1, 1001), ("t", 1, 1001), ("a", 2, 1002), ("t", 2, 1002)):
        stage.policy.exited(End(name, stage.generation(name), True, "ValueError"), Now(simulated * S, wall * S))
        stage.settle()
    assert stage.generations("a", "t") == [3, 3]
    stage.policy.exited(End("t", 3, True, "ValueError"), Now(100 * S, 1003 * S))
    stage.settle()
    assert stage.generations("a", "t") == [4, 4]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 4), st.integers(1, 20), st.lists(st.integers(0, 10), max_size=40))
def test_window_against_a_model(most: int, window_s: int, gaps: list[int]) -> None:
    window, now, hits = Window(Intensity(most, window_s)), 0, list[int]()
    for gap in gaps:
        now += gap * S
        hits.append(now)
        assert window.hit(now) == (sum(now - hit < window_s * S for hit in hits) > most)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 3), st.integers(1, 8), st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=30))
def test_escalation_against_a_model(most: int, window_s: int, steps: list[tuple[int, bool]]) -> None:
    stage = Stage(BranchSpec("fleet", intensity=Intensity(most, window_s)), top=Intensity(1000, 1))
    stage.add(ChildSpec("a", nobody), ChildSpec("b", nobody))
    expected, hits, now = {"a": 1, "b": 1}, list[int](), 0
    for gap, first in steps:
        now += gap
        stage.advance(gap)
        name = "a" if first else "b"
        hits = [hit for hit in hits if now - hit < window_s] + [now]
        stage.crash(name)
        if len(hits) > most:
            hits = []
            expected = {key: value + 1 for key, value in expected.items()}
        else:
            expected[name] += 1
        assert dict(zip("ab", stage.generations("a", "b"), strict=True)) == expected


# S5: back-off.


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 200), st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_each_wait_is_inside_its_band(streak: int, draw: float) -> None:
    wait = Backoff().delay_ns(streak, draw) / S
    middle = min(2.0 ** (streak - 1), 30.0)
    assert 0.5 * middle <= wait <= 1.5 * middle


def test_waits_double_and_the_tenth_failure_in_a_row_is_the_last() -> None:
    stage = Stage()
    stage.add(spec("a"))
    for wait in (1, 2, 4, 8, 16, 30, 30, 30, 30):
        stage.crash("a")
        assert stage.state("a") == "backing_off"
        stage.advance(wait - 0.001)
        assert stage.state("a") == "backing_off"
        stage.advance(0.001)
        assert stage.state("a") == "running"
    stage.crash("a")
    assert (stage.state("a"), stage.generation("a")) == ("given_up", 10)
    assert stage.kinds()[-1] == (ActorGivenUp, "a")
    stage.advance(1000)
    assert stage.state("a") == "given_up"
    assert stage.do("restart", "a") == Settled("a", "running")
    stage.crash("a")
    stage.advance(1)
    assert stage.state("a") == "running"


def test_a_life_of_fifteen_seconds_is_forgiven() -> None:
    stage = Stage()
    stage.add(spec("a"))
    for _ in range(50):
        stage.crash("a")
        stage.advance(1)
        assert stage.state("a") == "running"
        stage.advance(15)
    stage.crash("a")
    stage.advance(1 + 14.999)
    stage.crash("a")
    stage.advance(1.5)
    assert stage.state("a") == "backing_off"


def test_a_start_that_fails_backs_off_too() -> None:
    stage = Stage()
    stage.broken.add("a")
    (outcome,) = stage.add(spec("a"))
    assert outcome == Outcome("a", False, "OSError in on_start: no")
    assert stage.state("a") == "backing_off"
    stage.advance(1)
    assert (stage.state("a"), stage.generation("a")) == ("backing_off", 2)
    stage.broken.clear()
    stage.advance(2)
    assert (stage.state("a"), stage.generation("a")) == ("running", 3)


def test_draws_follow_the_number_of_the_failure() -> None:
    asked: list[tuple[str, int]] = []

    def draw(address: str, failure: int) -> float:
        asked.append((address, failure))
        return 0.5

    stage = Stage(draw=draw)
    stage.add(spec("d"), spec("d/s", part_of="d"))
    stage.crash("d")
    stage.advance(20)
    stage.crash("d/s")
    stage.advance(20)
    stage.crash("d")
    assert asked == [("d", 1), ("d/s", 1), ("d", 2)]


# Parts.

DEVICE = (spec("d"), spec("d/x", part_of="d"), spec("d/y", part_of="d"), spec("e"))


def test_a_part_restarts_alone_and_its_owner_is_told() -> None:
    stage = Stage()
    stage.add(*DEVICE)
    stage.crash("d/x")
    assert stage.told == [("d", PartLost("d/x"))]
    stage.advance(1)
    assert stage.told == [("d", PartLost("d/x")), ("d", PartBack("d/x"))]
    assert stage.generations("d", "d/x", "d/y", "e") == [1, 2, 1, 1]


def test_an_owner_takes_its_parts_down_and_brings_them_back() -> None:
    stage = Stage()
    stage.add(*DEVICE)
    stage.took()
    stage.crash("d/x")
    stage.told.clear()
    stage.crash("d")
    assert stage.took() == [("stop", "d/y", 1)]
    stage.advance(0.999)
    assert stage.took() == []
    stage.advance(0.001)
    assert stage.took() == [("start", "d", 2), ("start", "d/x", 2), ("start", "d/y", 2)]
    stage.advance(100)
    assert stage.took() == []
    assert stage.told == []
    assert stage.generation("e") == 1


def test_a_fresh_owner_is_told_of_parts_that_stay_away() -> None:
    stage = Stage()
    stage.add(spec("d"), spec("d/x", part_of="d", backoff=Backoff(tries=1)), spec("d/y", part_of="d"))
    stage.crash("d/x")
    assert stage.state("d/x") == "given_up"
    stage.told.clear()
    stage.crash("d")
    stage.advance(1)
    assert stage.told == [("d", PartLost("d/x"))]
    assert stage.do("restart", "d/x") == Settled("d/x", "running")
    assert stage.told[-1] == ("d", PartBack("d/x"))


def test_parts_of_an_owner_given_up_go_down_and_come_back_with_it() -> None:
    stage = Stage()
    stage.add(spec("d", backoff=Backoff(tries=1)), spec("d/x", part_of="d"))
    stage.crash("d")
    assert (stage.state("d"), stage.state("d/x")) == ("given_up", "stopped")
    assert stage.do("restart", "d/x") == Settled("d/x", "stopped")
    assert stage.do("restart", "d") == Settled("d", "running")
    assert stage.generations("d", "d/x") == [2, 2]


def test_a_part_is_not_restarted_without_its_owner() -> None:
    stage = Stage()
    stage.add(spec("d"), spec("d/x", part_of="d"))
    stage.do("stop", "d/x")
    stage.crash("d")
    assert stage.do("restart", "d/x") == Settled("d/x", "stopped")
    stage.advance(1)
    assert (stage.state("d"), stage.state("d/x")) == ("running", "stopped")


def test_a_part_that_is_being_removed_is_not_brought_back_with_its_owner() -> None:
    stage = Stage()
    stage.add(*DEVICE)
    stage.stuck.add("d/x")
    stage.policy.remove("d/x", stage.moment)
    stage.settle()
    stage.crash("d")
    stage.advance(1)
    stage.crash("d/x", abnormal=False)
    assert list(stage.policy.register.children) == ["d", "d/y", "e"]


def test_a_part_added_while_its_owner_backs_off_starts_after_it() -> None:
    stage = Stage()
    stage.add(spec("d"))
    stage.crash("d")
    assert stage.add(spec("d/x", part_of="d")) == (Outcome("d/x", False, "waits for its owner"),)
    stage.advance(1)
    assert stage.state("d/x") == "running"


# S7, S8: ordered start, reverse stop, abandoned threads.


def test_stop_waits_for_each_real_end() -> None:
    stage = Stage()
    stage.add(*FOUR)
    stage.stuck.update("abcd")
    stage.took()
    ear = Ear()
    stage.policy.stop_all(stage.moment, ear)
    for name in "dcba":
        stage.settle()
        assert stage.took() == [("stop", name, 1)]
        assert not ear.heard
        stage.crash(name, abnormal=False)
    assert ear.heard == [AllStopped(0)]
    assert stage.do("stop_all") == AllStopped(0)


def test_a_late_child_is_abandoned_counted_and_fenced() -> None:
    stage = Stage()
    stage.add(spec("a"), spec("b", threaded=True))
    stage.stuck.add("b")
    stage.took()
    ear = Ear()
    stage.policy.stop_all(stage.moment, ear)
    stage.settle()
    assert stage.took() == [("stop", "b", 1)]
    stage.policy.overdue("b", 1, stage.moment)
    stage.settle()
    assert stage.took() == [("stop", "a", 1)]
    assert ear.heard == [AllStopped(1)]
    assert stage.fences == [Fence("b", 1, 1)]
    stage.crash("b", 1, abnormal=False)
    assert not stage.policy.register.zombies
    assert stage.policy.register.zombies_in_all == 1


def test_an_address_with_a_zombie_goes_on_counting() -> None:
    stage = Stage()
    stage.add(spec("b", threaded=True))
    stage.stuck.add("b")
    stage.policy.remove("b", stage.moment)
    stage.settle()
    stage.policy.overdue("b", 1, stage.moment)
    stage.settle()
    stage.add(spec("b", threaded=True))
    assert stage.generation("b") == 2
    stage.crash("b", 1)
    assert (stage.generation("b"), stage.state("b")) == (2, "running")


# S13: watching.


def test_one_terminated_per_watcher_and_incarnation() -> None:
    stage = Stage()
    stage.add(spec("a"))
    stage.policy.watch("a", "w")
    stage.policy.watch("a", "w")
    stage.policy.watch("a", "v")
    stage.crash("a")
    ends = [("w", Terminated("a", 1, "ValueError in : ")), ("v", Terminated("a", 1, "ValueError in : "))]
    assert stage.told == ends
    stage.policy.watch("a", "w")
    stage.settle()
    assert stage.told == [*ends, ends[0]]
    stage.policy.watch("nobody", "w")
    stage.settle()
    assert stage.told[-1] == ("w", Terminated("nobody", 0, "unknown"))


def test_a_watcher_that_is_removed_is_forgotten() -> None:
    stage = Stage()
    stage.add(spec("a"), spec("w"))
    stage.policy.watch("a", "w")
    stage.do("remove", "w")
    stage.crash("a")
    assert stage.told == []
    assert len(stage.policy.register.watches) == 0


# S15: adding and removing.


def test_a_command_overtaken_by_another_is_answered_at_once() -> None:
    stage = Stage()
    stage.add(spec("a"))
    stage.stuck.add("a")
    first, second = Ear(), Ear()
    stage.policy.restart("a", stage.moment, first)
    stage.settle()
    stage.policy.stop("a", stage.moment, second)
    stage.settle()
    assert (first.heard, second.heard) == ([Settled("a", "running")], [])
    stage.crash("a", abnormal=False)
    assert (second.heard, stage.generation("a")) == ([Settled("a", "stopped")], 1)


def test_remove_forgets_child_and_parts() -> None:
    stage = Stage()
    stage.add(*DEVICE)
    assert stage.do("remove", "d") == Settled("d", "removed")
    assert list(stage.policy.register.children) == ["e"]
    assert stage.do("remove", "d") == Settled("d", "unknown")
    assert all(outcome.ok for outcome in stage.add(*DEVICE[:3]))
    assert stage.do("remove", "d/x") == Settled("d/x", "removed")
    stage.crash("d")
    stage.advance(1)
    assert stage.generations("d", "d/y") == [2, 2]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (spec("e"), "taken"),
        (spec(""), "empty"),
        (spec("x", restart="sometimes"), "permanent, transient, temporary"),
        (spec("x", shutdown_s=-1.0), "shutdown_s"),
        (spec("x", shutdown_s=float("nan")), "shutdown_s"),
        (spec("x", part_of="x"), "unknown|itself"),
        (spec("x", part_of="nobody"), "'nobody' is unknown"),
        (spec("x", part_of="d/x"), "itself a part"),
    ],
)
def test_faulty_specs_are_refused_by_name(wrong: ChildSpec, reason: str) -> None:
    stage = Stage()
    stage.add(*DEVICE)
    before = stage.policy.view()
    (outcome,) = stage.add(wrong)
    assert not outcome.ok
    assert re.search(reason, outcome.reason)
    assert stage.policy.view() == before


def test_a_child_that_nothing_would_stop_is_refused() -> None:
    stage = Stage(BranchSpec("fleet", intensity=None))
    assert "no back-off" in stage.add(ChildSpec("a", nobody))[0].reason
    assert "no branch 'flet'" in stage.add(ChildSpec("a", nobody), branch="flet")[0].reason


# S16: starting a fleet.

TEN = tuple(spec(f"c{number}") for number in range(10))


def test_each_child_has_its_own_outcome() -> None:
    stage = Stage()
    stage.broken.add("c3")
    outcomes = stage.add(*TEN)
    assert [outcome.ok for outcome in outcomes] == [number != 3 for number in range(10)]
    assert stage.state("c3") == "backing_off"


def test_all_or_nothing_takes_the_others_down_in_reverse() -> None:
    stage = Stage()
    stage.broken.add("c3")
    outcomes = stage.add(*TEN, all_or_nothing=True)
    assert not any(outcome.ok for outcome in outcomes)
    assert outcomes[3].reason == "OSError in on_start: no"
    assert [(verb, name) for verb, name, _ in stage.took()] == [
        *(("start", f"c{number}") for number in range(4)),
        *(("stop", f"c{number}") for number in (2, 1, 0)),
    ]
    assert not stage.policy.register.children
    assert all(outcome.ok for outcome in stage.add(*(one for one in TEN if one.address != "c3"), all_or_nothing=True))


def test_all_or_nothing_starts_nothing_when_one_is_refused() -> None:
    stage = Stage()
    stage.add(TEN[3])
    stage.took()
    outcomes = stage.add(*TEN, all_or_nothing=True)
    assert not any(outcome.ok for outcome in outcomes)
    assert outcomes[3].reason == "the address is taken"
    assert stage.took() == []
    assert list(stage.policy.register.children) == ["c3"]


# S18: what is seen is what the journal says.

ACTS = st.sampled_from(["crash", "end", "stop", "restart", "wait", "remove", "break", "mend"])
NAMES = ("d", "d/x", "d/y", "e", "f")


def told_by(events: list[Any]) -> dict[str, str]:
    """States of children as a reader of the journal knows them."""
    words = {ActorFailed: "backing_off", ActorGivenUp: "given_up", ActorStopped: "stopped", ActorRestarted: "running"}
    return {event.address: words[type(event)] for event in events}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(ACTS, st.sampled_from(NAMES)), max_size=40),
    st.sampled_from(["one_for_one", "one_for_all", "rest_for_one"]),
)
def test_view_equals_the_journal(acts: list[tuple[str, str]], strategy: Any) -> None:
    stage = Stage(BranchSpec("fleet", strategy))
    quick = Backoff(tries=3)
    owners = {"d/x": "d", "d/y": "d"}
    stage.add(*(spec(name, part_of=owners.get(name), backoff=quick) for name in NAMES))
    for act, name in acts:
        child = stage.policy.register.children.get(name)
        if act == "wait":
            stage.advance(2)
        elif act in ("break", "mend"):
            (stage.broken.add if act == "break" else stage.broken.discard)(name)
        elif act in ("crash", "end") and child is not None and child.state == "running":
            stage.crash(name, abnormal=act == "crash")
        elif act in ("stop", "restart", "remove"):
            stage.do(act, name)
        seen = {view.address: view.state for view in stage.policy.view()}
        journal = told_by(stage.events)
        for address, state in seen.items():
            assert state == journal.get(address, "running")
        runs = Counter(event.address for event in stage.events if isinstance(event, ActorRestarted))
        assert all(runs[view.address] >= view.restarts for view in stage.policy.view())
    stage.advance(200)
    assert all(child.round is None for child in stage.policy.register.children.values())
