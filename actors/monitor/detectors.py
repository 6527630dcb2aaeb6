"""Detectors: each looks for one thing in what one device says. Plain rules with numbers that are said here."""

from math import ceil
from typing import Final

from actors.monitor.departure import Departure, Room, Usual
from actors.monitor.found import LEAST, Found
from actors.monitor.records import Seen
from actors.monitor.statistics import Line, Running, Smooth

HOT_C: Final[dict[str, float]] = {"raspberry-pi": 80.0, "cpu": 92.0}
"""Where boards begin to throttle, and processors to be near their limit."""
_WINDOW: Final = 60
LOW_V: Final = 4.63
"""The under-voltage threshold of a Raspberry Pi's supply."""
ROOM_K: Final = 6.0
"""What all devices of a kind are off together is the room; it moves by some kelvins a day."""
POWER_BY_LOAD: Final = Usual(tau_s=1.0, spread=0.05, share=0.05, matters=0.2, matters_share=0.1)
HEAT_BY_POWER: Final = Usual(tau_s=60.0, spread=0.8, matters=2.5)
CPU_HEAT_BY_POWER: Final = Usual(tau_s=60.0, spread=1.5, matters=4.0)
FAN_BY_HEAT: Final = Usual(tau_s=20.0, spread=0.0, share=0.06, matters_share=0.15)
RAIL_BY_LOAD: Final = Usual(tau_s=1.0, spread=0.01, matters=0.04)


class Flatline:
    """A sensor that says the same again and again although it used to move."""

    def __init__(self, sensor: str) -> None:
        self._sensor = sensor
        self._last: float | None = None
        self._seen = self._moves = self._same = 0
        self._moving = 1.0
        """The smallest share of readings that moved, of all windows of sixty that were learned."""

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """How often it said the same, against how often chance would in its stillest minute."""
        value = seen.values.get(self._sensor)
        if value is None:
            return None
        same = value == self._last
        self._last = value
        self._same = self._same + 1 if same and not self._at_its_end(value) else 0
        if learning:
            self._seen += 1
            self._moves += not same
            if self._seen % _WINDOW == 0:
                self._moving = min(self._moving, (self._moves + 1) / (_WINDOW + 1))
                self._moves = 0
            return None
        if self._seen < _WINDOW or self._moving < 0.1:
            return None
        if self._same < max(20, ceil(20.0 / self._moving)):  # (1 - p)^(20 / p): by chance once in 5e8
            return None
        return Found(self._sensor, "flatline", f"{value:g} {self._same} times in a row")

    def _at_its_end(self, value: float) -> bool:
        """Nobody can be busier than busy."""
        return self._sensor == "load" and not 0.5 < value < 99.5


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


class Heat:
    """A board's temperature against its power, and its power against its load; which of the two lies."""

    def __init__(self, room: Room) -> None:
        self._power = Departure("power", "load", POWER_BY_LOAD)
        self._heat = Departure("temperature", "power", HEAT_BY_POWER, room)

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """Power first: where it is wrong, nobody can say what temperature to expect of it."""
        self._power.look(seen, learning)
        self._heat.look(seen, learning)
        if self._power.standing is not None:
            return told(self._power)
        if abs(self._heat.room) > ROOM_K:
            return Found(None, "room", f"all of its kind are {self._heat.room:+.3g} degC off")
        return None if self._power.suspicious else told(self._heat)


class Cooling:
    """A processor's temperature against its power, and its fan against its temperature."""

    def __init__(self, room: Room) -> None:
        self._heat = Departure("temperature", "power", CPU_HEAT_BY_POWER, room)
        self._fan = Departure("fan", "temperature", FAN_BY_HEAT)

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """It cannot be told whether the thermometer, the power meter or the cooling is wrong."""
        self._heat.look(seen, learning)
        self._fan.look(seen, learning)
        if abs(self._heat.room) > ROOM_K:
            return Found(None, "room", f"all of its kind are {self._heat.room:+.3g} degC off")
        found = told(self._heat) or told(self._fan)
        return None if found is None else found._replace(sensor=None)


class Rail:
    """A board's supply against its load."""

    def __init__(self) -> None:
        self._rail = Departure("voltage", "load", RAIL_BY_LOAD)

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """A rail that sags more than it did."""
        self._rail.look(seen, learning)
        return told(self._rail)


def told(departure: Departure) -> Found | None:
    """A departure in words."""
    stands = departure.standing
    if stands is None:
        return None
    detail = f"{departure.sensor} {stands.off:+.3g} against {stands.expected:.3g} expected by {departure.by}"
    return Found(departure.sensor, "drift", detail)


class FanLoss:
    """A fan that always turned at about the same speed and moves less air now."""

    def __init__(self) -> None:
        self._usual = Running()
        self._now = Smooth(60.0)
        self._life = FanLife()
        self._last_ns: int | None = None

    def look(self, seen: Seen, learning: bool) -> Found | None:
        """Less than nine tenths of the usual, or eight; and how long it will last, where that can be told."""
        value = seen.values.get("fan")
        if value is None:
            return None
        seconds = 0.0 if self._last_ns is None else max(0, seen.time_ns - self._last_ns) / 1e9
        self._last_ns = seen.time_ns
        if learning:
            self._usual.add(value)
            return None
        usual = self._usual
        if usual.count < LEAST or usual.mean <= 0.5 or usual.deviation > 0.03 * usual.mean:
            return None
        loss = 1.0 - self._now.add(value, seconds) / usual.mean
        self._life.see(seen.time_ns, loss)
        if loss < 0.1:
            return None
        kind = "fan" if loss < 0.2 else "fan-worn"
        return Found("fan", kind, f"{loss:.0%} below its usual {usual.mean:.3g} CFM", self._life.left_s())


class FanLife:
    """How long a fan will last, by the trend of what it has lost so far.

    A bearing wears the faster the further it has come: what is lost grows with the sixth power of its age, up to 30 %
    when it stops (docs/failures.md). So the sixth root of the loss is a straight line over time, and 1 at the end.
    """

    _AT_THE_END: Final = 0.30
    _FROM: Final = 0.03
    """A smaller loss is noise, or the room."""
    _LEAST_S: Final = 300.0

    def __init__(self) -> None:
        self._line = Line()
        self._start_ns: int | None = None
        self._now_s = 0.0
        self._age = 0.0

    def see(self, time_ns: int, loss: float) -> None:
        """The loss now, as a share."""
        if loss < self._FROM:
            return
        if self._start_ns is None:
            self._start_ns = time_ns
        self._now_s = (time_ns - self._start_ns) / 1e9
        self._age = (loss / self._AT_THE_END) ** (1.0 / 6.0)
        self._line.add(self._now_s, self._age)

    def left_s(self) -> float | None:
        """Seconds until the line reaches the end; `None` while no trend stands out of what is around it."""
        slope, offset, spread = self._line.fit()
        if self._now_s < self._LEAST_S or slope * self._now_s < 4.0 * spread:
            return None
        return max(0.0, (1.0 - (offset + slope * self._now_s)) / slope)


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
