"""Bias temperature instability: transistors grow slow, so the core needs more voltage for the same clock.

The least voltage rises by 3 % in ten years, with the sixth root of time (reaction-diffusion theory; size: estimate).
Adaptive voltage scaling follows it up to 2.4 %; beyond, the highest clock falls by 0.1 GHz a step. Stress: Arrhenius
with 0.5 eV at 65 degC and the sixth power of the core voltage over 1 V while there is one (estimates). It never fails
a device by itself, so it stays out of health and remaining life.
"""

from collections.abc import Sequence
from typing import Any, Final

from engine.ageing.base import (
    NEVER_SEEN,
    STEP_SIGNATURE,
    YEAR_S,
    ZERO_C_IN_K,
    Numbers,
    arrhenius,
    life_stream,
    lognormal_life,
    set_damage,
    wear_out,
)
from engine.elementary import power
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import CLOCK_LOSS, F_MAX, MEAN_DIE, MEAN_ON, MEAN_VOLT, VOLT_FACTOR

MEDIAN_S: Final = 10.0 * YEAR_S
SIGMA: Final = 0.2
"""Standard deviation of the logarithm, over units (estimate)."""
ACTIVATION_EV: Final = 0.5
REFERENCE_K: Final = 65.0 + ZERO_C_IN_K
_RISE: Final = 0.03
_HEADROOM: Final = 0.8
"""Damage at which the voltage may rise no further."""
_STEPS: Final = 10.0
"""Clock steps lost per unit of damage beyond the headroom."""
_ROUNDED: Final = 1e-9
_SIXTH: Final = 1.0 / 6.0


@kernel
def bias_acceleration(die_c: float, volt: float) -> float:
    """Acceleration by die temperature, degC, and core voltage, V."""
    square = volt * volt
    return arrhenius(ACTIVATION_EV, REFERENCE_K, die_c) * square * square * square


@kernel(entry="wear_bti", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    on = state[MEAN_ON]
    af = on * bias_acceleration(state[MEAN_DIE], state[MEAN_VOLT] / on) if on > 0.0 else 0.0
    damage = power(wear_out(state, parameters, at, af, seconds), _SIXTH)
    set_damage(state, at, damage)
    state[VOLT_FACTOR] *= 1.0 + _RISE * min(damage, _HEADROOM)
    if damage > _HEADROOM:
        state[CLOCK_LOSS] += float(int((damage - _HEADROOM) * _STEPS + _ROUNDED))


class Bti:
    """The transistors of the processor."""

    name: Final = "bti"
    part: Final = "processor"
    service: Final = "board"
    silent_below: Final = NEVER_SEEN
    observable_from: Final = NEVER_SEEN
    fails: Final = False
    effect: Final = "core voltage x (1 + 0.03 D) up to D 0.8, beyond it the highest clock 0.1 GHz lower per 0.1 of D"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Whatever has a clock has transistors."""
        return parameters[F_MAX] > 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Time to the full 3 % at reference stress: lognormal, drawn anew for each processor."""
        return lognormal_life(life_stream(seed, device, self.name).normal(tick), MEDIAN_S, SIGMA, spread)

    def age_share(self, damage: float) -> float:
        """D = z^(1/6)."""
        square = damage * damage
        return square * square * square

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_bti(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:  # noqa: ARG002 - the seam's signature
        """None: whoever wants to see it compares voltages over years."""
        return ()


MODE: Final = Bti()
