"""Secrets: values that may be used and never shown."""

from collections.abc import Callable
from hmac import compare_digest
from typing import Final, NoReturn

HIDDEN: Final = "***"


class Secret:
    """A value that shows as `***` wherever it turns up by accident: in texts, errors, dumps, logs, tracebacks."""

    __slots__ = ("_reveal",)

    def __init__(self, value: str) -> None:
        # Held by a closure, so that even a dump of all attributes shows none of it.
        self._reveal: Callable[[], str] = lambda: value

    def reveal(self) -> str:
        """The value itself; for the one call that needs it, never kept."""
        return self._reveal()

    def __repr__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # as long for a near miss as for any other
        return compare_digest(self.reveal().encode(errors="replace"), other.reveal().encode(errors="replace"))

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")
