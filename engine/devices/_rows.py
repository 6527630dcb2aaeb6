"""A body's states kept sample after sample, and what there is to see in them, as columns."""

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.wear_rows import WearRows

if TYPE_CHECKING:
    from engine.devices.base import Value

Array = NDArray[np.float64]


class BodyRows(NamedTuple):
    """What a `Body` would have answered at each of many instants; not a number stands for `None`."""

    clean: tuple[Array | None, ...]
    """In the order of `QUANTITIES`; `None` for what is not fitted."""
    throttled: NDArray[np.int64] | None
    health: Array
    rul_s: Array
    wear: tuple[WearRows, ...]
    symptoms: tuple[tuple[str, ...], ...]


@runtime_checkable
class Recordable(Protocol):
    """A body whose life can be kept in rows: much quicker than asking it at every instant."""

    tick: int

    def record(self, first: int, step: int, rows: Array, resets: tuple[int, int]) -> int:
        """Live to the ticks first, first + step... and keep the state at each as a row.

        Ends at the row in which the body is broken, or when all rows are full; answers how many were filled. Ends
        before a row in which the body is muted or has reset since `resets` was told; it stands at that tick then.
        """

    def read(self, rows: Array, first: int, step: int) -> BodyRows:
        """What those rows show."""

    @property
    def row_size(self) -> int:
        """Numbers in one row."""

    def set(self, name: str, value: "Value") -> None:
        """See `Body.set`."""
