"""How parts end in a body that fails on symptoms: at a damage, or when what is watched over has crossed its threshold.

A part whose symptom follows from its damage alone (speed of a fan, opens of a joint) has the margin 1 - (D / limit)^2,
as both effects grow with the square of damage. One that is watched over (rail, core voltage, heat) has the smaller of
the margin measured so far and 1 - D: whichever end is nearer. Its remaining life is not known before it is over,
because it depends on the load and the air to come.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.ageing.base import FailureMode, can_fail, symptom_from_of, watched_of
from engine.physics.slots import MARGIN

Array = NDArray[np.float64]
_WATCHES: Final = ("rail", "core", "dust", "paste")
"""In the order in which the kernel is told the places of their margins."""


class Ends(NamedTuple):
    """By slot."""

    limits: tuple[float, ...]
    """Damage at which the part has failed."""
    shares: tuple[float, ...]
    """theta/Theta at that damage."""
    watched: tuple[bool, ...]
    places: NDArray[np.int64]
    """Of the margins, as `watch_symptoms` wants them."""

    @property
    def fails_by_rail(self) -> bool:
        """Whether somebody wants to know of a rail that is too low."""
        return bool(self.places[0] >= 0)

    def event_state(self, i: int, damage: float, state: Array) -> float:
        """Event state of one slot."""
        if self.watched[i]:
            return min(1.0 - damage, state.item(MARGIN + i))
        limit = self.limits[i]
        if limit == 1.0:
            return 1.0 - damage
        share = damage / limit
        return 0.0 if damage >= limit else 1.0 - share * share

    def event_states(self, damages: Sequence[float], state: Array) -> list[float]:
        """Event states of all slots."""
        return [self.event_state(i, damage, state) for i, damage in enumerate(damages)]

    def event_rows(self, i: int, damage: Array, states: Array) -> Array:
        """The same of one slot in many states."""
        found: Array
        if self.watched[i]:
            found = np.minimum(1.0 - damage, states[:, MARGIN + i])
            return found
        limit = self.limits[i]
        if limit == 1.0:
            return 1.0 - damage
        share = damage / limit
        found = np.where(damage >= limit, 0.0, 1.0 - share * share)
        return found


@lru_cache(maxsize=64)
def ends_of(modes: tuple[FailureMode, ...]) -> Ends:
    """How the parts of these modes end; bodies of the same modes share one."""
    limits = tuple(symptom_from_of(mode) if can_fail(mode) else 1.0 for mode in modes)
    places = {watched_of(mode): MARGIN + i for i, mode in enumerate(modes) if can_fail(mode)}
    return Ends(
        limits=limits,
        shares=tuple(1.0 if limit == 1.0 else mode.age_share(limit) for mode, limit in zip(modes, limits, strict=True)),
        watched=tuple(can_fail(mode) and watched_of(mode) is not None for mode in modes),
        places=np.array([places.get(word, -1) for word in _WATCHES]),
    )
