"""What an auditor sees: messages as they lie at the far end, and the records that it reads out of them."""

from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

What = Literal["reading", "frame", "truth", "fault"]

_NO_HEADERS: Final[Mapping[str, bytes]] = MappingProxyType({})


class Message(NamedTuple):
    """One message of a topic."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Mapping[str, bytes] = _NO_HEADERS
    partition: int = 0
    received_ns: int | None = None
    """Wall time of the receipt, nanoseconds since the Unix epoch; `None` when it tells nothing, as for old messages."""


class Said(NamedTuple):
    """One reading, as far as it can be compared: sensor, unit, value, instant."""

    sensor: str
    unit: str
    value: float | None
    time_ns: int


class Content(NamedTuple):
    """What a frame says besides its name."""

    time_ns: int
    throttled: int | None
    readings: tuple[Said, ...]


class Sighting(NamedTuple):
    """One record that was seen."""

    what: What
    device: str
    epoch: str
    """Of the run that made it; empty when the message does not say."""
    sequence: int
    part: int
    """Place of a reading in its frame; 0 for a whole frame."""
    parts: int
    """How many readings the frame has; 1 for a whole frame."""
    sensor: str
    time_ns: int | None
    content: Content | Said | None
    """What it says; `None` when a mapping makes that unknowable."""
    fingerprint: bytes
    """Equal for equal content."""


def fingerprint(content: object) -> bytes:
    """Eight bytes that are equal for equal content, for as good as certain only then.

    The order of a frame's readings does not count: not every format keeps it.
    """
    if isinstance(content, Content):
        content = (content.time_ns, content.throttled, sorted(content.readings, key=repr))
    data = content if isinstance(content, bytes) else repr(content).encode()
    return blake2b(data, digest_size=8).digest()
