"""Wear read out of many kept states at once: the same numbers as `engine.wear` gives one state at a time."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.physics.layout import (
    WEAR_STEP,
)
from engine.physics.slots import (
    WEAR,
    WEAR_AF,
    WEAR_DAMAGE,
    WEAR_LIFE,
    WEAR_THETA,
    WEAR_WIDTH,
)
from engine.wear_ends import Ends

Array = NDArray[np.float64]
_NONE: Final = float("nan")
"""Stands for `None` in an array of numbers."""


class WearRows(NamedTuple):
    """One failure mode over many states."""

    mode: str
    damage: Array
    event_state: Array
    rul_s: Array
    """Not a number where the part does not wear."""


def wear_rows(
    modes: Sequence[str],
    failing: Sequence[int],
    states: Array,
    kappa: float,
    ticks: NDArray[np.int64],
    ends: Ends | None = None,
) -> tuple[WearRows, ...]:
    """What `Wear.truth` would say of each state, by mode; `states` has one row per state, `ticks` its instant.

    `failing` says which of the modes can fail the device: the others have no remaining life. `ends` is there when a
    symptom fails it, too.
    """
    since = (ticks % WEAR_STEP).astype(np.float64)
    found = []
    for place, mode in enumerate(modes):
        at = WEAR + WEAR_WIDTH * place
        damage = states[:, at + WEAR_DAMAGE].copy()
        pace = kappa * states[:, at + WEAR_AF]
        life = states[:, at + WEAR_LIFE]
        event_state = 1.0 - damage
        if ends is not None:
            life, event_state = ends.shares[place] * life, ends.event_rows(place, damage, states)
        left = life - states[:, at + WEAR_THETA]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            rul_s = np.maximum(left / pace - since, 0.0)
        rul_s[pace <= 0.0] = _NONE
        if ends is not None and ends.watched[place]:
            rul_s[:] = _NONE
        rul_s[event_state <= 0.0] = 0.0
        if place not in failing:
            rul_s[:] = _NONE
        found.append(WearRows(mode, damage, event_state, rul_s))
    return tuple(found)


def health_rows(wear: Sequence[WearRows], failing: Sequence[int], count: int) -> Array:
    """What `Wear.health` would say of each state."""
    if not failing:
        return np.ones(count)
    worst: Array = np.minimum.reduce([wear[place].event_state for place in failing])
    return worst


def rul_rows(wear: Sequence[WearRows], count: int, ends: Ends | None = None) -> Array:
    """What `Wear.rul_s` would say of each state; not a number where nothing wears, or it cannot be told."""
    if not wear:
        return np.full(count, _NONE)
    least: Array = np.fmin.reduce([one.rul_s for one in wear])
    if ends is not None and any(ends.watched):
        least = np.where(least == 0.0, 0.0, _NONE)
    return least
