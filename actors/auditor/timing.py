"""How long records were under way."""

from collections.abc import Sequence
from typing import Any, Final

_HOUR_NS: Final = 3_600_000_000_000
_MS: Final = 1e6


def latency(measured_ns: Sequence[int]) -> dict[str, Any] | None:
    """Median, 99th percentile and maximum in milliseconds; `None` when nothing was measured.

    Measured is receipt minus the record's instant. Where simulated time is not wall time, that says nothing by itself,
    and what is told is how much later than the quickest record the others came.
    """
    if not measured_ns:
        return None
    ordered = sorted(measured_ns)
    real = abs(ordered[0]) < _HOUR_NS and ordered[len(ordered) // 2] < _HOUR_NS
    origin = 0 if real else ordered[0]
    at = {"p50": ordered[len(ordered) // 2], "p99": ordered[(len(ordered) * 99) // 100], "max": ordered[-1]}
    numbers: dict[str, Any] = {name: round((value - origin) / _MS, 3) for name, value in at.items()}
    return {**numbers, "since": "the record's instant" if real else "the quickest record"}
