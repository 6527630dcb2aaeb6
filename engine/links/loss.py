"""Loss: frames never arrive, in bursts (Gilbert's two-state model)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.links.base import Delivery, Kind, LinkFault, Parameter, Through, number
from schemas.commands import Scalar


class Loss(LinkFault):
    """A Markov chain of two states; `share` of all frames is lost in the long run, in bursts of `mean_length`."""

    __slots__ = ("_bad", "_fall", "_recover", "_share")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through)
        share, length = number(values, "share") or 0.0, number(values, "mean_length") or 1.0
        self._share = share
        length = max(length, share / (1.0 - share)) if share < 1.0 else length
        self._recover = 0.0 if share >= 1.0 else 1.0 / length
        self._fall = 1.0 if share >= 1.0 else share / (1.0 - share) / length
        self._bad: bool | None = None

    def take(self, delivery: Delivery) -> tuple[Delivery, ...]:
        """The frame, or nothing."""
        u = self._stream.uniform(delivery.frame.sequence)
        if self._bad is None:
            self._bad = u < self._share
        elif self._bad:
            self._bad = u >= self._recover
        else:
            self._bad = u < self._fall
        return () if self._bad else (delivery,)

    def snapshot(self) -> Any:
        """Whether frames are being lost."""
        return (self._bad,)

    def restore(self, state: Any) -> None:
        """As it was."""
        (self._bad,) = state


LINK: Final = Kind(
    "loss",
    "link",
    (
        Parameter("share", "share of frames lost in the long run; 1 is all", 0.1, lo=0.0, hi=1.0),
        Parameter("mean_length", "mean length of a burst, in frames", 1.0, lo=1.0, hi=1e9),
    ),
    Loss,
)
