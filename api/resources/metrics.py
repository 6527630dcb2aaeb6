"""`/metrics`: what Prometheus scrapes."""

from typing import Final

from api.host import Host
from api.metrics.collector import CONTENT_TYPE, scrape
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route


@route("GET", "/metrics", role=Role.READ, gives={200: Gives("In Prometheus' text format.", content_type=CONTENT_TYPE)})
def get_metrics(call: Call) -> Answer:
    """Show the metrics of the run and of the process."""
    host = call.world.host
    simulation = host.present if isinstance(host, Host) else host.simulation
    return Answer(data=scrape(simulation), content_type=CONTENT_TYPE)


ROUTES: Final[tuple[Route, ...]] = (get_metrics,)
