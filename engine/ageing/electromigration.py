"""Electromigration and breakdown of the gate oxide: the processor dies suddenly, with hardly a precursor.

Rates after RAMP 2.0 (Srinivasan et al.): 4000 FIT in all at 345 K, split over five mechanisms, of which these are two,
so a mean life of 625,000 h; shape 2 (estimate). Electromigration: Black's law, current density to the power 1.1 and
0.9 eV; the current density is taken in proportion to the core's work. Oxide breakdown: voltage to the power
78 + 0.081 T makes a step of 0.1 GHz down worth a factor of about seven, so only the time at the all-core clock or
above counts, with the law's temperature term. Nothing shows before 95 % damage; then come machine checks that reset
the device.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

from engine.ageing.base import (
    BOLTZMANN_EV,
    HOUR_S,
    STEP_SIGNATURE,
    ZERO_C_IN_K,
    Numbers,
    arrhenius,
    life_stream,
    set_damage,
    wear_out,
    weibull_life,
)
from engine.elementary import exp, power
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import (
    F_MAX,
    MEAN_DIE,
    MEAN_TOP,
    MEAN_WORK,
    RESET_RATE,
)
from engine.physics.slots import (
    WEAR_DAMAGE,
)

SHAPE: Final = 2.0
SCALE_S: Final = 625_000.0 * HOUR_S / 0.886226925452758
"""The mean life over Gamma(1.5)."""
ACTIVATION_EV: Final = 0.9
REFERENCE_K: Final = 345.0
_DENSITY: Final = 1.1
_OXIDE_A: Final = 0.759
_OXIDE_B: Final = -66.8
_OXIDE_D: Final = -8.37e-4
QUIET_BELOW: Final = 0.95
"""Damage up to which nothing is to be seen."""
_CHECKS_A_DAY: Final = 20.0


@kernel
def _oxide(kelvin: float) -> float:
    """RAMP's exponent of oxide breakdown: life goes with exp of it."""
    return (_OXIDE_A + _OXIDE_B / kelvin + _OXIDE_D * kelvin) / (BOLTZMANN_EV * kelvin)


@kernel
def current_acceleration(die_c: float, work: float, top: float) -> float:
    """Mean of both mechanisms' accelerations: die temperature, degC; work over full capacity; time at the top clock."""
    migration = power(work, _DENSITY) * arrhenius(ACTIVATION_EV, REFERENCE_K, die_c)
    breakdown = top * exp(_oxide(REFERENCE_K) - _oxide(die_c + ZERO_C_IN_K))
    return 0.5 * (migration + breakdown)


@kernel(entry="wear_electromigration", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    af = current_acceleration(state[MEAN_DIE], state[MEAN_WORK] / parameters[F_MAX], state[MEAN_TOP])
    z = wear_out(state, parameters, at, af, seconds)
    z2 = z * z
    z4 = z2 * z2
    damage = z4 * z4
    set_damage(state, at, damage)
    if damage > QUIET_BELOW:
        state[RESET_RATE] += _CHECKS_A_DAY * (damage - QUIET_BELOW) / (1.0 - QUIET_BELOW)


class Electromigration:
    """Wires and gate oxide of the processor."""

    name: Final = "electromigration"
    part: Final = "processor"
    service: Final = "board"
    silent_below: Final = QUIET_BELOW
    observable_from: Final = QUIET_BELOW
    quiet_below: Final = QUIET_BELOW
    effect: Final = "none up to D 0.95; then machine checks that reset the device, up to 20 a day"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Whatever has a clock has wires that carry its current."""
        return parameters[F_MAX] > 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, drawn anew for each processor."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), SCALE_S, SHAPE, spread)

    def age_share(self, damage: float) -> float:
        """D = z^8."""
        return sqrt(sqrt(sqrt(damage)))

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_electromigration(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """`machine-checks` in the last twentieth of damage."""
        return ("machine-checks",) if state[at + WEAR_DAMAGE] > QUIET_BELOW else ()


MODE: Final = Electromigration()
