"""Memory card of a board: its blocks wear out with what is written, so input and output stall more and more.

Life: scale 5 years at the writing of a board at half its capacity, shape 1.5 (estimates: endurance over writes).
Stress: a base of logs plus what the work writes. Effect: stalls of some seconds, up to 96 a day, during which the load
stands still and, when they last, no sample leaves the device; at the end the card takes no more writes and the board
stops.
"""

from collections.abc import Sequence
from typing import Any, Final

from engine.ageing.base import STEP_SIGNATURE, YEAR_S, Numbers, life_stream, set_damage, wear_out, weibull_life
from engine.elementary import power
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import (
    F_MAX,
    MEAN_ON,
    MEAN_WORK,
    SD_CARD,
    STALL_RATE,
)
from engine.physics.slots import (
    WEAR_DAMAGE,
)

SCALE_S: Final = 5.0 * YEAR_S
SHAPE: Final = 1.5
_BASE: Final = 0.2
_PER_WORK: Final = 1.6
"""So that half of full capacity is the reference."""
_STALLS_A_DAY: Final = 96.0
_FELT: Final = 0.5


@kernel
def write_acceleration(on: float, work: float) -> float:
    """Acceleration by what is written: share of time with power, work over full capacity."""
    return _BASE * on + _PER_WORK * work


@kernel(entry="wear_sd_card", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    af = write_acceleration(state[MEAN_ON], state[MEAN_WORK] / parameters[F_MAX])
    z = wear_out(state, parameters, at, af, seconds)
    z2 = z * z
    damage = z2 * z2 * z
    set_damage(state, at, damage)
    state[STALL_RATE] += _STALLS_A_DAY * damage


class SdCard:
    """The memory card that a board runs from."""

    name: Final = "sd-card"
    part: Final = "memory card"
    service: Final = "card"
    silent_below: Final = _FELT
    observable_from: Final = 0.05
    effect: Final = "stalls of input and output, 96 D a day: the load stands still, samples are missing; D 1: read-only"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Only a board that runs from one."""
        return parameters[SD_CARD] > 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, drawn anew for each card."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), SCALE_S, SHAPE, spread)

    def age_share(self, damage: float) -> float:
        """Fifth root: D = z^5."""
        return power(damage, 0.2)

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_sd_card(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """`card-slow` from half its damage on; `card-read-only` at the end."""
        damage = state[at + WEAR_DAMAGE]
        if damage >= 1.0:
            return ("card-read-only",)
        return ("card-slow",) if damage >= _FELT else ()


MODE: Final = SdCard()
