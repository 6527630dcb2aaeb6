"""The clock: how far the run has come, its pace, its pauses, its steps."""

from typing import Final

from api.models.desk import ClockShown
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.run import Run
from engine.clock import MAX


@route("GET", "/v1/clock", role=Role.READ, gives=ClockShown)
def get_clock(call: Call) -> Answer:
    """Show the clock."""
    return Answer(shown(call.world.run))


def shown(run: Run) -> ClockShown:
    """The clock now."""
    progress, pacer = run.simulation.progress(), run.simulation.dispatcher.pacer
    return ClockShown(
        now=progress.now_ns,
        started=progress.started_ns,
        until=progress.until_ns,
        pace="max" if pacer.pace == MAX else pacer.pace,
        paused=pacer.paused,
        lag_ms=max(0.0, progress.lag_ns / 1e6),
        lag_p99_ms=pacer.gauge.percentile(99) / 1e6,
        simulated_s=(progress.now_ns - progress.started_ns) / 1e9,
        frames=progress.frames,
        readings=progress.readings,
        skipped_s=pacer.skipped_ns / 1e9,
    )


ROUTES: Final[tuple[Route, ...]] = (get_clock,)
