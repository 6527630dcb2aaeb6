"""Scoring: a monitor's alerts held against what was really wrong."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from actors.judging import Check
from schemas import events
from schemas.scenario.expectations import MonitorSpec

NS_PER_S = 1_000_000_000
DAY_NS = 86_400 * NS_PER_S


class Told(NamedTuple):
    """An alert, whoever's it is."""

    time_ns: int
    device: str
    sensor: str | None
    kind: str
    rul_s: float | None


class Episode(NamedTuple):
    """Something that was wrong with a device for a while."""

    device: str
    sensor: str | None
    """The sensor that lied; `None` when it was the device or its body."""
    what: str
    onset_ns: int
    end_ns: int | None
    wanted: bool
    """Whether a monitor has to notice it; else it may."""


class Score(NamedTuple):
    """How well a monitor did."""

    wanted: int
    found: int
    delays_s: tuple[float, ...]
    alerts: int
    justified: int
    false_alarms_per_device_day: float
    rul_errors: tuple[float, ...]
    missed: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Share of what it had to notice and did; 1 when there was nothing."""
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        """Share of its alerts that were about something; 1 without alerts."""
        return self.justified / self.alerts if self.alerts else 1.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        delays, errors = sorted(self.delays_s), sorted(self.rul_errors)
        return {
            "wanted": self.wanted,
            "found": self.found,
            "recall": self.recall,
            "alerts": self.alerts,
            "justified": self.justified,
            "precision": self.precision,
            "detection_delay_s": {"median": median(delays), "worst": delays[-1]} if delays else None,
            "false_alarms_per_device_day": self.false_alarms_per_device_day,
            "rul_error_median": median(errors) if errors else None,
            "missed": list(self.missed),
        }


class Episodes:
    """Gathers episodes from the journal's entries; follows it as any follower does."""

    def __init__(self, spec: MonitorSpec) -> None:
        self._spec = spec
        self._open: dict[tuple[str, str | None, str], Episode] = {}
        self._closed: list[Episode] = []
        self.failed: dict[str, int] = {}
        """When a device first broke."""

    def tell(self, entry: Any) -> None:
        """One entry of the journal."""
        event = entry.event
        match event:
            case events.FaultInjected(device=device, sensor=sensor, id=id, fault=fault, time_ns=time_ns):
                wanted = not self._spec.fault_sensors or sensor in self._spec.fault_sensors
                self._begin(device, sensor, f"{fault} {id}", time_ns, wanted)
            case events.FaultCleared(device=device, sensor=sensor, id=id, time_ns=time_ns):
                self._end_where(device, time_ns, lambda episode: episode.what.endswith(f" {id}"))
            case events.WearInjected(device=device, mode=mode, damage=damage, time_ns=time_ns):
                if damage >= 1.0 - self._spec.degraded_below:
                    self._begin(device, None, f"wear {mode}", time_ns, True)
            case events.PartRepaired(device=device, mode=mode, time_ns=time_ns):
                self._end_where(device, time_ns, lambda episode: episode.what in (f"wear {mode}", "failing"))
            case events.StateChanged():
                self._moved(event)
            case events.ParameterSet(device=device, name=name, time_ns=time_ns):
                # a hot room or a weak supply is no fault of the device, but alerts about it are no false ones
                self._begin(device, None, f"parameter {name}", time_ns, False)
            case events.ConnectionActed(device=device, what=what, time_ns=time_ns):
                self._begin(device, None, f"connection {what}", time_ns, False)
            case (
                events.ActorFailed(address=address, time_ns=time_ns)
                | events.ActorHung(address=address, time_ns=time_ns)
            ):
                self._begin(_device(address), None, "actor", time_ns, False)
            case events.ActorRestarted(address=address, time_ns=time_ns):
                self._end_where(_device(address), time_ns, lambda episode: episode.what == "actor")
            case events.ActorReleased(address=address, time_ns=time_ns):
                self._end_where(_device(address), time_ns, lambda episode: episode.what == "actor")
            case _:
                pass

    def health(self, device: str, health: float, now_ns: int) -> None:
        """How a device is, looked at now and then: wear that nobody injected shows here."""
        key = (device, None, "failing")
        if health < self._spec.degraded_below:
            if key not in self._open and not any(k[0] == device and k[2].startswith("wear ") for k in self._open):
                self._begin(device, None, "failing", now_ns, True)
        elif key in self._open:
            self._end_where(device, now_ns, lambda episode: episode.what == "failing")

    def all(self) -> list[Episode]:
        """Every episode, by its onset."""
        return sorted([*self._closed, *self._open.values()], key=lambda each: (each.onset_ns, each.device, each.what))

    def _moved(self, event: events.StateChanged) -> None:
        # that a device begins its life is nothing that is wrong with it
        silent = event.after in ("paused", "stopped", "failed", "booting") and event.before != "provisioned"
        if silent:
            self._begin(event.device, None, "silence", event.time_ns, False)
        else:
            self._end_where(event.device, event.time_ns, lambda episode: episode.what == "silence")
        if event.after == "failed":
            self.failed.setdefault(event.device, event.time_ns)
        if event.after in ("throttled", "degraded"):
            self._begin(event.device, None, event.after, event.time_ns, False)
        elif event.after == "running":
            self._end_where(event.device, event.time_ns, lambda each: each.what in ("throttled", "degraded"))

    def _begin(self, device: str, sensor: str | None, what: str, now_ns: int, wanted: bool) -> None:
        if device:
            self._open.setdefault((device, sensor, what), Episode(device, sensor, what, now_ns, None, wanted))

    def _end_where(self, device: str, now_ns: int, meant: Any) -> None:
        for key, episode in list(self._open.items()):
            if episode.device == device and meant(episode):
                del self._open[key]
                self._closed.append(episode._replace(end_ns=now_ns))


def _device(address: str) -> str:
    parts = address.split("/")
    return parts[1] if parts[0] == "fleet" and len(parts) > 1 else ""


def score(
    alerts: Sequence[Told],
    episodes: Sequence[Episode],
    spec: MonitorSpec,
    *,
    devices: int,
    start_ns: int,
    end_ns: int,
    remaining: Any = None,
) -> Score:
    """Hold alerts against episodes. `remaining(device, time_ns)` is the true remaining useful life, s, or `None`."""
    mine: dict[str, list[Episode]] = {}
    for episode in episodes:
        mine.setdefault(episode.device, []).append(episode)
    first: dict[Episode, int] = {}
    justified, errors = 0, []
    for alert in sorted(alerts, key=lambda alert: (alert.time_ns, alert.device)):
        about = [each for each in mine.get(alert.device, ()) if _is_about(alert, each, spec)]
        justified += bool(about)
        for episode in about:
            first.setdefault(episode, alert.time_ns)
        true_s = None if remaining is None or alert.rul_s is None else remaining(alert.device, alert.time_ns)
        if true_s is not None and alert.rul_s is not None and true_s > 0:
            errors.append(abs(alert.rul_s - true_s) / true_s)
    wanted = [episode for episode in episodes if episode.wanted]
    limit_ns = spec.detect_within_ns
    found = [each for each in wanted if each in first and (limit_ns is None or first[each] - each.onset_ns <= limit_ns)]
    days = devices * max(1, end_ns - start_ns) / DAY_NS
    return Score(
        wanted=len(wanted),
        found=len(found),
        delays_s=tuple((first[each] - each.onset_ns) / NS_PER_S for each in found),
        alerts=len(alerts),
        justified=justified,
        false_alarms_per_device_day=(len(alerts) - justified) / days,
        rul_errors=tuple(errors),
        missed=tuple(_named(each, start_ns) for each in wanted if each not in found),
    )


def _is_about(alert: Told, episode: Episode, spec: MonitorSpec) -> bool:
    if alert.time_ns < episode.onset_ns:
        return False
    if episode.end_ns is not None and alert.time_ns > episode.end_ns + spec.grace_ns:
        return False
    return episode.sensor is None or alert.sensor is None or alert.sensor == episode.sensor


def _named(episode: Episode, start_ns: int) -> str:
    where = episode.device if episode.sensor is None else f"{episode.device}/{episode.sensor}"
    return f"{episode.what} at {where} from {(episode.onset_ns - start_ns) / NS_PER_S:g} s"


def monitor_checks(found: Score, spec: MonitorSpec) -> list[Check]:
    """What was expected of the monitor, and how it did."""
    checks = []
    late = "" if spec.detect_within_ns is None else f" within {spec.detect_within_ns / NS_PER_S:g} s"
    if spec.recall is not None:
        missed = f"; missed: {', '.join(found.missed[:5])}" if found.missed else ""
        detail = f"{found.found} of {found.wanted} noticed{late}, at least {spec.recall:.0%}{missed}"
        checks.append(Check("monitor", "recall", found.recall >= spec.recall, detail))
    if spec.precision is not None:
        detail = f"{found.justified} of {found.alerts} alerts about something, at least {spec.precision:.0%}"
        checks.append(Check("monitor", "precision", found.precision >= spec.precision, detail))
    if spec.false_alarms_per_device_day is not None:
        rate = found.false_alarms_per_device_day
        detail = f"{rate:.3g}, at most {spec.false_alarms_per_device_day:g}"
        ok = rate <= spec.false_alarms_per_device_day
        checks.append(Check("monitor", "false alarms per device and day", ok, detail))
    if spec.rul_error is not None:
        errors = found.rul_errors
        middle = median(errors) if errors else None
        detail = "no alert said how long" if middle is None else f"{middle:.2g}, at most {spec.rul_error:g}"
        checks.append(Check("monitor", "error of remaining useful life", _within(middle, spec.rul_error), detail))
    return checks


def _within(value: float | None, most: float) -> bool:
    return value is not None and value <= most


def told(alerts: Iterable[Any]) -> list[Told]:
    """Alerts as they are scored."""
    return [Told(each.time_ns, each.device, each.sensor, each.kind, each.rul_s) for each in alerts]
