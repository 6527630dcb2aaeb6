"""Addresses of actors: `fleet/pi-0042/temperature`. An address outlives the actor that answers to it."""

from typing import Final

SUPERVISOR: Final = "supervisor"
JOURNAL: Final = "journal"
TIMELINE: Final = "timeline"
LIVE: Final = "live"


def device_address(device: str) -> str:
    """The address of a device, by its id."""
    return f"fleet/{device}"


def sensor_address(device: str, sensor: str) -> str:
    """The address of one sensor of a device."""
    return f"fleet/{device}/{sensor}"


def source_address(number: int) -> str:
    """The address of who asks one source of real hardware."""
    return f"sources/{number}"


def sink_address(sink: str) -> str:
    """The address of a sink, by its name in the scenario."""
    return f"sinks/{sink}"


def device_of(address: str) -> str:
    """The id of the device that an address is of or under; empty for what is no device's."""
    head, _, rest = address.partition("/")
    return rest.split("/", 1)[0] if head == "fleet" else ""
