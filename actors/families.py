"""The families of the house, ready to be asked for their members."""

from typing import Any, Final

from engine.ageing import MODES
from engine.causes import CAUSES
from engine.devices.base import DeviceKind
from engine.families import Family
from engine.faults import FAULTS
from engine.links import LINK, LINKS
from engine.sensors import SENSORS
from schemas.formats.base import Format
from schemas.scenario import SinkSpec

DEVICES: Final[Family[DeviceKind]] = Family("engine.devices", "KIND", "data_simulator.devices", noun="device kind")
SINKS: Final[Family[Any]] = Family("actors.sinks", "SINK", "data_simulator.sinks", noun="sink")
FORMATS: Final[Family[Format]] = Family("schemas.formats", "FORMAT", "data_simulator.formats", noun="format")

__all__ = ["CAUSES", "DEVICES", "FAULTS", "FORMATS", "LINK", "LINKS", "MODES", "SENSORS", "SINKS", "format_word"]


def format_word(spec: SinkSpec) -> str:
    """The word of a sink's format: what the scenario says, or else what its kind is made for."""
    if "format" in spec.model_fields_set:
        return spec.format
    return getattr(SINKS.get(spec.kind), "default_format", spec.format)
