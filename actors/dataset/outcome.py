"""How a life came out: its failures, what that says of every frame before, and where a test unit is cut."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from actors.dataset.plan import TEST, Unit
from actors.dataset.tables import BACK_FILLED
from engine.lifecycle import State
from engine.streams import Stream
from schemas.events import Event, StateChanged

_CUT_FROM: Final = 0.4
_CUT_TO: Final = 0.95
"""A test unit is shown up to a share of its life drawn between these."""
HORIZONS_D: Final = (1, 3, 7)
"""Days before a failure that the card counts."""
_NS: Final = 1e9
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: the instant of the frame in which it showed, and what failed."""

    time_ns: int
    cause: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one unit's life came out; kept as JSON until all units are done."""

    device: str
    site: str
    split: str
    frames: int
    """Of the device."""
    received: int
    """Rows of its telemetry: fewer or more where its link has failed."""
    readings: int
    first_ns: int | None
    last_ns: int | None
    failures: tuple[Failure, ...]
    cut_ns: int | None
    """From this instant on a test unit's telemetry is sealed."""
    digest: str
    history: str
    within: Mapping[str, int]
    """Frames with a failure within so many days, as text."""
    faulty: Mapping[str, int]
    """Frames with a fault in force, by sensor."""
    events: tuple[Mapping[str, Any], ...]
    records: tuple[Mapping[str, Any], ...]
    """Of its faults, as rows of their table."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Outcome":
        """From plain data."""
        failures = tuple(Failure(**failure) for failure in data["failures"])
        return cls(**{**data, "failures": failures, "events": tuple(data["events"]), "records": tuple(data["records"])})


def failures_of(happened: Sequence[Event]) -> tuple[Failure, ...]:
    """Every failure among what happened."""
    return tuple(
        Failure(event.time_ns, event.cause)
        for event in happened
        if isinstance(event, StateChanged) and event.after == State.FAILED
    )


def cut_of(unit: Unit, seed: int, first_ns: int | None, end_ns: int, failures: Sequence[Failure]) -> int | None:
    """Where a test unit's telemetry ends: at a share of its life that is drawn; `None` for other units."""
    if unit.split != TEST or first_ns is None:
        return None
    share = _CUT_FROM + (_CUT_TO - _CUT_FROM) * Stream(seed, unit.id, "cut").uniform(0)
    end = failures[0].time_ns if failures else end_ns
    return first_ns + max(1, round((end - first_ns) * share))


def back_fill(live: pa.RecordBatch, failures: Sequence[Failure], end_ns: int) -> list[pa.Array]:
    """The columns of `BACK_FILLED` for a batch of truths."""
    times = live.column("time").view(pa.int64()).to_numpy()
    instants = np.array([failure.time_ns for failure in failures], np.int64)
    place = np.searchsorted(instants, times)
    censored = place >= len(failures)
    ends = np.append(instants, end_ns)[place]
    causes = [*(failure.cause for failure in failures), None]
    fails_by = pa.array(causes, pa.string()).take(pa.array(place))
    return [
        pa.array((ends - times) / _NS, BACK_FILLED[0].type),
        pa.array(censored),
        fails_by,
    ]


def count_within(rul: pa.Array, censored: pa.Array) -> dict[str, int]:
    """How many frames have a failure within each horizon."""
    left, seen = rul.to_numpy(), ~censored.to_numpy(zero_copy_only=False)
    return {str(days): int((seen & (left <= days * _DAY_S)).sum()) for days in HORIZONS_D}
