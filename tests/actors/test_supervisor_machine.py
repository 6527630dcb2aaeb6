"""The supervisor with real actors against a small model of what it promises: random lives, no divergence allowed.

Every run uses 500 lives of 50 steps. The long run, `SUPERVISION_PROFILE=long`, lives 10,000 of 100 steps in some
minutes: SUPERVISION_PROFILE=long pytest -n 0 --timeout 0 tests/actors/test_supervisor_machine.py
"""

import os
from collections import Counter, defaultdict
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.supervision import (
    AddChild,
    Backoff,
    PartBack,
    PartLost,
    RemoveChild,
    RestartChild,
    StopChild,
    Terminated,
    Watch,
)
from tests.actors.nursery import Nursery, S

KINDS: Final = {
    "d": "permanent",
    "d/x": "permanent",
    "d/y": "transient",
    "e": "permanent",
    "f": "transient",
    "g": "temporary",
}
OWNERS: Final = {"d/x": "d", "d/y": "d"}
PATIENCE: Final = Backoff(low=1.0, high=1.0, tries=3)
WATCHER: Final = "w"


class Child:
    """What the model knows of one child."""

    def __init__(self, name: str) -> None:
        self.name, self.kind, self.owner = name, KINDS[name], OWNERS.get(name)
        self.state, self.generation, self.streak, self.up, self.due, self.turn = "starting", 0, 0, 0, 0, 0
        self.back = True
        """Comes with its owner."""
        self.lost = False
        """Its owner was told that it is gone."""
        self.stash: int | None = None
        """How many messages a hung one holds back."""


class Model:
    """Supervision one for one with parts and back-off, in as few words as it takes."""

    def __init__(self) -> None:
        self.now = self.dead_letters = self.failures = 0
        self.children: dict[str, Child] = {}
        self.heard: dict[str, list[Any]] = defaultdict(list)
        self.ends: Counter[str] = Counter()
        self.watched: set[str] = set()
        self.broken: set[str] = set()

    def parts(self, child: Child) -> list[Child]:
        return [part for part in self.children.values() if part.owner == child.name]

    def say(self, name: str | None, message: Any) -> None:
        child = self.children.get(name or "")
        if child is None or child.state != "running":
            self.dead_letters += 1
        elif child.stash is not None:
            child.stash += 1
        else:
            self.heard[child.name].append((child.generation, message))

    def begin(self, child: Child) -> None:
        child.generation, child.up, child.due = child.generation + 1, self.now, 0
        if child.name in self.broken:
            self.fail(child)
            return
        child.state, child.back = "running", True
        if child.lost and self.children[child.owner or ""].state == "running":
            child.lost = False
            self.say(child.owner, PartBack(child.name))
        for part in self.parts(child):
            part.lost = not part.back
            if part.lost:
                self.say(child.name, PartLost(part.name))
        for part in self.parts(child):
            if part.back:
                self.begin(part)

    def end(self, child: Child, state: str, together: bool = False) -> None:
        """The child goes to a state without an actor; `together` with its owner."""
        lived = child.state == "running" or (child.due == 0 and state == "backing_off")
        if lived and child.name in self.watched:
            self.watched.discard(child.name)
            self.ends[child.name] += 1
        self.dead_letters += child.stash or 0
        child.state, child.due, child.stash = state, 0, None
        owner = self.children.get(child.owner or "")
        if lived and not together and owner is not None and owner.state == "running":
            child.lost = True
            self.say(child.owner, PartLost(child.name))

    def take_down(self, child: Child, back: bool) -> None:
        """The parts go down with their owner."""
        for part in reversed(self.parts(child)):
            part.back = part.back and back
            if part.state == "running" or (not back and part.state in ("starting", "backing_off")):
                self.end(part, "stopped", together=True)
            part.due = 0

    def fail(self, child: Child) -> None:
        child.streak = 1 if self.now - child.up >= 15 * S else child.streak + 1
        gone = child.streak >= PATIENCE.tries and child.kind != "temporary"
        self.end(child, "backing_off")
        if child.kind == "temporary":
            del self.children[child.name]
            return
        if gone:
            child.state, child.back = "given_up", False
        else:
            child.due = self.now + min(2 ** (child.streak - 1), 30) * S
            self.failures += 1
            child.turn = self.failures
        self.take_down(child, back=not gone)

    def add(self, name: str) -> None:
        owner = OWNERS.get(name)
        if name in self.children or (owner and owner not in self.children):
            return
        self.children[name] = child = Child(name)
        if not owner or self.children[owner].state == "running":
            self.begin(child)

    def crash(self, name: str) -> None:
        child = self.children.get(name)
        if child is None or child.state != "running" or child.stash is not None:
            self.say(name, "crash")
        else:
            self.fail(child)

    def finish(self, name: str) -> None:
        """The child ends by itself."""
        child = self.children.get(name)
        if child is None or child.state != "running" or child.stash is not None:
            self.say(name, "end")
        elif child.kind == "permanent":
            self.fail(child)
        else:
            self.stop(name, together=False)

    def stop(self, name: str, together: bool = False) -> None:
        child = self.children.get(name)
        if child is None:
            return
        self.take_down(child, back=False)
        lived = child.state == "running"
        if child.state != "given_up":
            self.end(child, "stopped", together)
        child.back = False
        if lived and child.kind == "temporary":
            del self.children[name]

    def remove(self, name: str) -> None:
        child = self.children.get(name)
        if child is not None:
            self.stop(name)
            for gone in [child, *self.parts(child)]:
                self.children.pop(gone.name, None)

    def restart(self, name: str) -> None:
        child = self.children.get(name)
        if child is None or (child.owner and self.children[child.owner].state != "running"):
            return
        self.take_down(child, back=True)
        if child.state == "running":
            self.end(child, "stopped")
        for one in [child, *self.parts(child)]:
            one.streak, one.back = 0, True
        self.begin(child)

    def watch(self, name: str) -> None:
        child = self.children.get(name)
        if child is not None and child.state == "running":
            self.watched.add(name)
        else:
            self.ends[name] += 1

    def advance(self, until: int) -> None:
        while due := [child for child in self.children.values() if 0 < child.due < until]:
            first = min(due, key=lambda child: (child.due, child.turn))
            self.now = first.due
            self.begin(first)
        self.now = until


NAMES = st.sampled_from(list(KINDS))


class Lives(RuleBasedStateMachine):
    """Does the same to the supervisor and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.nursery = Nursery()
        self.nursery.add(self.nursery.spec(WATCHER))
        self.model.now = self.nursery.dispatcher.now_ns
        self.numbers = iter(range(10_000))
        for name in KINDS:
            self.add(name)

    def tell(self, message: Any) -> None:
        self.nursery.supervisor.tell(message)
        self.live()

    def live(self) -> None:
        self.nursery.dispatcher.run(self.nursery.dispatcher.now_ns)

    def add(self, name: str) -> None:
        self.model.add(name)
        spec = self.nursery.spec(name, restart=KINDS[name], part_of=OWNERS.get(name), backoff=PATIENCE)
        self.tell(AddChild(spec, "fleet"))

    @rule(name=NAMES)
    def start(self, name: str) -> None:
        if name in self.model.children:
            self.model.restart(name)
            self.tell(RestartChild(name))
        else:
            self.add(name)

    @rule(name=NAMES)
    def start_once_more(self, name: str) -> None:
        self.add(name)

    @rule(name=NAMES)
    def stop(self, name: str) -> None:
        self.model.stop(name)
        self.tell(StopChild(name))

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        self.model.remove(name)
        self.tell(RemoveChild(name))

    @rule(name=NAMES)
    def crash(self, name: str) -> None:
        self.model.crash(name)
        self.nursery.dispatcher.send(name, "crash")
        self.live()

    @rule(name=NAMES)
    def finish(self, name: str) -> None:
        self.model.finish(name)
        self.nursery.dispatcher.send(name, "end")
        self.live()

    @rule(name=NAMES)
    def hang(self, name: str) -> None:
        child = self.model.children.get(name)
        if child is not None and child.state == "running" and child.stash is None:
            child.stash = 0
        self.nursery.dispatcher.hang(name)

    @rule(name=NAMES)
    def watch(self, name: str) -> None:
        self.model.watch(name)
        self.tell(Watch(name, WATCHER))

    @rule(name=NAMES)
    def say(self, name: str) -> None:
        number = next(self.numbers)
        self.model.say(name, number)
        self.nursery.dispatcher.send(name, number)
        self.live()

    @rule(name=NAMES, broken=st.booleans())
    def damage(self, name: str, broken: bool) -> None:
        (self.model.broken.add if broken else self.model.broken.discard)(name)
        self.nursery.faults.pop(name, None)
        if broken:
            self.nursery.faults[name] = "on_start"

    @rule(seconds=st.sampled_from([0.5, 1.0, 2.0, 5.0, 20.0]))
    def advance(self, seconds: float) -> None:
        until = self.nursery.dispatcher.now_ns + round(seconds * S)
        self.model.advance(until)
        self.nursery.dispatcher.run(until)

    @invariant()
    def same_children(self) -> None:
        seen = {name: (view.state, view.generation) for name, view in self.nursery.views().items() if name != WATCHER}
        assert seen == {child.name: (child.state, child.generation) for child in self.model.children.values()}

    @invariant()
    def same_messages(self) -> None:
        heard: dict[str, list[Any]] = defaultdict(list)
        ends: Counter[str] = Counter()
        for name, generation, message in self.nursery.heard:
            if name == WATCHER:
                assert isinstance(message, Terminated)
                ends[message.address] += 1
            else:
                heard[name].append((generation, message))
        assert heard == self.model.heard
        assert ends == self.model.ends
        assert sum(self.nursery.dispatcher.directory.dead_letters.values()) == self.model.dead_letters

    def teardown(self) -> None:
        assert self.nursery.collapses == []
        assert self.nursery.boss.zombies == 0


_LONG: Final = os.environ.get("SUPERVISION_PROFILE") == "long"
TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=10_000 if _LONG else 500,
    stateful_step_count=100 if _LONG else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
