"""The families of the house, ready to be asked for their members."""

from typing import Any, Final

from engine.families import Family

DEVICES: Final[Family[Any]] = Family("engine.devices", "KIND", "data_simulator.devices", noun="device kind")
SENSORS: Final[Family[Any]] = Family("engine.sensors", "SENSOR", "data_simulator.sensors", noun="sensor kind")
MODES: Final[Family[Any]] = Family("engine.ageing", "MODE", "data_simulator.modes", noun="failure mode")
FAULTS: Final[Family[Any]] = Family("engine.faults", "FAULT", "data_simulator.faults", noun="sensor fault")
SINKS: Final[Family[Any]] = Family("actors.sinks", "SINK", "data_simulator.sinks", noun="sink")
FORMATS: Final[Family[Any]] = Family("schemas.formats", "FORMAT", "data_simulator.formats", noun="format")
