"""Memory hog: this process holds memory that it does not need."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from actors.chaos.base import Backstage, NotPossibleError, Parameters


class MemoryHogParameters(Parameters):
    """How much."""

    megabytes: Annotated[int, Field(ge=1, le=65_536)] = 256


class _MemoryHog:
    """What is left has to do; the memory is really used, a page at a time."""

    name = "memory-hog"
    layer = "host"
    targets: Sequence[str] = ("run",)
    outside = True
    anew = True
    parameters = MemoryHogParameters

    def begin(self, stage: Backstage, target: str, parameters: MemoryHogParameters) -> Any:
        """Take it and write to every page."""
        try:
            held = bytearray(parameters.megabytes << 20)
        except MemoryError:
            raise NotPossibleError(f"memory: found less than {parameters.megabytes} MB") from None
        held[::4096] = b"\1" * len(held[::4096])
        return held

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Give it back."""
        token.clear()


ACTION: Final = _MemoryHog()
