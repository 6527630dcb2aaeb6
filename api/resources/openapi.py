"""The API's own description, for programs and for people."""

import json
from hashlib import sha256
from importlib.resources import files
from typing import Final

from api.openapi import document
from api.problems import not_found
from api.route import JSON, Answer, Call, Gives, Route, route

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""The viewer styles its parts by attributes; what it runs and where it connects to is this server alone."""
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>data-simulator API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/swagger_style.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger_bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START: Final = """window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
    tryItOutEnabled: true, persistAuthorization: false, defaultModelsExpandDepth: 0,
  });
});
"""
_BUNDLED: Final = {
    "swagger_bundle.js": "text/javascript; charset=utf-8",
    "swagger_style.css": "text/css; charset=utf-8",
}
_CACHED: Final = {"Cache-Control": "no-cache"}


@route("GET", "/openapi.json", role=None, gives={200: Gives("The OpenAPI 3.1 document.", content_type=JSON)})
def get_openapi(call: Call) -> Answer:
    """Show this document."""
    world = call.world

    def make() -> bytes:
        return json.dumps(document(world, world.routes), separators=(",", ":")).encode()

    return Answer(data=world.once("openapi", make))


@route("GET", "/docs", role=None, gives={200: Gives("A page.", content_type="text/html")}, documented=False)
def get_docs(_: Call) -> Answer:
    """Show the document as a page, which needs nothing from elsewhere."""
    return Answer(
        data=_PAGE.encode(), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY}
    )


@route("GET", "/docs/{part}", role=None, gives={200: Gives("A part.", content_type="text/plain")}, documented=False)
def get_docs_part(call: Call) -> Answer:
    """A part of that page."""
    part = call.path["part"]
    if part == "start.js":
        return Answer(data=_START.encode(), content_type="text/javascript; charset=utf-8", headers=_CACHED)
    if part not in _BUNDLED:
        raise not_found("part", part)
    data = call.world.once(part, lambda: files("offapi").joinpath(part).read_bytes())
    tag = f'"{sha256(data).hexdigest()[:20]}"'
    if call.request.get_header("If-None-Match") == tag:
        return Answer(status=304, headers={**_CACHED, "ETag": tag})
    return Answer(data=data, content_type=_BUNDLED[part], headers={**_CACHED, "ETag": tag})


ROUTES: Final[tuple[Route, ...]] = (get_openapi, get_docs, get_docs_part)
