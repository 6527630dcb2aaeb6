"""Bandwidth: no more than so many bytes a second in each direction of each connection."""

from typing import Annotated, Final

from pydantic import Field

from actors.chaos._toxic import ToxicAction, ToxicParameters


class BandwidthParameters(ToxicParameters):
    """The dose."""

    rate_kb_per_s: Annotated[float, Field(gt=0, le=10_000_000, strict=False)] = 10.0


ACTION: Final = ToxicAction("bandwidth", BandwidthParameters, lambda p: {"rate_bytes_per_s": p.rate_kb_per_s * 1000.0})
