"""What a failure mode is, and the damage law that all of them share.

Stress-accelerated age theta(t) = integral of kappa AF dt; a unit's life Theta is drawn once; damage D = g(theta/Theta),
clipped to [0, 1]; functional failure at D = 1. So a population follows its declared life distribution exactly, and
each unit's remaining life is known exactly. kappa speeds up wear only, never heat or electricity.
"""

from collections.abc import MutableSequence, Sequence
from math import sqrt
from typing import Any, Final, Literal, Protocol

from engine.elementary import exp, log, power
from engine.kernels import kernel
from engine.physics.layout import (
    KAPPA,
)
from engine.physics.slots import (
    WEAR_AF,
    WEAR_DAMAGE,
    WEAR_LIFE,
    WEAR_THETA,
)
from engine.streams import Stream

STEP_SIGNATURE: Final = "void(float64[::1], float64[::1], int64, float64)"
"""Numba signature of every wear step: state, parameters, place of the mode's slot in the state, simulated seconds."""

HOUR_S: Final = 3600.0
YEAR_S: Final = 365.25 * 86_400.0
ZERO_C_IN_K: Final = 273.15
BOLTZMANN_EV: Final = 8.617e-5
"""eV/K."""
NEVER_SEEN: Final = 2.0
"""As `silent_below`: no damage reaches it."""
NOT_SEEN: Final = -1000.0
"""In a slot's spare numbers: nothing noted since birth or repair."""

_LN2: Final = 0.6931471805599453

Numbers = MutableSequence[float]
Watched = Literal["rail", "core", "dust", "paste"]
"""What of a plant is watched over for a symptom (`engine.physics.watch`)."""


class FailureMode(Protocol):
    """One way in which a body wears out. A module's `MODE`."""

    name: str
    part: str
    """What wears, and what a repair renews or cleans."""
    effect: str
    """What damage changes in the plant, for people."""
    # A mode may also say `service`, the word of the maintenance that renews its part (`service_of`), `fails = False`
    # when its end is no failure of the device (`can_fail`), `silent_below`, and `observable_from`: the damage from
    # which the readings show something to whoever knows what to look for (0.1 unless it says otherwise).
    # For groups in which symptoms are failures: `symptom_from`, the damage at which it is there (`symptom_from_of`), or
    # `watched`, what about the plant is looked at instead (`watched_of`).

    def applies(self, parameters: Sequence[float]) -> bool:
        """Whether a body with these parameters (`engine.physics.layout`) has the part."""

    def life_s(self, seed: int, device: str, spread: float, tick: int) -> float:
        """Life of the unit's part at reference stress, s, for a part fitted at this tick (0: from birth).

        `spread` 1 is the declared distribution, 0 gives every unit the median.
        """

    def age_share(self, damage: float) -> float:
        """theta/Theta at which this damage is reached: the inverse of g."""

    def step(self, state: Any, parameters: Any, at: int, seconds: float) -> None:
        """Wear through simulated seconds at the window's mean stress, and write the effect on the plant.

        `at` is where the mode's slot begins in `state`. With 0 seconds only the effect is written.
        """

    def symptoms(self, state: Any, at: int) -> tuple[str, ...]:
        """Visible consequences that are no failure yet."""


def service_of(mode: FailureMode) -> str:
    """The word of the maintenance that renews a mode's part: `clean`, `fan`, `psu`...; its own word by default."""
    return str(getattr(mode, "service", mode.name))


def can_fail(mode: FailureMode) -> bool:
    """Whether the device fails when the mode reaches its end; one that cannot stays out of health and life."""
    return bool(getattr(mode, "fails", True))


def symptom_from_of(mode: FailureMode) -> float:
    """Damage at which the symptom is there that fails a device where that is wanted; 1, the end, by default."""
    return float(getattr(mode, "symptom_from", 1.0))


def watched_of(mode: FailureMode) -> Watched | None:
    """What shows the symptom of a mode whose damage alone does not tell: it depends on load and air as well."""
    return getattr(mode, "watched", None)


def silent_below(mode: FailureMode) -> float:
    """Damage below which a mode certainly has no symptom, so that nobody need ask; 2 for one that never has any."""
    return float(getattr(mode, "silent_below", 0.0))


@kernel
def wear_out(state: Numbers, parameters: Numbers, at: int, af: float, seconds: float) -> float:
    """Age one slot by `seconds` at acceleration `af`; answers theta/Theta, at most 1."""
    theta = state[at + WEAR_THETA] + parameters[KAPPA] * af * seconds
    state[at + WEAR_THETA] = theta
    state[at + WEAR_AF] = af
    life = state[at + WEAR_LIFE]
    if theta >= life:
        return 1.0
    return theta / life


@kernel
def arrhenius(activation_ev: float, reference_k: float, celsius: float) -> float:
    """Arrhenius acceleration exp(Ea/k (1/T0 - 1/T)) over a reference temperature in K."""
    return exp(activation_ev / BOLTZMANN_EV * (1.0 / reference_k - 1.0 / (celsius + ZERO_C_IN_K)))


@kernel
def set_damage(state: Numbers, at: int, damage: float) -> None:
    """Note the damage of one slot."""
    state[at + WEAR_DAMAGE] = damage


@kernel
def power_three_halves(z: float) -> float:
    """z**1.5 by multiplication and square root alone."""
    return z * sqrt(z)


def life_stream(seed: int, device: str, mode: str) -> Stream:
    """The stream from which a device's lives of one mode are drawn."""
    return Stream(seed, device, f"wear/{mode}")


def weibull_life(u: float, scale: float, shape: float, spread: float) -> float:
    """A Weibull life by inversion from u in (0, 1); `spread` below 1 draws it towards the median."""
    median = scale * power(_LN2, 1.0 / shape)
    return median * power(-log(u) / _LN2, spread / shape)


def lognormal_life(z: float, median: float, sigma: float, spread: float) -> float:
    """A lognormal life from a standard normal; `spread` scales its sigma."""
    return median * exp(spread * sigma * z)
