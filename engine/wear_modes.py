"""Which failure modes a body has, and what is known of a set of them: worked out once for all bodies of the same."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.ageing import MODES
from engine.ageing._round import WORDS
from engine.ageing.base import FailureMode, can_fail, silent_below
from engine.physics.slots import WEAR, WEAR_SLOTS, WEAR_WIDTH

Array = NDArray[np.float64]


def fitting_modes(parameters: Array, wanted: Sequence[str] | None) -> tuple[FailureMode, ...]:
    """The failure modes of a body with these parameters, sorted by word.

    `None` stands for the product's own that fit: an installed package must not change what a scenario does. ValueError
    names a wanted mode that does not exist or has nothing to wear here.
    """
    facts = parameters.tolist()
    if wanted is None:
        own = (MODES.get(word) for word in MODES.names() if MODES.origin(word).startswith(f"{MODES.package}."))
        chosen = tuple(mode for mode in own if mode.applies(facts))
    else:
        chosen = tuple(_known(word) for word in sorted(set(wanted)))
    for mode in chosen:
        if not mode.applies(facts):
            raise ValueError(f"failure mode '{mode.name}' does not fit: this body has no {mode.part}")
    if len(chosen) > WEAR_SLOTS:
        raise ValueError(f"{len(chosen)} failure modes; a body has room for {WEAR_SLOTS}")
    return chosen


def _known(word: str) -> FailureMode:
    try:
        return MODES.get(word)
    except LookupError as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=64)
def slots_of(modes: tuple[FailureMode, ...]) -> tuple[tuple[FailureMode, int], ...]:
    """Each mode with the place of its slot; bodies of the same modes share one."""
    return tuple((mode, WEAR + WEAR_WIDTH * i) for i, mode in enumerate(modes))


@lru_cache(maxsize=64)
def failing_of(modes: tuple[FailureMode, ...]) -> tuple[int, ...]:
    """Which of the slots can fail the device."""
    return tuple(i for i, mode in enumerate(modes) if can_fail(mode))


@lru_cache(maxsize=64)
def silence_of(modes: tuple[FailureMode, ...]) -> tuple[float, ...]:
    """Damage of each below which it certainly has no symptom."""
    return tuple(silent_below(mode) for mode in modes)


@lru_cache(maxsize=64)
def places_of(modes: tuple[FailureMode, ...]) -> NDArray[np.int64] | None:
    """Where the slots are, for a step of all modes in one call; `None` when one of them is no mode of the product."""
    if any(mode.name not in WORDS or MODES.get(mode.name) is not mode for mode in modes):
        return None
    places = {mode.name: at for mode, at in slots_of(modes)}
    return np.array([places.get(word, -1) for word in WORDS])
