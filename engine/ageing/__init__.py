"""Failure modes, one file each: ways in which a body wears out. They act on the physics, never on readings."""

from typing import Final

from engine.ageing.base import FailureMode
from engine.families import Family

MODES: Final[Family[FailureMode]] = Family("engine.ageing", "MODE", "data_simulator.modes", noun="failure mode")
"""Every failure mode by its word."""
