"""Monitors: the reference one, and the two that show whether expectations bite - one sees nothing, one cries always."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from actors.monitor.alerts import Alert
from actors.monitor.departure import Room
from actors.monitor.detectors import Cooling, FanLoss, Flatline, Heat, Limits, Missing, Rail, Spikes
from actors.monitor.found import LEARN_S, Found
from actors.monitor.presence import Presence
from actors.monitor.records import Seen
from actors.monitor.transit import Transit

CALM_S: Final = 60.0
"""What has ceased for so long is a new alert when it comes again."""
MOST_OFF_S: Final = 30.0
"""An instant so far from that of the other devices is no instant of now."""
SENSORS: Final = ("temperature", "power", "load", "voltage", "fan", "clock")


class Detector(Protocol):
    """Looks for one thing."""

    def look(self, seen: Seen, learning: bool) -> Found | None: ...


class Monitor(Protocol):
    """Is told frames in about the order of their instants, and says what is wrong."""

    def see(self, seen: Seen) -> Iterator[Alert]: ...


class _Patient:
    """What a monitor knows of one device."""

    def __init__(self, seen: Seen, room: Room) -> None:
        self.since_ns = self.last_ns = seen.time_ns
        self.silent = False
        self.active: dict[tuple[str | None, str], int] = {}
        """Alerts that stand, and when each was last seen."""
        self.presence = Presence()
        self.detectors: list[Detector] = [
            Limits(),
            self.presence,
            Transit(),
            *([Cooling(room)] if seen.kind == "cpu" else [FanLoss(), Heat(room), Rail(), Spikes("voltage", 0.4)]),
            Spikes("temperature", 8.0),
            *(Flatline(sensor) for sensor in ("temperature", "power", "load")),
            *(Missing(sensor) for sensor in SENSORS),
        ]


class Reference:
    """Limits, flat lines, missing readings, spikes, drift against load, fans, silence: a rule for each."""

    def __init__(self) -> None:
        self._patients: dict[str, _Patient] = {}
        self._rooms: dict[str, Room] = {}
        self._now_ns = 0
        self._looked_ns = 0

    def see(self, seen: Seen) -> Iterator[Alert]:
        """Look at one frame, and now and then for devices that say nothing."""
        patient = self._patients.get(seen.device)
        if patient is None:
            patient = self._patients[seen.device] = _Patient(seen, self._rooms.setdefault(seen.kind, Room()))
        off_s = self._off_s(seen)
        if off_s:
            what = f"{off_s:+.0f} s against the others"
            # its own instant says nothing, so this is when its next frame was to be expected
            now_ns = max(self._now_ns, patient.last_ns + round(patient.presence.interval_s() * 1e9))
            if self._is_news(patient, (None, "clock" if off_s > 0 else "late"), now_ns):
                yield Alert(now_ns, seen.device, None, "clock" if off_s > 0 else "late", what)
            patient.last_ns, patient.silent = max(patient.last_ns, self._now_ns), False
            return
        patient.last_ns, patient.silent = max(patient.last_ns, seen.time_ns), False
        learning = seen.time_ns - patient.since_ns < LEARN_S * 1e9
        for detector in patient.detectors:
            found = detector.look(seen, learning)
            if found is None:
                continue
            when_ns = seen.time_ns if found.at_ns is None else found.at_ns
            if self._is_news(patient, (found.sensor, found.kind), when_ns):
                yield Alert(when_ns, seen.device, found.sensor, found.kind, found.detail, found.rul_s)
        self._now_ns = max(self._now_ns, seen.time_ns)
        if self._now_ns - self._looked_ns >= 10**9:
            self._looked_ns = self._now_ns
            yield from self._silence()

    def _off_s(self, seen: Seen) -> float:
        """How far a frame's instant is from the present of at least two others; 0 for what is near enough."""
        off_s = (seen.time_ns - self._now_ns) / 1e9
        if not self._now_ns or abs(off_s) < MOST_OFF_S:
            return 0.0
        others = (each.last_ns for device, each in self._patients.items() if device != seen.device)
        return off_s if sum(self._now_ns - last_ns < 10**10 for last_ns in others) >= 2 else 0.0

    def _silence(self) -> Iterator[Alert]:
        for device, patient in self._patients.items():
            waited_s = (self._now_ns - patient.last_ns) / 1e9
            if patient.silent or waited_s < patient.presence.silent_after_s():
                continue
            patient.silent = True
            yield Alert(self._now_ns, device, None, "silent", f"nothing for {waited_s:.0f} s")

    def _is_news(self, patient: _Patient, what: tuple[str | None, str], now_ns: int) -> bool:
        last = patient.active.get(what)
        patient.active[what] = now_ns
        return last is None or now_ns - last > CALM_S * 1e9


class Blind:
    """Sees nothing."""

    def see(self, seen: Seen) -> Iterator[Alert]:  # noqa: ARG002 - that is the point
        """Nothing is ever wrong."""
        return iter(())


class Paranoid:
    """Cries about every device, once a minute."""

    def __init__(self) -> None:
        self._cried: dict[str, int] = {}

    def see(self, seen: Seen) -> Iterator[Alert]:
        """Everything is always wrong."""
        if seen.time_ns - self._cried.get(seen.device, -(10**18)) >= 60 * 10**9:
            self._cried[seen.device] = seen.time_ns
            yield Alert(seen.time_ns, seen.device, None, "alarm", "always")


MONITORS: Final[Mapping[str, Callable[[], Monitor]]] = {"reference": Reference, "blind": Blind, "paranoid": Paranoid}


def make_monitor(word: str) -> Monitor:
    """A monitor by its word. Raises `KeyError`."""
    return MONITORS[word]()
