"""The wearing parts of one body: which failure modes it has, and their slots in its state."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.ageing import MODES
from engine.ageing.base import NOT_SEEN, FailureMode
from engine.physics.layout import (
    KAPPA,
    NEUTRAL,
    PLANT,
    WEAR,
    WEAR_AF,
    WEAR_DAMAGE,
    WEAR_LIFE,
    WEAR_SLOTS,
    WEAR_SPARE,
    WEAR_STEP,
    WEAR_THETA,
    WEAR_WIDTH,
)
from schemas.problems import suggest
from schemas.readings import WearTruth

Numbers = npt.NDArray[np.float64]
_NEUTRAL: Final = np.array(NEUTRAL)
_SECONDS: Final = float(WEAR_STEP)


class Part(NamedTuple):
    """One wearing part: its failure mode, and where its slot begins in the state."""

    mode: FailureMode
    at: int


class Unit(NamedTuple):
    """What decides the lives drawn for a body's parts."""

    seed: int
    device: str
    spread: float


def parts_of(parameters: list[float], asked: tuple[str, ...] | None) -> tuple[Part, ...]:
    """The parts of a body with these parameters: all that fit it, or those asked for that do.

    Raises `UnknownWord` (a LookupError) for a word asked for that is no failure mode.
    """
    members: Mapping[str, FailureMode] = MODES.members() if asked is None else {word: MODES.get(word) for word in asked}
    fitting = [member for member in members.values() if member.applies(parameters)]
    if len(fitting) > WEAR_SLOTS:
        raise ValueError(f"{len(fitting)} failure modes fit this body; at most {WEAR_SLOTS} can be told apart")
    return tuple(Part(member, WEAR + WEAR_WIDTH * i) for i, member in enumerate(fitting))


def renew(state: Numbers, part: Part, unit: Unit, tick: int) -> None:
    """Fit a new part at a tick: a life of its own, no damage."""
    at = part.at
    state[at : at + WEAR_WIDTH] = 0.0
    state[at + WEAR_LIFE] = part.mode.life_s(unit.seed, unit.device, unit.spread, tick)
    state[at + WEAR_SPARE : at + WEAR_WIDTH] = NOT_SEEN


def hurt(state: Numbers, part: Part, damage: float) -> None:
    """Bring a part to a damage; never lowers it."""
    theta = part.mode.age_share(damage) * state.item(part.at + WEAR_LIFE)
    if theta > state.item(part.at + WEAR_THETA):
        state[part.at + WEAR_THETA] = theta


def step(state: Numbers, parameters: Numbers, parts: tuple[Part, ...], seconds: float = _SECONDS) -> str | None:
    """Let every part wear and write its effect on the plant; answers the first part that has failed."""
    state[PLANT] = _NEUTRAL
    for mode, at in parts:
        mode.step(state, parameters, at, seconds)
    return first_failed(state, parts)


def first_failed(state: Numbers, parts: tuple[Part, ...]) -> str | None:
    """The first part whose damage has reached 1."""
    for mode, at in parts:
        if state.item(at + WEAR_DAMAGE) >= 1.0:
            return mode.name
    return None


def rul_s(state: Numbers, kappa: float, at: int) -> float | None:
    """Remaining useful life of one part at its present stress, s; `None` when it does not wear now."""
    remaining = state.item(at + WEAR_LIFE) - state.item(at + WEAR_THETA)
    if remaining <= 0.0:
        return 0.0
    rate = kappa * state.item(at + WEAR_AF)
    return remaining / rate if rate > 0.0 else None


def truth(state: Numbers, parameters: Numbers, parts: tuple[Part, ...]) -> tuple[WearTruth, ...]:
    """How far each part has come."""
    kappa = parameters.item(KAPPA)
    told = []
    for mode, at in parts:
        damage = state.item(at + WEAR_DAMAGE)
        told.append(WearTruth(mode.name, damage, 1.0 - damage, rul_s(state, kappa, at)))
    return tuple(told)


def named(parts: tuple[Part, ...], word: str) -> Part:
    """The part of a failure mode; ValueError lists the body's own."""
    for part in parts:
        if part.mode.name == word:
            return part
    known = tuple(part.mode.name for part in parts)
    text = f"failure mode '{word}' is none of this body's: {', '.join(known) or 'it has none'}"
    raise ValueError(f"{text}. {suggest(word, known)}".removesuffix(". "))
