"""A round: children stopped in reverse order, then perhaps a wait, then started in order, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, Final

from engine.supervision.actions import Action, Note, Sleep, Start, Stop
from engine.supervision.child import (
    BACKING_OFF,
    COMING,
    GIVEN_UP,
    LIVING,
    RECALLED,
    RUNNING,
    STARTING,
    STOPPED,
    STOPPING,
    Child,
    Now,
)
from engine.supervision.messages import Tellable
from schemas.events import ActorStopped

_DOWN: Final = 0
_PAUSE: Final = 1
_UP: Final = 2
_OVER: Final = 3


class Kind(Enum):
    """What a round is for."""

    RESTART = auto()
    REVIVE = auto()
    """A restart that somebody asked for: also of what does not come back by itself."""
    BRANCH = auto()
    """A whole branch comes back after too many restarts."""
    ADD = auto()
    ADD_ALL = auto()
    """All of the new children, or none."""
    STOP = auto()
    REMOVE = auto()
    CLOSE = auto()
    COLLAPSE = auto()


_RETURNING: Final = frozenset({Kind.RESTART, Kind.REVIVE, Kind.BRANCH, Kind.ADD, Kind.ADD_ALL})


class Round:
    """One round. A child belongs to at most one; a member that points to another round has been taken away."""

    __slots__ = ("at", "failed", "kind", "members", "phase", "replies", "returning", "size", "subject", "token")

    def __init__(self, kind: Kind, members: Sequence[Child], subject: Any = None) -> None:
        self.kind = kind
        self.members = members
        self.subject = subject
        """Whatever the kind needs when the round is over."""
        self.returning = kind in _RETURNING
        """Whether those who end come back."""
        self.size = len(members)
        """Members not taken away."""
        self.phase = _DOWN
        self.at = len(members)
        self.token = 0
        """Of the wait under way, or 0."""
        self.failed: dict[str, str] = {}
        """Why members did not start, in a round that adds children."""
        self.replies: list[tuple[str, Tellable]] = []

    @property
    def going_down(self) -> bool:
        """Whether members are being stopped."""
        return self.phase == _DOWN

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.phase == _OVER

    def own(self) -> list[Child]:
        """The members still in this round, in order."""
        return [member for member in self.members if member.round is self]

    def turn_back(self) -> None:
        """Take everything down instead of bringing it up."""
        self.returning = False
        self.phase = _DOWN
        self.at = len(self.members)


class Rounds:
    """Conducts all rounds under way. Puts what is to be done into `out`."""

    __slots__ = ("_over", "_sleeping", "_token", "out")

    def __init__(self, over: Callable[[Round, list[Child], Now], None]) -> None:
        self.out: deque[Action] = deque()
        self._over = over
        self._sleeping: dict[int, Round] = {}
        self._token = 0

    def begin(self, round_: Round, now: Now, delay_ns: int = 0, threaded: bool = False) -> None:
        """Start a round; its members leave whatever rounds they were in, and those go on without them."""
        before: dict[Round, None] = {}
        for member in round_.members:
            if member.round is not None:
                member.round.size -= 1
                before[member.round] = None
            member.round = round_
        if delay_ns > 0:
            self._token += 1
            round_.token = self._token
            self._sleeping[self._token] = round_
            self.out.append(Sleep(self._token, delay_ns, threaded))
        self.advance(round_, now)
        for old in before:
            self.advance(old, now)

    def woke(self, token: int, now: Now) -> None:
        """A wait is over; that of a round long gone means nothing."""
        round_ = self._sleeping.pop(token, None)
        if round_ is not None:
            round_.token = 0
            self.advance(round_, now)

    def advance(self, round_: Round, now: Now) -> None:
        """Take the next steps, up to one that has to be waited for."""
        if round_.phase == _OVER:
            return
        if round_.size == 0:
            self._finish(round_, now)
            return
        if round_.phase == _DOWN and self._down(round_, now):
            round_.phase = _PAUSE
        if round_.phase == _PAUSE and round_.token == 0:
            round_.phase = _UP
            round_.at = 0
        if round_.phase == _UP and (not round_.returning or self._up(round_, now)):
            self._finish(round_, now)

    def leave(self, child: Child) -> None:
        """Take one child out of its round."""
        if child.round is not None:
            child.round.size -= 1
            child.round = None

    def _down(self, round_: Round, now: Now) -> bool:
        while round_.at > 0:
            member = round_.members[round_.at - 1]
            if member.round is round_:
                if member.state == STOPPING:
                    return False
                if member.state in LIVING:
                    # `since_ns` stays: from outside it runs until it has ended.
                    member.state = STOPPING
                    self.out.append(Stop(member))
                    return False
                if not round_.returning and member.state in COMING:
                    self._stay_down(member, now)
            round_.at -= 1
        return True

    def _up(self, round_: Round, now: Now) -> bool:
        members = round_.members
        while round_.at < len(members):
            member = members[round_.at]
            if member.round is round_:
                if member.state == STARTING:
                    return False
                if member.state in COMING and (member.owner is None or member.owner.state == RUNNING):
                    self._start(member, now)
                    return False
            round_.at += 1
        return True

    def _stay_down(self, child: Child, now: Now) -> None:
        if child.state == BACKING_OFF:
            self.out.append(Note(ActorStopped(child.spec.address, child.generation, now.simulated)))
        child.turn(GIVEN_UP if child.state == RECALLED else STOPPED, now)

    def _start(self, child: Child, now: Now) -> None:
        child.generation += 1
        child.up_ns = child.clock(now)
        child.turn(STARTING, now)
        self.out.append(Start(child))

    def _finish(self, round_: Round, now: Now) -> None:
        if round_.token:
            self._sleeping.pop(round_.token, None)
            round_.token = 0
        round_.phase = _OVER
        own = round_.own()
        for member in own:
            member.round = None
        round_.size = 0
        self._over(round_, own, now)
