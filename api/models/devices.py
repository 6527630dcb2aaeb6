"""Devices as the API shows them."""

from typing import Annotated

from pydantic import Field

from api.models.base import Asked, Instant, Page, Paged, Shown


class DeviceItem(Shown):
    """A device in a list: what it is, and what it said last."""

    id: str
    kind: str
    group: str
    model: str
    setup: str
    state: str = Field(description="Where it stands in its life: running, throttled, degraded, failed...")
    health: float | None = Field(description="1 is new, 0 is broken; null before its first frame.")
    rul_s: float | None = Field(description="Remaining useful life at present stress, simulated seconds.")
    labels: dict[str, str]
    sequence: int | None = Field(description="The number of its newest frame.")
    time: Instant | None = Field(description="When that was.")
    faults: int = Field(description="Sensor faults in force.")
    throttled: int | None = Field(description="The firmware's get_throttled word, where there is one.")
    symptoms: tuple[str, ...]
    readings: dict[str, float | None] = Field(description="What its sensors said last.")


class DevicePage(Page[DeviceItem]):
    """A page of devices."""


class FaultItem(Shown):
    """A sensor fault in force."""

    id: str = Field(description="Its name here: the device, a slash, and what the device calls it.")
    device: str
    sensor: str
    fault: str
    since: Instant
    until: Instant | None = Field(description="null: until it is cleared.")
    parameters: dict[str, bool | int | float | str]


class WearItem(Shown):
    """How far one failure mode has come."""

    mode: str
    damage: float
    event_state: float
    rul_s: float | None


class TruthItem(Shown):
    """What is really so about a device at the instant of its newest frame."""

    device: str
    sequence: int
    time: Instant
    state: str
    health: float
    rul_s: float | None
    wear: tuple[WearItem, ...]
    faults: tuple[str, ...] = Field(description="Ids of the sensor faults in force.")
    symptoms: tuple[str, ...]
    clean: dict[str, float | None] = Field(description="True values by sensor.")


class TruthPage(Page[TruthItem]):
    """A page of truths."""


class Settable(Shown):
    """A parameter that may be set."""

    name: str
    allowed: str = Field(description="In words.")
    value: bool | int | float | str | None = Field(description="What it was set to; null: never set.")


class DeviceDetail(DeviceItem):
    """A device, with all that is known of it."""

    cause: str = Field(description="Why it is in its state.")
    intervals: dict[str, str] = Field(description="Sampling interval by sensor.")
    digest: str = Field(description="Over all its frames so far.")
    truth: TruthItem | None
    faults_in_force: tuple[FaultItem, ...]
    modes: tuple[str, ...] = Field(description="The failure modes it has.")
    settable: tuple[Settable, ...]


class DeviceFilter(Paged):
    """Which devices."""

    kind: str | None = Field(None, max_length=64, description="Only of this kind.")
    state: str | None = Field(None, max_length=64, description="Only in this state.")
    group: str | None = Field(None, max_length=64, description="Only of this group.")
    model: str | None = Field(None, max_length=64, description="Only of this model.")
    label: tuple[str, ...] = Field((), max_length=20, description="Only with this label, as name:value; repeatable.")
    q: str | None = Field(None, max_length=64, description="Only with this text in the id.")
    health_below: float | None = Field(None, description="Only with a health below this.")
    sort: str = Field(
        "id",
        pattern="^-?(id|state|health|kind|rul_s)$",
        description="id, state, health, kind or rul_s; with a minus from the large end.",
    )


class HistoryQuery(Asked):
    """How much of the past."""

    sensor: str | None = Field(None, max_length=64, description="Only this sensor.")
    limit: int = Field(200, ge=1, le=1_000, description="Points of each sensor, the newest.")


PastPoint = Annotated[tuple[float | None, ...], Field(min_length=3, max_length=3)]
"""Simulated seconds since the Unix epoch, what the sensor said, what was so."""


class HistoryShown(Shown):
    """The last minutes of a device."""

    device: str
    sensors: dict[str, tuple[PastPoint, ...]] = Field(
        description="By sensor: simulated seconds since the Unix epoch, what the sensor said, what was so."
    )
