"""The app: every resource on its address, behind one door, with one way to say what is wrong."""

import json
from typing import Any, Final

import falcon
from falcon import App, Request, Response

from actors.logs import logger
from actors.system import Simulation
from api.access.auth import Door
from api.access.keys import KeyStore, MemoryKeys
from api.access.sessions import Sessions
from api.doors.body import check_head
from api.doors.egress import Egress
from api.doors.files import Files
from api.limits import ApiLimits
from api.problems import KINDS, MEDIA_TYPE, ApiProblem
from api.resources import all_routes
from api.responder import Address
from api.route import Route
from api.world import Fixed, Host, World

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer; a page says its own policy instead."""


def create_app(
    simulation: Simulation | Host,
    *,
    keys: KeyStore | None = None,
    limits: ApiLimits | None = None,
    egress: Egress | None = None,
    files: Files | None = None,
) -> App[Request, Response]:
    """The WSGI application of one simulation, or of a host that may change it.

    Without any key in `keys` it is open, to this machine only. The simulation should have a live view
    (`Simulation.from_scenario(..., live=True)`). `egress` lists the hosts that callers may name, `files` the folders.
    """
    limits = limits or ApiLimits()
    host = Fixed(simulation) if isinstance(simulation, Simulation) else simulation
    door = Door(keys or MemoryKeys(), Sessions(limits.sessions))
    world = World(host, door, limits, egress or Egress(), files or Files())
    app: App[Request, Response] = App(middleware=[_Head(limits)])
    app.req_options.auto_parse_qs_csv = False
    app.req_options.keep_blank_qs_values = True
    app.req_options.strip_url_path_trailing_slash = False
    world.routes = all_routes()
    for path, routes in by_path(world.routes).items():
        app.add_route(path, Address(world, routes))
    app.add_error_handler(Exception, _failed)
    app.add_error_handler(falcon.HTTPError, _http_error)
    app.add_error_handler(ApiProblem, _refused)
    return app


def by_path(routes: tuple[Route, ...]) -> dict[str, tuple[Route, ...]]:
    """The routes of each address. Two for one method and address are a mistake of the program."""
    found: dict[str, dict[str, Route]] = {}
    for route in routes:
        methods = found.setdefault(route.path, {})
        if route.method in methods:
            raise ValueError(f"{route.method} {route.path} is there twice")
        methods[route.method] = route
    return {path: tuple(methods.values()) for path, methods in found.items()}


class _Head:
    """What every request goes through before its address is looked for."""

    def __init__(self, limits: ApiLimits) -> None:
        self._limits = limits

    def process_request(self, req: Request, resp: Response) -> None:
        """Falcon's hook."""
        for name, value in HEADERS.items():
            resp.set_header(name, value)
        check_head(req, self._limits)


def _write(req: Request, resp: Response, problem: ApiProblem) -> None:
    resp.status = problem.status
    for name, value in {**HEADERS, **problem.headers}.items():
        resp.set_header(name, value)
    resp.content_type = MEDIA_TYPE
    resp.data = json.dumps(problem.document(_printable(req.path))).encode()


def _refused(req: Request, resp: Response, problem: ApiProblem, _: dict[str, Any]) -> None:
    _write(req, resp, problem)


def _http_error(req: Request, resp: Response, error: falcon.HTTPError, _: dict[str, Any]) -> None:
    """What Falcon itself refuses, in the same shape."""
    kind = next((name for name, kind in KINDS.items() if kind.status == error.status_code), "bad-request")
    headers = dict(error.headers or ())
    _write(req, resp, ApiProblem(kind, KINDS[kind].meaning, headers=headers))


def _failed(req: Request, resp: Response, error: Exception, _: dict[str, Any]) -> None:
    """A mistake in the program: the log says all, the answer nothing."""
    logger("api").error("a request failed", path=_printable(req.path), error=repr(error), exc_info=error)
    _write(req, resp, ApiProblem("internal", KINDS["internal"].meaning))


def _printable(path: str) -> str:
    return path[:200].encode("ascii", "backslashreplace").decode()
