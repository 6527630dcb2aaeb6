"""The live stream: what happens, while it happens."""

from typing import Final

from pydantic import Field

from api.models.base import Asked
from api.problems import invalid, not_found
from api.resources.clock import shown as clock_shown
from api.resources.journal import shown as entry_shown
from api.resources.sinks import all_shown
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from api.run import Run
from api.streaming import TYPES, Encoded, Stream, Wanted
from schemas.problems import Problem

CONTENT_TYPE: Final = "text/event-stream"


class StreamQuery(Asked):
    """What to follow."""

    types: str = Field(
        "readings,events",
        max_length=64,
        description="readings, truth, events, clock, sinks; several with commas between them.",
    )
    device: tuple[str, ...] = Field((), max_length=500, description="Only these devices; repeatable.")
    group: tuple[str, ...] = Field((), max_length=100, description="Only devices of these groups; repeatable.")
    kind: tuple[str, ...] = Field((), max_length=100, description="Only devices of these kinds; repeatable.")


@route(
    "GET",
    "/v1/stream",
    role=Role.READ,
    query=StreamQuery,
    gives={200: Gives("Server-Sent Events, without end.", content_type=CONTENT_TYPE)},
    reads=("Last-Event-ID",),
)
def follow(call: Call) -> Answer:
    """Follow what happens, as Server-Sent Events.

    Each event bears the name of its type; readings, truth and events have an id by which `Last-Event-ID` resumes.
    `shed` says how many records a reader was too slow for, `reset` that another run has begun (or the resume was to
    one that is gone). The clock and the sinks are told once a second.
    """
    world, query = call.world, call.query
    wanted = Wanted(_types(query.types), lambda run: _devices(run, query))
    _check(world.run, query)
    stream = Stream(
        lambda: world.run,
        world.streams,
        world.once("encoded", lambda: Encoded(entry_shown)),
        wanted,
        call.request.get_header("Last-Event-ID") or "",
        {
            "clock": lambda run: clock_shown(run).model_dump_json().encode(),
            "sinks": lambda run: all_shown(run).model_dump_json().encode(),
        },
        world.closing,
        lambda: world.door.still_lets_in(call.caller),
    )
    return Answer(stream=stream, content_type=CONTENT_TYPE, headers={"X-Accel-Buffering": "no"})


def _types(text: str) -> frozenset[str]:
    given = [word.strip() for word in text.split(",")]
    for word in given:
        if word not in TYPES:
            raise invalid([Problem("query.types", ascii(word), ", ".join(TYPES))])
    return frozenset(given)


def _devices(run: Run, query: StreamQuery) -> frozenset[str] | None:
    if not (query.device or query.group or query.kind):
        return None
    return frozenset(
        spec.id
        for spec in run.specs.values()
        if (not query.device or spec.id in query.device)
        and (not query.group or spec.group.name in query.group)
        and (not query.kind or spec.kind in query.kind)
    )


def _check(run: Run, query: StreamQuery) -> None:
    """A stream about nothing is a mistake that nobody would notice."""
    for device in query.device:
        run.spec(device)
    for group in query.group:
        if group not in run.groups:
            raise not_found("group", group)


ROUTES: Final[tuple[Route, ...]] = (follow,)
