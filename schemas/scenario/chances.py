"""Chances: times between events that come by chance, from a function that draws numbers in (0, 1)."""

from collections.abc import Callable
from typing import Final

from schemas.durations import MILLISECOND

Draw = Callable[[str, str, int], float]
"""A number in (0, 1) for (device id, purpose, occurrence); always the same for the same three and the same seed."""

_MOST: Final = 4096
"""Draws of one gap, at most; ten on average are enough for any."""


def gap_ns(draw: Draw, key: str, number: int, mean_ns: int) -> int:
    """The time before one occurrence of a Poisson process, in whole milliseconds, at least one."""
    drawn = exponential(lambda n: draw("", f"{key}/gap/{number}", n))
    return max(1, round(drawn * mean_ns / MILLISECOND)) * MILLISECOND


def exponential(draw: Callable[[int], float]) -> float:
    """An exponentially distributed number of mean 1, by von Neumann's comparisons of uniform ones.

    No logarithm: libm differs between processors, and the same seed must give the same times everywhere.
    """
    drawn, whole = 0, 0
    while drawn < _MOST:
        first = last = draw(drawn)
        drawn, run = drawn + 1, 1
        while True:
            following = draw(drawn)
            drawn += 1
            if following >= last:
                break
            last, run = following, run + 1
        if run % 2:
            return whole + first
        whole += 1
    return float(whole)
