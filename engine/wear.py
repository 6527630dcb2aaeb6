"""All wear of one body: which failure modes it has, their steps, and the truth about them.

A body owns one `Wear` beside its state array and calls `step` at every multiple of `WEAR_STEP` ticks. Everything that
changes is in the state array, so a body's snapshot holds its wear, and a restored array goes on bit for bit.
"""

from collections.abc import Mapping, Sequence
from operator import ge
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.ageing.base import NOT_SEEN, FailureMode, can_fail, service_of
from engine.kernels import ENTRIES
from engine.physics.layout import (
    F_ALL_CORE,
    FLOW,
    KAPPA,
    LOAD,
    MEAN_AIR,
    MEAN_DIE,
    MEAN_FLOW,
    MEAN_ON,
    MEAN_RPM_RATIO,
    MEAN_SINK,
    MEAN_TOP,
    MEAN_VOLT,
    MEAN_WORK,
    NEUTRAL,
    PLANT,
    RPM,
    RPM_MAX,
    STEPS,
    T_AIR,
    T_DIE,
    T_SINK,
    V_CORE,
    WEAR_STEP,
)
from engine.physics.slots import (
    HOT_MINUTES,
    MARGIN,
    RAIL_FELL,
    RAIL_LOW_AT,
    WEAR,
    WEAR_DAMAGE,
    WEAR_LIFE,
    WEAR_SPARE,
    WEAR_THETA,
    WEAR_WIDTH,
)
from engine.wear_ends import Ends, ends_of
from engine.wear_modes import failing_of, places_of, silence_of, slots_of
from schemas.problems import suggest
from schemas.readings import WearTruth

Array = NDArray[np.float64]

_NEUTRAL: Final = np.array(NEUTRAL, dtype=np.float64)
_STEP_S: Final = float(WEAR_STEP)


class Look(NamedTuple):
    """What damage means for a body until the next wear step."""

    failed: str | None
    """The failure mode that has reached its end."""
    health: float
    """The smallest event state of what can fail."""
    may_show: bool
    """Whether any mode may have a symptom; which one may depend on more than damage."""


class Wear:
    """The failure modes of one body, each with its slot in the body's state array.

    The array is given to every call and never kept, so a body may work on a copy and swap it in when all went well.
    """

    __slots__ = ("_failing", "_modes", "_places", "_slots", "_spread", "device", "ends", "seed")

    def __init__(
        self, modes: Sequence[FailureMode], seed: int, device: str, spread: float, *, by_symptom: bool = False
    ) -> None:
        """With `by_symptom` a symptom is a failure, and states have `WATCHED_SIZE` numbers."""
        self._modes = tuple(modes)
        self._slots = slots_of(self._modes)
        self._failing = failing_of(self._modes)
        self._places = places_of(self._modes)
        self.ends: Ends | None = ends_of(self._modes) if by_symptom else None
        self.seed = seed
        self.device = device
        self._spread = spread

    @property
    def modes(self) -> tuple[str, ...]:
        """Words of the failure modes, in the order of their slots."""
        return tuple(mode.name for mode in self._modes)

    def begin(self, state: Array, parameters: Array, damage: Mapping[str, float]) -> None:
        """Draw every life, set the damage at the start, and write the effects.

        Call it when the rest of the state is settled: until the first whole window, stress is what it is now.
        ValueError for a mode the body does not have, or a damage outside [0, 1].
        """
        _take_present_stress(state, parameters)
        for mode, at in self._slots:
            self._renew(state, mode, at, 0)
        for word, value in damage.items():
            self._raise_to(state, word, value)
        if self.ends is not None:
            self._measure_anew(state, self._slots)
        self.refresh(state, parameters)

    def step(self, state: Array, parameters: Array) -> None:
        """Wear through one window of `WEAR_STEP` ticks at its mean stress, and write the effects on the plant."""
        if self.ends is not None:
            ENTRIES.watch_symptoms(state, parameters, self.ends.places)
        self._round(state, parameters, _STEP_S)

    def refresh(self, state: Array, parameters: Array) -> None:
        """Write the effects of the damage as it is; no time passes."""
        self._round(state, parameters, 0.0)

    def _round(self, state: Array, parameters: Array, seconds: float) -> None:
        state[PLANT] = _NEUTRAL
        if self._places is not None:
            ENTRIES.wear_round(state, parameters, self._places, seconds)
            return
        for mode, at in self._slots:
            mode.step(state, parameters, at, seconds)

    def truth(self, state: Array, parameters: Array, tick: int) -> tuple[WearTruth, ...]:
        """Damage, event state and remaining life of every mode at a tick."""
        kappa = float(parameters[KAPPA])
        numbers = state[WEAR : WEAR + WEAR_WIDTH * len(self._slots)].tolist()
        since = tick % WEAR_STEP
        found = []
        for i, mode in enumerate(self._modes):
            theta, life, damage, af = numbers[WEAR_WIDTH * i : WEAR_WIDTH * i + WEAR_SPARE]
            left = 1.0 - damage
            if self.ends is not None:
                left, life = self.ends.event_state(i, damage, state), self.ends.shares[i] * life
            rul_s = _remaining(theta, life, left, kappa * af, since) if can_fail(mode) else None
            if left > 0.0 and self.ends is not None and self.ends.watched[i]:
                rul_s = None
            found.append(WearTruth(mode.name, damage, left, rul_s))
        return tuple(found)

    def health(self, state: Array) -> float:
        """Health index: the smallest event state of what can fail, 1 when nothing does."""
        left = self._left(state, self._damages(state))
        return float(min([left[i] for i in self._failing], default=1.0))

    def _damages(self, state: Array) -> list[float]:
        found: list[float] = state[WEAR + WEAR_DAMAGE : WEAR + WEAR_WIDTH * len(self._slots) : WEAR_WIDTH].tolist()
        return found

    def _left(self, state: Array, damages: Sequence[float]) -> list[float]:
        """Event states by slot."""
        if self.ends is None:
            return [1.0 - damage for damage in damages]
        return self.ends.event_states(damages, state)

    def rul_s(self, state: Array, parameters: Array, tick: int) -> float | None:
        """Remaining life of the part that fails first at present stress, s.

        `None` when nothing wears, and when it cannot be told because something is watched over that has not failed.
        """
        truth = self.truth(state, parameters, tick)
        lives = [part.rul_s for part in truth if part.rul_s is not None]
        least = min(lives, default=None)
        unknown = self.ends is not None and any(self.ends.watched)
        return None if unknown and least != 0.0 else least

    def look(self, state: Array) -> "Look":
        """What can change only by a wear step or from outside."""
        damages = self._damages(state)
        if self.ends is None:
            health = 1.0 - max([damages[i] for i in self._failing], default=0.0)
        else:
            health = self.health(state)
        return Look(None if health > 0.0 else self.broken(state), health, self.may_show(damages))

    def broken(self, state: Array) -> str | None:
        """The failure mode that has reached its end, or `None`; of several the one furthest past its life."""
        if self.health(state) > 0.0:
            return None
        left = self._left(state, self._damages(state))
        return max(
            (state.item(at + WEAR_THETA) / state.item(at + WEAR_LIFE), mode.name)
            for (mode, at), rest in zip(self._slots, left, strict=True)
            if can_fail(mode) and rest <= 0.0
        )[1]

    def symptoms(self, state: Array) -> tuple[str, ...]:
        """Visible consequences of wear that are no failure yet."""
        found: tuple[str, ...] = ()
        damages, silence = self._damages(state), silence_of(self._modes)
        for (mode, at), damage, least in zip(self._slots, damages, silence, strict=True):
            if damage >= least:
                found += mode.symptoms(state, at)
        return found

    def may_show(self, most: Sequence[float]) -> bool:
        """Whether any mode may have a symptom at damages that none of them exceeds, in the order of the slots."""
        return any(map(ge, most, silence_of(self._modes)))

    @property
    def failing(self) -> tuple[int, ...]:
        """Which of the modes can fail the device, by their place in `modes`."""
        return self._failing

    def hurt(self, state: Array, parameters: Array, word: str, damage: float) -> None:
        """Bring a mode to a damage at once; never lowers it. ValueError for an unknown mode or damage."""
        self._raise_to(state, word, damage)
        self.refresh(state, parameters)

    def repair(self, state: Array, parameters: Array, word: str | None, tick: int) -> tuple[str, ...]:
        """Renew one mode's part at a tick, or those of a maintenance (`fan`, `clean`...), or all; answers which.

        ValueError for a word that is neither.
        """
        served = tuple((mode, at) for mode, at in self._slots if service_of(mode) == word)
        chosen = self._slots if word is None else served or (self._slot(word, *map(service_of, self._modes)),)
        for mode, at in chosen:
            self._renew(state, mode, at, tick)
        if self.ends is not None:
            self._measure_anew(state, chosen)
        self.refresh(state, parameters)
        return tuple(mode.name for mode, _ in chosen)

    def _measure_anew(self, state: Array, renewed: Sequence[tuple[FailureMode, int]]) -> None:
        """A repair changes what all parts show together, so margins begin anew, but not of what stays failed."""
        for i, slot in enumerate(self._slots):
            if slot in renewed or state[MARGIN + i] > 0.0:
                state[MARGIN + i] = 1.0
        state[RAIL_LOW_AT] = -1.0
        state[RAIL_FELL] = state[HOT_MINUTES] = 0.0

    def weaken(self, state: Array, parameters: Array, word: str, factor: float) -> None:
        """Divide the life of one mode's present part: it is of a bad batch. ValueError for an unknown mode."""
        _, at = self._slot(word)
        if not factor >= 1.0:
            raise ValueError(f"factor {factor!r} of '{word}'; allowed: 1 or more")
        state[at + WEAR_LIFE] /= factor
        self.refresh(state, parameters)

    def _renew(self, state: Array, mode: FailureMode, at: int, tick: int) -> None:
        state[at : at + WEAR_WIDTH] = 0.0
        state[at + WEAR_LIFE] = mode.life_s(self.seed, self.device, self._spread, tick)
        state[at + WEAR_SPARE : at + WEAR_WIDTH] = NOT_SEEN

    def _raise_to(self, state: Array, word: str, damage: float) -> None:
        mode, at = self._slot(word)
        if not 0.0 <= damage <= 1.0:
            raise ValueError(f"damage {damage!r} of '{word}'; allowed: 0 to 1")
        share = 1.0 if damage == 1.0 else mode.age_share(damage)
        theta = share * float(state[at + WEAR_LIFE])
        if theta > state[at + WEAR_THETA]:
            state[at + WEAR_THETA] = theta

    def _slot(self, word: str, *also: str) -> tuple[FailureMode, int]:
        for mode, at in self._slots:
            if mode.name == word:
                return mode, at
        words = tuple(dict.fromkeys((*self.modes, *also)))
        known = ", ".join(words) or "none"
        raise ValueError(f"'{word}' is no failure mode of this body; known: {known}. {suggest(word, words)}".rstrip())


def _remaining(theta: float, life: float, left: float, pace: float, since: int) -> float | None:
    """(Theta - theta) / (kappa AF), less what has passed since the last step; 0 once failed, `None` without stress."""
    if left <= 0.0:
        return 0.0
    if pace <= 0.0:
        return None
    return max((life - theta) / pace - since, 0.0)


def _take_present_stress(state: Any, parameters: Any) -> None:
    """Stand in for the window that has not been: the stress of this instant."""
    state[MEAN_AIR] = state[T_AIR]
    state[MEAN_DIE] = state[T_DIE]
    state[MEAN_SINK] = state[T_SINK]
    state[MEAN_FLOW] = state[FLOW]
    state[MEAN_RPM_RATIO] = state[RPM] / parameters[RPM_MAX] if parameters[RPM_MAX] > 0.0 else 0.0
    on = 1.0 if state[V_CORE] > 0.0 else 0.0
    state[MEAN_ON] = on
    state[MEAN_VOLT] = state[V_CORE]
    state[MEAN_WORK] = on * state[LOAD] * state[STEPS]
    state[MEAN_TOP] = on if state[STEPS] >= parameters[F_ALL_CORE] else 0.0
