"""What a hardware monitor would see of a simulated CPU: its sensors' own readings, faults and all, never the truth."""

from typing import Final, Literal

from engine.hardware.seen import Seen
from engine.sensors import fan
from schemas.readings import Frame

KIND: Final = "cpu"
"""The device kind that has such a monitor."""
_AMD: Final = "chiplet"


def maker_of(model: str) -> Literal["intel", "amd"]:
    """Whose sensors a model has: the chiplet class those of AMD, the others those of Intel."""
    return "amd" if model == _AMD else "intel"


def seen_of(frame: Frame | None, model: str) -> Seen:
    """The newest value of each sensor of a frame; nothing before the first."""
    if frame is None:
        return Seen()
    values = {reading.sensor: reading.value for reading in frame.readings}
    flow_cfm = values.get("fan")
    design = fan.SENSOR.design(model)
    return Seen(
        temperature_c=values.get("temperature"),
        power_w=values.get("power"),
        load_percent=values.get("load"),
        voltage_v=values.get("voltage"),
        # the grid of a flow is that of whole revolutions per minute
        fan_rpm=None if flow_cfm is None else float(round(flow_cfm * design.scale / design.step)),
        clock_ghz=values.get("clock"),
    )
