"""A set of whole numbers that mostly come in stretches: sequences of a device."""

from bisect import bisect_right
from collections.abc import Iterator


class Intervals:
    """Numbers as stretches `first..last`. Adding at the end, by far the most common, takes constant time."""

    __slots__ = ("_firsts", "_lasts", "count")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self.count = 0

    @property
    def last(self) -> int:
        """The greatest number, -1 when there is none."""
        return self._lasts[-1] if self._lasts else -1

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._firsts, self._lasts, strict=True)

    def add(self, number: int) -> bool:
        """Take a number in; whether it was new."""
        lasts = self._lasts
        if lasts and number == lasts[-1] + 1:
            lasts[-1] = number
            self.count += 1
            return True
        if number in self:
            return False
        self._insert(number)
        self.count += 1
        return True

    def missing(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The stretches of `first..last` that are not there, in order."""
        start = first
        for low, high in self:
            if low > last:
                break
            if low > start:
                yield start, low - 1
            start = max(start, high + 1)
        if start <= last:
            yield start, last

    def _insert(self, number: int) -> None:
        place = bisect_right(self._firsts, number)
        joins_left = place > 0 and self._lasts[place - 1] == number - 1
        joins_right = place < len(self._firsts) and self._firsts[place] == number + 1
        if joins_left and joins_right:
            self._lasts[place - 1] = self._lasts[place]
            del self._firsts[place], self._lasts[place]
        elif joins_left:
            self._lasts[place - 1] = number
        elif joins_right:
            self._firsts[place] = number
        else:
            self._firsts.insert(place, number)
            self._lasts.insert(place, number)
