"""The pump: what the writer does, turn by turn: draw from the lane, hand over to the client, settle what it reports."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

from actors.sinks._kafka.carrier import Carrier, SpoiledError
from actors.sinks._kafka.parcels import Parcel
from actors.sinks._kafka.sending import Sending
from actors.sinks._kafka.state import State
from actors.sinks._kafka.troubles import NEVER_SENT, REFUSALS, TOO_LARGE, TOPICS, told
from actors.sinks._kafka.works import Works
from actors.sinks._rejected_file import keep_rejected
from actors.sinks.base import FencedError, Pass, Spool
from engine.clock import NANOSECONDS, Wall

TURN_NS: Final = 200_000_000
"""Then the writer looks into its mailbox."""
DRAIN_NS: Final = 2_500_000_000
"""How long a stop waits for confirmations that are still to come."""
_WAIT_S: Final = 0.02
_PAUSE_S: Final = 0.1


class KafkaPump(Sending):
    """As `actors.sinks.base.Pump`, for a client that confirms one by one. `works` makes those of this incarnation."""

    def __init__(
        self,
        lane: Spool,
        works: Callable[[], Works | str],
        wall: Wall,
        generation: int,
        wake: Callable[[], None],
        troubled: Callable[[str], None],
    ) -> None:
        super().__init__(lane, wall)
        self._make = works
        self._generation = generation
        self._wake = wake
        self._troubled = troubled
        self._bell = Event()
        self._works: Works | None = None
        self._carrier: Carrier | None = None
        self._pass: Pass | None = None
        self._state = State(wall)
        self.resent = 0
        """Records whose fate was not known when they were sent once more: so many duplicates there may be."""
        self.left = 0
        """Records whose fate was not known when this writer ended: a successor sends them once more."""
        self.renewals = 0
        """Producers that were given up for another one."""

    def start(self) -> None:
        """Take over the lane and begin; nothing to do when the lane has ended or is somebody else's."""
        try:
            self._pass = self._lane.attach(self._generation, self._bell.set)
        except FencedError:
            return
        made = self._make()
        if isinstance(made, str):
            self._tell(made)
            return
        self._works = made
        self._wake()

    def turn(self) -> bool:
        """Some rounds; false when replaced. Without a cluster to go to there are none."""
        works, mine = self._works, self._pass
        if works is None or mine is None:
            return True
        try:
            until = self._wall.monotonic_ns() + TURN_NS
            while (left := until - self._wall.monotonic_ns()) > 0:
                self._round(works, mine, left / NANOSECONDS)
            self._tell(self._state.problem(works, self._lane.depth, self._sent))
        except FencedError:
            return False
        self._wake()
        return True

    def turn_once(self, wait_s: float = 0.05) -> None:
        """One round."""
        if self._works is not None and self._pass is not None:
            self._round(self._works, self._pass, wait_s)

    def finish(self) -> None:
        """Carry out what can be carried out, and close."""
        works, mine = self._works, self._pass
        try:
            if works is not None and mine is not None:
                until = self._wall.monotonic_ns() + DRAIN_NS
                while self._lane.depth and self._wall.monotonic_ns() < until:
                    self._round(works, mine, 0.05)
        except FencedError:
            pass
        finally:
            self.fail()

    def fail(self) -> None:
        """Close; what was not settled is left to the successor."""
        carrier, self._carrier = self._carrier, None
        works, self._works = self._works, None
        if carrier is not None:
            carrier.discard()
            self.left = self._doubtful()
        if works is not None:
            works.close()

    def _doubtful(self) -> int:
        """Records of a producer that was given up of which nobody knows whether they have arrived."""
        return sum(_code(one) not in (0, NEVER_SENT) for one in self._finished)

    # --- one round ---

    def _round(self, works: Works, mine: Pass, wait_s: float) -> None:
        self._lane.permit(mine, 0)
        works.routes.refresh(works.ids, works.schema_type, works.scout)
        try:
            carrier = self._ready(works)
            if carrier is None:
                self._lane.pause(min(wait_s, _PAUSE_S))
                return
            drawn = self._send(works, carrier, mine)
            if not self._sent and not self._refused and not self._finished:
                self._idle(works, mine, wait_s, drawn)
            carrier.poll(_WAIT_S if self._sent and not drawn else 0.0)
            self.resent += self._doubts.after(self._state.complaints.cuts, self._sent, carrier)
            self._settle(works, carrier, mine)
        except SpoiledError as spoiled:
            self._renew(works, mine, str(spoiled))

    def _ready(self, works: Works) -> Carrier | None:
        """A producer that takes messages, if there is one now."""
        if self._state.resting:
            return None
        if self._carrier is None:
            self._carrier = works.carrier(self._state.complaints)
        carrier = self._carrier
        if carrier.ready():
            return carrier
        carrier.poll(_WAIT_S)
        return None

    def _idle(self, works: Works, mine: Pass, wait_s: float, drawn: int) -> None:
        """Nothing is under way: wait for something to come, or for what keeps it from going."""
        if works.routes.parked():
            self._wall.wait(min(wait_s, _WAIT_S if drawn == 0 else 0.0), self._bell)
            self._bell.clear()
        elif not drawn:
            self._bell.clear()
            if self._lane.sleep(mine):  # asked after the clearing, so that nothing that comes in between is missed
                self._wall.wait(wait_s, self._bell)

    # --- settling ---

    def _settle(self, works: Works, carrier: Carrier, mine: Pass) -> None:
        if self._refused:
            self._reject(works, mine)
        if self._finished:
            done = self._finished[:]
            self._finished.clear()
            self._sent -= len(done)
            bad = [parcel for parcel in done if parcel.error is not None]
            good = [parcel for parcel in done if parcel.error is None] if bad else done
            self._delivered(good, carrier, mine)
            if bad:
                self._failed(works, mine, bad)
                return
        if self._uncommitted and not self._sent and carrier.commit():
            done, self._uncommitted = self._uncommitted, []
            self._lane.confirm(mine, [parcel.row for parcel in done])

    def _delivered(self, good: Sequence[Parcel], carrier: Carrier, mine: Pass) -> None:
        if not good:
            return
        self._state.delivered()
        self._doubts.delivered(self._sent)
        for route in {parcel.route for parcel in good if parcel.route.denial}:
            route.free()
        if carrier.transactional:
            self._uncommitted += good
        else:
            self._lane.confirm(mine, [parcel.row for parcel in good])

    def _failed(self, works: Works, mine: Pass, bad: Sequence[Parcel]) -> None:
        """Some are not delivered. All that is under way is withdrawn, so that order holds, and goes again."""
        now = self._wall.monotonic_ns()
        refused = [parcel for parcel in bad if _code(parcel) in REFUSALS]
        denied = [parcel for parcel in bad if _code(parcel) in TOPICS]
        if refused:
            final = _code(refused[0]) in TOO_LARGE
            row = self._care.refused([parcel.row for parcel in refused], final=final)
            if row is not None:
                self._refused[row] = refused[0].record, _reason(refused[0])
                self._reject(works, mine)
        for parcel in denied:
            parcel.route.deny(_reason(parcel), now)
        if refused or denied:
            self._recall(works, mine)
        else:
            self.resent += sum(_code(one) != NEVER_SENT for one in bad)
            self._renew(works, mine, _reason(bad[0]))

    def _renew(self, works: Works, mine: Pass, reason: str) -> None:
        """This producer can do nothing more: another one, after a while."""
        self._state.rest(reason, works)
        self._recall(works, mine)

    def _recall(self, works: Works, mine: Pass) -> None:
        """Give the producer up; what it has not confirmed is drawn again, in order."""
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            self.renewals += 1
            carrier.discard()
            if not carrier.transactional:
                self._delivered([one for one in self._finished if one.error is None], carrier, mine)
            self.resent += self._doubtful()
        self._finished.clear()
        self._stuck.clear()
        self._uncommitted.clear()
        self._sent = 0
        self._probing = False
        works.routes.forget_parked()
        self._lane.give_back(mine)

    def _reject(self, works: Works, mine: Pass) -> None:
        refused, self._refused = self._refused, {}
        found = self._lane.reject(mine, {row: reason for row, (_, reason) in refused.items()})
        if found and works.rejected_file:
            keep_rejected(works.rejected_file, found, [record for record, _ in refused.values()])

    def _tell(self, problem: str) -> None:
        if problem != self._lane.problem:
            self._lane.problem = problem
            self._troubled(problem)


def _code(parcel: Parcel) -> int:
    return parcel.error.code() if parcel.error is not None else 0


def _reason(parcel: Parcel) -> str:
    return told(parcel.error) if parcel.error is not None else ""
