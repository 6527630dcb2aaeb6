"""Sinks: their books, and what keeps them from working."""

from typing import Any, Final

from api.models.base import Paged
from api.models.desk import BooksPage, BooksShown, DeviceBooks, SinkItem, SinkPage
from api.paging import cut
from api.problems import not_found
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.run import Run
from schemas.books import Totals
from schemas.queries import GetBooks, SinkView


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


@route("GET", "/v1/sinks/{sink}/books", role=Role.READ, gives=BooksPage, query=Paged)
def list_sink_books(call: Call) -> Answer:
    """List the books of one sink, device by device."""
    sink, query = _known(call), call.query
    devices = sorted({*sink.books.devices(), *sink.truth_books.devices()})
    page = cut(devices, limit=query.limit, cursor=query.cursor, sort="id", id_of=lambda device: device)
    items = tuple(
        DeviceBooks(device=device, frames=_books(sink.books.of(device)), truths=_books(sink.truth_books.of(device)))
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
        depth=view.depth,
        fenced=view.fenced,
        problem=view.problem,
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


ROUTES: Final[tuple[Route, ...]] = (list_sinks, get_sink, list_sink_books)
