"""Thermal paste: dries out with heat and is pumped out by cycles, so that heat leaves the die less easily.

Life: scale 8 years, shape 3 at 60 degC (estimates). Stress: Arrhenius with 0.5 eV on the die's temperature, and
temperature cycles of the sink: 1500 deep cycles (-50 to 150 degC) raised one material's resistance by 30 %
(Microelectronics Reliability 2011), which is D 0.2, a share of 0.342 of its life; a cycle counts with the square of its
swing (Coffin-Manson exponents lie around 2). Remaining life at present stress counts the heat, not cycles to come.
"""

from collections.abc import Sequence
from typing import Any, Final

from engine.ageing.base import (
    NEVER_SEEN,
    NOT_SEEN,
    STEP_SIGNATURE,
    YEAR_S,
    ZERO_C_IN_K,
    Numbers,
    arrhenius,
    life_stream,
    power_three_halves,
    set_damage,
    wear_out,
    weibull_life,
)
from engine.elementary import power
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import (
    KAPPA,
    MEAN_DIE,
    MEAN_SINK,
    R1_FACTOR,
    R_MIN,
)
from engine.physics.slots import (
    WEAR_LIFE,
    WEAR_SPARE,
    WEAR_THETA,
)

SCALE_S: Final = 8.0 * YEAR_S
SHAPE: Final = 3.0
ACTIVATION_EV: Final = 0.5
REFERENCE_K: Final = 60.0 + ZERO_C_IN_K
_RESISTANCE: Final = 1.5
# Share of a life that a whole cycle of 1 K costs: 0.2**(1/1.5) / 1500 / 200**2.
CYCLE_SHARE_PER_K2: Final = 5.6999e-9
# Turns smaller than this are ripple, not cycles, K (estimate).
_RIPPLE_K: Final = 5.0
_TURN: Final = WEAR_SPARE
_REACHED: Final = WEAR_SPARE + 1


@kernel
def paste_acceleration(die_c: float) -> float:
    """Acceleration of drying by the die's temperature, degC."""
    return arrhenius(ACTIVATION_EV, REFERENCE_K, die_c)


@kernel
def cycle_growth(state: Numbers, at: int, sink_c: float) -> float:
    """K^2 by which the present half cycle has grown; a half cycle of swing s sums up to s**2 / 2.

    Keeps the last turning point and the farthest point reached since; turning back by more than the ripple makes the
    farthest point the new turning point.
    """
    turn = state[at + _TURN]
    reached = state[at + _REACHED]
    if turn == NOT_SEEN:
        state[at + _TURN] = sink_c
        state[at + _REACHED] = sink_c
        return 0.0
    before = reached - turn
    after = sink_c - turn
    if (before >= 0.0 and after > before) or (before <= 0.0 and after < before):
        state[at + _REACHED] = sink_c
        return 0.5 * (after * after - before * before)
    back = sink_c - reached
    if back * back > _RIPPLE_K * _RIPPLE_K:
        state[at + _TURN] = reached
        state[at + _REACHED] = sink_c
        return 0.5 * back * back
    return 0.0


@kernel(entry="wear_thermal_paste", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    share = CYCLE_SHARE_PER_K2 * cycle_growth(state, at, state[MEAN_SINK])
    # Wear is scaled by kappa whatever its cause.
    state[at + WEAR_THETA] += parameters[KAPPA] * share * state[at + WEAR_LIFE]
    z = wear_out(state, parameters, at, paste_acceleration(state[MEAN_DIE]), seconds)
    damage = power_three_halves(z)
    set_damage(state, at, damage)
    state[R1_FACTOR] *= 1.0 + _RESISTANCE * damage


class ThermalPaste:
    """The paste between die and sink."""

    name: Final = "thermal-paste"
    part: Final = "thermal paste"
    service: Final = "repaste"
    silent_below: Final = NEVER_SEEN
    watched: Final = "paste"
    effect: Final = "resistance from die to sink x (1 + 1.5 D)"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Only a body with a sink under forced air has paste: bare boards have none."""
        return parameters[R_MIN] > 0.0

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, drawn anew for each application."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), SCALE_S, SHAPE, spread)

    def age_share(self, damage: float) -> float:
        """D = z^1.5."""
        return power(damage, 2.0 / 3.0) if damage > 0.0 else 0.0

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_thermal_paste(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:  # noqa: ARG002 - the seam's signature
        """None of its own: heat shows it."""
        return ()


MODE: Final = ThermalPaste()
