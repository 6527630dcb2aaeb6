"""What a report shows, whatever it was read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which something was so; seconds since the start of the report's time."""

    start_s: float
    end_s: float
    what: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One sensor of one device: what it said, and what was true."""

    name: str
    unit: str
    said: Numbers
    clean: Numbers | None
    faults: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class DeviceStory:
    """One device over time. Not a number stands for nothing said."""

    device: str
    about: str
    why: str
    """Why this one is shown."""
    time_s: Numbers
    channels: Sequence[Channel]
    health: Numbers | None = None
    wear: Mapping[str, Numbers] = field(default_factory=dict)
    """Damage by failure mode, of those that matter."""
    rul_s: Numbers | None = None
    """As expected live, at present stress."""
    rul_true_s: Numbers | None = None
    """On the path that was taken; `None` where nobody filled it in."""
    censored: bool = True
    states: Sequence[Span] = ()
    alerts: Sequence[tuple[str | None, Span]] = ()
    """What a monitor said, and the sensor it was about, if any."""
    """Stretches in which the device was not running."""


@dataclass(frozen=True, slots=True)
class Row:
    """One device in the picture of the whole fleet."""

    device: str
    health: Numbers
    """Mean health by slice of the time; not a number when the device was silent."""
    failed: bool
    faulty: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title and one line about it; the first column is text, marks decide colours."""

    title: str
    about: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    marks: Sequence[str] = ()
    """By row: `good`, `bad` or nothing."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the page."""

    title: str
    kind: str
    """`run` or `data set`."""
    about: str
    facts: Sequence[tuple[str, str]]
    """Figures at the top, each with its words."""
    length_s: float
    fleet: Sequence[Row]
    fleet_left_out: int
    stories: Sequence[DeviceStory]
    tables: Sequence[Table]
    failures: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """By cause: when devices failed, s."""
    digest: str = ""
    notes: Sequence[str] = ()
