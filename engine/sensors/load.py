"""Load: the busy share of all cores, as the operating system counts it in ticks of its own clock.

Linux on four cores counts 10 ms ticks: 0.25 % over a second. Windows counts 1/64 s ticks per hardware thread (seen on
a real machine: 1.5625 %), and the total is the mean over threads: 100/64/16 % on the sixteen threads taken for every
CPU class here (estimate). The count is exact but for where the ticks fall: 0.3 % (estimate); no unit-to-unit error.
"""

from types import MappingProxyType
from typing import Final

from engine.sensors.base import Design, TabledSensor, mirrored

_PERCENT: Final = (0.0, 100.0)
_LINUX: Final = Design(0, 1, 4, *_PERCENT, *_PERCENT, sd=0.3)
_WINDOWS: Final = Design(0, 25, 256, *_PERCENT, *_PERCENT, sd=0.3)

SENSOR: Final = TabledSensor(
    "load",
    "%",
    MappingProxyType(
        {
            "3b+": _LINUX,
            "4": _LINUX,
            "5": _LINUX,
            "65w": _WINDOWS,
            "125w": _WINDOWS,
            "chiplet": _WINDOWS,
            "machine": mirrored(*_PERCENT, *_PERCENT),
        }
    ),
    general=Design(0, 1, 10, *_PERCENT, *_PERCENT, sd=0.3),
)
