"""JSON Schemas of mapped records, put together from the parts of the released ones."""

from collections.abc import Mapping
from typing import Any, Final

from schemas import released
from schemas.formats._records import Defaults
from schemas.formats._words import documented, forms_doc, names, sensed_doc
from schemas.mapping import INSTANTS, LISTS, Fields, Fixed, Nested, Node, Place, Sensed, Shape, Taken, TimeForm
from schemas.released import WHATS, What

Schema = dict[str, Any]

_FORMS: Final[Mapping[TimeForm, Schema]] = {
    "millis": {"type": "integer", "unit": "ms"},
    "micros": {"type": "integer", "unit": "us"},
    "nanos": {"type": "integer", "unit": "ns"},
    "seconds": {"type": "number", "unit": "s"},
    "text": {"type": "string", "format": "date-time"},
}


def record_fields() -> dict[What, Fields]:
    """The fields of each record as they were released."""
    return {what: _taken(released.json_schema(what)) for what in WHATS}


def item_fields() -> dict[str, Fields]:
    """The fields of one item of each list of records as they were released."""
    return {name: _taken(item) for name, item in _items().items()}


def json_schema(what: What, shape: Shape, defaults: Defaults) -> Schema:
    """The schema of one kind of record."""
    base = released.json_schema(what)
    if shape == Shape():
        return base
    made = _Writer(shape, defaults).record(base["description"], shape.fields or defaults.records[what], what)
    return {"$schema": base["$schema"], "title": shape.name or base["title"], **made}


def _taken(record: Schema) -> Fields:
    return tuple((name, Taken(name)) for name in record["properties"])


def _items() -> dict[str, Schema]:
    lists = {name: field for what in WHATS for name, field in released.json_schema(what)["properties"].items()}
    return {name: lists[name]["items"] for name in LISTS}


def _places() -> dict[Place, Schema]:
    records: dict[Place, Schema] = {what: released.json_schema(what) for what in WHATS}
    records |= {place: _items()[name] for name, place in LISTS.items() if place != "reading"}
    return {place: record["properties"] for place, record in records.items()}


LATER: Final[Mapping[Place, frozenset[str]]] = {
    "truth": frozenset({"records", "dominant"}),
    "fault": frozenset({"sequence", "time"}),
}
"""Fields that came with a second version: whoever requires them cannot read what was written before."""


class _Writer:
    """Writes the schema of one mapped record."""

    def __init__(self, shape: Shape, defaults: Defaults) -> None:
        self._units = shape.units
        self._defaults = defaults
        self._places = _places()

    def record(self, description: str, fields: Fields, place: Place) -> Schema:
        """An object with these properties and no others; all are there but what older records may lack."""
        later = LATER.get(place, frozenset())
        return {
            "type": "object",
            "description": description,
            "properties": {name: self._property(node, place) for name, node in fields},
            "required": [name for name, node in fields if not (isinstance(node, Taken) and node.source in later)],
            "additionalProperties": False,
        }

    def _property(self, node: Node, place: Place) -> Schema:
        match node:
            case Fixed(value):
                return {"const": value, "description": "The same in every record."}
            case Nested(fields):
                return self.record(f"Holds {names(fields)}.", fields, place)
            case Sensed(sensor):
                return {"type": ["number", "null"], **sensed_doc(sensor, self._units, "description")}
        field: Schema = self._places[place][node.source]
        if node.source in INSTANTS:
            form = node.form or self._defaults.form
            return {**_FORMS[form], "description": forms_doc(field["description"], form)}
        if node.source in LISTS:
            fields = node.each or self._defaults.items[node.source]
            items = self.record(field["items"]["description"], fields, LISTS[node.source])
            return {**field, "items": items}
        return {**field, **documented(field, "description", self._units)}
