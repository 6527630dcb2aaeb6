"""How the sessions of one network stand: which get on, which keep nobody waiting, which are away by order."""

from collections import Counter
from typing import Final

from actors.sinks._mqtt.calls import Calls
from actors.sinks._mqtt.listening import Listening
from actors.sinks._mqtt.outcomes import Outcomes
from actors.sinks._mqtt.plan import Plan
from actors.sinks._mqtt.session import Session
from engine.clock import Wall

ACTIVE: Final = 1_024
"""Records in sessions that get on, at most: enough to keep every window full."""
HELD: Final = 20_000
"""Records in all sessions together, at most; more wait in the lane."""


class Standing:
    """See the module. Base of the network, which has them connect, send and read."""

    def __init__(self, plan: Plan, wall: Wall, parked: set[str]) -> None:
        self.plan = plan
        self.outcomes = Outcomes()
        self.sessions: dict[str, Session] = {}
        self.held = 0
        """Records in all sessions."""
        self.stuck = 0
        """Those of them in sessions that do not get on."""
        self.away = 0
        """Those in sessions that are away by order, or half-open; as of the last second."""
        self._per_device = plan.options.connection == "per-device"
        self._wall = wall
        self._parked = parked
        self._listening = Listening()
        self._work: dict[Session, None] = {}
        """Sessions to be looked after in the next round."""
        self._guests: list[Session] = []
        self.nudge = self._listening.nudge
        """Have it look for what is new. From any thread."""
        self.calls = Calls(plan.sink, plan.options.connect_rate, self.nudge)

    def room(self) -> int:
        """How many more records it takes now."""
        return max(0, min(ACTIVE - (self.held - self.stuck), HELD - self.held))

    def settled(self, records: int) -> None:
        """So many records have left."""
        self.held -= records

    def _stick(self, session: Session) -> None:
        if not session.stuck:
            session.stuck = True
            self.stuck += session.held

    def _unstick(self, session: Session) -> None:
        if session.stuck and session.state == "up" and not session.frozen:
            session.stuck = False
            self.stuck -= session.held

    def freeze(self, session: Session, frozen: bool) -> None:
        """Half-open, or whole again."""
        if session.frozen == frozen or session.state != "up":
            return
        session.frozen = frozen
        if frozen:
            self._listening.deafen(session)
            self._stick(session)
        else:
            self._listening.listen(session)
            self._unstick(session)
            self._work[session] = None

    def _trim(self, session: Session) -> None:
        self.stuck -= session.trim(self.plan.options.offline_buffer)

    def park(self, session: Session) -> None:
        """Take the device off the network until it is told to come back; its records wait."""
        self._parked.add(session.device)
        up = session.state in ("greeting", "up")
        self.freeze(session, False)
        session.state, session.reason = "parked", "offline"
        if up:
            session.cut("offline")

    def unpark(self, session: Session) -> None:
        """Back to the network: what waits goes first, in order."""
        self._parked.discard(session.device)
        self.freeze(session, False)
        if session.state in ("parked", "refused"):
            session.attempts, session.reason = 0, ""
            self.calls.schedule(session, 0)

    def let_in(self, session: Session) -> None:
        """A stranger with the client id of a session comes in, and the broker shows the session out."""
        guest = Session(self.plan, session.device, Outcomes(), guest=True)
        self._guests.append(guest)
        self.calls.dial(guest)

    def problem(self) -> tuple[str, str]:
        """What keeps it from delivering, in one line and without the numbers in it; empty when nothing does."""
        down = [s for s in self.sessions.values() if s.reason and s.state not in ("up", "parked")]
        if not down:
            return "", ""
        (reason, _), *_ = Counter(session.reason for session in down).most_common(1)
        if self._per_device:
            return f"{self.plan.place}: {len(down)} of {len(self.sessions)} devices not connected: {reason}", reason
        return f"{self.plan.place}: {reason}", reason
