"""The dashboard: a page and its files, served as they are. Nothing is built, and nothing comes from another server."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from api.problems import not_found
from api.route import Answer, Call, Gives, Route, route
from api.tags import is_known

FOLDER: Final = Path(__file__).parents[1] / "dashboard"
PAGE: Final = "index.html"
TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
POLICY: Final = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
"""Scripts, styles and pictures from here alone; nothing that stands in the page itself is run."""


class File(NamedTuple):
    """One file of the dashboard."""

    data: bytes
    content_type: str
    tag: str


@route("GET", "/", role=None, gives={200: Gives("The page.", content_type=TYPES[".html"])}, documented=False)
def get_dashboard(call: Call) -> Answer:
    """Show the dashboard."""
    return _answer(call, PAGE)


@route(
    "GET",
    "/assets/{asset:path}",
    role=None,
    gives={200: Gives("The file.", content_type="application/octet-stream")},
    documented=False,
)
def get_asset(call: Call) -> Answer:
    """Give one of the files of the dashboard."""
    return _answer(call, f"assets/{call.path['asset']}")


def _answer(call: Call, name: str) -> Answer:
    # only names that were found in the folder are known, so no path can lead out of it
    file = call.world.once("dashboard", read_files).get(name)
    if file is None:
        raise not_found("file", name)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "ETag": file.tag}
    if is_known(call.request, file.tag):
        return Answer(status=304, headers=headers)
    return Answer(data=file.data, content_type=file.content_type, headers=headers)


def read_files() -> Mapping[str, File]:
    """Every file of the dashboard, by its path below the folder."""
    found: dict[str, File] = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in TYPES:
            data = path.read_bytes()
            name = path.relative_to(FOLDER).as_posix()
            found[name] = File(data, TYPES[path.suffix], f'"{sha256(data).hexdigest()[:20]}"')
    return found


ROUTES: Final[tuple[Route, ...]] = (get_dashboard, get_asset)
