"""Voltage regulator of the board: it loses efficiency and stiffness, so the same work takes more power.

Life: scale 200,000 h, shape 2; Arrhenius with 0.7 eV at 70 degC of the regulator, which is as warm as the sink and up
to 20 K warmer under full work. Effects (all estimates): efficiency falls to 0.85, the load line trebles, and the core
voltage becomes noisy by up to 0.8 %.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

from engine.ageing.base import (
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
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import (
    CORE_NOISE,
    ETA_VRM,
    F_MAX,
    MEAN_ON,
    MEAN_SINK,
    MEAN_WORK,
    R_LL_FACTOR,
    V_CORE,
    V_SET,
    VOLT_SET,
)
from engine.physics.slots import (
    WEAR_DAMAGE,
)

SCALE_S: Final = 200_000.0 * HOUR_S
SHAPE: Final = 2.0
ACTIVATION_EV: Final = 0.7
REFERENCE_K: Final = 70.0 + ZERO_C_IN_K
_WORK_K: Final = 20.0
_LOSS: Final = 0.15
_LOAD_LINE: Final = 2.0
_NOISE: Final = 0.008
_SILENT: Final = 0.2
"""Below this damage the droop cannot be large enough: a healthy one stays below 10 % of the voltage."""
_DROOP: Final = 0.07
"""Of the core voltage: more droop than a healthy regulator's by this share is a symptom."""


@kernel
def regulator_acceleration(celsius: float) -> float:
    """Acceleration by the regulator's temperature."""
    return arrhenius(ACTIVATION_EV, REFERENCE_K, celsius)


@kernel(entry="wear_board_vrm", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    work = state[MEAN_WORK] / parameters[F_MAX]
    af = regulator_acceleration(state[MEAN_SINK] + _WORK_K * work) * state[MEAN_ON]
    z = wear_out(state, parameters, at, af, seconds)
    damage = z * z
    set_damage(state, at, damage)
    state[ETA_VRM] *= 1.0 - _LOSS * damage
    state[R_LL_FACTOR] *= 1.0 + _LOAD_LINE * damage
    state[CORE_NOISE] += _NOISE * damage


class BoardVrm:
    """The voltage regulator on the board."""

    name: Final = "board-vrm"
    part: Final = "voltage regulator"
    service: Final = "board"
    silent_below: Final = _SILENT
    watched: Final = "core"
    effect: Final = "efficiency x (1 - 0.15 D), load line x (1 + 2 D), noise of the core voltage 0.8 % D"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Whatever has a supply has a regulator behind it."""
        return parameters[V_SET] > 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, drawn anew for each board."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), SCALE_S, SHAPE, spread)

    def age_share(self, damage: float) -> float:
        """Square root: D = z^2."""
        return sqrt(damage)

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_board_vrm(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """`core-voltage-low` while the core voltage is 7 % below what a healthy regulator would give."""
        core = state[V_CORE]
        if core <= 0.0 or state[at + WEAR_DAMAGE] < _SILENT:
            return ()
        healthy = state[VOLT_SET] - (state[VOLT_SET] - core) / state[R_LL_FACTOR]
        return ("core-voltage-low",) if core < (1.0 - _DROOP) * healthy else ()


MODE: Final = BoardVrm()
