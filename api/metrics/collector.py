"""The metrics of the run, read off it at the moment of the scrape.

There are as many series as there are sinks, states, reasons and kinds of events; never one a device.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

from actors.summing import product_version
from api.metrics.requests import REGISTRY as REQUESTS
from api.metrics.sinks import sink_metrics
from engine.clock import MAX

if TYPE_CHECKING:
    from actors.system import Simulation

PREFIX: Final = "data_simulator_"
__all__ = ["CONTENT_TYPE", "scrape"]


def scrape(simulation: "Simulation | None") -> bytes:
    """Everything, in Prometheus' text format; without a run only what the process is."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Reader(simulation))
    return generate_latest(registry) + generate_latest(REQUESTS)


class _Reader:
    """What the client library calls a collector."""

    def __init__(self, simulation: "Simulation | None") -> None:
        self._simulation = simulation

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every metric with its value now."""
        yield _gauge("threads", "Threads of the process.", threading.active_count())
        yield _gauge("up", "1 while there is a run.", int(self._simulation is not None))
        if self._simulation is not None:
            yield from _run(self._simulation)
            yield from _machine(self._simulation)
            yield from sink_metrics(self._simulation)


def _run(simulation: "Simulation") -> Iterator[Metric]:
    scenario, progress = simulation.scenario, simulation.progress()
    pacer = simulation.dispatcher.pacer
    about = {
        "version": product_version(),
        "scenario": scenario.name,
        "seed": str(scenario.seed),
        "kernels": simulation.kernels,
    }
    yield InfoMetricFamily(f"{PREFIX}run", "The run of this moment.", about)
    states = Counter(str(memory.state.value) for memory in tuple(simulation.fleet.devices.values()))
    yield _labelled(GaugeMetricFamily, "devices", "Devices, by the state they are in.", "state", states)
    yield _counter("frames", "Frames that left devices.", progress.frames)
    yield _counter("readings", "Readings that left sensors.", progress.readings)
    yield _gauge("simulated_seconds", "How far simulated time has come.", (progress.now_ns - progress.started_ns) / 1e9)
    yield _gauge("pace", "Simulated seconds per real second; +Inf is as fast as possible.", pacer.pace)
    yield _gauge("paused", "1 while the clock stands.", int(pacer.paused))
    yield _gauge("lag_seconds", "How late the newest instant was, real time.", max(0.0, progress.lag_ns / 1e9))
    yield _gauge(
        "lag_p99_seconds",
        "99 of 100 instants since the start were at most this late.",
        0.0 if pacer.pace == MAX else pacer.gauge.percentile(99) / 1e9,
    )
    yield _counter("skipped_seconds", "Simulated time that was left out.", pacer.skipped_ns / 1e9)
    yield _counter("stretched_seconds", "Real time by which simulated time was held back.", pacer.stretched_ns / 1e9)
    yield _counter("commands", "Commands that came from outside.", simulation.reception.commands)


def _machine(simulation: "Simulation") -> Iterator[Metric]:
    dispatcher, journal = simulation.dispatcher, simulation.journal
    counts = dict(journal.counts)
    yield _gauge("run_queue", "Messages in the line of the fleet's thread.", dispatcher.queued)
    yield _gauge("inbox", "Messages from other threads that wait at the fleet's door.", len(dispatcher.door.mailbox))
    yield _counter("restarts", "Actors that were restarted.", counts.get("ActorRestarted", 0))
    yield _counter("given_up", "Actors that are not restarted any more.", counts.get("ActorGivenUp", 0))
    yield _gauge("zombies", "Threads that were abandoned.", simulation.zombies)
    yield _labelled(CounterMetricFamily, "events", "What the journal has, by kind.", "kind", counts)
    letters = dict(dispatcher.directory.dead_letters)
    yield _labelled(CounterMetricFamily, "dead_letters", "Messages that found nobody.", "reason", letters)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}{name}", what, value)


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(f"{PREFIX}{name}", what, value)


def _labelled(kind: Any, name: str, what: str, label: str, values: Any) -> Metric:
    family: Metric = kind(f"{PREFIX}{name}", what, labels=(label,))
    for word, value in sorted(values.items()):
        family.add_metric((word,), value)  # type: ignore[attr-defined]
    return family
