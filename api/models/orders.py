"""Commands, operations, faults and sensors as the API takes and shows them."""

from typing import Literal

from pydantic import Field

from api.models.base import Asked, Instant, Page, Paged, Sent, Shown
from api.models.devices import FaultItem
from schemas.scenario.fields import Interval, Scalar, Word


class CommandDone(Shown):
    """A command was carried out."""

    do: str
    device: str
    detail: str = Field(description="What was made, such as a fault's id; empty when nothing was.")


class CommandQuery(Asked):
    """Whether it is only to be said who would be hit."""

    dry_run: bool = Field(False, description="Do nothing; answer 200 and name who would be hit.")


class DryRun(Shown):
    """Who would be hit."""

    do: str
    devices: tuple[str, ...] = Field(description="Devices, or addresses of actors.")
    count: int


class RefusedItem(Shown):
    """A command that was not carried out."""

    device: str = Field(description="The device, or the actor's address.")
    reason: str


class OperationItem(Shown):
    """An operation, and how far it has come."""

    id: str
    do: str
    who: str = Field(description="The key that asked for it, or how the caller came in.")
    state: Literal["running", "done", "failed", "cancelled"]
    total: int
    done: int = Field(description="Commands that were answered so far, refused ones too.")
    refused_count: int
    refused: tuple[RefusedItem, ...] = Field(description="The first hundred refusals with their reasons.")
    started: str = Field(description="Wall time, RFC 3339.")
    ended: str | None
    problem: str = Field(description="Why it failed; empty when it did not.")


class OperationPage(Page[OperationItem]):
    """A page of operations, the newest first."""


class FaultPage(Page[FaultItem]):
    """A page of faults."""


class FaultFilter(Paged):
    """Which faults."""

    device: str | None = Field(None, max_length=64, description="Only of this device.")
    sensor: str | None = Field(None, max_length=64, description="Only at this sensor.")
    fault: str | None = Field(None, max_length=64, description="Only of this kind.")


class SensorItem(Shown):
    """One sensor of one device."""

    device: str
    sensor: str
    quantity: str
    unit: str
    interval: str
    value: float | None = Field(description="What it said last.")
    time: Instant | None
    faults: int = Field(description="Faults in force at it.")


class SensorPage(Page[SensorItem]):
    """A page of sensors."""


class SensorFilter(Paged):
    """Which sensors."""

    device: str | None = Field(None, max_length=64, description="Only of this device.")
    kind: str | None = Field(None, max_length=64, description="Only of this kind of device.")
    group: str | None = Field(None, max_length=64, description="Only of this group.")
    sensor: str | None = Field(None, max_length=64, description="Only with this name.")


class SensorPatch(Sent):
    """A change of a sensor."""

    interval: Interval = Field(description="The new sampling interval, 1ms to 24h.", examples=["500ms"])


class DevicePatch(Sent):
    """A change of a device; at least one of these."""

    interval: Interval | None = Field(None, description="The sampling interval of all its sensors.")
    intervals: dict[Word, Interval] = Field({}, max_length=64, description="Intervals of single sensors.")
    parameters: dict[Word, Scalar] = Field({}, max_length=64, description="Settable parameters, by name.")


class GroupItem(Shown):
    """A group of the fleet, counted together."""

    name: str
    kind: str
    model: str
    setup: str
    profile: str
    labels: dict[str, str]
    interval: str
    count: int
    states: dict[str, int] = Field(description="Devices by state.")
    health_mean: float | None
    health_min: float | None
    faults: int = Field(description="Sensor faults in force.")


class GroupPage(Page[GroupItem]):
    """A page of groups."""
