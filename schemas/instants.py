"""Simulated instants as text."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_SECOND: Final = 1_000_000_000


@lru_cache(maxsize=64)
def _whole_second(seconds: int) -> str:
    """The part of an instant down to its second. Frames come in the order of time, so a few are enough to keep."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds} s since 1970 has no date") from error


def iso(time_ns: int) -> str:
    """An instant as RFC 3339 in UTC, always with nine decimals: `2026-01-01T00:00:05.123456789Z`.

    `time_ns` is nanoseconds since the Unix epoch. Raises `ValueError` outside the years 1 to 9999.
    """
    seconds, fraction = divmod(time_ns, _SECOND)
    return f"{_whole_second(seconds)}.{fraction:09d}Z"
