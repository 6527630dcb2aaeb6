"""Tables of sourced values, and how one unit's parameters are drawn from them."""

from collections.abc import Mapping
from math import sqrt
from typing import Final, NamedTuple

from engine.elementary import exp
from engine.physics import layout as at
from engine.streams import Stream


class Sourced(NamedTuple):
    """A value and where it comes from."""

    value: float
    source: str


Table = Mapping[int, Sourced]
"""Values by their place in the parameter array (`engine.physics.layout`)."""


def curve(place: int, clocks: tuple[float, ...], values: tuple[float, ...], source: str) -> Table:
    """Up to five points of a curve, made five by going on level beyond the last."""
    missing = 5 - len(clocks)
    clocks = (*clocks, *(clocks[-1] + 1.0 + i for i in range(missing)))
    values = (*values, *(values[-1] for _ in range(missing)))
    points = {place + i: Sourced(clock, source) for i, clock in enumerate(clocks)}
    return points | {place + 5 + i: Sourced(value, source) for i, value in enumerate(values)}


class Profile(NamedTuple):
    """A workload: all of it engineering estimates, after the standard server model (Poisson, bounded Pareto)."""

    base: float
    amplitude: float
    """Of the daily course."""
    sigma: float
    tau_s: float
    bursts_per_hour: float
    mean_burst_s: float
    burst_height: float
    weekend: float = 1.0
    """Factor on the amplitude on Saturday and Sunday."""


PROFILES: Final[Mapping[str, Profile]] = {
    "idle": Profile(0.02, 0.01, 0.01, 300.0, 2.0, 8.0, 0.30),
    "web": Profile(0.22, 0.15, 0.05, 300.0, 20.0, 30.0, 0.35, weekend=0.6),
    "batch": Profile(0.05, 0.02, 0.02, 300.0, 6.0, 240.0, 0.90),
    "edge": Profile(0.35, 0.05, 0.04, 120.0, 60.0, 10.0, 0.50),
}
BURST_ALPHA: Final = 1.5
BURST_LONGEST_S: Final = 3600.0
DAY_SD: Final = 0.15
"""Of the logarithm of each day's factor on demand (estimate)."""
AIR_SD_K: Final = 1.0
AIR_TAU_S: Final = 43_200.0
"""Slow weather of a room: estimate."""

SPREAD: Final[Mapping[int, Sourced]] = {
    at.C_EFF: Sourced(0.04, "estimate"),
    at.P_LEAK50: Sourced(0.20, "estimate"),
    at.R1: Sourced(0.08, "estimate"),
    at.RN: Sourced(0.08, "estimate"),
    at.R_MIN: Sourced(0.08, "estimate"),
    at.R_LOAD_LINE: Sourced(0.08, "estimate"),
    at.R_RAIL: Sourced(0.15, "estimate"),
}
"""Unit-to-unit spread: standard deviation of the logarithm."""
RPM_SPREAD: Final = Sourced(0.10, "estimate, uniform; the Active Cooler's data sheet allows 15 %")


def fill(parameters: list[float], *tables: Table) -> None:
    """Write tables into a parameter array; later ones win."""
    for table in tables:
        for place, sourced in table.items():
            parameters[place] = sourced.value


def fill_profile(parameters: list[float], profile: Profile) -> None:
    """Write a workload profile into a parameter array."""
    decay = exp(-1.0 / profile.tau_s)
    parameters[at.BASE] = profile.base
    parameters[at.AMPLITUDE] = profile.amplitude
    parameters[at.WEEKEND] = profile.weekend
    parameters[at.NOISE_DECAY] = decay
    parameters[at.NOISE_KICK] = profile.sigma * sqrt(1.0 - decay * decay)
    parameters[at.BURST_CHANCE] = 1.0 - exp(-profile.bursts_per_hour / 3600.0)
    parameters[at.BURST_SHORTEST] = profile.mean_burst_s / 3.0
    parameters[at.BURST_LONGEST] = BURST_LONGEST_S
    parameters[at.BURST_SHARE] = profile.burst_height
    parameters[at.BURST_ALPHA] = BURST_ALPHA


def mean_demand(parameters: list[float]) -> float:
    """Mean demand of the profile in a parameter array (bursts have 0.9 of their nominal height on average)."""
    if parameters[at.DEMAND_FIXED] >= 0.0:
        return parameters[at.DEMAND_FIXED]
    length = 3.0 * parameters[at.BURST_SHORTEST]
    bursts = parameters[at.BURST_CHANCE] * length * 0.9 * parameters[at.BURST_SHARE]
    return min(max((parameters[at.BASE] + bursts) * parameters[at.DEMAND_FACTOR], 0.005), 1.3)


def spread_out(parameters: list[float], seed: int, device: str, spread: float) -> None:
    """Make one unit of a model: draw its own values around the table's."""
    stream = Stream(seed, device, "unit")
    for place, sd in SPREAD.items():
        parameters[place] *= exp(spread * sd.value * stream.normal(place))
    parameters[at.RPM_MAX] *= 1.0 + spread * RPM_SPREAD.value * (2.0 * stream.uniform(at.RPM_MAX) - 1.0)
