"""A corroding plug: the supply's resistance rises, faster in warm air."""

from collections.abc import Sequence
from typing import Any, Final

from engine.ageing.base import (
    STEP_SIGNATURE,
    YEAR_S,
    Numbers,
    arrhenius,
    life_stream,
    set_damage,
    wear_out,
    weibull_life,
)
from engine.elementary import power
from engine.kernels import ENTRIES, kernel
from engine.physics.layout import MEAN_AIR, R_RAIL_FACTOR


@kernel(entry="wear_acme_corroded_plug", signature=STEP_SIGNATURE)
def _step(state: Numbers, parameters: Numbers, at: int, seconds: float) -> None:
    z = wear_out(state, parameters, at, arrhenius(0.6, 298.15, state[MEAN_AIR]), seconds)
    set_damage(state, at, z * z)
    state[R_RAIL_FACTOR] *= 1.0 + 4.0 * z * z


class CorrodedPlug:
    """The plug of a device's supply."""

    name: Final = "corroded-plug"
    part: Final = "plug"
    effect: Final = "resistance of the supply x (1 + 4 D)"

    def applies(self, parameters: Sequence[float]) -> bool:
        """Everything has a plug."""
        return True

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Weibull, a new one for each plug."""
        return weibull_life(life_stream(seed, device, self.name).uniform(tick), 12.0 * YEAR_S, 1.8, spread)

    def age_share(self, damage: float) -> float:
        """D = z^2."""
        return power(damage, 0.5) if damage > 0.0 else 0.0

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """See `FailureMode.step`."""
        ENTRIES.wear_acme_corroded_plug(state, parameters, at, seconds)

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """None of its own: a lower voltage shows it."""
        return ()


MODE: Final = CorrodedPlug()
