"""Link and clock faults, one file per kind: what becomes of a device's frames between the device and the sinks."""

from typing import Final

from engine.families import Family
from engine.links.base import LINK, LinkKind

LINKS: Final[Family[LinkKind]] = Family("engine.links", "LINK", "data_simulator.links", noun="link fault")
"""Every link and clock fault by its word."""

__all__ = ["LINK", "LINKS", "LinkKind"]
