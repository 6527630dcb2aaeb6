"""Voltage: the 5 V input rail of a board, the core voltage of a CPU.

A Raspberry Pi 3 or 4 has no rail sensor; its channel stands for a USB meter with two decimals (estimate). A Pi 5 has an
ADC in its power chip, taken as 1 mV (estimate). Vcore comes from the Super I/O in 2 mV steps (seen on a real board),
AMD's from the voltage identification in 6.25 mV steps. Noise is an estimate; unit-to-unit gain 0.4 % (estimate).
"""

from types import MappingProxyType
from typing import Final

from engine.sensors.base import Design, TabledSensor, mirrored

_GAIN_SD: Final = 0.004
_RAIL: Final = (4.5, 5.5)
_CORE: Final = (0.5, 1.5)
_METER: Final = Design(0, 1, 100, 0.0, 20.0, *_RAIL, sd=0.005, gain_sd=_GAIN_SD)
_SUPER_IO: Final = Design(0, 2, 1000, 0.0, 4.0, *_CORE, sd=0.002, gain_sd=_GAIN_SD)

SENSOR: Final = TabledSensor(
    "voltage",
    "V",
    MappingProxyType(
        {
            "3b+": _METER,
            "4": _METER,
            "5": Design(0, 1, 1000, 0.0, 8.0, *_RAIL, sd=0.003, gain_sd=_GAIN_SD),
            "65w": _SUPER_IO,
            "125w": _SUPER_IO,
            "chiplet": Design(0, 625, 100_000, 0.0, 2.0, *_CORE, sd=0.002, gain_sd=_GAIN_SD),
            "machine": mirrored(0.0, 60.0, 0.5, 1.5),
        }
    ),
    general=Design(0, 1, 1000, 0.0, 60.0, 0.0, 12.0, sd=0.003, gain_sd=_GAIN_SD),
)
