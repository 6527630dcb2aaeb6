"""Requests to a registry with Confluent's API: never longer than the time-outs, and no secret in an error."""

import json
import ssl
from typing import Any, Final
from urllib.parse import quote

import urllib3
from urllib3 import exceptions

from actors.logs import Cleaner
from engine.clock import NANOSECONDS, Wall, WallClock
from schemas.connections import RegistrySettings

TIMEOUT_S: Final = 2.0
"""For connecting and for each wait for bytes."""
ANSWER_S: Final = 4.0
"""For a whole answer, however slowly it trickles in."""
MOST_BYTES: Final = 4 << 20
JSON_TYPE: Final = "application/vnd.schemaregistry.v1+json"
NOT_PERMITTED: Final = 42205
"""The subject is read-only for the moment: nothing is wrong with the schema."""


class TroubleError(Exception):
    """The registry cannot be reached, does not answer or does not let us in; worth another try, for any schema."""


class UnknownError(Exception):
    """The registry does not know this schema, or not yet."""


class RefusedError(Exception):
    """The registry will not take this schema, in its own words; asking again changes nothing."""


class RegistryDoor:
    """One registry. Not for several threads at once."""

    def __init__(self, settings: RegistrySettings, wall: Wall | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self.url = settings.url.rstrip("/")
        self._wall = wall or WallClock()
        self._timeout_s = timeout_s
        secrets = [secret.reveal() for secret in (settings.username, settings.password) if secret]
        authorization = settings.authorization()
        self._cleaner = Cleaner([*secrets, *([authorization] if authorization else [])])
        self._headers = {"Accept": f"{JSON_TYPE}, application/json"}
        if authorization:
            self._headers["Authorization"] = authorization
        self._pool = urllib3.PoolManager(
            maxsize=1, retries=False, timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s), **_tls(settings)
        )

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> int:
        """The id of a schema under a subject; it is registered if it is not. Raises `RefusedError`, `TroubleError`."""
        return self._id(self._post(f"subjects/{quote(subject, '')}/versions", schema, schema_type))

    def lookup(self, subject: str, schema: str, schema_type: str = "AVRO") -> int:
        """The id of a schema that is registered under a subject. Raises `UnknownError`, `TroubleError`."""
        return self._id(self._post(f"subjects/{quote(subject, '')}", schema, schema_type))

    def schema(self, schema_id: int) -> tuple[str, str]:
        """Text and type of the schema with an id. Raises `UnknownError`, `TroubleError`."""
        found = self._call("GET", f"schemas/ids/{schema_id}", None)
        text, schema_type = found.get("schema"), found.get("schemaType", "AVRO")
        if not isinstance(text, str) or not isinstance(schema_type, str):
            raise TroubleError(f"{self.url} answers what no registry says")
        return text, schema_type

    def close(self) -> None:
        """Let go of connections."""
        self._pool.clear()

    def _post(self, path: str, schema: str, schema_type: str) -> dict[str, Any]:
        # Avro goes unnamed, for registries older than other types
        kind = {} if schema_type == "AVRO" else {"schemaType": schema_type}
        return self._call("POST", path, json.dumps({"schema": schema, **kind}).encode())

    def _id(self, found: dict[str, Any]) -> int:
        schema_id = found.get("id")
        if not isinstance(schema_id, int) or not 0 <= schema_id < 2**32:
            raise TroubleError(f"{self.url} answers what no registry says")
        return schema_id

    def _call(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        headers = self._headers if body is None else {**self._headers, "Content-Type": JSON_TYPE}
        try:
            # a redirect would carry the password to wherever it points
            response = self._pool.request(
                method, f"{self.url}/{path}", body=body, headers=headers, redirect=False, preload_content=False
            )
            try:
                status, data = response.status, self._read(response)
            finally:
                response.close()
        except (exceptions.HTTPError, OSError, ValueError) as error:
            raise TroubleError(self._shown(f"{self.url}: {self._why(error)}")) from None
        return self._answer(status, data)

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body, within limits of time and size."""
        until = self._wall.monotonic_ns() + round(ANSWER_S * NANOSECONDS)
        data = bytearray()
        while chunk := response.read1(65536):
            data += chunk
            if len(data) > MOST_BYTES:
                raise ValueError(f"the answer is longer than {MOST_BYTES} bytes")
            if self._wall.monotonic_ns() > until:
                raise TimeoutError
        return bytes(data)

    def _answer(self, status: int, data: bytes) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        answer = found if isinstance(found, dict) else {}
        if status == 200 and answer:
            return answer
        code = answer.get("error_code", status)
        words = self._shown(str(answer.get("message") or "no reason given"))
        if status == 409 or (status == 422 and code != NOT_PERMITTED):
            raise RefusedError(f"{words} ({code})")
        if status == 404 and code in (40401, 40402, 40403):
            raise UnknownError(f"{words} ({code})")
        if status in (401, 403):
            raise TroubleError(f"{self.url} does not let us in: {words} ({code})")
        if status == 200:
            raise TroubleError(f"{self.url} answers what no registry says")
        raise TroubleError(f"{self.url} answers {status}: {words} ({code})")

    def _why(self, error: Exception) -> str:
        """What went wrong, without the names of a library's classes."""
        if isinstance(error, exceptions.NameResolutionError):
            return "no such host"
        if isinstance(error, exceptions.TimeoutError | TimeoutError) and not isinstance(
            error, exceptions.NewConnectionError
        ):
            return f"no answer within {self._timeout_s:g} s"
        cause = error.__cause__ or error.__context__
        if isinstance(error, exceptions.NewConnectionError) and isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        if isinstance(error, exceptions.SSLError):
            return f"TLS: {getattr(error.args[0], 'verify_message', '') or error}"
        return str(error) or type(error).__name__

    def _shown(self, text: str) -> str:
        return self._cleaner.text(text)


def _tls(settings: RegistrySettings) -> dict[str, Any]:
    """What the connections need for TLS. Raises `OSError` (or `ssl.SSLError`) for files that cannot be used."""
    if not settings.url.lower().startswith("https:"):
        return {}
    tls = settings.tls
    context = ssl.create_default_context(cafile=str(tls.ca_file) if tls and tls.ca_file else None)
    if tls and tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    return {"ssl_context": context}
