"""Electrolytic capacitors of the supply: they dry out, so that the rail sags more under load and carries more ripple.

Life: 3000 h at 105 degC, doubling per 10 K less (the makers' rule), shape 2.5 (estimates). The capacitors are 15 K
above the air while the supply runs and up to 10 K more under full work (estimate). Effect: series resistance trebles
over the life and grows with the square of age (criterion of end of life in Celaya et al. and Lahyani et al.); shares
passed on to ripple and rail are estimates, as are the resets of a supply that is nearly gone.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

from engine.ageing.base import HOUR_S, STEP_SIGNATURE, Numbers, life_stream, set_damage, wear_out, weibull_life
from engine.elementary import exp
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import (
    F_MAX,
    MEAN_AIR,
    MEAN_ON,
    MEAN_WORK,
    R_RAIL_FACTOR,
    RESET_RATE,
    RIPPLE_FACTOR,
    V_SET,
)
from engine.physics.slots import (
    WEAR_DAMAGE,
)

SCALE_S: Final = 3000.0 * HOUR_S
SHAPE: Final = 2.5
REFERENCE_C: Final = 105.0
_LN_2_PER_K: Final = 0.06931471805599453
_ON_K: Final = 15.0
_WORK_K: Final = 10.0
_RIPPLE: Final = 3.0
_RAIL: Final = 4.0
_RESETS_FROM: Final = 0.7
_RESETS_A_DAY: Final = 6.0
WEAK: Final = 0.5
"""Damage from which the supply counts as weak: its resistance has trebled."""


@kernel
def capacitor_acceleration(celsius: float) -> float:
    """Acceleration by the capacitors' own temperature: 2 per 10 K."""
    return exp((celsius - REFERENCE_C) * _LN_2_PER_K)


@kernel(entry="wear_psu_electrolytics", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    work = state[MEAN_WORK] / parameters[F_MAX]
    z = wear_out(
        state,
        parameters,
        at,
        capacitor_acceleration(state[MEAN_AIR] + _ON_K * state[MEAN_ON] + _WORK_K * work),
        seconds,
    )
    damage = z * z
    set_damage(state, at, damage)
    state[RIPPLE_FACTOR] *= 1.0 + _RIPPLE * damage
    state[R_RAIL_FACTOR] *= 1.0 + _RAIL * damage
    if damage > _RESETS_FROM:
        near = (damage - _RESETS_FROM) / (1.0 - _RESETS_FROM)
        state[RESET_RATE] += _RESETS_A_DAY * near * near


class PsuElectrolytics:
    """The electrolytic capacitors of the supply."""

    name: Final = "psu-electrolytics"
    part: Final = "supply"
    service: Final = "psu"
    silent_below: Final = WEAK
    watched: Final = "rail"
    effect: Final = "resistance of the rail x (1 + 4 D), ripple x (1 + 3 D), resets from D 0.7, up to 6 a day"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Whatever has an input rail has a supply."""
        return parameters[V_SET] > 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, drawn anew for each supply."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), SCALE_S, SHAPE, spread)

    def age_share(self, damage: float) -> float:
        """Square root: D = z^2."""
        return sqrt(damage)

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_psu_electrolytics(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """`supply-weak` once the rail's resistance has trebled."""
        return ("supply-weak",) if state[at + WEAR_DAMAGE] >= WEAK else ()


MODE: Final = PsuElectrolytics()
