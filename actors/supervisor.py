"""The supervisor: starts, stops and restarts all other actors, as its policy says."""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol
from weakref import ref

from engine.actor import DispatchedActor
from engine.alarm import Alarm
from engine.cell import Exit
from engine.greeting import when_begun
from engine.handling import STOP
from engine.mailbox import ClosedError
from engine.supervision import (
    TOP_INTENSITY,
    AddChild,
    AddChildren,
    BranchSpec,
    End,
    GetChild,
    Intensity,
    Now,
    Policy,
    RemoveChild,
    RestartChild,
    StopAll,
    StopChild,
    Tellable,
    Unwatch,
    Watch,
)
from engine.supervision.actions import Action, Collapse, Fence, Forget, Note, Reply, Sleep, Start, Stop, Tell
from engine.supervision.backoff import NS_PER_S
from engine.supervision.child import Child
from engine.supervision.verdicts import Draw
from schemas.commands import Refused
from schemas.events import CommandRefused
from schemas.queries import ChildView, GetChildren

_LOG: Final = logging.getLogger(__name__)
MOST_ZOMBIES: Final = 8
"""More abandoned threads than this, and the process is not ready any more."""


class Waits(Protocol):
    """Calls somebody back when wall time has gone by."""

    def after(self, delay_ns: int, call: Callable[[], object]) -> None:
        """Call this once, on any thread."""
        ...


class _Begun(NamedTuple):
    """Comes back after the first message of a new actor, its `on_start`."""

    address: str
    generation: int


class _Ended(NamedTuple):
    """Comes back after a stop has had its turn in the line."""

    address: str
    generation: int


class _Overdue(NamedTuple):
    """A thread has had its time to end."""

    address: str
    generation: int


class _Woke(NamedTuple):
    """A wait is over."""

    token: int


class _Look:
    """There are reports of ends to be read."""


_LOOK: Final = _Look()


def _nothing(_: object) -> None:
    """Do nothing."""


class Supervisor(DispatchedActor):
    """Looks after children in branches. Ends are reported to it by its dispatcher, whose `on_exit` it takes over."""

    def __init__(
        self,
        branches: Sequence[BranchSpec],
        *,
        draw: Draw,
        journal: Tellable,
        top: Intensity = TOP_INTENSITY,
        most_zombies: int = MOST_ZOMBIES,
        on_collapse: Callable[[str], object] = _nothing,
        on_zombies: Callable[[int], object] = _nothing,
        waits: Waits | None = None,
    ) -> None:
        """Take over.

        `draw(address, failure)` is uniform in (0, 1) and a pure function of both; `journal` gets the events;
        `on_collapse` is called when branches failed too often and everything is stopped, or when the supervisor
        itself has failed; `on_zombies` when more than `most_zombies` threads live abandoned; `waits` serves
        threaded children with wall time.
        """
        super().__init__()
        self._policy = Policy(branches, draw, top)
        self._journal = journal
        self._most_zombies = most_zombies
        self._on_collapse = on_collapse
        self._on_zombies = on_zombies
        self._waits: Waits = waits or Alarm()
        self._exits: deque[Exit] = deque()
        self._abandoned: dict[tuple[str, int], ref[Any]] = {}
        self._me = self.actor_ref
        self.dispatcher.on_exit = self._hear

    @property
    def zombies(self) -> int:
        """How many threads live abandoned. Only for the dispatcher's thread."""
        for zombie, actor in list(self._abandoned.items()):
            if actor() is None:
                del self._abandoned[zombie]
                self._policy.register.zombies.pop(zombie, None)
        return len(self._policy.register.zombies)

    def view(self) -> tuple[ChildView, ...]:
        """All children as seen from outside. Only for the dispatcher's thread."""
        return self._policy.view()

    def on_stop(self) -> None:
        """Nobody waits for anything any more."""
        if isinstance(self._waits, Alarm):
            self._waits.close()

    def on_receive(self, message: Any) -> Any:
        """Read the reports of ends first: they happened before whatever comes now."""
        now = Now(self.dispatcher.now_ns, self.dispatcher.wall.monotonic_ns())
        while self._exits:
            exit_ = self._exits.popleft()
            abnormal = exit_.reason == "abnormal"
            end = End(exit_.address, exit_.generation, abnormal, exit_.error, exit_.detail, exit_.where)
            self._policy.exited(end, now)
        reply = self._take(message, now)
        actions = self._policy.actions
        while actions:
            self._do(actions.popleft(), now)
        return reply

    def _take(self, message: Any, now: Now) -> Any:
        policy = self._policy
        match message:
            case _Begun(address, generation):
                policy.started(address, generation, now)
            case _Look():
                pass
            case _Ended(address, generation):
                self._make_sure(address, generation)
            case _Woke(token):
                policy.woke(token, now)
            case _Overdue(address, generation):
                policy.overdue(address, generation, now)
            case AddChild(spec, branch, reply_to):
                policy.add((spec,), branch, now, False, reply_to)
            case AddChildren(specs, branch, all_or_nothing, reply_to):
                policy.add(specs, branch, now, all_or_nothing, reply_to)
            case RemoveChild(address, reply_to):
                policy.remove(address, now, reply_to)
            case StopChild(address, reply_to):
                policy.stop(address, now, reply_to)
            case RestartChild(address, reply_to):
                policy.restart(address, now, reply_to)
            case StopAll(reply_to):
                policy.stop_all(now, reply_to)
            case Watch(address, watcher):
                policy.watch(address, watcher)
            case Unwatch(address, watcher):
                policy.register.watches.discard(address, watcher)
            case GetChildren():
                return policy.view()
            case GetChild(address):
                child = policy.register.children.get(address)
                return None if child is None else child.view()
            case _:
                return self._refuse(message, now)
        return None

    def _do(self, action: Action, now: Now) -> None:
        match action:
            case Start(child):
                self._bring_up(child, now)
            case Stop(child):
                self._take_down(child)
            case Note(event):
                self._journal.tell(event)
            case Tell(address, told):
                self.dispatcher.directory.endpoint(address).tell(told)
            case Sleep(token, delay_ns, False):
                self.dispatcher.at(now.simulated + delay_ns, self._me, _Woke(token))
            case Sleep(token, delay_ns):
                self._later(delay_ns, _Woke(token))
            case Reply(to, answer):
                self._answer(to, answer)
            case Forget(address):
                self.dispatcher.directory.forget(address)
            case Fence(address, generation):
                self._abandon(address, generation)
            case Collapse(reason):
                self._on_collapse(reason)

    def _bring_up(self, child: Child, now: Now) -> None:
        spec, generation = child.spec, child.generation
        try:
            actor = self.dispatcher.spawn(spec.address, generation, partial(spec.factory, spec.address, generation))
            if self.dispatcher.directory.endpoint(spec.address).generation != generation:
                raise RuntimeError("the factory started no actor")
        except BaseException as error:
            # Also a SystemExit is only this child's. The dispatcher reports it too; the first report counts.
            end = End(spec.address, generation, True, error.__class__.__name__, str(error), "init")
            self._policy.exited(end, now)
            return
        begun = _Begun(spec.address, generation)
        if spec.threaded:
            if isinstance(self._waits, Alarm):
                self._waits.ready()
            when_begun(actor, partial(self._from_outside, begun))
        else:
            # Behind the actor's first message, its `on_start`.
            self.dispatcher.post((self._cell, begun))

    def _take_down(self, child: Child) -> None:
        spec, generation = child.spec, child.generation
        # In its turn: what was told before is done before.
        self.dispatcher.directory.endpoint(spec.address).tell(STOP())
        if spec.threaded:
            self._later(round(spec.shutdown_s * NS_PER_S), _Overdue(spec.address, generation))
        else:
            self.dispatcher.post((self._cell, _Ended(spec.address, generation)))

    def _make_sure(self, address: str, generation: int) -> None:
        """A dispatched child that did not hear its stop hangs: end it without its doing."""
        endpoint = self.dispatcher.directory.find(address)
        if endpoint is not None and endpoint.alive and endpoint.generation == generation:
            self.dispatcher.kill(address)

    def _abandon(self, address: str, generation: int) -> None:
        endpoint = self.dispatcher.directory.endpoint(address)
        if endpoint.generation != generation:
            return
        if endpoint.alive:
            # No report comes when this thread ends one day, but its actor goes with it.
            self._abandoned[address, generation] = ref(endpoint.cell.actor)
            self.dispatcher.kill(address)
        # Also one that hangs in `on_stop`, and is not at its address any more, says nothing that counts.
        endpoint.generation = generation + 1
        zombies = self.zombies
        if zombies > self._most_zombies:
            self._on_zombies(zombies)

    def _later(self, delay_ns: int, message: NamedTuple) -> None:
        self._waits.after(delay_ns, partial(self._from_outside, message))

    def _from_outside(self, message: NamedTuple) -> None:
        try:
            self.dispatcher.door.put_always((self._cell, message))
        except ClosedError:
            # The dispatcher is closed: nobody waits for this any more.
            pass

    def _answer(self, to: Tellable, answer: Any) -> None:
        try:
            to.tell(answer)
        except Exception as error:
            # Whoever asked may be dead by now; that harms nobody else.
            _LOG.info("%s not delivered: %r", type(answer).__name__, error)

    def _hear(self, exit_: Exit) -> None:
        if exit_.address == self.address:
            if exit_.reason == "abnormal":
                self._on_collapse(f"the supervisor failed: {exit_.error}: {exit_.detail}")
            return
        self._exits.append(exit_)
        if len(self._exits) == 1:
            self.dispatcher.post((self._cell, _LOOK))

    def _refuse(self, message: Any, now: Now) -> Refused:
        # An error like any unknown message; but whoever looks after everybody does not die of a stray letter.
        refused = Refused(f"a supervisor knows no {type(message).__name__}")
        self._journal.tell(CommandRefused(type(message).__name__, refused.reason, now.simulated))
        return refused
