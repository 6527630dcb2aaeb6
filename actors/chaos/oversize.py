"""Oversize: records that are longer than brokers take."""

from typing import Annotated, Final

from pydantic import Field

from actors.chaos._spoil import SpoilAction, SpoilParameters


class OversizeParameters(SpoilParameters):
    """How long."""

    kilobytes: Annotated[int, Field(ge=1, le=262_144)] = 2048


ACTION: Final = SpoilAction("oversize", OversizeParameters, lambda p: lambda data: data.ljust(p.kilobytes << 10))
