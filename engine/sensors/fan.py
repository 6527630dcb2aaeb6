"""Fan: air flow, derived from a tachometer that counts whole revolutions per minute.

The grid is the flow of one RPM: 40 CFM at 2000 RPM (65 W classes), 60 CFM at 2000 RPM (125 W class), 1.09 CFM at
8000 RPM (Pi 5 Active Cooler, product brief RP-008188-DS). The fans of a Pi 3 and 4 have no tachometer; their channel
stands for a flow meter with two decimals (estimate). What the fan itself does (jitter, wear) belongs to the body; the
counting adds 0.2 %, a unit's nominal flow is known to 3 % (estimates). A fan that stands still reads exactly 0.
"""

from types import MappingProxyType
from typing import Final

from engine.sensors.base import Design, TabledSensor, mirrored

_GAIN_SD: Final = 0.03
_NOISE: Final = 0.002
_FLOW_METER: Final = Design(0, 1, 100, 0.0, 10.0, 0.0, 1.4, sd_rel=_NOISE, gain_sd=_GAIN_SD)
_TOWER_65W: Final = Design(0, 2, 100, 0.0, 200.0, 0.0, 40.0, sd_rel=_NOISE, gain_sd=_GAIN_SD)

SENSOR: Final = TabledSensor(
    "fan",
    "CFM",
    MappingProxyType(
        {
            "3b+": _FLOW_METER,
            "4": _FLOW_METER,
            "5": Design(0, 109, 800_000, 0.0, 5.0, 0.0, 1.09, sd_rel=_NOISE, gain_sd=_GAIN_SD),
            "65w": _TOWER_65W,
            "125w": Design(0, 3, 100, 0.0, 300.0, 0.0, 60.0, sd_rel=_NOISE, gain_sd=_GAIN_SD),
            "chiplet": _TOWER_65W,
            "machine": mirrored(0.0, 50_000.0, 0.0, 60.0),
        }
    ),
    general=Design(0, 1, 100, 0.0, 1000.0, 0.0, 50.0, sd_rel=_NOISE, gain_sd=_GAIN_SD),
)
