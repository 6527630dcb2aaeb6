"""Payloads made readable again: Avro and JSON in the Confluent wire format, plain JSON, and whatever else comes."""

import io
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

import fastavro

from actors.registry.door import RefusedError, RegistryDoor, TroubleError, UnknownError
from engine.clock import NANOSECONDS, Wall, WallClock
from schemas.connections import RegistrySettings
from schemas.formats.base import unframed

AGAIN_S: Final = 5.0
"""How long an id that could not be resolved is left alone."""
SHOWN_BYTES: Final = 32

Read = Callable[[bytes], Any]


class Undecodable(ValueError):
    """A payload that cannot be read; says why."""


class Decoder:
    """Reads payloads with the schemas of a registry, asking for each once; it may wait for HTTP."""

    def __init__(self, registry: RegistrySettings | None, wall: Wall | None = None) -> None:
        self._wall = wall or WallClock()
        self._door = None if registry is None else RegistryDoor(registry, self._wall)
        self._readers: dict[int, Read] = {}
        self._silent_until: dict[int, tuple[int, str]] = {}

    def decode(self, data: bytes) -> Any:
        """Plain data. Raises `Undecodable`."""
        try:
            schema_id, body = unframed(data)
        except ValueError:
            return _plain(data)
        read = self._readers.get(schema_id) or self._reader(schema_id)
        try:
            return read(body)
        except Exception as error:  # fastavro raises what its C code comes upon
            raise Undecodable(f"not of schema {schema_id}: {type(error).__name__}") from None

    def close(self) -> None:
        """Let go of the connection."""
        if self._door is not None:
            self._door.close()

    def _reader(self, schema_id: int) -> Read:
        until, why = self._silent_until.get(schema_id, (0, ""))
        if self._wall.monotonic_ns() < until:
            raise Undecodable(why)
        try:
            if self._door is None:
                raise Undecodable(f"schema {schema_id}: there is no registry to ask")
            read = self._readers[schema_id] = _reader(*self._door.schema(schema_id))
            return read
        except (UnknownError, RefusedError, TroubleError, ValueError) as error:
            why = str(error)
            self._silent_until[schema_id] = (self._wall.monotonic_ns() + round(AGAIN_S * NANOSECONDS), why)
            raise Undecodable(why) from None


def _reader(schema: str, schema_type: str) -> Read:
    if schema_type == "JSON":
        return json.loads
    if schema_type != "AVRO":
        raise Undecodable(f"schemas of type {schema_type} are not known here")
    parsed = fastavro.parse_schema(json.loads(schema))
    return lambda body: fastavro.schemaless_reader(io.BytesIO(body), parsed, None)


def _plain(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        pass
    if len(data) <= SHOWN_BYTES and data.isascii():
        return data.decode()
    raise Undecodable(f"{len(data)} bytes: {data[:SHOWN_BYTES].hex(' ')}{'...' if len(data) > SHOWN_BYTES else ''}")


def compact(value: Any) -> str:
    """Decoded data as one line of JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_other)


def _other(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
