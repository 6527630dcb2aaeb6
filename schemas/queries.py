"""Queries: asked from outside, never between actors."""

from dataclasses import dataclass
from typing import NamedTuple

from schemas.books import Totals
from schemas.readings import Frame, Truth


@dataclass(frozen=True, slots=True)
class GetDevice:
    """How is this device?"""

    device: str


@dataclass(frozen=True, slots=True)
class GetBooks:
    """What became of what this sink was given?"""

    sink: str


@dataclass(frozen=True, slots=True)
class GetChildren:
    """Which actors does the supervisor look after, and how are they?"""


class DeviceView(NamedTuple):
    """A device seen from outside."""

    device: str
    kind: str
    state: str
    sequence: int
    """The next frame's number."""
    intervals_ns: tuple[tuple[str, int], ...]
    labels: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
    digest: str
    frame: Frame | None
    truth: Truth | None


class ChildView(NamedTuple):
    """A supervised actor seen from outside."""

    address: str
    state: str
    """`starting`, `running`, `backing_off`, `stopped` or `given_up`."""
    generation: int
    restarts: int
    last_reason: str
    since_ns: int


class SinkView(NamedTuple):
    """A sink seen from outside."""

    sink: str
    kind: str
    frames: Totals
    truths: Totals
    depth: int
    """Records inside, not settled yet."""
    fenced: int
    """Records that a replaced writer was kept from writing; its successor has them."""
    problem: str
    """What keeps it from working now; empty when nothing does."""
