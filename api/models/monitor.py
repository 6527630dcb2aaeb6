"""Trees of sensors as hardware monitors serve them; their keys are those of the monitors, not ours."""

from pydantic import ConfigDict, Field

from api.models.base import Asked, Shown
from engine.hardware.emulation import Culture, Version

MOST_MACHINES = 256
"""CPUs in one tree: some 13 kB each."""


class MonitorNode(Shown):
    """A node: computer, hardware, group of sensors or sensor. Which keys there are depends on the version asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=False)

    id: int
    Text: str
    Min: str
    Value: str = Field(description="Formatted, with its unit; a dash when nothing is known.")
    Max: str
    ImageURL: str
    Children: tuple["MonitorNode", ...]
    Version: str | None = Field(None, description="Of the root, since 0.9.7.")
    HardwareId: str | None = Field(None, description="Of hardware, since 0.9.5.")
    SensorId: str | None = Field(None, description="Of sensors, since 0.9.4.")
    Type: str | None = None
    RawMin: float | str | None = Field(None, description="Text in 0.9.6, a number or null in 0.9.7.")
    RawValue: float | str | None = None
    RawMax: float | str | None = None


class MonitorQuery(Asked):
    """Which monitor to be."""

    version: Version = Field("0.9.6", description="OpenHardwareMonitor, or a version of LibreHardwareMonitor.")
    culture: Culture = Field("invariant", description="Of the numbers: `de` has decimal commas.")


class FleetMonitorQuery(MonitorQuery):
    """Which monitor to be, and of what."""

    group: str | None = Field(None, max_length=64, description="Only devices of this group.")
    limit: int = Field(64, ge=1, le=MOST_MACHINES, description="At most so many devices, by their ids.")
