"""What the parts of a device need of its actor."""

from collections.abc import Iterable
from typing import Protocol

from actors.device.memory import DeviceMemory
from engine.links.base import Delivery
from schemas import commands


class Hands(Protocol):
    """The actor, as its conduct and its faults see it."""

    @property
    def now_ns(self) -> int: ...
    def arm(self) -> None: ...
    def later(self, when_ns: int, message: object) -> None: ...
    def tell_chain(self, sensor: str) -> None: ...
    def deliver(self, deliveries: Iterable[Delivery], links: int) -> None: ...
    def journal(self, event: object) -> None: ...
    def connect(self, command: commands.ConnectionCommand) -> bool: ...


def catch_up(memory: DeviceMemory, now_ns: int) -> None:
    """Let the body live up to now, so that what changes, changes now."""
    tick = memory.grid.tick_before(now_ns)
    if memory.body.tick < tick:
        memory.body.advance(tick)
        memory.clean = memory.shown = memory.body.clean()
