"""Solder joints: temperature cycles crack them, so contacts open now and then, and more often as the cracks grow.

Life: 6000 cycles of 60 K (estimate), Norris and Landzberg's law for other cycles, counted by rainflow and summed by
Miner's rule (`engine.ageing._rainflow`); shape 3 over units (estimate). Steady heat with its vibration and switching
is taken as a hundredth of the reference's daily cycle, accelerated by the law's own temperature term (estimate).
Effect: opens of a few seconds, 24 D^2 a day with D = z^2, so with the fourth power of age; in an open the rail and the
path from the die have more resistance, samples are lost, and one in five resets the device. Remaining life at present
stress counts the steady heat and the cycles of the last day.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

from engine.ageing._rainflow import CYCLE_S, CYCLES_TO_FAILURE, PACE, PEAK_K, begin_cycles, count_cycles
from engine.ageing.base import (
    NOT_SEEN,
    STEP_SIGNATURE,
    ZERO_C_IN_K,
    Numbers,
    life_stream,
    set_damage,
    wear_out,
    weibull_life,
)
from engine.elementary import exp
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import (
    KAPPA,
    MEAN_SINK,
    OPEN_RATE,
    V_SET,
)
from engine.physics.slots import (
    WEAR_AF,
    WEAR_DAMAGE,
    WEAR_SPARE,
    WEAR_THETA,
)

SCALE_S: Final = CYCLES_TO_FAILURE * CYCLE_S
"""Age is counted in seconds of the reference: one cycle of 60 K a day."""
SHAPE: Final = 3.0
_STEADY: Final = 0.01
_CREEP_K: Final = 1414.0
_OPENS_A_DAY: Final = 24.0
UNSTABLE: Final = 0.4564354645876384
"""Damage at which one open in five makes one reset a day: sqrt(5 / 24)."""


@kernel
def steady_acceleration(sink_c: float) -> float:
    """Acceleration of joints that see no cycle, by their temperature."""
    return _STEADY * exp(_CREEP_K * (1.0 / PEAK_K - 1.0 / (sink_c + ZERO_C_IN_K)))


@kernel(entry="wear_solder_fatigue", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    if state[at + WEAR_SPARE] == NOT_SEEN:
        state[at + WEAR_SPARE] = 0.0
        begin_cycles(state)
    steady = steady_acceleration(state[MEAN_SINK])
    if seconds > 0.0:
        share = count_cycles(state, state[MEAN_SINK], seconds)
        # The law gives shares of the reference life; a unit's own life makes them more or less.
        state[at + WEAR_THETA] += parameters[KAPPA] * share * SCALE_S
    z = wear_out(state, parameters, at, steady, seconds)
    state[at + WEAR_AF] = steady + state[PACE] * SCALE_S
    damage = z * z
    set_damage(state, at, damage)
    state[OPEN_RATE] += _OPENS_A_DAY * damage * damage


class SolderFatigue:
    """The solder joints of the board."""

    name: Final = "solder-fatigue"
    part: Final = "solder joints"
    service: Final = "board"
    silent_below: Final = UNSTABLE
    symptom_from: Final = UNSTABLE
    observable_from: Final = 0.3
    effect: Final = "contacts open for seconds, 24 D^2 times a day: rail and die resistance jump, samples lost, resets"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Whatever has a supply has joints."""
        return parameters[V_SET] > 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, drawn anew for each board."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), SCALE_S, SHAPE, spread)

    def age_share(self, damage: float) -> float:
        """Square root: D = z^2."""
        return sqrt(damage)

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_solder_fatigue(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """`unstable` from one reset a day on."""
        return ("unstable",) if state[at + WEAR_DAMAGE] >= UNSTABLE else ()


MODE: Final = SolderFatigue()
