"""What a run came to: numbers for people and for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple


class Progress(NamedTuple):
    """How far a run has come; may be read from any thread."""

    now_ns: int
    started_ns: int
    until_ns: int | None
    frames: int
    readings: int
    lag_ns: int


BESIDES: Final = ("truth", "faults")
"""Words for the books of a sink besides those of its frames, where it was sent any such."""


@dataclass(frozen=True)
class Summary:
    """A run, summed up. Times ending in `_ns` are simulated, nanoseconds since the Unix epoch."""

    version: str
    scenario: str
    seed: int
    pace: float | str
    kernels: str
    devices: int
    frames: int
    readings: int
    started_ns: int
    ended_ns: int
    simulated_s: float
    real_s: float
    lag_ms: Mapping[str, float]
    """Emission minus due time in wall time: `p50`, `p99`, `max`; all 0 when nothing had to wait."""
    sinks: Mapping[str, Mapping[str, Any]]
    """Books per sink: accepted, acked, queued, dropped by reason, rejected; and `resent`, when something was sent once
    more, so that it may be there twice."""
    dead_letters: Mapping[str, int]
    restarts: int
    given_up: int
    zombies: int
    events: Mapping[str, int]
    """Journal entries by kind."""
    digest: str
    """Over all frames and all history, whatever the order of devices; two equal runs have equal digests."""
    repeatable: bool
    reasons: tuple[str, ...]
    """Why the run is not repeatable; empty when it is."""
    ended: str
    """`duration`, `stopped` or `failed`."""
    problem: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    """One digest per device."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return asdict(self)
