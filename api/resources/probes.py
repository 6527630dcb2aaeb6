"""`/livez`: restart me or not. `/readyz`: send me requests or not. As Kubernetes asks, with every check by its name."""

from typing import Final

from api.host import NotReady
from api.route import Answer, Call, Gives, Route, route

TEXT: Final = "text/plain; charset=utf-8"


@route("GET", "/livez", role=None, gives={200: Gives("Alive.", content_type=TEXT)})
def get_livez(_: Call) -> Answer:
    """Say whether this process is worth keeping."""
    return Answer(data=b"ok", content_type=TEXT)


@route(
    "GET",
    "/readyz",
    role=None,
    gives={200: Gives("Ready.", content_type=TEXT), 503: Gives("Not ready.", content_type=TEXT)},
)
def get_readyz(call: Call) -> Answer:
    """Say whether requests can be answered now."""
    try:
        _ = call.world.host.simulation
    except NotReady as error:
        return Answer(status=503, data=error.detail.encode(), content_type=TEXT)
    return Answer(data=b"ok", content_type=TEXT)


ROUTES: Final[tuple[Route, ...]] = (get_livez, get_readyz)
