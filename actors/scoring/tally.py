"""The tally: alerts held against episodes, which of them were noticed, when, by which alert, and which were false."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from actors.scoring.episodes import Episode
from actors.scoring.marks import EVERYBODY
from schemas.commands import DEVICE
from schemas.scenario.expectations import MonitorSpec

NS_PER_S = 1_000_000_000
DAY_NS = 86_400 * NS_PER_S

Remaining = Callable[[str, int], float | None]
"""The true remaining useful life of a device at an instant, s; `None` where nobody knows."""


class Told(NamedTuple):
    """An alert, whoever's it is."""

    time_ns: int
    device: str
    sensor: str | None
    kind: str
    rul_s: float | None = None
    detail: str = ""

    def as_dict(self, start_ns: int) -> dict[str, Any]:
        """Plain data."""
        after_s = (self.time_ns - start_ns) / NS_PER_S
        plain = {"at_s": after_s, "device": self.device, "sensor": self.sensor, "kind": self.kind}
        return {**plain, "detail": self.detail, "rul_s": self.rul_s}


class Row(NamedTuple):
    """One episode and what became of it."""

    episode: Episode
    first: Told | None
    """The first alert about it."""
    in_time: bool

    @property
    def after_s(self) -> float | None:
        """How long after its onset it was noticed, below 0 for before; `None` when it was not."""
        return None if self.first is None else (self.first.time_ns - self.episode.onset_ns) / NS_PER_S

    def as_dict(self, start_ns: int) -> dict[str, Any]:
        """Plain data; times in seconds since the start."""
        each = self.episode
        return {
            "step": each.step,
            "layer": each.layer,
            "what": each.what,
            "device": each.device or None,
            "sensor": each.sensor,
            "notice": each.notice,
            "onset_s": (each.onset_ns - start_ns) / NS_PER_S,
            "end_s": None if each.end_ns is None else (each.end_ns - start_ns) / NS_PER_S,
            "noticed": self.in_time,
            "after_s": self.after_s,
            "by": None if self.first is None else self.first.as_dict(start_ns),
        }


class Score(NamedTuple):
    """How well a monitor did."""

    start_ns: int
    rows: tuple[Row, ...]
    """Every episode, by its onset."""
    false: tuple[Told, ...]
    """Alerts about nothing."""
    told: tuple[Told, ...]
    """Every alert, in time."""
    device_days: float
    ruls: tuple[tuple[Told, float], ...]
    """Alerts that said how long the device will last, each with what was true, s."""
    idle: tuple[str, ...] = ()
    """Steps that have to be noticed and brought nothing about."""

    @property
    def alerts(self) -> int:
        """How many alerts there were."""
        return len(self.told)

    @property
    def must(self) -> list[Row]:
        """What had to be noticed."""
        return [row for row in self.rows if row.episode.notice == "must"]

    @property
    def wanted(self) -> int:
        """How much had to be noticed."""
        return len(self.must) + len(self.idle)

    @property
    def found(self) -> list[Row]:
        """What had to be noticed, and was in time."""
        return [row for row in self.must if row.in_time]

    @property
    def missed(self) -> list[Row]:
        """What had to be noticed, and was not, or too late."""
        return [row for row in self.must if not row.in_time]

    @property
    def rul_errors(self) -> list[float]:
        """By how much each alert was wrong about remaining useful life, as a share of what was true."""
        return [abs(alert.rul_s - true_s) / true_s for alert, true_s in self.ruls if alert.rul_s is not None]

    @property
    def justified(self) -> int:
        """Alerts that were about something."""
        return self.alerts - len(self.false)

    @property
    def recall(self) -> float:
        """Share of what it had to notice and did; 1 when there was nothing."""
        return len(self.found) / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        """Share of its alerts that were about something; 1 without alerts."""
        return self.justified / self.alerts if self.alerts else 1.0

    @property
    def false_alarms_per_device_day(self) -> float:
        """Alerts about nothing, by device and simulated day."""
        return len(self.false) / self.device_days

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        delays, errors = sorted(row.after_s or 0.0 for row in self.found), sorted(self.rul_errors)
        return {
            "wanted": self.wanted,
            "found": len(self.found),
            "recall": self.recall,
            "alerts": self.alerts,
            "justified": self.justified,
            "precision": self.precision,
            "detection_delay_s": {"median": median(delays), "worst": delays[-1]} if delays else None,
            "false_alarms_per_device_day": self.false_alarms_per_device_day,
            "rul_error_median": median(errors) if errors else None,
            "missed": [named(row.episode, self.start_ns) for row in self.missed] + list(self.idle),
            "ruls": [{**alert.as_dict(self.start_ns), "true_s": true_s} for alert, true_s in self.ruls],
            "faults": [row.as_dict(self.start_ns) for row in self.rows],
            "told": [alert.as_dict(self.start_ns) for alert in self.told],
            "false_alarms": [alert.as_dict(self.start_ns) for alert in self.false],
        }


def score(
    alerts: Sequence[Told],
    episodes: Sequence[Episode],
    spec: MonitorSpec,
    *,
    devices: int,
    start_ns: int,
    end_ns: int,
    remaining: Remaining = lambda device, time_ns: None,
    idle: Iterable[str] = (),
) -> Score:
    """Hold alerts against episodes."""
    mine: dict[str, list[Episode]] = {}
    for episode in episodes:
        mine.setdefault(episode.device, []).append(episode)
    first: dict[Episode, Told] = {}
    false: list[Told] = []
    ruls: list[tuple[Told, float]] = []
    told_in_time = sorted(alerts, key=lambda alert: (alert.time_ns, alert.device))
    for alert in told_in_time:
        near = [*mine.get(alert.device, ()), *mine.get(EVERYBODY, ())]
        about = [each for each in near if _is_about(alert, each, spec)]
        for episode in about:
            if not episode.seen_in or (alert.sensor or DEVICE) in episode.seen_in:
                first.setdefault(episode, alert)
        if all(episode.notice == "never" for episode in about):
            false.append(alert)
        true_s = None if alert.rul_s is None else remaining(alert.device, alert.time_ns)
        if true_s is not None and true_s > 0:
            ruls.append((alert, true_s))
    return Score(
        start_ns=start_ns,
        rows=tuple(_row(episode, first.get(episode), spec) for episode in episodes),
        false=tuple(false),
        told=tuple(told_in_time),
        device_days=devices * max(1, end_ns - start_ns) / DAY_NS,
        ruls=tuple(ruls),
        idle=tuple(f"{step} (it brought nothing about)" for step in idle),
    )


def _row(episode: Episode, first: Told | None, spec: MonitorSpec) -> Row:
    limit_ns = spec.detect_within_ns
    in_time = first is not None and (limit_ns is None or first.time_ns - episode.onset_ns <= limit_ns)
    return Row(episode, first, in_time)


def _is_about(alert: Told, episode: Episode, spec: MonitorSpec) -> bool:
    if alert.time_ns < (episode.onset_ns if episode.early_ns is None else episode.early_ns):
        return False
    if episode.end_ns is not None and alert.time_ns > episode.end_ns + spec.grace_ns:
        return False
    return episode.sensor is None or alert.sensor is None or alert.sensor == episode.sensor


def named(episode: Episode, start_ns: int) -> str:
    """An episode in a line of text: what, where and since when."""
    device = episode.device or "everybody"
    where = device if episode.sensor is None else f"{device}/{episode.sensor}"
    return f"{episode.what} at {where} from {(episode.onset_ns - start_ns) / NS_PER_S:g} s"


def told(alerts: Iterable[Any]) -> list[Told]:
    """Alerts as they are scored."""
    return [Told(each.time_ns, each.device, each.sensor, each.kind, each.rul_s, each.detail) for each in alerts]
