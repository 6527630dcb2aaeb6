"""Offline buffer: while the network is away the device keeps its frames; when it is back they all come."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from engine.links.base import Delivery, Kind, LinkFault, Parameter, Through, frame_of, number, plain
from schemas.commands import Scalar
from schemas.readings import Frame


class OfflineBuffer(LinkFault):
    """Store and forward; when the store is full the oldest or the newest frame is lost."""

    __slots__ = ("_capacity", "_kept", "_newest", "_shuffled")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        self._capacity = int(number(values, "capacity") or 0.0)
        self._newest = values["loses"] == "newest"
        self._shuffled = values["order"] == "shuffled"
        self._kept: deque[Frame] = deque()

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """Nothing: the frame is kept, if there is room."""
        if len(self._kept) >= self._capacity:
            if self._newest or not self._kept:
                return ()
            self._kept.popleft()
        self._kept.append(delivery.frame)
        return ()

    def end(self, now_ns: int) -> tuple[Delivery, ...]:
        """All that was kept, at once."""
        kept = list(self._kept)
        self._kept.clear()
        if self._shuffled:
            kept.sort(key=lambda frame: self._stream.uniform(frame.sequence))
        return tuple(Delivery(now_ns, frame) for frame in kept)

    def snapshot(self) -> Any:
        """The store."""
        return tuple(map(plain, self._kept))

    def restore(self, state: Any) -> None:
        """The same store."""
        self._kept = deque(map(frame_of, state))


LINK: Final = Kind(
    "offline-buffer",
    "link",
    (
        Parameter("capacity", "how many frames it holds; 0 keeps none", 10_000.0, lo=0.0, hi=100_000.0),
        Parameter("loses", "which frame is lost when it is full", "oldest", words=("oldest", "newest")),
        Parameter("order", "in which order they come afterwards", "kept", words=("kept", "shuffled")),
    ),
    OfflineBuffer,
)
