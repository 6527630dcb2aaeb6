"""Instants: RFC 3339 text outside, integer nanoseconds since the Unix epoch inside."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from schemas.durations import SECOND
from schemas.scenario.fields import refuse

DEFAULT_START: Final = 1_767_225_600 * SECOND
"""2026-01-01T00:00:00Z: fixed, so that a scenario without a start gives the same bytes every time."""

ALLOWED: Final = "an instant from 1970 to 2149 such as 2026-01-01T00:00:00Z, a day such as 2026-01-01, or now"

_PATTERN: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$|^now$"
)
_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_LAST_YEAR: Final = 2149


def parse_instant(text: str) -> int:
    """The nanoseconds since the epoch of an RFC 3339 instant or of a day (midnight UTC). Raises `ValueError`."""
    match = _INSTANT.fullmatch(text.strip()) if len(text) <= 64 else None
    if match is None:
        raise ValueError("")
    day, clock, fraction, zone = match.groups()
    if clock is not None and zone is None:
        raise ValueError("The time zone is missing; add Z for UTC.")
    offset = "+00:00" if zone in (None, "Z", "z") else zone
    whole = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{offset}").astimezone(UTC)
    if not 1970 <= whole.year <= _LAST_YEAR:
        raise ValueError("")
    seconds = int((whole - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return seconds * SECOND + int((fraction or "0").ljust(9, "0"))


def format_instant(ns: int) -> str:
    """The RFC 3339 text of an instant, with as many decimals as it needs: `2026-01-01T00:00:00Z`."""
    seconds, rest = divmod(ns, SECOND)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    decimals = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{text}{decimals}Z"


def _start(value: object, info: ValidationInfo) -> int:
    if not isinstance(value, str):
        refuse(ALLOWED)
    if value == "now":
        now = (info.context or {}).get("now")
        if now is None:
            refuse("an instant such as 2026-01-01T00:00:00Z", "There is no clock here that 'now' could be read from.")
        return int(now())
    try:
        return parse_instant(value)
    except (ValueError, OverflowError) as error:
        text = str(error)
        refuse(ALLOWED, text if text.startswith("The ") else "")


Start = Annotated[
    int,
    PlainValidator(_start),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["2026-01-01T00:00:00Z", "now"]}),
]
