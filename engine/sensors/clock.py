"""Clock: the frequency a device reads back of itself.

A Raspberry Pi measures its ARM clock against its crystal on a grid of 53 kHz, some 0.02 % above the nominal value; at
600 MHz the readings 600.117 and 600.170 alternate (seen on real boards). A CPU reports multiples of its own bus clock,
99.9 to 100.1 MHz: whole ones on Intel, quarters on AMD. Spread of crystal and bus are estimates.
"""

from types import MappingProxyType
from typing import Final

from engine.sensors.base import Design, TabledSensor, mirrored

# 25 kHz of noise makes two neighbouring values alternate.
_PI: Final = Design(600_117, 53, 1_000_000, 0.0, 4.0, 0.6, 2.4, sd=25e-6, gain=1.0002, gain_sd=20e-6)
# 0.03 % keeps practically every unit within 99.9 and 100.1 MHz.
_INTEL: Final = Design(0, 100_000, 1_000_000, 0.0, 10.0, 0.8, 5.2, gain=0.9998, gain_sd=3e-4, matched=True)
_AMD: Final = Design(0, 25_000, 1_000_000, 0.0, 10.0, 0.8, 5.2, gain=0.9998, gain_sd=3e-4, matched=True)

SENSOR: Final = TabledSensor(
    "clock",
    "GHz",
    MappingProxyType(
        {
            "3b+": _PI,
            "4": _PI,
            "5": _PI,
            "65w": _INTEL,
            "125w": _INTEL,
            "chiplet": _AMD,
            "machine": mirrored(0.0, 20.0, 0.8, 5.2),
        }
    ),
    general=Design(0, 1, 1_000_000, 0.0, 10.0, 0.5, 5.0, sd=25e-6),
)
