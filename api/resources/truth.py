"""Truth: what is really so, device by device."""

from typing import Final

from api.models.devices import DeviceFilter, TruthPage
from api.paging import cut
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.selecting import chosen, order
from api.showing import truth_item


@route("GET", "/v1/truth", role=Role.READ, gives=TruthPage, query=DeviceFilter)
def list_truth(call: Call) -> Answer:
    """List the latest truth of each device that has sent a frame."""
    run, query = call.world.run, call.query
    view = run.fleet()
    specs = [spec for spec in chosen(run, view, query) if spec.id in view.truths]
    page = cut(
        specs,
        limit=query.limit,
        cursor=query.cursor,
        sort=query.sort,
        id_of=lambda spec: spec.id,
        value_of=order(query.sort, view),
    )
    items = tuple(truth_item(view.truths[spec.id]) for spec in page.items)
    return Answer(TruthPage.model_construct(items=items, next=page.next, total=len(specs)))


ROUTES: Final[tuple[Route, ...]] = (list_truth,)
