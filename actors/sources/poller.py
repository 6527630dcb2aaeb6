"""The poller: asks one source again and again, and tells the devices that mirror it."""

import threading
from collections.abc import Sequence
from typing import Any, Final

from actors.messages import Heard
from actors.sources.base import Looks, SilentError
from engine.clock import NANOSECONDS, Wall
from engine.hardware.seen import NOTHING
from engine.threaded import ThreadedActor, WakeUp
from schemas.commands import Crash

_SLICE_S: Final = 0.2
"""A stop is noticed within this."""


class Look(WakeUp):
    """Told by a poller to itself: go on."""

    __slots__ = ()


_LOOK: Final = Look()


class Poller(ThreadedActor):
    """Waits in wall time, as real hardware lives in it; a source that says nothing is news as well."""

    def __init__(self, source: Looks, devices: Sequence[str], poll_s: float, wall: Wall) -> None:
        super().__init__()
        self._source = source
        self._devices = devices
        self._poll_ns = round(poll_s * NANOSECONDS)
        self._wall = wall
        self._due_ns = wall.monotonic_ns()

    def on_start(self) -> None:
        self.actor_ref.tell(_LOOK)

    def on_receive(self, message: Any) -> Any:
        match message:
            case Look():
                self._go_on()
                self.actor_ref.tell(_LOOK)
            case Crash(message=text):
                raise RuntimeError(text)
            case _:
                raise TypeError(f"poller: unknown message {message!r}")

    def _go_on(self) -> None:
        left_ns = self._due_ns - self._wall.monotonic_ns()
        if left_ns > 0:
            self._wall.wait(min(left_ns / NANOSECONDS, _SLICE_S), threading.Event())
            return
        heard = self._ask()
        for address in self._devices:
            self.send(address, heard)
        # a source that is slow is not asked the more often for it
        self._due_ns = max(self._due_ns + self._poll_ns, self._wall.monotonic_ns() + self._poll_ns // 2)

    def _ask(self) -> Heard:
        try:
            return Heard(self._source.look())
        except SilentError as error:
            return Heard(NOTHING, str(error))
