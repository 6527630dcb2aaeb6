"""Sessions of browsers: a key is exchanged for a cookie that no script can read."""

from typing import Final

import falcon

from api.access.origin import check_page
from api.access.sessions import COOKIE, LIFE_S
from api.bodies import model_body
from api.models.access import Login, SessionShown
from api.problems import refused
from api.route import Answer, Call, Gives, Route, route
from engine.clock import WallClock


@route(
    "POST",
    "/v1/session",
    role=None,
    body=model_body(Login),
    gives={200: Gives("The session has begun; the cookie comes with it.", SessionShown, headers=("Set-Cookie",))},
    problems=(401, 403, 409),
)
def begin_session(call: Call) -> Answer:
    """Exchange a key for a cookie, which lasts twelve hours or until the server ends."""
    door = call.world.door
    if door.is_open:
        raise refused("there is no key yet, so nobody needs a session")
    check_page(call.request, certain=False)
    record = door.key_of(call.body.key)
    cookie = door.sessions.begin(record.id, WallClock.monotonic_ns())
    return Answer(
        SessionShown(role=record.role, name=record.name), headers={"Set-Cookie": _cookie(call.request, cookie, LIFE_S)}
    )


@route(
    "DELETE",
    "/v1/session",
    role=None,
    gives={204: Gives("The session is over.", empty=True, headers=("Set-Cookie",))},
    problems=(403,),
)
def end_session(call: Call) -> Answer:
    """End the session of the cookie; nothing happens without one."""
    cookie = call.request.cookies.get(COOKIE)
    if cookie is not None:
        check_page(call.request, certain=True)
        call.world.door.sessions.end(cookie)
    return Answer(status=204, headers={"Set-Cookie": _cookie(call.request, "", 0)})


def _cookie(req: falcon.Request, value: str, life_s: int) -> str:
    secure = "; Secure" if req.forwarded_scheme == "https" else ""
    return f"{COOKIE}={value}; Path=/; Max-Age={life_s}; HttpOnly; SameSite=Strict{secure}"


ROUTES: Final[tuple[Route, ...]] = (begin_session, end_session)
