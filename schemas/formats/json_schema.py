"""JSON with a registered schema: one object a record, the same fields for every device.

The records are those of `schemas/json_schema` (draft 7), or what a scenario's mapping makes of them. Unlike the format
`json`, the sensors are values here and not keys, so that one schema fits every fleet. Instants are RFC 3339 in UTC with
nine decimals. On Kafka the Confluent wire format stands before it: a zero and the id of the registered schema.
"""

from typing import Any, Final

import orjson

from schemas.formats._json_schema import item_fields, json_schema, record_fields
from schemas.formats._records import Defaults
from schemas.formats._wire import Wire, Write
from schemas.formats.base import What


class JsonSchema(Wire):
    """Compact JSON in UTF-8, one object a record, with a registered schema."""

    name = "json-schema"
    extension = ".jsonl"
    binary = False
    schema_type = "JSON"
    content_type = "application/json"
    defaults = Defaults("text", record_fields(), item_fields())

    def document(self, what: What) -> dict[str, Any]:
        """The JSON Schema as plain data."""
        return json_schema(what, self._mapping.of(what), self.defaults)

    def record_name(self, what: What) -> str:
        """The schema's title."""
        return str(self.document(what)["title"])

    def writer(self, what: What) -> Write:  # noqa: ARG002 - one writer for all
        """orjson's writer."""
        return orjson.dumps


FORMAT: Final = JsonSchema()
