"""Slicer: bytes come in small slices, with a wait between them."""

from typing import Annotated, Final

from pydantic import Field

from actors.chaos._toxic import ToxicAction, ToxicParameters


class SlicerParameters(ToxicParameters):
    """The dose."""

    average_bytes: Annotated[int, Field(ge=1, le=65_536)] = 64
    size_variation: Annotated[int, Field(ge=0, le=65_536)] = 0
    delay_us: Annotated[float, Field(ge=0, le=10_000_000, strict=False)] = 0.0


ACTION: Final = ToxicAction(
    "slicer",
    SlicerParameters,
    lambda p: {
        "average_bytes": p.average_bytes,
        "size_variation": p.size_variation,
        "slice_delay_s": p.delay_us / 1e6,
    },
)
