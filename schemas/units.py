"""Other units for the six quantities, for consumers that expect them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from schemas.quantities import UNITS, Quantity

_CUBIC_FOOT: Final = 0.3048**3
"""Cubic metres; the international foot (1959) is exactly 0.3048 m."""

OTHERS: Final[Mapping[Quantity, Mapping[str, tuple[float, float]]]] = MappingProxyType(
    {
        # unit: factor and what is added; both are exact by definition of the units
        "temperature": {"degF": (1.8, 32.0), "K": (1.0, 273.15)},
        "power": {"mW": (1e3, 0.0), "kW": (1e-3, 0.0)},
        "load": {"1": (1e-2, 0.0)},
        "voltage": {"mV": (1e3, 0.0)},
        "fan": {"m3/h": (_CUBIC_FOOT * 60, 0.0), "L/s": (_CUBIC_FOOT * 1e3 / 60, 0.0)},
        "clock": {"MHz": (1e3, 0.0), "kHz": (1e6, 0.0), "Hz": (1e9, 0.0)},
    }
)
"""Units into which the unit of a quantity can be converted; `1` is a share from 0 to 1."""

DECIMALS: Final = 9
"""A converted value is rounded to so many decimals: 48.3 degC are 118.94 degF, not 118.93999999999998."""


def units_of(quantity: Quantity) -> tuple[str, ...]:
    """Every unit that a quantity can be shown in; its own comes first."""
    return (UNITS[quantity], *OTHERS[quantity])


def converter(quantity: Quantity, unit: str) -> Callable[[float], float]:
    """The function from the quantity's own unit into another. `KeyError` when there is none."""
    if unit == UNITS[quantity]:
        return float
    factor, added = OTHERS[quantity][unit]

    def convert(value: float) -> float:
        return round(value * factor + added, DECIMALS)

    return convert
