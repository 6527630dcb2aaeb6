"""Probes: the values that conditions look at, read where they are. On the dispatcher's thread only."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from schemas.scenario.conditions import Condition

_NS_PER_S: Final = 1e9
METRICS: Final = (
    *("frames", "readings", "restarts", "given_up", "refused"),
    *("failures", "dead_letters", "victims", "resent", "spoiled"),
)
"""The words that a condition on `metric` may use."""


class Probes:
    """Looks at the devices of a fleet and at the numbers of a run. Changes nothing."""

    def __init__(
        self,
        devices: dict[str, Any],
        books: Callable[[str], Any],
        metrics: dict[str, Callable[[], float]],
        now_ns: Callable[[], int],
    ) -> None:
        """`books` gives a sink's totals by its name; `metrics` the numbers of the run by their words."""
        self._devices = devices
        self._books = books
        self._metrics = metrics
        self._now_ns = now_ns

    def holds(self, condition: Condition, devices: Iterable[str]) -> bool:
        """Whether a condition holds at present for these devices."""
        return condition.holds(self.values(condition, devices))

    def values(self, condition: Condition, devices: Iterable[str]) -> list[float | None]:
        """What is looked at: a value for each device, or the one of the run."""
        if condition.books is not None:
            return [_column(self._books(condition.books), condition.count)]
        if condition.metric is not None or condition.lag is not None:
            number = self._metrics.get(condition.metric or f"lag_{condition.lag}")
            return [None if number is None else float(number())]
        return [self._value(condition, self._devices[device]) for device in devices]

    def shown(self, condition: Condition, devices: Iterable[str]) -> str:
        """The present value in words, for a report."""
        values = self.values(condition, devices)
        known = [value for value in values if value is not None]
        one = condition.one(known)
        missing = len(values) - len(known)
        return ("nothing" if one is None else f"{one:.6g}") + (f", {missing} without a value" if missing else "")

    def _value(self, condition: Condition, memory: Any) -> float | None:
        match condition.probe:
            case "sensor":
                frame = memory.frame
                readings = () if frame is None else frame.readings
                return next((reading.value for reading in readings if reading.sensor == condition.sensor), None)
            case "clean":
                return self._clean(memory, condition.clean)
            case "damage":
                return next((float(wear.damage) for wear in memory.body.wear() if wear.mode == condition.damage), None)
            case "state":
                return float(memory.state.value == condition.state)
            case "symptom":
                return float(condition.symptom in memory.body.symptoms())
            case _:
                return self._truth(memory, condition.truth)

    def _clean(self, memory: Any, sensor: str | None) -> float | None:
        for fact in memory.sensors:
            if fact.name == sensor and memory.clean:
                value: float | None = memory.clean[fact.place]
                return value
        return None

    def _truth(self, memory: Any, what: str | None) -> float | None:
        if what == "health":
            return float(memory.body.health())
        if what == "faults":
            return float(len(memory.faults))
        if what == "age_s":
            return None if memory.frame is None else (self._now_ns() - memory.frame.time_ns) / _NS_PER_S
        rul_s: float | None = memory.body.rul_s()
        return rul_s


def _column(totals: Any, count: str) -> float:
    dropped = sum(totals.dropped.values())
    settled = totals.acked + totals.queued + dropped + totals.rejected
    columns = {
        "accepted": totals.accepted,
        "acked": totals.acked,
        "queued": totals.queued,
        "dropped": dropped,
        "rejected": totals.rejected,
        "lost": totals.accepted - settled,
    }
    return float(columns[count])
