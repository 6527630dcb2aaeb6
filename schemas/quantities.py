"""The six quantities a device shows, each with its unit."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

Quantity = Literal["temperature", "power", "load", "voltage", "fan", "clock"]

QUANTITIES: Final[tuple[Quantity, ...]] = get_args(Quantity)
"""Every quantity, in the order in which readings stand in a frame."""

UNITS: Final[Mapping[Quantity, str]] = MappingProxyType(
    {
        "temperature": "degC",
        "power": "W",
        "load": "%",
        "voltage": "V",
        "fan": "CFM",
        "clock": "GHz",
    }
)
"""The unit of each quantity, as it stands on the wire."""
