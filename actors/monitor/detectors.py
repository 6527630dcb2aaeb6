"""Detectors: each looks for one thing in what one device says. Plain rules with numbers that are said here."""

from math import ceil, inf, log
from typing import Final, NamedTuple

from actors.monitor.records import Seen
from actors.monitor.statistics import Line, Running, Smooth

LEARN_S: Final = 300.0
"""Telemetry of the first so many seconds is taken as normal; nothing but plain limits is looked at meanwhile."""
LEAST: Final = 30
"""Readings that have to be seen before anything is known of a sensor."""
HOT_C: Final[dict[str, float]] = {"raspberry-pi": 80.0, "cpu": 92.0}
"""Where boards begin to throttle, and processors to be near their limit."""
LOW_V: Final = 4.63
"""The under-voltage threshold of a Raspberry Pi's supply."""


class Found(NamedTuple):
    """What a detector sees now."""

    sensor: str | None
    kind: str
    detail: str
    rul_s: float | None = None


class Flatline:
    """A sensor that says the same again and again although it used to move."""

    def __init__(self, sensor: str) -> None:
        self._sensor = sensor
        self._last: float | None = None
        self._moves = self._seen = self._same = 0

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """How often it said the same, against how often chance would."""
        value = seen.values.get(self._sensor)
        if value is None:
            return None
        same = value == self._last
        self._last = value
        self._same = self._same + 1 if same else 0
        if learning:
            self._seen += 1
            self._moves += not same
            return None
        moving = self._moves / max(1, self._seen)
        if self._seen < LEAST or moving < 0.2:
            return None
        allowed = max(20, ceil(-20.0 / log(1.0 - min(0.99, moving))))  # by chance once in 5e8
        if self._same < allowed:
            return None
        return Found(self._sensor, "flatline", f"{value:g} {self._same} times in a row")


class Missing:
    """A sensor that used to speak in each frame and now often does not."""

    def __init__(self, sensor: str) -> None:
        self._sensor = sensor
        self._spoke = self._frames = 0
        self._recent = 0.0

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """The share of frames in which it is missing, over about twenty frames."""
        absent = seen.values.get(self._sensor) is None
        if learning:
            self._frames += 1
            self._spoke += not absent
            return None
        if self._frames < LEAST or self._spoke < 0.95 * self._frames:
            return None
        self._recent += (absent - self._recent) * 0.1
        return Found(self._sensor, "missing", f"{self._recent:.0%} of frames") if self._recent > 0.18 else None


class Spikes:
    """A slow quantity that jumps and comes back."""

    def __init__(self, sensor: str, floor: float) -> None:
        self._sensor, self._floor = sensor, floor
        self._steps = Running()
        self._last: float | None = None
        self._jumps: list[int] = []

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """Jumps far beyond the usual step, at least two within ten minutes."""
        value = seen.values.get(self._sensor)
        if value is None:
            return None
        last, self._last = self._last, value
        if last is None:
            return None
        step = value - last
        if learning:
            self._steps.add(step)
            return None
        if self._steps.count < LEAST:
            return None
        if abs(step) > max(self._floor, 12.0 * self._steps.deviation):
            self._jumps.append(seen.time_ns)
        self._jumps = [when for when in self._jumps if seen.time_ns - when < 600 * 10**9]
        if len(self._jumps) < 2:
            return None
        return Found(self._sensor, "spike", f"{len(self._jumps)} jumps within 10 min")


class Drift:
    """A quantity that leaves what another one lets expect; temperature follows load slowly.

    Nothing is said where the other one is outside the range that was learned.
    """

    def __init__(
        self, sensor: str, by: str, *, floor: float, floor_share: float = 0.0, tau_s: float = 1.0, either: bool = False
    ) -> None:
        """`either`: it cannot be told which of the two sensors lies."""
        self._sensor, self._by, self._either = sensor, by, either
        self._floor, self._floor_share = floor, floor_share
        self._least, self._most = inf, -inf
        self._cause = Smooth(tau_s)
        self._off = Smooth(60.0)
        self._line = Line()
        self._model: tuple[float, float, float] | None = None
        self._learned = 0
        self._last_ns: int | None = None
        self._since_ns: int | None = None

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """The smoothed difference to what was learned."""
        value, cause = seen.values.get(self._sensor), seen.values.get(self._by)
        if value is None or cause is None:
            return None
        seconds = 0.0 if self._last_ns is None else (seen.time_ns - self._last_ns) / 1e9
        self._last_ns = seen.time_ns
        smooth = self._cause.add(cause, seconds)
        if learning:
            self._least, self._most = min(self._least, smooth), max(self._most, smooth)
            self._line.add(smooth, value)
            self._learned += 1
            return None
        if self._learned < LEAST:
            return None
        if self._model is None:
            self._model = self._line.fit()
        slope, offset, spread = self._model
        expected = slope * smooth + offset
        off = self._off.add(value - expected, seconds)
        allowed = max(self._floor, self._floor_share * abs(offset), 5.0 * spread)
        margin = 0.1 * (self._most - self._least)
        if abs(off) <= allowed or not self._least - margin <= smooth <= self._most + margin:
            self._since_ns = None
            return None
        if self._since_ns is None:
            self._since_ns = seen.time_ns
        if seen.time_ns - self._since_ns < 30 * 10**9:
            return None
        detail = f"{self._sensor} {off:+.3g} against {expected:.3g} expected, {allowed:.3g} allowed"
        return Found(None if self._either else self._sensor, "drift", detail)


class FanLoss:
    """A fan that always turned at about the same speed and moves less air now."""

    def __init__(self) -> None:
        self._usual = Running()
        self._now = Smooth(30.0)
        self._trend = Line()
        self._start_ns = 0
        self._last_ns: int | None = None

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """Less than nine tenths of the usual; how long until half of it, by the straight line so far."""
        value = seen.values.get("fan")
        if value is None:
            return None
        seconds = 0.0 if self._last_ns is None else (seen.time_ns - self._last_ns) / 1e9
        self._last_ns = seen.time_ns
        if learning:
            self._usual.add(value)
            return None
        usual = self._usual
        if usual.count < LEAST or usual.mean <= 0.5 or usual.deviation > 0.03 * usual.mean:
            return None
        now = self._now.add(value, seconds)
        self._start_ns = self._start_ns or seen.time_ns
        self._trend.add((seen.time_ns - self._start_ns) / 1e9, now)
        if now > 0.9 * usual.mean:
            return None
        slope, _, _ = self._trend.fit()
        rul_s = (now - 0.5 * usual.mean) / -slope if slope < 0.0 and now > 0.5 * usual.mean else None
        return Found("fan", "fan", f"{now:.3g} CFM, usually {usual.mean:.3g}", rul_s)


class Limits:
    """Plain limits: too hot for a while, the supply too low, the firmware's own words."""

    def __init__(self) -> None:
        self._hot_ns: int | None = None

    def look(self, seen: Seen, learning: bool) -> Found | None:  # noqa: ARG002 - limits need no learning
        """What is beyond a limit."""
        temperature = seen.values.get("temperature")
        if temperature is None or temperature < HOT_C.get(seen.kind, 90.0):
            self._hot_ns = None
        elif self._hot_ns is None:
            self._hot_ns = seen.time_ns
        elif seen.time_ns - self._hot_ns >= 10 * 10**9:
            return Found("temperature", "hot", f"{temperature:.1f} degC")
        if seen.throttled is not None and seen.throttled & 0b0001:
            return Found("voltage", "under-voltage", f"get_throttled {seen.throttled:#x}")
        voltage = seen.values.get("voltage")
        if seen.kind == "raspberry-pi" and voltage is not None and 3.0 < voltage < LOW_V:
            return Found("voltage", "under-voltage", f"{voltage:.3g} V")
        return None
