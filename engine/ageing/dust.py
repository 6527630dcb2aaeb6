"""Dust: clogs fan and fins, so that less air flows and what flows takes less heat away.

Rate lognormal over places, median 2.5 years to D = 1 (estimate; a severe real case trebled the thermal resistance in
two years of continuous use, mild ones cost 5 K), in proportion to the air drawn through. Natural convection alone
brings a tenth of what a full fan does (estimate).
"""

from collections.abc import Sequence
from typing import Any, Final

from engine.ageing.base import (
    NEVER_SEEN,
    STEP_SIGNATURE,
    YEAR_S,
    Numbers,
    life_stream,
    lognormal_life,
    set_damage,
    wear_out,
)
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import FLOW_FACTOR, MEAN_FLOW, R_MIN_FACTOR, RN_FACTOR

MEDIAN_S: Final = 2.5 * YEAR_S
SIGMA: Final = 0.5
"""Standard deviation of the logarithm of the life, over places (estimate)."""
_STILL_AIR: Final = 0.1
_FLOW: Final = 0.6
_FORCED: Final = 0.5
_PASSIVE: Final = 0.6


@kernel
def dust_acceleration(flow: float) -> float:
    """Acceleration of dust: air flow over its clean maximum."""
    return _STILL_AIR + (1.0 - _STILL_AIR) * flow


@kernel(entry="wear_dust", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    damage = wear_out(state, parameters, at, dust_acceleration(state[MEAN_FLOW]), seconds)
    set_damage(state, at, damage)
    state[FLOW_FACTOR] *= 1.0 - _FLOW * damage
    state[R_MIN_FACTOR] *= 1.0 + _FORCED * damage
    state[RN_FACTOR] *= 1.0 + _PASSIVE * damage


class Dust:
    """The dust in a device's place."""

    name: Final = "dust"
    part: Final = "fins and filters"
    service: Final = "clean"
    silent_below: Final = NEVER_SEEN
    watched: Final = "dust"
    effect: Final = "air flow x (1 - 0.6 D), forced resistance x (1 + 0.5 D), passive resistance x (1 + 0.6 D)"

    def applies(self, parameters: Sequence[float]) -> bool:  # noqa: ARG002 - the seam's signature
        """Every body stands in some air."""
        return True

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:  # noqa: ARG002 - the seam's signature
        """Lognormal; cleaning a device does not change its place, so the tick does not matter."""
        return lognormal_life(life_stream(seed, device, self.name).normal(0), MEDIAN_S, SIGMA, spread)

    def age_share(self, damage: float) -> float:
        """D = z."""
        return damage

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_dust(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:  # noqa: ARG002 - the seam's signature
        """None of its own: heat shows it."""
        return ()


MODE: Final = Dust()
