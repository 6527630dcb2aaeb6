"""Sinks: their books, and what keeps them from working."""

from typing import Any, Final

from actors.sinks.base.sink import valve_of
from api.bodies import model_body
from api.models.base import Paged
from api.models.desk import BooksPage, BooksShown, DeviceBooks, SinkItem, SinkPage, SinkPatch
from api.paging import cut
from api.problems import not_found, refused
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.run import Run
from schemas.books import Totals
from schemas.queries import GetBooks, SinkView, SwitchSink


@route("GET", "/v1/sinks", role=Role.READ, gives=SinkPage, query=Paged)
def list_sinks(call: Call) -> Answer:
    """List the sinks with their books."""
    run, query = call.world.run, call.query
    page = cut(
        [sink.name for sink in run.simulation.sinks],
        limit=query.limit,
        cursor=query.cursor,
        sort="id",
        id_of=lambda name: name,
    )
    items = tuple(shown(run, name) for name in page.items)
    return Answer(SinkPage(items=items, next=page.next, total=len(run.simulation.sinks)))


@route("GET", "/v1/sinks/{sink}", role=Role.READ, gives=SinkItem)
def get_sink(call: Call) -> Answer:
    """Show one sink with its books."""
    return Answer(shown(call.world.run, _known(call).name))


@route("PATCH", "/v1/sinks/{sink}", role=Role.ADMIN, body=model_body(SinkPatch), gives=SinkItem, problems=(409,))
def change_sink(call: Call) -> Answer:
    """Turn a sink off, so that it keeps what it has and what comes, or on again.

    It stays so when the server starts again. Nothing is lost, for as long as the spool has room.
    """
    run, sink = call.world.run, _known(call)
    if valve_of(sink) is None:
        raise refused(f"a sink of the kind {sink.kind} sends to nobody else's machine and has no switch")
    run.ask(SwitchSink(sink.name, call.body.enabled))
    return Answer(shown(run, sink.name))


@route("GET", "/v1/sinks/{sink}/books", role=Role.READ, gives=BooksPage, query=Paged)
def list_sink_books(call: Call) -> Answer:
    """List the books of one sink, device by device."""
    sink, query = _known(call), call.query
    devices = sorted({*sink.books.devices(), *sink.truth_books.devices(), *sink.fault_books.devices()})
    page = cut(devices, limit=query.limit, cursor=query.cursor, sort="id", id_of=lambda device: device)
    items = tuple(
        DeviceBooks(
            device=device,
            frames=_books(sink.books.of(device)),
            truths=_books(sink.truth_books.of(device)),
            faults=_books(sink.fault_books.of(device)),
        )
        for device in page.items
    )
    return Answer(BooksPage(items=items, next=page.next, total=len(devices)))


def shown(run: Run, name: str) -> SinkItem:
    """One sink, as it answers itself."""
    view: SinkView = run.ask(GetBooks(name))
    return SinkItem(
        name=view.sink,
        kind=view.kind,
        frames=_books(view.frames),
        truths=_books(view.truths),
        faults=_books(view.faults),
        depth=view.depth,
        fenced=view.fenced,
        problem=view.problem,
        enabled=view.enabled,
        max_per_s=view.max_per_s,
    )


def all_shown(run: Run) -> SinkPage:
    """All sinks together."""
    items = tuple(shown(run, sink.name) for sink in run.simulation.sinks)
    return SinkPage(items=items, next=None, total=len(items))


def _known(call: Call) -> Any:
    name = call.path["sink"]
    for sink in call.world.run.simulation.sinks:
        if sink.name == name:
            return sink
    raise not_found("sink", name)


def _books(totals: Totals) -> BooksShown:
    return BooksShown(**totals.as_dict())


ROUTES: Final[tuple[Route, ...]] = (list_sinks, get_sink, change_sink, list_sink_books)
