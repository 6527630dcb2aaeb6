"""Wear read out of many kept states at once: the same numbers as `engine.wear` gives one state at a time."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.physics.layout import WEAR, WEAR_AF, WEAR_DAMAGE, WEAR_LIFE, WEAR_STEP, WEAR_THETA, WEAR_WIDTH

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
    modes: Sequence[str], failing: Sequence[int], states: Array, kappa: float, ticks: NDArray[np.int64]
) -> tuple[WearRows, ...]:
    """What `Wear.truth` would say of each state, by mode; `states` has one row per state, `ticks` its instant.

    `failing` says which of the modes can fail the device: the others have no remaining life.
    """
    since = (ticks % WEAR_STEP).astype(np.float64)
    found = []
    for place, mode in enumerate(modes):
        at = WEAR + WEAR_WIDTH * place
        damage = states[:, at + WEAR_DAMAGE].copy()
        pace = kappa * states[:, at + WEAR_AF]
        left = states[:, at + WEAR_LIFE] - states[:, at + WEAR_THETA]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            rul_s = np.maximum(left / pace - since, 0.0)
        rul_s[pace <= 0.0] = _NONE
        rul_s[damage >= 1.0] = 0.0
        if place not in failing:
            rul_s[:] = _NONE
        found.append(WearRows(mode, damage, 1.0 - damage, rul_s))
    return tuple(found)


def health_rows(wear: Sequence[WearRows], failing: Sequence[int], count: int) -> Array:
    """What `Wear.health` would say of each state."""
    if not failing:
        return np.ones(count)
    worst: Array = np.maximum.reduce([wear[place].damage for place in failing])
    return 1.0 - worst


def rul_rows(wear: Sequence[WearRows], count: int) -> Array:
    """What `Wear.rul_s` would say of each state; not a number where nothing wears."""
    if not wear:
        return np.full(count, _NONE)
    least: Array = np.fmin.reduce([one.rul_s for one in wear])
    return least
