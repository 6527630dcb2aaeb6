"""What a source says of a machine at one instant, in the units of the product."""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType
from typing import Final, NamedTuple


class Seen(NamedTuple):
    """The six quantities as a source has them; `None` for what it does not say."""

    temperature_c: float | None = None
    power_w: float | None = None
    load_percent: float | None = None
    voltage_v: float | None = None
    fan_rpm: float | None = None
    """Speed, not flow: a tachometer knows nothing else."""
    clock_ghz: float | None = None


NOTHING: Final = Seen()

LIMITS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "temperature_c": (-60.0, 150.0),
        "power_w": (0.0, 5_000.0),
        "load_percent": (0.0, 100.0),
        "voltage_v": (0.0, 60.0),
        "fan_rpm": (0.0, 50_000.0),
        "clock_ghz": (0.0, 20.0),
    }
)
"""What can be a value of a machine at all. Real monitors have been seen to say 16233340.0 degC for an instant."""


def sane(quantity: str, value: float | None) -> float | None:
    """The value where it can be one, else nothing; `quantity` is a field of `Seen`."""
    low, high = LIMITS[quantity]
    return float(value) if value is not None and isfinite(value) and low <= value <= high else None


def mean(values: list[float]) -> float | None:
    """The mean of some values; nothing of none."""
    return sum(values) / len(values) if values else None
