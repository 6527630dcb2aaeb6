"""A thermistor behind a 12-bit converter: tenths of a degree, 0.5 K from unit to unit."""

from types import MappingProxyType
from typing import Final

from engine.sensors.base import Design, TabledSensor

SENSOR: Final = TabledSensor(
    "temperature",
    "degC",
    MappingProxyType({}),
    general=Design(0, 1, 10, -40.0, 125.0, 0.0, 50.0, sd=0.1, bias_sd=0.5),
    name="thermistor",
)
