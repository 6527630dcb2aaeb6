"""Durations as people write them (`500ms`, `1s`, `1h30m`) and as the simulation counts them (integer nanoseconds)."""

import re
from typing import Final

NANOSECOND: Final = 1
MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

UNITS: Final = {
    "d": DAY,
    "h": HOUR,
    "m": MINUTE,
    "s": SECOND,
    "ms": MILLISECOND,
    "us": MICROSECOND,
    "ns": NANOSECOND,
}
"""Every unit, longest first, with its length in nanoseconds."""

ALLOWED: Final = "a duration with its unit, such as 500ms, 5s, 1m, 2h, 1d or 1h30m"
"""What a duration may look like, in words; the start of every message below."""

PATTERN: Final = r"^[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d)( ?[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))*$"
"""The same for a JSON Schema (which cannot say that units must descend)."""

_LONGEST_TEXT: Final = 64
_LONGEST_NS: Final = 2**63 - 1
_PART: Final = re.compile(r"\s*([0-9]+)(?:\.([0-9]+))?\s*([A-Za-zµμ]*)\s*", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_NICKNAMES: Final = {
    "d": ("day", "days"),
    "h": ("hr", "hrs", "hour", "hours"),
    "m": ("min", "mins", "minute", "minutes"),
    "s": ("sec", "secs", "second", "seconds"),
    "ms": ("msec", "msecs", "millis", "millisecond", "milliseconds"),
    "us": ("µs", "μs", "usec", "micros", "microsecond", "microseconds"),
    "ns": ("nsec", "nanos", "nanosecond", "nanoseconds"),
}


class DurationError(ValueError):
    """A text is not a duration; the message says what to write instead."""


def parse_duration(text: str) -> int:
    """The nanoseconds of a duration: `1h30m` is 5,400,000,000,000.

    Units descend and none comes twice; a fraction (`1.5s`) must come out as whole nanoseconds. The
    sexagesimal `1:30` of YAML 1.1 is refused, because nobody knows whether it means minutes or hours.
    Raises `DurationError` (a `ValueError`) with a text that helps.
    """
    if len(text) > _LONGEST_TEXT:
        raise DurationError(f"at most {_LONGEST_TEXT} characters")
    stripped = text.strip()
    if not stripped or not stripped[0].isdigit():
        raise DurationError(_not_a_number(stripped))
    if ":" in stripped:
        raise DurationError("Colons are not used; write 1m30s or 1h30m.")
    total = _sum_of_parts(stripped)
    if total > _LONGEST_NS:
        raise DurationError("That is longer than 292 years.")
    return total


def format_duration(ns: int) -> str:
    """The shortest exact text of a duration: 5,400,000,000,000 is `1h30m`. Raises `ValueError` when negative."""
    if ns < 0:
        raise ValueError(f"a duration is never negative: {ns} ns")
    parts = []
    for unit, length in UNITS.items():
        number, ns = divmod(ns, length)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def _not_a_number(text: str) -> str:
    if text.startswith("-"):
        return "A duration is never negative."
    return "It starts with a number."


def _sum_of_parts(text: str) -> int:
    total, position, last = 0, 0, DAY + 1
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise DurationError(f"'{text[position:]}' is not a number with a unit.")
        whole, fraction, unit = match.group(1), match.group(2) or "", match.group(3)
        length = _length_of(unit, text)
        if length >= last:
            raise DurationError("Units go from long to short and none comes twice: 1d2h30m5s.")
        total, last, position = total + _exact(whole, fraction, length), length, match.end()
    return total


def _length_of(unit: str, text: str) -> int:
    if unit in UNITS:
        return UNITS[unit]
    if not unit:
        hint = f"; did you mean '{text}s'?" if _NUMBER.fullmatch(text) else f" in '{text}'."
        raise DurationError(f"The unit is missing{hint}")
    for word, nicknames in _NICKNAMES.items():
        if unit.lower() in nicknames or unit.lower() == word:
            raise DurationError(f"The unit is written '{word}'.")
    raise DurationError(f"'{unit}' is not a unit; units are {', '.join(UNITS)}.")


def _exact(whole: str, fraction: str, length: int) -> int:
    scale: int = 10 ** len(fraction)
    scaled, remainder = divmod(int(whole + fraction) * length, scale)
    if remainder:
        raise DurationError("That is not a whole number of nanoseconds.")
    return scaled
