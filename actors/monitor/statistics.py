"""Running numbers: means, spreads and straight lines, kept one value at a time."""

from math import sqrt


class Running:
    """Mean and standard deviation of all that was added (Welford)."""

    __slots__ = ("_squares", "count", "mean")

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self._squares = 0.0

    def add(self, value: float) -> None:
        """One more."""
        self.count += 1
        off = value - self.mean
        self.mean += off / self.count
        self._squares += off * (value - self.mean)

    @property
    def deviation(self) -> float:
        """Standard deviation; 0 for fewer than two."""
        return sqrt(self._squares / (self.count - 1)) if self.count > 1 else 0.0


class Smooth:
    """An exponentially weighted mean; the first value counts in full."""

    __slots__ = ("tau_s", "value")

    def __init__(self, tau_s: float) -> None:
        self.tau_s = tau_s
        self.value: float | None = None

    def add(self, value: float, seconds: float) -> float:
        """One more, so long after the last."""
        if self.value is None:
            self.value = value
        else:
            share = min(1.0, seconds / (self.tau_s + seconds))
            self.value += (value - self.value) * share
        return self.value


class Line:
    """A straight line by least squares, and how far the points lie from it."""

    __slots__ = ("_points", "_sum_x", "_sum_xx", "_sum_xy", "_sum_y", "_sum_yy")

    def __init__(self) -> None:
        self._points = 0
        self._sum_x = self._sum_y = self._sum_xx = self._sum_xy = self._sum_yy = 0.0

    def add(self, x: float, y: float) -> None:
        """One more point."""
        self._points += 1
        self._sum_x += x
        self._sum_y += y
        self._sum_xx += x * x
        self._sum_xy += x * y
        self._sum_yy += y * y

    def fit(self) -> tuple[float, float, float]:
        """Slope, offset and the spread around the line; a level line where x does not vary."""
        n = max(1, self._points)
        mean_x, mean_y = self._sum_x / n, self._sum_y / n
        xx, xy = self._sum_xx / n - mean_x**2, self._sum_xy / n - mean_x * mean_y
        yy = max(0.0, self._sum_yy / n - mean_y**2)
        slope = xy / xx if xx > 1e-9 else 0.0
        return slope, mean_y - slope * mean_x, sqrt(max(0.0, yy - slope * xy))
