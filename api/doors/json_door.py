"""JSON at the door: strictly RFC 8259, and nothing in which readers of JSON differ.

Refused, each with a reason: NaN and Infinity, numbers that a double or 64 bits cannot hold, keys that come twice, lone
surrogates, nesting beyond a limit (looked at before anything is parsed), anything that is not UTF-8, a byte order mark.
"""

import json
import re
from math import isfinite
from typing import Any, Final, NoReturn

_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.S)
"""A string, also one that never ends (else every quote in it would be tried anew), or a bracket."""
_OPEN: Final = frozenset((0x5B, 0x7B))
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1
_DIGITS: Final = 20
"""No 64-bit integer is longer; longer ones are not even converted."""


class NotJson(ValueError):
    """The text is refused; the message says why and, where it helps, at which place."""


def parse(data: bytes, most_depth: int = 32) -> Any:
    """The value that a JSON text stands for. Raises `NotJson`."""
    check_depth(data, most_depth)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"byte {error.start} is not UTF-8") from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    if _SURROGATE.search(data):
        _refuse_surrogates(value)
    return value


def check_depth(data: bytes, most: int) -> None:
    """Raise `NotJson` when brackets nest deeper than `most`; what is broken otherwise is for the parser to say."""
    depth = 0
    for found in _TOKENS.finditer(data):
        first = data[found.start()]
        if first in _OPEN:
            depth += 1
            if depth > most:
                raise NotJson(f"nested deeper than {most} levels at byte {found.start()}")
        elif first != 0x22:
            depth -= 1


def _refuse_surrogates(value: Any) -> None:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
                    raise NotJson("half of a surrogate pair, which stands for no character")
            case list() as entries:
                waiting.extend(entries)
            case dict() as entries:
                waiting.extend(entries)
                waiting.extend(entries.values())


def _constant(word: str) -> NoReturn:
    raise NotJson(f"{word} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) <= _DIGITS:
        number = int(digits)
        if _LEAST <= number <= _MOST:
            return number
    raise NotJson(f"the integer {digits[:24]}{'...' if len(digits) > 24 else ''} does not fit 64 bits")


def _real(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise NotJson(f"the number {digits[:24]} is too large")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotJson(f"the key {key[:60]!a} comes twice")
            seen.add(key)
    return made


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_real
)
