"""Sensor faults, one file per kind: ways in which a sensor lies. They act on readings, never on the body."""

from typing import Final

from engine.families import Family
from engine.faults.base import FaultKind

FAULTS: Final[Family[FaultKind]] = Family("engine.faults", "FAULT", "data_simulator.faults", noun="sensor fault")
"""Every sensor fault by its word."""
