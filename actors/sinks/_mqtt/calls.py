"""Calls: which sessions connect when. Never more at once than a broker's door takes, and never all in step."""

from collections import deque
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Final

from actors.sinks._mqtt.dialler import Dialler
from actors.sinks._mqtt.session import Session
from engine.clock import NANOSECONDS
from engine.streams import Stream

LONGEST_S: Final = 20
"""The longest pause between two attempts of one session: half a minute after an outage all is to be well again. The
shortest is a second."""
_SLACK: Final = NANOSECONDS // 50
"""So late a connection may begin without that the next ones wait for it."""


class Calls:
    """Sessions that wait for their turn, are being connected, or have just been reached."""

    def __init__(self, name: str, rate: int, nudge: Callable[[], None]) -> None:
        """`rate` is in connections a second; `nudge` is called on a thread of its own when one is through."""
        self._pause_ns = NANOSECONDS // rate
        self._nudge = nudge
        self._due: list[tuple[int, int, Session]] = []
        self._turns = 0
        self._next_ns = 0
        self._through: deque[tuple[Session, Exception | None]] = deque()
        self._dialler = Dialler(name, self._on_dialled)
        self._closed = False
        self.halted = False
        """Nothing more begins; what has begun may come through."""

    def schedule(self, session: Session, when_ns: int) -> None:
        """Connect it then, or a little later."""
        self._turns += 1
        session.state = "waiting"
        session.turn = self._turns
        heappush(self._due, (when_ns, self._turns, session))

    def again(self, session: Session, now_ns: int) -> None:
        """Connect it after a pause by lot, up to twice as long with each failure, so that many do not come as one."""
        longest = min(LONGEST_S, 1 << min(session.attempts, 10))
        chance: float = Stream(0, session.client_id, "mqtt-back-off").uniform(self._turns)
        self.schedule(session, now_ns + round((1 + chance * (longest - 1)) * NANOSECONDS))

    def begin(self, now_ns: int) -> float:
        """Begin those that are due; seconds until the next is, one at most."""
        self._next_ns = max(self._next_ns, now_ns - _SLACK)
        while self._due and not self.halted:
            when, turn, session = self._due[0]
            if session.turn != turn or session.state != "waiting" or session.dialling:
                heappop(self._due)
                continue
            wait_ns = max(when, self._next_ns) - now_ns
            if wait_ns > 0:
                return min(1.0, wait_ns / NANOSECONDS)
            heappop(self._due)
            self._next_ns += self._pause_ns
            self.dial(session)
        return 1.0

    def dial(self, session: Session) -> None:
        """Connect it at once."""
        session.state = "connecting"
        session.dialling = True
        self._dialler.dial(session)

    def through(self) -> Iterator[tuple[Session, Exception | None]]:
        """Those that have been reached since the last time, or the error that kept them from it."""
        while self._through:
            session, error = self._through.popleft()
            session.dialling = False
            yield session, error

    def _on_dialled(self, session: Session, error: Exception | None) -> None:
        if self._closed and session.client is not None and session.client.wire is not None:
            session.client.wire.close()
        self._through.append((session, error))
        self._nudge()

    def close(self) -> None:
        """Begin nothing more; what comes through late is closed."""
        self._closed = True
        self._dialler.close()
