"""Instants as records hold them, as nanoseconds since the Unix epoch."""

from datetime import datetime
from typing import Final

_FRACTION: Final = 9


def nanoseconds(value: object) -> int | None:
    """An RFC 3339 text with up to nine decimals, or `None` for anything else."""
    if not isinstance(value, str):
        return None
    head, _, rest = value.partition(".")
    if not value.endswith("Z"):
        return None
    digits = rest.removesuffix("Z")
    try:
        seconds = datetime.fromisoformat(f"{head.removesuffix('Z')}+00:00")
        fraction = int(digits.ljust(_FRACTION, "0")) if digits else 0
    except ValueError:
        return None
    return round(seconds.timestamp()) * 10**_FRACTION + fraction
