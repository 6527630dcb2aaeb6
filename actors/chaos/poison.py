"""Poison: records whose bytes no consumer can decode."""

from typing import Final

from actors.chaos._spoil import SpoilAction, SpoilParameters

_NONSENSE: Final = b"\xff\xfe poison"


def _poisoned(data: bytes) -> bytes:
    """As long as the record was, if that is long enough; no format begins like this."""
    return (_NONSENSE + data[::-1])[: max(len(data), len(_NONSENSE))]


ACTION: Final = SpoilAction("poison", SpoilParameters, lambda _: _poisoned)
