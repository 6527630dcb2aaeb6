"""Common causes, one file per kind: what befalls the bodies of many devices at once - a room, a feed, a batch."""

from typing import Final

from engine.causes.base import CauseKind
from engine.families import Family

CAUSES: Final[Family[CauseKind]] = Family("engine.causes", "CAUSE", "data_simulator.causes", noun="common cause")
"""Every common cause by its word."""
