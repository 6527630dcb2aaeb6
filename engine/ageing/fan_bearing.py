"""Fan bearing wear: the fan slows down, jitters, stalls earlier, and stops at D = 1.

Life: L10 of 60,000 h at 40 degC (data sheets: 60-70 kh for ball bearings) with shape 2 (estimate), so a scale of
185 kh. Stress: 1.5 per 10 K of the air at the fan (Jamicon's L10 method), times its speed. Effect: estimates; the
industry's own criterion for a worn fan is a speed 15 % down.
"""

from collections.abc import Sequence
from typing import Any, Final

from engine.ageing.base import HOUR_S, STEP_SIGNATURE, Numbers, life_stream, set_damage, wear_out, weibull_life
from engine.elementary import exp, power
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import (
    FAN_KIND,
    MEAN_AIR,
    MEAN_RPM_RATIO,
    RPM_FACTOR,
    RPM_JITTER,
    STALL_DUTY,
)
from engine.physics.slots import (
    WEAR_DAMAGE,
)

SCALE_S: Final = 185_000.0 * HOUR_S
SHAPE: Final = 2.0
_REFERENCE_C: Final = 40.0
_LN_1_5_PER_K: Final = 0.04054651081081644
_SLOWER: Final = 0.30
_JITTER: Final = 3.0
_STALL: Final = 0.25
_STALL_FROM: Final = 0.6
DEGRADED: Final = 0.70710678118654752
"""Damage at which the speed is 15 % down: sqrt(0.15 / 0.30)."""


@kernel
def fan_acceleration(air_c: float, rpm_ratio: float) -> float:
    """Acceleration of bearing wear: air temperature at the fan, degC, and speed over its maximum."""
    return exp((air_c - _REFERENCE_C) * _LN_1_5_PER_K) * rpm_ratio


@kernel(entry="wear_fan_bearing", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    af = fan_acceleration(state[MEAN_AIR], state[MEAN_RPM_RATIO])
    z = wear_out(state, parameters, at, af, seconds)
    damage = z * z * z
    set_damage(state, at, damage)
    state[RPM_FACTOR] *= 0.0 if damage >= 1.0 else 1.0 - _SLOWER * damage * damage
    state[RPM_JITTER] *= 1.0 + _JITTER * damage
    if damage > _STALL_FROM:
        state[STALL_DUTY] += _STALL * (damage - _STALL_FROM) / (1.0 - _STALL_FROM)


class FanBearing:
    """The bearing of a device's fan."""

    name: Final = "fan-bearing"
    part: Final = "fan"
    service: Final = "fan"
    silent_below: Final = DEGRADED
    symptom_from: Final = DEGRADED
    observable_from: Final = 0.41
    effect: Final = "speed x (1 - 0.30 D^2), jitter x (1 + 3 D), stall duty up from D 0.6, stopped at D 1"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Only a body with a fan has a bearing."""
        return parameters[FAN_KIND] != 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, drawn anew for each fan."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), SCALE_S, SHAPE, spread)

    def age_share(self, damage: float) -> float:
        """Cube root: D = z^3."""
        return power(damage, 1.0 / 3.0) if damage > 0.0 else 0.0

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_fan_bearing(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """`fan-degraded` from 15 % below the healthy speed on."""
        return ("fan-degraded",) if state[at + WEAR_DAMAGE] >= DEGRADED else ()


MODE: Final = FanBearing()
