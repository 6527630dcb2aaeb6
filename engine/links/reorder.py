"""Reorder: some frames come after those that were sent after them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.links.base import Delivery, Kind, LinkFault, Parameter, Through, frame_of, number, plain
from schemas.commands import Scalar


class Reorder(LinkFault):
    """A frame in `share` is held back until `by` others have passed it; nothing is lost."""

    __slots__ = ("_by", "_held", "_share")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        self._share = number(values, "share") or 0.0
        self._by = int(number(values, "by") or 1.0)
        self._held: list[tuple[int, Delivery]] = []

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """The frame unless it is held back, and whatever enough others have passed."""
        held = [(left - 1, kept) for left, kept in self._held]
        gone = tuple(Delivery(delivery.at_ns, kept.frame) for left, kept in held if left <= 0)
        self._held = [(left, kept) for left, kept in held if left > 0]
        if self._stream.uniform(delivery.frame.sequence) < self._share:
            self._held.append((self._by, delivery))
            return gone
        return (delivery, *gone)

    def end(self, now_ns: int) -> tuple[Delivery, ...]:
        """Whatever is still held back."""
        kept, self._held = self._held, []
        return tuple(Delivery(now_ns, each.frame) for _, each in kept)

    def snapshot(self) -> Any:
        """What is held back, and how many have yet to pass."""
        return tuple((left, kept.at_ns, plain(kept.frame)) for left, kept in self._held)

    def restore(self, state: Any) -> None:
        """Hold the same back again."""
        self._held = [(left, Delivery(at_ns, frame_of(data))) for left, at_ns, data in state]


LINK: Final = Kind(
    "reorder",
    "link",
    (
        Parameter("share", "share of frames held back", 0.1, lo=0.0, hi=1.0),
        Parameter("by", "how many others pass it", 1.0, lo=1.0, hi=1000.0),
    ),
    Reorder,
)
