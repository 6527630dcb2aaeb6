"""What becomes of a child that has ended: back at once, back later, given up, let go, or its whole branch restarted."""

from collections.abc import Callable
from typing import Final

from engine.supervision.actions import Note
from engine.supervision.branch import Branch, Windows
from engine.supervision.child import BACKING_OFF, GIVEN_UP, STOPPED, WAITING, Child, Now
from engine.supervision.intensity import Intensity
from engine.supervision.register import Register, leaving
from engine.supervision.rounds import Kind, Round, Rounds
from schemas.addresses import SUPERVISOR
from schemas.events import ActorFailed, ActorGivenUp, ActorStopped

Draw = Callable[[str, int], float]
"""Uniform in (0, 1): a pure function of a child's address and the number of its failure."""

TOO_MANY: Final = "too many restarts"


class Verdicts:
    """Decides about children that ended unasked, in rounds that are not going down anyway."""

    __slots__ = ("_draw", "_register", "_rounds", "_top", "final")

    def __init__(self, register: Register, rounds: Rounds, draw: Draw, top: Intensity) -> None:
        self._register = register
        self._rounds = rounds
        self._draw = draw
        self._top = Windows(top)
        self.final: Round | None = None
        """The round that stops everything; once there is one, nothing is started any more."""

    def on_end(self, child: Child, abnormal: bool, now: Now) -> None:
        """Decide about a child that has ended by itself or of an error."""
        round_ = child.round
        if round_ is not None and abnormal and round_.kind in (Kind.ADD, Kind.ADD_ALL):
            round_.failed[child.spec.address] = child.reason
        kind = child.spec.restart
        if round_ is not None and abnormal and round_.kind is Kind.ADD_ALL:
            self._roll_back(child, round_, now)
        elif kind == "temporary" or (kind == "transient" and not abnormal):
            self._let_go(child, now)
        elif child.spec.backoff is None:
            self._again(child, now)
        else:
            self._back_off(child, now)

    def rest(self, child: Child, now: Now) -> None:
        """A child in a round that goes down has ended: it waits for its turn, or stays down."""
        round_ = child.round
        self._note(ActorStopped(child.spec.address, child.generation, now.simulated))
        child.turn(WAITING if round_ is not None and round_.returning else STOPPED, now)
        asked_back = round_ is not None and round_.kind is Kind.REVIVE
        if child.spec.restart == "temporary" and not asked_back:
            self._drop(child, now)
        elif round_ is not None:
            self._rounds.advance(round_, now)

    def _again(self, child: Child, now: Now) -> None:
        child.failures += 1
        child.turn(BACKING_OFF, now)
        if child.branch.too_many(child, now):
            self._escalate(child, now)
        else:
            self._rounds.begin(Round(Kind.RESTART, self._affected(child)), now)

    def _back_off(self, child: Child, now: Now) -> None:
        spec = child.spec
        assert spec.backoff is not None
        child.failures += 1
        child.streak = spec.backoff.streak(child.streak, child.clock(now) - child.up_ns)
        if spec.backoff.gives_up(child.streak):
            self._give_up(child, now)
            return
        child.turn(BACKING_OFF, now)
        delay_ns = spec.backoff.delay_ns(child.streak, self._draw(spec.address, child.failures))
        members = self._affected(child)
        self._rounds.begin(Round(Kind.RESTART, members), now, delay_ns, spec.threaded)

    def _give_up(self, child: Child, now: Now) -> None:
        self._note(ActorGivenUp(child.spec.address, child.generation, child.reason, now.simulated))
        child.turn(GIVEN_UP, now)
        if child.branch.spec.strategy == "one_for_one":
            self._drop(child, now)
        else:
            # Its fellows were written to live with it or not at all.
            self._escalate(child, now)

    def _let_go(self, child: Child, now: Now) -> None:
        self._note(ActorStopped(child.spec.address, child.generation, now.simulated))
        child.turn(STOPPED, now)
        self._drop(child, now)

    def _drop(self, child: Child, now: Now) -> None:
        """The child does not come back: its parts go down too, and the round it was in goes on."""
        temporary = child.spec.restart == "temporary"
        round_ = child.round
        self._rounds.leave(child)
        parts = [part for part in child.parts or () if not leaving(part)]
        if temporary:
            self._register.forget(child)
        if parts:
            self._rounds.begin(Round(Kind.REMOVE if temporary else Kind.STOP, parts), now)
        if round_ is not None:
            self._rounds.advance(round_, now)

    def _roll_back(self, child: Child, round_: Round, now: Now) -> None:
        self._note(ActorStopped(child.spec.address, child.generation, now.simulated))
        child.turn(STOPPED, now)
        round_.turn_back()
        self._rounds.advance(round_, now)

    def _escalate(self, child: Child, now: Now) -> None:
        branch = child.branch
        address = branch_address(branch)
        why = f"{TOO_MANY}, the last of {child.spec.address}: {child.reason}"
        self._note(ActorFailed(address, branch.generation, why, "TooManyRestarts", "supervisor", now.simulated))
        if branch.windows is not None:
            branch.windows.clear()
        if self._top.hit(child, now):
            self._collapse(branch, why, now)
            return
        members = [one for one in self._register.everyone([branch]) if one.round is None or one.round.returning]
        for one in members:
            one.streak = 0
            if one.state == GIVEN_UP:
                one.revive()
        self._rounds.begin(Round(Kind.BRANCH, members, branch), now)

    def _collapse(self, failed: Branch, why: str, now: Now) -> None:
        self._note(ActorGivenUp(SUPERVISOR, 1, why, now.simulated))
        # The failed branch stops first, so it stands last in the order that is reversed.
        branches = [branch for branch in self._register.branches.values() if branch is not failed]
        self.final = Round(Kind.COLLAPSE, self._register.everyone([*branches, failed]), why)
        self._rounds.begin(self.final, now)

    def _affected(self, child: Child) -> list[Child]:
        return child.branch.affected(child, self._register.children.values())

    def _note(self, event: ActorFailed | ActorGivenUp | ActorStopped) -> None:
        self._rounds.out.append(Note(event))


def branch_address(branch: Branch) -> str:
    """What stands in the journal for a whole branch."""
    return f"{SUPERVISOR}/{branch.spec.name}"
