"""Bad batch: one part of all these devices comes from a batch that lives a fraction of its life.

It lasts as long as the part does: its end takes nothing back, a repair does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.ageing import MODES
from engine.causes.base import Cause, Disturbable, Kind, Parameter, number
from engine.links.base import Through
from schemas.commands import Scalar


class BadBatch(Cause):
    """The life of one mode's part is divided by a factor, when it arrives."""

    __slots__ = ("_factor", "_mode")

    def __init__(self, through: Through, values: Mapping[str, Scalar | None]) -> None:
        super().__init__(through, values)
        self._mode = str(values["mode"])
        self._factor = number(values, "factor") or 1.0

    def check(self, body: Disturbable) -> None:
        """The body must have the part."""
        known = [part.mode for part in body.wear()]
        if self._mode not in known:
            raise ValueError(f"mode: found '{self._mode}'; allowed: {', '.join(known) or 'none, nothing wears'}")

    def strike(self, body: Disturbable) -> str | None:
        """Weaken the part."""
        body.weaken(self._mode, self._factor)
        return self._mode


CAUSE: Final = Kind(
    "bad-batch",
    (
        Parameter("mode", "the failure mode of the part", "psu-electrolytics", words=MODES.names()),
        Parameter("factor", "its life is divided by this", 5.0, lo=1.0, hi=1e6),
    ),
    BadBatch,
)
