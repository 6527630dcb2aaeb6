"""From a route to a responder: who is it, what is asked, do it, write it down, answer."""

from typing import Any

import falcon

from api.access.auth import SAFE, Caller
from api.doors.body import read_json
from api.doors.validation import check_texts, read_query
from api.problems import ApiProblem, not_valid
from api.route import Answer, Call, Route
from api.world import World
from schemas.problems import InvalidInput

UNKNOWN = Caller(None, "", "", "none")


class Address:
    """All methods of one path, as Falcon wants them: `on_get`, `on_post`..."""

    def __init__(self, world: World, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self._world = world
        allowed = sorted(route.method for route in routes)

        def on_options(*_: Any, **__: Any) -> None:
            raise falcon.HTTPMethodNotAllowed(allowed)

        self.on_options = on_options
        for route in routes:
            setattr(self, f"on_{route.method.lower()}", self._responder(route))

    def _responder(self, route: Route) -> Any:
        def respond(req: falcon.Request, resp: falcon.Response, **path: str) -> None:
            write(resp, self._answer(route, req, path))

        return respond

    def _answer(self, route: Route, req: falcon.Request, path: dict[str, str]) -> Answer:
        world, caller = self._world, UNKNOWN
        changes = route.method not in SAFE
        try:
            caller = world.door.enter(req, route.role)
            answer = self._perform(route, caller, req, path)
        except ApiProblem as problem:
            if changes:
                world.audit(caller, f"{route.method} {req.path[:200]}", f"{problem.status} {problem.kind}")
            raise
        if changes:
            world.audit(caller, f"{route.method} {req.path[:200]}", str(answer.status))
        return answer

    def _perform(self, route: Route, caller: Caller, req: falcon.Request, path: dict[str, str]) -> Answer:
        world = self._world
        check_texts(*path.values())
        query = read_query(route.query, req)
        body = None
        if route.body is not None and (route.body.required or req.content_length):
            data = read_json(req, world.limits)
            try:
                body = route.body.read(world, data)
            except InvalidInput as error:
                raise not_valid(error) from None
        return route.handle(Call(world, caller, path, query, body, req))


def write(resp: falcon.Response, answer: Answer) -> None:
    """Put an answer into Falcon's response."""
    resp.status = answer.status
    for name, value in answer.headers.items():
        resp.set_header(name, value)
    if answer.stream is not None:
        resp.content_type = answer.content_type
        resp.stream = answer.stream
    elif answer.media is not None:
        resp.content_type = answer.content_type
        resp.data = answer.media.model_dump_json(by_alias=True).encode()
    elif answer.data is not None:
        resp.content_type = answer.content_type
        resp.data = answer.data
