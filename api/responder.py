"""From a route to a responder: who is it, what is asked, do it, write it down, answer."""

from dataclasses import replace
from typing import Any

import falcon

from api.access.auth import SAFE, Caller
from api.doors.body import read_json
from api.doors.validation import check_texts, read_query
from api.problems import ApiProblem, not_valid
from api.repeats import HEADER
from api.route import JSON, Answer, Call, Route
from api.tags import is_known, tag_of
from api.world import World
from engine.clock import WallClock
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
            write(resp, tagged(req, self._answer(route, req, path)))

        return respond

    def _answer(self, route: Route, req: falcon.Request, path: dict[str, str]) -> Answer:
        world, caller = self._world, UNKNOWN
        changes = route.method not in SAFE
        try:
            caller = self._enter(route, req)
            answer = self._perform(route, caller, req, path)
        except (ApiProblem, InvalidInput) as error:
            problem = error if isinstance(error, ApiProblem) else not_valid(error)
            if changes and problem.kind != "too-many":
                world.audit(caller, f"{route.method} {req.path[:200]}", f"{problem.status} {problem.kind}")
            raise problem from None
        if changes:
            world.audit(caller, f"{route.method} {req.path[:200]}", str(answer.status))
        return answer

    def _enter(self, route: Route, req: falcon.Request) -> Caller:
        """Who it is; and whoever asks too often waits, known or not."""
        world, now_ns = self._world, WallClock.monotonic_ns()
        address = req.env.get("REMOTE_ADDR", "")
        try:
            caller = world.door.enter(req, route.role)
        except ApiProblem:
            world.rate.take(address, now_ns)
            raise
        if route.role is not None or route.method not in SAFE:
            world.rate.take(caller.key or address, now_ns)
        return caller

    def _perform(self, route: Route, caller: Caller, req: falcon.Request, path: dict[str, str]) -> Answer:
        world = self._world
        check_texts(*path.values())
        query = read_query(route.query, req)
        body, said = None, b""
        if route.body is not None and (route.body.required or req.content_length):
            said, data = read_json(req, world.limits)
            body = route.body.read(world, data)
        elif req.content_length:
            raise ApiProblem("bad-request", "this takes no body")
        call = Call(world, caller, path, query, body, req)
        key = req.get_header(HEADER) if route.repeatable else None
        return route.handle(call) if key is None else self._once(route, call, key, said)

    def _once(self, route: Route, call: Call, key: str, said: bytes) -> Answer:
        repeats, who = self._world.repeats, call.caller.key or call.caller.how
        what = f"{route.method} {call.request.relative_uri}"
        first = repeats.begin(who, what, key, said)
        if first is not None:
            return replace(first, headers={**first.headers, "Idempotency-Replayed": "true"})
        answer: Answer | None = None
        try:
            answer = route.handle(call)
        finally:
            repeats.end(who, what, key, answer)
        return answer


def tagged(req: falcon.Request, answer: Answer) -> Answer:
    """The answer with the tag of what it shows, and without its body when the caller has it already."""
    reading = req.method == "GET"
    if answer.media is None or not (reading or answer.settings):
        return answer
    data = _bytes(answer)
    headers = {**answer.headers, "ETag": tag_of(data, answer.settings)}
    if reading and answer.status == 200 and is_known(req, headers["ETag"]):
        return Answer(status=304, headers=headers)
    return replace(answer, media=None, data=data, headers=headers)


def write(resp: falcon.Response, answer: Answer) -> None:
    """Put an answer into Falcon's response."""
    resp.status = answer.status
    for name, value in answer.headers.items():
        if name == "Set-Cookie":
            resp.append_header(name, value)
        else:
            resp.set_header(name, value)
    if answer.stream is not None:
        resp.stream = answer.stream
    elif answer.media is not None:
        resp.data = _bytes(answer)
    elif answer.data is not None:
        resp.data = answer.data
    else:
        return
    resp.content_type = answer.content_type


def _bytes(answer: Answer) -> bytes:
    assert answer.media is not None
    return answer.media.model_dump_json(by_alias=True).encode()


__all__ = ["JSON", "Address", "tagged", "write"]
