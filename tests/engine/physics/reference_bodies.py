"""Bodies as the physics reference describes them: no unit-to-unit spread, 22 degC."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.devices import cpu, raspberry_pi
from engine.devices._body import KernelBody
from engine.devices.base import BodySpec
from schemas.quantities import QUANTITIES

Table = NDArray[np.float64]
IDLE = 0.02
FULL = 1.2
KINDS = {kind.name: kind for kind in (raspberry_pi.KIND, cpu.KIND)}
MODELS: tuple[tuple[str, str, str], ...] = tuple(
    (kind.name, model, setup) for kind in KINDS.values() for model in kind.models for setup in kind.setups[model]
)
T, P, LOAD, V, FAN, CLOCK = range(len(QUANTITIES))
THURSDAY_NS = 1_767_225_600_000_000_000
"""2026-01-01T00:00:00Z."""


def body(model: str, setup: str, device: str = "unit", profile: str = "web", **settings: Any) -> KernelBody:
    """A reference body that does not wear; `spread`, `room` and `cold` are the spec's, all else a setting."""
    room = settings.pop("room", 22.0)
    spread = settings.pop("spread", 0.0)
    cold = settings.pop("cold", False)
    kind = KINDS["raspberry-pi" if model in raspberry_pi.KIND.models else "cpu"]
    spec = BodySpec(
        device,
        7,
        model,
        setup,
        profile,
        room_temperature_c=float(room),
        spread=float(spread),
        start_ns=THURSDAY_NS,
        cold=bool(cold),
        modes=(),
        settings=settings,
    )
    made = kind.build(spec)
    assert isinstance(made, KernelBody)
    return made


def held(model: str, setup: str, demand: float, **settings: Any) -> KernelBody:
    """A reference body whose demand is held, in a room without weather."""
    return body(model, setup, **{"demand": demand, "room_noise_c": 0.0} | settings)


def watch(one: KernelBody, seconds: int, every: int = 1) -> Table:
    """The six clean values at every so many seconds; NaN for a fan that is not fitted."""
    rows = []
    for tick in range(one.tick + every, one.tick + seconds + 1, every):
        one.advance(tick)
        rows.append([np.nan if value is None else value for value in one.clean()])
    return np.array(rows)


def rest(one: KernelBody, seconds: int = 24_000) -> Table:
    """Live until everything is steady, then watch ten minutes."""
    one.advance(one.tick + seconds)
    return watch(one, 600)


def correlation(a: Table, b: Table) -> float:
    """Pearson's r."""
    return float(np.corrcoef(a, b)[0, 1])


def autocorrelation(series: Table, lag: int) -> float:
    """Autocorrelation of a series at a lag."""
    x = series - series.mean()
    return float((x[lag:] * x[:-lag]).mean() / (x * x).mean())


def minutes(rows: Table, per_minute: int) -> Table:
    """Means over each minute."""
    means: Table = rows.reshape(-1, per_minute, rows.shape[-1]).mean(axis=1)
    return means
