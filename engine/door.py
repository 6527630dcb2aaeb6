"""The outside door of a dispatcher: the only way in for other threads.

Messages wait in a bounded line; control (pause, stop, calls) overtakes them. One token at a time in the
dispatcher's own line says that somebody is at the door, so the hot path never has to look.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from engine.mailbox import Block, Mailbox, Overflow


class Door:
    """Bounded line for messages, unbounded lane for control, and the bell that wakes a sleeping loop."""

    def __init__(self, knock: Callable[[], None], capacity: int = 1000, overflow: Overflow | None = None) -> None:
        self.mailbox = Mailbox(capacity, overflow or Block(10.0))
        self._knock = knock
        self._lock = threading.Lock()
        self._knocked = False
        self.bell = threading.Event()

    def put(self, item: Any) -> bool:
        """Let a message wait at the door; whether there was room."""
        accepted = self.mailbox.put(item)
        self._ring()
        return accepted

    def control(self, action: Callable[[], None]) -> None:
        """Let an action overtake all messages; `ClosedError` when nobody will do it."""
        self.mailbox.put_control(action)
        self._ring()

    def put_always(self, item: Any) -> None:
        """Let a message wait in its turn, also when there is no room (a report must not get lost)."""
        self.mailbox.put_always(item)
        self._ring()

    def _ring(self) -> None:
        with self._lock:
            if self._knocked:
                return
            self._knocked = True
        self._knock()
        self.bell.set()

    def take(self) -> tuple[deque[Any], deque[Any]]:
        """All control items and all messages that wait, oldest first; the next one knocks again."""
        with self._lock:
            self._knocked = False
        return self.mailbox.take_all()
