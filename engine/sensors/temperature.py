"""Die temperature: on-chip sensors with the grids of their real drivers.

Grids: bcm2837, bcm2711 and bcm2712 device trees of raspberrypi/linux (`coefficients`: 412 - 0.538 n, 410.04 - 0.487 n,
450 - 0.55 n degC); Intel counts whole kelvins down from TjMax (hwmon/coretemp), here 100 degC; AMD Tctl has 1/8 K
(hwmon/k10temp). Noise: 0.3 K (3B+) to 0.5-0.7 K (Pi 4), white, from step responses measured on real boards; the
others are estimates. Unit-to-unit offset 1 K (estimate: silicon sensors reach +/-5 K).
"""

from types import MappingProxyType
from typing import Final

from engine.sensors.base import Design, TabledSensor, mirrored

_BIAS_SD: Final = 1.0
_SPAN: Final = (0.0, 100.0)
# Commercial silicon reports within this range, degC (estimate); the codes themselves would reach further.
_SILICON: Final = (-40.0, 125.0)
# A 7-bit distance below TjMax, never above it (hwmon/coretemp).
_INTEL: Final = Design(100, -1, 1, -27.0, 100.0, *_SPAN, sd=0.4, bias_sd=_BIAS_SD)
_AMD: Final = Design(0, 1, 8, 0.0, 255.875, *_SPAN, sd=0.4, bias_sd=_BIAS_SD)

SENSOR: Final = TabledSensor(
    "temperature",
    "degC",
    MappingProxyType(
        {
            "3b+": Design(412_000, -538, 1000, *_SILICON, *_SPAN, sd=0.3, bias_sd=_BIAS_SD),
            "4": Design(410_040, -487, 1000, *_SILICON, *_SPAN, sd=0.55, bias_sd=_BIAS_SD),
            "5": Design(450_000, -550, 1000, *_SILICON, *_SPAN, sd=0.45, bias_sd=_BIAS_SD),
            "65w": _INTEL,
            "125w": _INTEL,
            "chiplet": _AMD,
            "machine": mirrored(-60.0, 150.0, *_SPAN),
        }
    ),
    general=Design(0, 1, 10, *_SILICON, *_SPAN, sd=0.4, bias_sd=_BIAS_SD),
)
