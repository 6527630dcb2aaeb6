"""The registry as a WSGI application: its routes, its errors, its limits, and the troubles it can act out."""

import json
import threading
from base64 import b64encode
from hmac import compare_digest
from typing import Any, Final

import falcon
from falcon import App, HTTPError, Request, Response
from falcon.media import Handlers, JSONHandler

from actors.embedded.registry import resources
from actors.embedded.registry.answers import JSON_TYPE, RegistryError
from actors.embedded.registry.store import Store

MOST_BYTES: Final = 2 << 20
"""Of a request's body."""


class Troubles:
    """Faults on request: what a producer has to live with. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answering = threading.Event()
        self._answering.set()
        self._status = 0
        self._times = 0

    def hang(self) -> None:
        """Take requests and answer none until `release`."""
        self._answering.clear()

    def release(self) -> None:
        """Answer again, also those that wait."""
        self._answering.set()

    def fail(self, status: int, times: int = 1) -> None:
        """Answer the next requests with this HTTP status."""
        with self._lock:
            self._status, self._times = status, times

    def process_request(self, _: Request, __: Response) -> None:
        """Falcon's hook before each request."""
        self._answering.wait()
        with self._lock:
            if self._times:
                self._times -= 1
                raise RegistryError(self._status, "Acted out on request")


class Guard:
    """Lets in only who knows the password, and nothing that is too long."""

    def __init__(self, user: tuple[str, str] | None) -> None:
        self._wanted = None if user is None else f"Basic {b64encode(':'.join(user).encode()).decode()}".encode()

    def process_request(self, req: Request, resp: Response) -> None:
        """Falcon's hook before each request."""
        if self._wanted is not None and not compare_digest((req.auth or "").encode(), self._wanted):
            resp.set_header("WWW-Authenticate", 'Basic realm="registry"')
            raise RegistryError(401, "Unauthorized")
        if (req.content_length or 0) > MOST_BYTES:
            raise RegistryError(413, f"The body is longer than {MOST_BYTES} bytes")


def make_app(store: Store, troubles: Troubles, user: tuple[str, str] | None = None) -> App[Request, Response]:
    """The application."""
    app: App[Request, Response] = App(media_type=JSON_TYPE, middleware=[Guard(user), troubles])
    handler = JSONHandler(dumps=lambda media: json.dumps(media, separators=(",", ":")), loads=_loads)
    types = (JSON_TYPE, "application/vnd.schemaregistry+json", falcon.MEDIA_JSON)
    for options in (app.req_options, app.resp_options):
        options.media_handlers = Handlers(dict.fromkeys(types, handler))
    app.add_error_handler(RegistryError, _refused)
    app.add_error_handler(HTTPError, _http_error)
    _add_routes(app, store)
    return app


def _add_routes(app: App[Request, Response], store: Store) -> None:
    by_id = resources.SchemaById(store)
    versions, compatibility = resources.Versions(store), resources.Compatibility(store)
    config, mode = resources.Config(store), resources.Mode(store)
    app.add_route("/", resources.Root(store))
    app.add_route("/schemas/types", resources.Types(store))
    app.add_route("/schemas/ids/{schema_id:int(min=0)}", by_id)
    for suffix, path in (("text", "schema"), ("subjects", "subjects"), ("versions", "versions")):
        app.add_route(f"/schemas/ids/{{schema_id:int(min=0)}}/{path}", by_id, suffix=suffix)
    app.add_route("/subjects", resources.Subjects(store))
    app.add_route("/subjects/{subject}", resources.Subject(store))
    app.add_route("/subjects/{subject}/versions", versions)
    app.add_route("/subjects/{subject}/versions/{number}", versions, suffix="one")
    app.add_route("/subjects/{subject}/versions/{number}/schema", versions, suffix="text")
    app.add_route("/subjects/{subject}/versions/{number}/referencedby", versions, suffix="references")
    app.add_route("/compatibility/subjects/{subject}/versions", compatibility)
    app.add_route("/compatibility/subjects/{subject}/versions/{number}", compatibility, suffix="one")
    for path, resource in (("/config", config), ("/mode", mode)):
        app.add_route(path, resource)
        app.add_route(f"{path}/{{subject}}", resource)


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refused(_: Request, resp: Response, error: RegistryError, __: dict[str, Any]) -> None:
    resp.status = error.status
    resp.media = {"error_code": error.code, "message": error.message}


def _http_error(_: Request, resp: Response, error: HTTPError, __: dict[str, Any]) -> None:
    """What Falcon itself refuses, in the same shape."""
    resp.status = error.status
    resp.media = {"error_code": error.status_code, "message": f"HTTP {error.status}"}
