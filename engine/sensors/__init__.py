"""Sensor kinds, one file per quantity: how a true value becomes a reading."""

from typing import Final

from engine.families import Family
from engine.sensors.base import SensorKind

SENSORS: Final[Family[SensorKind]] = Family("engine.sensors", "SENSOR", "data_simulator.sensors", noun="sensor kind")
"""Every sensor kind by its word."""
