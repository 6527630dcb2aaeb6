"""From the bytes of a message to the record in them: JSON, or Avro and JSON behind the id of a schema."""

import json
import struct
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final

import fastavro

from actors.auditor.instants import nanoseconds
from actors.auditor.sightings import Content, Message, Said, Sighting, What, fingerprint

_HEAD: Final = struct.Struct(">bI")
_FLAT: Final = frozenset({"device", "kind", "sequence", "time", "throttled", "units", "extra"})
"""Keys of the plain JSON frame that are not sensors."""

Schemas = Callable[[int], tuple[str, str]]
"""Text and type (`AVRO` or `JSON`) of the schema with an id."""


class UnreadableError(ValueError):
    """No record can be read out of a message; the text says why."""


class NotYetError(Exception):
    """Nobody could be asked for a schema just now; the message may be readable later."""


def no_schemas(number: int) -> tuple[str, str]:
    """Stands in where no registry is known."""
    raise UnreadableError(f"schema {number}: no registry is known (KAFKA_SCHEMA_ENDPOINT)")


class Decoder:
    """Reads messages.

    `fields` says where in a record a consumer's own mapping put the names of the released schema:
    `{"device": "id", "sequence": "meta.number"}`.
    """

    def __init__(self, schemas: Schemas = no_schemas, fields: Mapping[str, str] | None = None) -> None:
        self._schemas = schemas
        self._paths = {name: path.split(".") for name, path in (fields or {}).items()}
        self._readers: dict[int, Callable[[bytes], Any]] = {}

    def read(self, message: Message) -> Sighting:
        """The record in a message. `UnreadableError` when there is none, `NotYetError` while that cannot be told."""
        record = self._record(message.value)
        if not isinstance(record, dict):
            raise UnreadableError("no object")
        device = self._field(record, "device")
        sequence = self._field(record, "sequence")
        headed = _number(message.headers.get("sequence"))
        if sequence is None:
            sequence = headed
        elif headed is not None and headed != sequence:
            raise UnreadableError(f"the header says sequence {headed}, the record {sequence}")
        if not isinstance(device, str) or not isinstance(sequence, int) or sequence < 0:
            raise UnreadableError("no device or no sequence in it")
        return self._sighting(record, device, sequence, message)

    def record(self, value: bytes) -> Any:
        """The plain record in a message's value. `UnreadableError`, `NotYetError`."""
        return self._record(value)

    def _sighting(self, record: dict[str, Any], device: str, sequence: int, message: Message) -> Sighting:
        epoch = message.headers.get("epoch", b"").decode(errors="replace")
        content = message.headers.get("content")
        part, parts = self._field(record, "part"), self._field(record, "parts")
        what: What
        try:
            if isinstance(part, int) and isinstance(parts, int):
                what, said = "reading", None if self._paths else _said(record)
                time_ns = said and said.time_ns
                whole: Content | Said | None = said
                sensor = str(self._field(record, "sensor") or "")
            else:
                what = _kind(record, content)
                part, parts, sensor = 0, 1, str(self._field(record, "id") or "") if what == "fault" else ""
                whole = None if self._paths or what != "frame" else _content(record)
                time_ns = whole.time_ns if whole else _instant(record)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableError(f"not as its schema says: {error!r}") from error
        if not 0 <= part < parts:
            raise UnreadableError(f"part {part} of {parts}")
        mark = fingerprint(message.value if whole is None else whole)
        return Sighting(what, device, epoch, sequence, part, parts, sensor, time_ns, whole, mark)

    def _field(self, record: dict[str, Any], name: str) -> Any:
        found: Any = record
        for step in self._paths.get(name, (name,)):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def _record(self, value: bytes) -> Any:
        if value[:1] != b"\0":
            return _json(value)
        if len(value) < _HEAD.size:
            raise UnreadableError(f"{len(value)} bytes are too few for the id of a schema")
        number = _HEAD.unpack_from(value)[1]
        reader = self._readers.get(number)
        if reader is None:
            reader = self._readers[number] = _reader(*self._schemas(number))
        return reader(value[_HEAD.size :])


def _kind(record: Mapping[str, Any], content: bytes | None) -> What:
    """What a whole record is of: as its header says, or else by its fields."""
    if content == b"truth" or (content is None and "health" in record and "readings" not in record):
        return "truth"
    return "fault" if content == b"fault" or (content is None and "censored" in record) else "frame"


def _reader(text: str, kind: str) -> Callable[[bytes], Any]:
    if kind == "JSON":
        return _json
    if kind != "AVRO":
        raise UnreadableError(f"a schema of type {kind}")
    schema = fastavro.parse_schema(json.loads(text))

    def read(data: bytes) -> Any:
        source = BytesIO(data)
        try:
            record = fastavro.schemaless_reader(source, schema, None)
        except (ValueError, TypeError, EOFError, IndexError, KeyError, OverflowError) as error:
            raise UnreadableError(f"not what its schema describes: {error!r}") from error
        if source.read(1):
            raise UnreadableError("bytes are left over behind the record")
        return record

    return read


def _json(data: bytes) -> Any:
    try:
        return json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"no JSON: {error}") from error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _number(header: bytes | None) -> int | None:
    return int(header) if header is not None and header.isdigit() else None


def _instant(record: Mapping[str, Any]) -> int | None:
    exact = record.get("time_ns")
    return exact if isinstance(exact, int) else nanoseconds(record.get("time"))


def _said(record: Mapping[str, Any], default_ns: int | None = None) -> Said:
    time_ns = _instant(record)
    if time_ns is None:
        time_ns = default_ns
    if time_ns is None:
        raise ValueError("no instant")
    return Said(str(record["sensor"]), str(record["unit"]), _float(record["value"]), time_ns)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _content(record: Mapping[str, Any]) -> Content:
    time_ns = _instant(record)
    if time_ns is None:
        raise ValueError("no instant")
    if "readings" in record:
        readings = tuple(_said(reading, time_ns) for reading in record["readings"])
    else:
        units = record["units"]
        flat = {name: value for name, value in record.items() if name not in _FLAT}
        spoken = [Said(name, units[name], _float(value), time_ns) for name, value in flat.items()]
        readings = (*spoken, *(_said(reading, time_ns) for reading in record.get("extra", ())))
    return Content(time_ns, record["throttled"], readings)
