"""The clock: how far the run has come, its pace, its pauses, its steps."""

from typing import Final

from api.bodies import model_body
from api.models.desk import ClockPatch, ClockShown, Step
from api.problems import invalid, refused
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from api.run import Run
from engine.clock import MAX
from schemas.problems import Problem

STEP_WAIT_S: Final = 2.0
"""How long an answer waits for a step; a longer one goes on by itself."""


@route("GET", "/v1/clock", role=Role.READ, gives=ClockShown)
def get_clock(call: Call) -> Answer:
    """Show the clock."""
    return Answer(shown(call.world.run))


@route("PATCH", "/v1/clock", role=Role.OPERATE, body=model_body(ClockPatch), gives=ClockShown)
def change_clock(call: Call) -> Answer:
    """Change the pace of the clock, let it stand, or let it go on."""
    patch: ClockPatch = call.body
    if patch.pace is None and patch.paused is None:
        raise invalid([Problem("", "no change", "pace, paused or both")])
    run = call.world.run
    dispatcher = run.simulation.dispatcher

    def change() -> None:
        if patch.pace is not None:
            dispatcher.set_pace(MAX if patch.pace == "max" else float(patch.pace))
        if patch.paused is not None:
            (dispatcher.pause if patch.paused else dispatcher.unpause)()

    run.call(change)
    return Answer(shown(run))


@route(
    "POST",
    "/v1/clock/step",
    role=Role.OPERATE,
    body=model_body(Step),
    gives={
        200: Gives("The clock stands at the new instant.", ClockShown),
        202: Gives("It is a long way: the clock is on it. PATCH paused ends it where it is.", ClockShown),
    },
    problems=(409,),
    repeatable=True,
)
def step_clock(call: Call) -> Answer:
    """Let a paused clock go on for so much simulated time, as fast as it goes."""
    run, step = call.world.run, call.body
    dispatcher = run.simulation.dispatcher
    if not dispatcher.pacer.paused:
        raise refused("the clock runs; pause it first: PATCH /v1/clock")
    target_ns = dispatcher.now_ns + step.for_ns
    run.call(lambda: dispatcher.advance(step.for_ns))
    reached = run.wait(lambda: dispatcher.now_ns >= target_ns, STEP_WAIT_S)
    return Answer(shown(run), 200 if reached else 202)


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


ROUTES: Final[tuple[Route, ...]] = (get_clock, change_clock, step_clock)
