"""Power: an external meter on a board's supply, the energy counter of a CPU package.

A Raspberry Pi 3 or 4 has no power sensor; its channel stands for a USB power meter with two decimals (estimate). A CPU
package counts energy in units of 2^-16 J; read once a second this is a grid of 2^-16 W, with about 0.5 % noise from
the jitter of the reading's instant (estimate). Unit-to-unit gain 2 % (estimate).
"""

from types import MappingProxyType
from typing import Final

from engine.sensors.base import Design, TabledSensor, mirrored

_GAIN_SD: Final = 0.02
_NOISE: Final = 0.005
_METER: Final = Design(0, 1, 100, 0.0, 60.0, 0.0, 15.0, sd_rel=_NOISE, gain_sd=_GAIN_SD)
_PACKAGE_65W: Final = Design(0, 1, 65_536, 0.0, 1024.0, 0.0, 120.0, sd_rel=_NOISE, gain_sd=_GAIN_SD)

SENSOR: Final = TabledSensor(
    "power",
    "W",
    MappingProxyType(
        {
            "3b+": _METER,
            "4": _METER,
            "5": _METER,
            "65w": _PACKAGE_65W,
            "125w": _PACKAGE_65W._replace(span_hi=250.0),
            "chiplet": _PACKAGE_65W,
            "machine": mirrored(0.0, 5_000.0, 0.0, 250.0),
        }
    ),
    general=Design(0, 1, 1000, 0.0, 10_000.0, 0.0, 100.0, sd_rel=_NOISE, gain_sd=_GAIN_SD),
)
