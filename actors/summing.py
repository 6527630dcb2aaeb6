"""Summing a run up."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from actors.sources.cast import mirrors
from actors.summary import BESIDES, Summary
from engine.clock import MAX
from engine.digest import run_digest

if TYPE_CHECKING:
    from actors.system import Simulation

_NS_PER_MS = 1e6


def sum_up(simulation: "Simulation", real_s: float) -> Summary:
    """What the run has come to so far."""
    dispatcher, scenario, fleet, journal = (
        simulation.dispatcher,
        simulation.scenario,
        simulation.fleet,
        simulation.journal,
    )
    pacer = dispatcher.pacer
    digests = fleet.digests()
    history = {device: digest.hex() for device, digest in journal.digests.items()}
    reasons = _reasons(simulation)
    return Summary(
        version=product_version(),
        scenario=scenario.name,
        seed=scenario.seed,
        pace="max" if pacer.pace == MAX else pacer.pace,
        kernels=simulation.kernels,
        devices=len(fleet.devices),
        frames=fleet.frames(),
        readings=fleet.readings(),
        started_ns=scenario.start_ns,
        ended_ns=dispatcher.now_ns,
        simulated_s=(dispatcher.now_ns - scenario.start_ns) / 1e9,
        real_s=real_s,
        lag_ms={
            "p50": pacer.gauge.percentile(50) / _NS_PER_MS,
            "p99": pacer.gauge.percentile(99) / _NS_PER_MS,
            "max": pacer.gauge.worst_ns / _NS_PER_MS,
        },
        sinks={sink.name: _books(sink) for sink in simulation.sinks},
        dead_letters=dict(dispatcher.directory.dead_letters),
        restarts=journal.counts["ActorRestarted"],
        given_up=journal.counts["ActorGivenUp"],
        zombies=simulation.zombies,
        events=dict(journal.counts),
        digest=run_digest(digests, history),
        repeatable=not reasons,
        reasons=reasons,
        ended=simulation.ended,
        problem=simulation.problem,
        digests=digests,
    )


def product_version() -> str:
    """The installed version; `unknown` when run from a tree that was never installed."""
    try:
        return version("data-simulator")
    except PackageNotFoundError:
        return "unknown"


def _books(sink: Any) -> dict[str, Any]:
    books: dict[str, Any] = sink.books.totals().as_dict()
    for word, besides in zip(BESIDES, (sink.truth_books, sink.fault_books), strict=True):
        if (totals := besides.totals()).accepted:
            books[word] = totals.as_dict()
    if resent := getattr(sink, "resent", 0):
        books["resent"] = resent
    return books


def _reasons(simulation: "Simulation") -> tuple[str, ...]:
    """What made this run one that cannot be repeated."""
    reasons = []
    skipped = simulation.dispatcher.pacer.skipped_ns
    if skipped:
        reasons.append(f"{skipped / 1e9:g} simulated seconds were skipped to keep up")
    mirrored = sum(mirrors(memory.kind) for memory in simulation.fleet.devices.values()) if simulation.sources else 0
    if mirrored:
        reasons.append(f"{mirrored} device(s) mirror real hardware")
    if simulation.reception.commands:
        reasons.append(f"{simulation.reception.commands} command(s) came from outside")
    return tuple(reasons)
