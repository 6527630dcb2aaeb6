"""The metrics of sinks: their books, what waits in them and how old it is, what is on disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from actors.sinks.base.records import WORDS
from actors.state_keeping import is_durable

if TYPE_CHECKING:
    from actors.system import Simulation

_PREFIX: Final = "data_simulator_sink_"


def sink_metrics(simulation: "Simulation") -> Iterator[Metric]:
    """Of all sinks of a run."""
    records = CounterMetricFamily(
        f"{_PREFIX}records",
        "What became of the records: accepted = acked + queued + dropped + rejected.",
        labels=("sink", "what", "outcome"),
    )
    dropped = CounterMetricFamily(f"{_PREFIX}dropped", "Dropped records.", labels=("sink", "what", "reason"))
    queued = GaugeMetricFamily(f"{_PREFIX}queued", "Accepted records that wait.", labels=("sink", "what"))
    for sink in simulation.sinks:
        for what, books in zip(WORDS, (sink.books, sink.truth_books, sink.fault_books), strict=True):
            totals = books.totals()
            for outcome in ("accepted", "acked", "rejected"):
                records.add_metric((sink.name, what, outcome), getattr(totals, outcome))
            queued.add_metric((sink.name, what), totals.queued)
            for reason, number in sorted(totals.as_dict()["dropped"].items()):
                dropped.add_metric((sink.name, what, reason), number)
    yield records
    yield dropped
    yield queued
    yield from _present(simulation)


def _present(simulation: "Simulation") -> Iterator[Metric]:
    now_ns = simulation.dispatcher.now_ns
    inside = _family("inbox", "Records inside a sink that are not settled.")
    oldest = _family("oldest_seconds", "Simulated age of the oldest record that has not been delivered.")
    down = _family("down", "1 while something keeps the sink from working.")
    fenced = CounterMetricFamily(f"{_PREFIX}fenced", "Records that a replaced writer was kept from.", labels=("sink",))
    rows, size = _family("spool_rows", "Records in the spool."), _family("spool_bytes", "Size of the spool's file.")
    for sink in simulation.sinks:
        inside.add_metric((sink.name,), sink.depth)
        first_ns = _oldest_ns(sink)
        oldest.add_metric((sink.name,), 0.0 if first_ns is None else max(0.0, (now_ns - first_ns) / 1e9))
        down.add_metric((sink.name,), int(bool(sink.problem)))
        fenced.add_metric((sink.name,), sink.fenced)
        if is_durable(sink):
            rows.add_metric((sink.name,), sink.lane.depth)
            size.add_metric((sink.name,), _bytes(sink))
    yield from (inside, oldest, down, fenced, rows, size)


def _family(name: str, what: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}{name}", what, labels=("sink",))


def _oldest_ns(sink: Any) -> int | None:
    oldest = getattr(getattr(sink, "lane", None), "oldest_ns", None)
    found: int | None = oldest() if callable(oldest) else None
    return found


def _bytes(sink: Any) -> int:
    path: Path | None = getattr(sink.lane, "path", None)
    if path is None:
        return 0
    total = 0
    for suffix in ("", "-wal"):
        try:
            total += path.with_name(f"{path.name}{suffix}").stat().st_size
        except OSError:
            continue
    return total
