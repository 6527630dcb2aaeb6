"""What an unquoted YAML word means here: null, true/false, decimal numbers; everything else is text.

YAML 1.1, which PyYAML implements, also reads `no` as false, `1:30` as ninety, `0x1F` as 31, `1_000` as a thousand and
`2026-01-01` as a date object. Here these stay the text that the author sees.
"""

import re
from math import isfinite
from typing import Final

Scalar = None | bool | int | float | str

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {
    word: value for value in (True, False) for word in (f"{value}", f"{value}".lower(), f"{value}".upper())
}
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LONGEST_NUMBER: Final = 40
_LARGEST: Final = 2**63


class ScalarError(ValueError):
    """A scalar is refused; the message says what is allowed."""


def plain_scalar(text: str) -> Scalar:
    """The value of an unquoted word. Raises `ScalarError` for a number that is not finite or does not fit 64 bits."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _NOT_FINITE.fullmatch(text):
        raise ScalarError("a finite number")
    # A literal of a megabyte would take seconds to convert, so its length is looked at first.
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    return checked_text(text)


def checked_text(text: str) -> str:
    """The text itself. Raises `ScalarError` when it holds control characters or halves of a surrogate pair."""
    if _CONTROL.search(text):
        raise ScalarError("text without control characters")
    return text


def _integer(text: str) -> int:
    value = int(text) if len(text) <= _LONGEST_NUMBER else _LARGEST
    if not -_LARGEST <= value < _LARGEST:
        raise ScalarError("a whole number that fits 64 bits")
    return value


def _float(text: str) -> float:
    value = float(text) if len(text) <= _LONGEST_NUMBER else float("inf")
    if not isfinite(value):
        raise ScalarError(f"a finite number of at most {_LONGEST_NUMBER} characters")
    return value
