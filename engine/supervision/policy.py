"""What a supervisor decides: events and an instant in, actions out. No clock, no actor, no thread.

Semantics are Erlang/OTP's (restart kinds, strategies, intensity, ordered start, reverse stop, escalation) with
Pekko's back-off; each child may have parts, which go down with it and come back after it.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from engine.supervision.actions import Action, Collapse, Fence, Note, Reply, Tell
from engine.supervision.child import COMING, GIVEN_UP, LIVING, RUNNING, STARTING, STOPPED, STOPPING, Child, Now
from engine.supervision.intensity import TOP_INTENSITY, Intensity
from engine.supervision.joining import join, joined
from engine.supervision.messages import AllStopped, PartBack, PartLost, Settled, Tellable, Terminated
from engine.supervision.register import Register, leaving
from engine.supervision.rounds import Kind, Round, Rounds
from engine.supervision.specs import BranchSpec, ChildSpec
from engine.supervision.verdicts import Draw, Verdicts, branch_address
from schemas.events import ActorFailed, ActorRestarted, Event
from schemas.queries import ChildView

_LONGEST_REASON: Final = 300
"""Characters of a failure's text that are kept per child."""


class End(NamedTuple):
    """One incarnation has ended."""

    address: str
    generation: int
    abnormal: bool
    """Of an error; else by itself or because it was asked to."""
    error: str = ""
    """Name of the error's class."""
    detail: str = ""
    where: str = ""
    """Entry point: `init`, `on_start`, `receive`, `on_stop`..."""

    def __str__(self) -> str:
        if not self.abnormal:
            return "ended by itself"
        return f"{self.error} in {self.where}: {self.detail}"[:_LONGEST_REASON]


class Policy:
    """Decides about all children of one supervisor. Every method takes the instant; `actions` says what to do."""

    def __init__(self, branches: Sequence[BranchSpec], draw: Draw, top: Intensity = TOP_INTENSITY) -> None:
        self._rounds = Rounds(self._over)
        self.register = Register(branches, self._rounds.out)
        self._verdicts = Verdicts(self.register, self._rounds, draw, top)

    @property
    def actions(self) -> deque[Action]:
        """What is to be done, oldest first. Whoever does it takes it out."""
        return self._rounds.out

    @property
    def closing(self) -> bool:
        """Whether everything stops, or has stopped."""
        return self._verdicts.final is not None

    def view(self) -> tuple[ChildView, ...]:
        """All children as seen from outside, in the order in which they were added."""
        return tuple(child.view() for child in self.register.children.values())

    # What happens.

    def started(self, address: str, generation: int, now: Now) -> None:
        """The actor asked for by `Start` is there."""
        child = self.register.children.get(address)
        if child is None or child.generation != generation or child.state != STARTING:
            return
        child.turn(RUNNING, now)
        if generation > 1:
            child.restarts += 1
            self._note(ActorRestarted(address, generation, now.simulated))
        owner = child.owner
        if child.lost and owner is not None and owner.state == RUNNING:
            child.lost = False
            self.actions.append(Tell(owner.spec.address, PartBack(address)))
        if child.parts:
            self._greet(child.parts, now)
        if child.round is not None:
            self._rounds.advance(child.round, now)

    def exited(self, end: End, now: Now) -> None:
        """An incarnation has really ended. Of several reports about one incarnation the first counts."""
        child = self.register.children.get(end.address)
        if child is None or child.generation != end.generation or child.state not in LIVING:
            if end.where != "kill":
                # An abandoned thread has ended after all. (Giving it up is reported as well, and is no end.)
                self.register.zombies.pop((end.address, end.generation), None)
            return
        going_down = child.state == STOPPING or (child.round is not None and child.round.going_down)
        # One that was to live for ever has failed, however calmly it ended.
        failed = end.abnormal or (child.spec.restart == "permanent" and not going_down)
        if failed:
            reason = end.detail or end.error or str(end)
            self._note(ActorFailed(end.address, end.generation, reason, end.error, end.where, now.simulated))
        self._ended(child, str(end), failed, now)

    def overdue(self, address: str, generation: int, now: Now) -> None:
        """A child asked to stop has not ended within its time: its thread is abandoned, and fenced."""
        child = self.register.children.get(address)
        if child is None or child.generation != generation or child.state != STOPPING:
            return
        zombies = self.register.zombies
        zombies[address, generation] = None
        self.register.zombies_in_all += 1
        self.actions.append(Fence(address, generation, len(zombies)))
        self._note(ActorFailed(address, generation, "did not end in time", "Abandoned", "stop", now.simulated))
        self._ended(child, "abandoned", True, now)

    def woke(self, token: int, now: Now) -> None:
        """A wait asked for by `Sleep` is over."""
        self._rounds.woke(token, now)

    # What is asked for.

    def add(
        self,
        specs: Sequence[ChildSpec],
        branch: str,
        now: Now,
        all_or_nothing: bool = False,
        reply_to: Tellable | None = None,
    ) -> None:
        """Look after more children and start them in this order."""
        refusal = "everything is being stopped" if self.closing else None
        round_ = join(self.register, specs, branch, all_or_nothing, now, reply_to, refusal)
        self._rounds.begin(round_, now)

    def stop(self, address: str, now: Now, reply_to: Tellable | None = None) -> None:
        """Stop a child with its parts; they stay known."""
        self._family_round(Kind.STOP, address, now, reply_to)

    def remove(self, address: str, now: Now, reply_to: Tellable | None = None) -> None:
        """Stop a child with its parts and forget them."""
        self._family_round(Kind.REMOVE, address, now, reply_to)

    def restart(self, address: str, now: Now, reply_to: Tellable | None = None) -> None:
        """Start a child with its parts afresh, in whatever state they are; not a part whose owner does not run."""
        self._family_round(Kind.REVIVE, address, now, reply_to)

    def stop_all(self, now: Now, reply_to: Tellable | None = None) -> None:
        """Stop everything in reverse order. Nothing is started afterwards."""
        final = self._verdicts.final
        fresh = final is None
        if final is None:
            final = Round(Kind.CLOSE, self.register.everyone(self.register.branches.values()))
            self._verdicts.final = final
        if reply_to is not None and final.over:
            self.actions.append(Reply(reply_to, AllStopped(len(self.register.zombies))))
        elif reply_to is not None:
            final.replies.append(("", reply_to))
        if fresh:
            self._rounds.begin(final, now)

    def watch(self, address: str, watcher: str) -> None:
        """Tell the watcher once when the present incarnation ends: at once when there is none."""
        child = self.register.children.get(address)
        if child is not None and child.state in LIVING:
            self.register.watches.add(address, watcher)
            return
        generation, reason = (0, "unknown") if child is None else (child.generation, child.reason)
        self.actions.append(Tell(watcher, Terminated(address, generation, reason)))

    def _family_round(self, kind: Kind, address: str, now: Now, reply_to: Tellable | None) -> None:
        child = self.register.children.get(address)
        if child is None:
            self._settle([(address, reply_to)] if reply_to else [], "unknown")
            return
        if child.round is not None and leaving(child):
            if reply_to is not None:
                child.round.replies.append((address, reply_to))
            return
        orphan = child.owner is not None and child.owner.state != RUNNING
        if kind is Kind.REVIVE and (self.closing or orphan):
            self._settle([(address, reply_to)] if reply_to else [])
            return
        family = [one for one in child.family() if not leaving(one)]
        if kind is Kind.REVIVE:
            for one in family:
                one.revive()
        round_ = Round(kind, family)
        if reply_to is not None:
            round_.replies.append((address, reply_to))
        self._rounds.begin(round_, now)

    # What follows.

    def _ended(self, child: Child, reason: str, abnormal: bool, now: Now) -> None:
        """Tell whom it concerns, then decide."""
        address, asked = child.spec.address, child.state == STOPPING
        child.reason = "stopped" if asked and not abnormal else reason
        for watcher in self.register.watches.take(address):
            self.actions.append(Tell(watcher, Terminated(address, child.generation, child.reason)))
        going_down = child.round is not None and child.round.going_down
        owner = child.owner
        if owner is not None and owner.state == RUNNING and not (going_down and owner.round is child.round):
            child.lost = True
            self.actions.append(Tell(owner.spec.address, PartLost(address)))
        if asked or going_down:
            self._verdicts.rest(child, now)
        else:
            self._verdicts.on_end(child, abnormal, now)

    def _greet(self, parts: Sequence[Child], now: Now) -> None:
        """A fresh owner takes it that its parts are there: tell it of those that do not come back by themselves."""
        for part in parts:
            part.lost = part.state in (STOPPED, GIVEN_UP)
            if part.lost and part.owner is not None:
                self.actions.append(Tell(part.owner.spec.address, PartLost(part.spec.address)))
        left_behind = [part for part in parts if part.round is None and part.state in COMING]
        if left_behind:
            self._rounds.begin(Round(Kind.RESTART, left_behind), now)

    def _over(self, round_: Round, own: list[Child], now: Now) -> None:
        """A round has come to its end; `own` are the members that nobody took away."""
        kind = round_.kind
        if kind is Kind.ADD or kind is Kind.ADD_ALL:
            joined(self.register, round_, own)
        elif kind is Kind.REMOVE:
            for child in own:
                self.register.forget(child)
        elif kind is Kind.BRANCH and own:
            branch = round_.subject
            branch.generation += 1
            self._note(ActorRestarted(branch_address(branch), branch.generation, now.simulated))
        elif kind is Kind.COLLAPSE:
            self.actions.append(Collapse(round_.subject))
        self._settle(round_.replies)

    def _settle(self, replies: Sequence[tuple[str, Tellable]], missing: str = "removed") -> None:
        for address, to in replies:
            child = self.register.children.get(address)
            if not address:
                self.actions.append(Reply(to, AllStopped(len(self.register.zombies))))
            else:
                self.actions.append(Reply(to, Settled(address, missing if child is None else child.view().state)))

    def _note(self, event: Event) -> None:
        self.actions.append(Note(event))
