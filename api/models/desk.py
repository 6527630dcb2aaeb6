"""The clock, the sinks, the journal and the caller as the API shows them."""

from typing import Any, Literal

from pydantic import Field

from api.models.base import Instant, Page, Paged, Sent, Shown
from api.roles import Role
from schemas.scenario.fields import Pace, Span


class ClockShown(Shown):
    """The clock of the run, and how far it has come."""

    now: Instant
    started: Instant
    until: Instant | None = Field(description="The end of the run; null: until it is stopped.")
    pace: float | Literal["max"] = Field(description="Simulated seconds per real second.")
    paused: bool
    lag_ms: float = Field(description="How late the newest instant was, real milliseconds.")
    lag_p99_ms: float = Field(description="99 of 100 instants were at most this late.")
    simulated_s: float
    frames: int
    readings: int
    skipped_s: float = Field(description="Simulated seconds left out to keep up.")


class ClockPatch(Sent):
    """A change of the clock."""

    pace: Pace | None = Field(None, description="Simulated seconds per real second, 0.001 to 1000000, or max.")
    paused: bool | None = Field(None, description="Whether the clock stands.")


class Step(Sent):
    """How far a paused clock goes on."""

    for_ns: Span = Field(alias="for", description="Simulated time.", examples=["1s"])


class BooksShown(Shown):
    """What became of the records that a sink was given: accepted = acked + queued + dropped + rejected."""

    accepted: int
    acked: int
    queued: int
    dropped: dict[str, int] = Field(description="By reason.")
    rejected: int


class SinkItem(Shown):
    """A sink."""

    name: str
    kind: str
    frames: BooksShown
    truths: BooksShown
    faults: BooksShown
    depth: int = Field(description="Records inside, not settled yet.")
    fenced: int = Field(description="Records that a replaced writer was kept from writing.")
    problem: str = Field(description="What keeps it from working now; empty when nothing does.")
    enabled: bool = Field(description="Whether anything may go out; what does not stays inside.")
    max_per_s: float | None = Field(description="Records a second that go out, at most.")


class SinkPatch(Sent):
    """A change of a sink."""

    enabled: bool = Field(description="Whether anything may go out.")


class SinkPage(Page[SinkItem]):
    """A page of sinks."""


class DeviceBooks(Shown):
    """The books of one device at one sink."""

    device: str
    frames: BooksShown
    truths: BooksShown
    faults: BooksShown


class BooksPage(Page[DeviceBooks]):
    """A page of books."""


class JournalEntry(Shown):
    """One line of the journal."""

    number: int
    history: bool = Field(description="Whether it happened in the simulated world; else it belongs to operations.")
    kind: str = Field(description="The class of the event: StateChanged, FaultInjected, RequestMade...")
    time: Instant
    device: str | None = Field(description="The device it happened to, if any.")
    fields: dict[str, Any] = Field(description="What else the event says.")


class JournalPage(Page[JournalEntry]):
    """A page of the journal, the newest entry first."""


class JournalQuery(Paged):
    """Which entries."""

    kind: str | None = Field(None, max_length=64, description="Only of this class of events.")
    device: str | None = Field(None, max_length=64, description="Only what happened to this device.")
    history: bool | None = Field(None, description="true: only the simulated world; false: only operations.")
    since: int | None = Field(None, ge=0, description="Only entries with this number or a later one.")


class Me(Shown):
    """Who is asking."""

    role: Role
    key: str = Field(description="Id of the key; empty without one.")
    name: str
    how: Literal["key", "session", "open"] = Field(description="open: there is no key yet, and this is this machine.")
    open: bool
