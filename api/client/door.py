"""Requests to a running server; what goes wrong is said so that one knows what to do."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import urllib3
from urllib3 import exceptions

from api.exit_codes import ExitCode
from schemas.printable import printable
from schemas.problems import InvalidInput, Problem
from schemas.secrets import Secret
from schemas.target import Target, read_target

TIMEOUT_S: Final = 30.0
"""For each wait for bytes: a list of a large fleet may take its time."""
MOST_BYTES: Final = 64 << 20
PAGE: Final = 500
"""Items of a page at most."""

Query = Mapping[str, object]
Document = Any
"""What JSON holds."""


class ClientError(Exception):
    """A server that does not do what was asked, and with which exit code that ends."""

    code = ExitCode.REFUSED


class NobodyThereError(ClientError):
    """No server answers there."""

    code = ExitCode.NOBODY_THERE

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"nobody answers at {url} ({why}); start one with `data-simulator serve`, "
            "or say where it is with --server or DATA_SIMULATOR_SERVER"
        )


class DeniedError(ClientError):
    """The server does not let us in, or not that far."""

    code = ExitCode.DENIED

    def __init__(self, detail: str, *, has_key: bool) -> None:
        hint = "" if has_key else "; give a key with --key, DATA_SIMULATOR_KEY or DATA_SIMULATOR_KEY_FILE"
        super().__init__(f"the server does not allow it: {detail}{hint}")


class RefusedError(ClientError):
    """The server is there and says no."""


class StrangeError(RefusedError):
    """What answers there is not what we know."""

    def __init__(self, url: str) -> None:
        super().__init__(f"what answers at {url} is no server of this program, or of another version")


class ServerDoor:
    """One server, as one caller sees it."""

    def __init__(self, target: Target, key: Secret | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self.url = str(target._replace(path=""))
        self._has_key = key is not None
        self._headers = {"Accept": "application/json"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key.reveal()}"
        self._pool = urllib3.PoolManager(maxsize=1, retries=False, timeout=urllib3.Timeout(timeout_s))

    def get(self, path: str, query: Query | None = None) -> Document:
        """What is there. Raises `ClientError` or `InvalidInput` when the server will not say."""
        return self.call("GET", path, query=query)

    def all(self, path: str, query: Query | None = None, most: int | None = None) -> Iterator[Document]:
        """Every item of a list, page by page, or the first so many."""
        left = most
        asked = {**(query or {})}
        while left is None or left > 0:
            asked["limit"] = PAGE if left is None else min(left, PAGE)
            page = self._page(path, asked)
            yield from page["items"]
            left = None if left is None else left - len(page["items"])
            if page.get("next") is None or not page["items"]:
                return
            asked["cursor"] = page["next"]

    def count(self, path: str, query: Query | None = None) -> int:
        """How many items a list has."""
        return int(self._page(path, {**(query or {}), "limit": 1})["total"])

    def _page(self, path: str, query: Query) -> Document:
        page = self.get(path, query)
        if isinstance(page, dict) and isinstance(page.get("items"), list) and isinstance(page.get("total"), int):
            return page
        raise StrangeError(self.url)

    def call(self, method: str, path: str, body: Document = None, query: Query | None = None) -> Document:
        """One request; what the server answers, or nothing when it answers with nothing."""
        status, data = self.raw(method, path, body, query)
        if 200 <= status < 300:
            found = _parsed(data) if data else None
            if data and not isinstance(found, dict):
                raise StrangeError(self.url)
            return found
        raise self._problem(status, data)

    def raw(self, method: str, path: str, body: Document = None, query: Query | None = None) -> tuple[int, bytes]:
        """One request; its status and body as they are."""
        asked = urlencode(_given(query or {}), doseq=True)
        url = f"{self.url}{path}{'?' if asked else ''}{asked}"
        headers, data = self._headers, None
        if body is not None:
            headers, data = {**headers, "Content-Type": "application/json"}, json.dumps(body).encode()
        try:
            # a redirect would carry the key to wherever it points
            response = self._pool.request(
                method, url, body=data, headers=headers, redirect=False, preload_content=False
            )
            try:
                return response.status, response.read(MOST_BYTES)
            finally:
                response.close()
        except (exceptions.HTTPError, OSError) as error:
            raise NobodyThereError(self.url, _why(error)) from None

    def _problem(self, status: int, data: bytes) -> Exception:
        """What the server says is wrong, as the error that the command line shows."""
        found = _parsed(data)
        document = found if isinstance(found, dict) else {}
        detail = printable(str(document.get("detail") or f"status {status}"))
        if status in (401, 403):
            return DeniedError(detail, has_key=self._has_key)
        errors = [_error(each) for each in document.get("errors") or () if isinstance(each, dict)]
        if errors:
            return InvalidInput("request", errors)
        if not document:
            return StrangeError(self.url)
        return RefusedError(detail) if status != 422 else InvalidInput("request", [Problem("", detail, "see there")])


def server_target(url: str) -> Target:
    """Where a server is. Raises `InvalidInput`."""
    try:
        target = read_target(url.rstrip("/"))
    except ValueError:
        allowed = "http://HOST:PORT or https://HOST:PORT"
        raise InvalidInput("command line", [Problem("--server", "a text that is no such URL", allowed)]) from None
    return target._replace(path="")


def segment(name: str) -> str:
    """A name as one step of a path."""
    return quote(name, safe="")


def _given(query: Query) -> dict[str, object]:
    return {name: value for name, value in query.items() if value is not None}


def _parsed(data: bytes) -> Document:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _error(error: Mapping[str, object]) -> Problem:
    path, found, allowed, hint = (
        printable(str(error.get(name) or "")) for name in ("path", "found", "allowed", "hint")
    )
    return Problem(path, found, allowed, hint)


def _why(error: Exception) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(error, exceptions.NameResolutionError):
        return "no such host"
    if isinstance(error, exceptions.NewConnectionError) and isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    if isinstance(error, exceptions.TimeoutError):
        return "no answer in time"
    return "the connection broke off"
