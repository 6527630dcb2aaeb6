"""Avro schemas of mapped records, put together from the parts of the released ones."""

from collections.abc import Mapping
from typing import Any, Final

from schemas import released
from schemas.formats._records import Defaults
from schemas.formats._words import documented, forms_doc, names, sensed_doc
from schemas.mapping import INSTANTS, LISTS, Fields, Fixed, Nested, Node, Place, Sensed, Shape, Taken, TimeForm
from schemas.released import WHATS, What

Schema = dict[str, Any]

_FORMS: Final[Mapping[TimeForm, Any]] = {
    "millis": {"type": "long", "logicalType": "timestamp-millis"},
    "micros": {"type": "long", "logicalType": "timestamp-micros"},
    "nanos": "long",
    "seconds": "double",
    "text": "string",
}
_UNITS: Final[Mapping[TimeForm, str]] = {"millis": "ms", "micros": "us", "nanos": "ns", "seconds": "s"}


def record_fields() -> dict[What, Fields]:
    """The fields of each record as they were released."""
    return {what: _taken(released.avro(what)) for what in WHATS}


def item_fields() -> dict[str, Fields]:
    """The fields of one item of each list of records as they were released."""
    return {name: _taken(item) for name, item in _items().items()}


def avro_schema(what: What, shape: Shape, defaults: Defaults) -> Schema:
    """The schema of one kind of record."""
    base = released.avro(what)
    if shape == Shape():
        return base
    namespace, _, name = (shape.name or f"{base['namespace']}.{base['name']}").rpartition(".")
    made = _Writer(shape, defaults).record(name, base["doc"], shape.fields or defaults.records[what], what)
    return {"type": "record", "name": name, **({"namespace": namespace} if namespace else {}), **made}


def _taken(record: Schema) -> Fields:
    fields = []
    for name in (field["name"] for field in record["fields"]):
        exact = name.endswith("_ns")
        fields.append((name, Taken(name.removesuffix("_ns") if exact else name, "nanos" if exact else None)))
    return tuple(fields)


def _items() -> dict[str, Schema]:
    lists = {field["name"]: field["type"] for what in WHATS for field in released.avro(what)["fields"]}
    return {name: lists[name]["items"] for name in LISTS}


def _places() -> dict[Place, dict[str, Schema]]:
    records: dict[Place, Schema] = {what: released.avro(what) for what in WHATS}
    items = _items()
    records |= {place: items[name] for name, place in LISTS.items() if place != "reading"}
    return {place: {field["name"]: field for field in record["fields"]} for place, record in records.items()}


class _Writer:
    """Writes the schema of one mapped record; every record in it has a name of its own."""

    def __init__(self, shape: Shape, defaults: Defaults) -> None:
        self._units = shape.units
        self._defaults = defaults
        self._places = _places()
        self._used: set[str] = set()

    def record(self, name: str, doc: str, fields: Fields, place: Place) -> Schema:
        """What follows the name of a record: its doc and its fields."""
        self._used.add(name)
        return {"doc": doc, "fields": [self._field(key, node, place, name) for key, node in fields]}

    def _field(self, name: str, node: Node, place: Place, inside: str) -> Schema:
        match node:
            case Fixed(value):
                # with defaults a mapped schema can grow by such fields and stays readable
                return {"name": name, "type": _type_of(value), "doc": "The same in every record.", "default": value}
            case Nested(fields):
                made = self._nested(inside, name, f"Part of {inside}.", fields, place)
                return {"name": name, "type": made, "doc": f"Holds {names(fields)}."}
            case Sensed(sensor):
                return {"name": name, "type": ["null", "double"], "default": None, **sensed_doc(sensor, self._units)}
        field = self._places[place][node.source]
        if node.source in INSTANTS:
            form = node.form or self._defaults.form
            more = {"unit": _UNITS[form]} if form in _UNITS else {}
            if more and "default" in field:
                more["default"] = field["default"]
            return {"name": name, "type": _FORMS[form], "doc": forms_doc(field["doc"], form), **more}
        if node.source in LISTS:
            of = LISTS[node.source]
            fields = node.each or self._defaults.items[node.source]
            items = self._nested(inside, name, field["type"]["items"]["doc"], fields, of)
            return {**field, "name": name, "type": {"type": "array", "items": items}}
        return {**field, "name": name, **documented(field, "doc", self._units)}

    def _nested(self, inside: str, name: str, doc: str, fields: Fields, place: Place) -> Schema:
        whole = f"{inside}_{name}"
        while whole in self._used:
            whole += "_"
        return {"type": "record", "name": whole, **self.record(whole, doc, fields, place)}


def _type_of(value: bool | int | float | str) -> str:
    # bool first: True is an int too
    return next(name for kind, name in _TYPES if isinstance(value, kind))


_TYPES: Final = ((bool, "boolean"), (int, "long"), (float, "double"), (str, "string"))
