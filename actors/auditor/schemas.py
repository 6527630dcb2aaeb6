"""Schemas by their ids, asked of a registry once each."""

import json
from collections.abc import Callable, Mapping
from ssl import SSLContext
from typing import Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from actors.auditor.decoding import NotYetError, Schemas, UnreadableError
from engine.clock import NANOSECONDS, WallClock

TIMEOUT_S: Final = 5.0
PAUSE_NS: Final = 2 * NANOSECONDS
"""So long a registry that did not answer is left alone."""


def schemas_of(
    url: str,
    headers: Mapping[str, str],
    tls: SSLContext | None = None,
    now_ns: Callable[[], int] = WallClock.monotonic_ns,
) -> Schemas:
    """Asks the registry at a URL: text and type of the schema with an id."""
    silent_until = -1

    def ask(number: int) -> tuple[str, str]:
        nonlocal silent_until
        if now_ns() < silent_until:
            raise NotYetError(f"schema {number}: the registry does not answer")
        request = Request(f"{url}/schemas/ids/{number}", headers=dict(headers))
        try:
            with urlopen(request, timeout=TIMEOUT_S, context=tls) as answer:
                found = json.load(answer)
            return str(found["schema"]), str(found.get("schemaType", "AVRO"))
        except HTTPError as error:
            with error:
                if error.code < 500:
                    raise UnreadableError(f"schema {number}: the registry answers {error.code}") from error
        except (OSError, ValueError, KeyError):
            pass
        silent_until = now_ns() + PAUSE_NS
        raise NotYetError(f"schema {number}: the registry does not answer")

    return ask
