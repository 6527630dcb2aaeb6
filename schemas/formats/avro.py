"""Avro: the binary encoding of one record, whose schema is known to the reader by other means.

The records are those of `schemas/avro`, or what a scenario's mapping makes of them. An instant is there twice: `time`
with the logical type that every consumer knows, in microseconds, and `time_ns`, exact. On Kafka, and on MQTT where
asked for, the Confluent wire format stands before it: a zero and the id of the registered schema.
"""

from io import BytesIO
from math import inf
from typing import Any, Final

from fastavro import parse_schema, schemaless_writer

from schemas.formats._avro_schema import avro_schema, item_fields, record_fields
from schemas.formats._records import Defaults, Getter
from schemas.formats._wire import Wire, Write
from schemas.formats.base import NotEncodableError, What
from schemas.mapping import PLAIN
from schemas.readings import Frame, Reading


class Avro(Wire):
    """Binary Avro with a registered schema."""

    name = "avro"
    extension = ".avro"
    binary = True
    schema_type = "AVRO"
    content_type = "application/vnd.apache.avro+binary"
    defaults = Defaults("micros", record_fields(), item_fields())

    def document(self, what: What) -> dict[str, Any]:
        """The Avro schema as plain data."""
        return avro_schema(what, self._mapping.of(what), self.defaults)

    def record_name(self, what: What) -> str:
        """The record's full name."""
        schema = self.document(what)
        return f"{schema['namespace']}.{schema['name']}" if "namespace" in schema else str(schema["name"])

    def maker(self, what: What) -> Getter:
        """What makes the plain data of one record."""
        plain = what == "reading" and self._mapping.of(what) == PLAIN
        return _plain_reading if plain else super().maker(what)

    def writer(self, what: What) -> Write:
        """fastavro's writer, for one schema."""
        schema = parse_schema(self.document(what))

        def write(record: Any) -> bytes:
            out = BytesIO()
            schemaless_writer(out, schema, record)
            return out.getvalue()

        return write


def _plain_reading(frame: Frame, reading: Reading, part: int) -> dict[str, object]:
    # The hot path: what the general maker makes of the released schema, three times as fast. A test holds them equal.
    device, kind, sequence, _, readings, _ = frame
    sensor, quantity, unit, value, time_ns = reading
    if value is not None and not -inf < value < inf:
        raise NotEncodableError(f"reading of {sensor!r} is not finite")
    return {
        "device": device,
        "kind": kind,
        "sequence": sequence,
        "part": part,
        "parts": len(readings),
        "time": time_ns // 1_000,
        "time_ns": time_ns,
        "sensor": sensor,
        "quantity": quantity,
        "unit": unit,
        "value": value,
    }


FORMAT: Final = Avro()
