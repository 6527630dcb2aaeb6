"""Limit data: each connection is ended once so many bytes have come through."""

from typing import Annotated, Final

from pydantic import Field

from actors.chaos._toxic import ToxicAction, ToxicParameters


class LimitDataParameters(ToxicParameters):
    """The dose."""

    bytes: Annotated[int, Field(ge=0, le=1 << 40)] = 65_536


ACTION: Final = ToxicAction("limit-data", LimitDataParameters, lambda p: {"limit_bytes": p.bytes})
