"""From a frame or a truth to the plain data that a format writes, in the shape that a mapping asks for."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias

from schemas.formats._values import sensed, simple
from schemas.formats.base import NotEncodableError, What
from schemas.instants import iso
from schemas.mapping import INSTANTS, LISTS, Fields, Fixed, Nested, Node, Place, Sensed, Shape, Taken, TimeForm
from schemas.quantities import Quantity

Getter: TypeAlias = Callable[[Any, Any, int], Any]
"""Takes a record (frame or truth), one item of one of its lists or `None`, and that item's place in the list."""


class Defaults(NamedTuple):
    """How a format writes what no mapping speaks of, as its released schemas say."""

    form: TimeForm
    """An instant, where nothing else is said."""
    records: Mapping[What, Fields]
    items: Mapping[str, Fields]
    """The fields of one item of each list of records."""


def maker(what: What, shape: Shape, defaults: Defaults) -> Getter:
    """What makes the plain data of one record: nested dicts, lists, texts and numbers."""
    return _Maker(shape.units, defaults).record(shape.fields or defaults.records[what], what)


class _Maker:
    """Puts getters together, once for each encoder."""

    def __init__(self, units: Mapping[Quantity, str], defaults: Defaults) -> None:
        self._units = units
        self._defaults = defaults

    def record(self, fields: Fields, place: Place) -> Getter:
        """A dict of these fields."""
        pairs = tuple((name, self._node(node, place)) for name, node in fields)

        def make(record: Any, item: Any, index: int) -> dict[str, Any]:
            return {name: get(record, item, index) for name, get in pairs}

        return make

    def _node(self, node: Node, place: Place) -> Getter:
        match node:
            case Fixed(value):
                return lambda record, item, index: value
            case Nested(fields):
                return self.record(fields, place)
            case Sensed(sensor):
                return sensed(sensor, place, self._units)
            case Taken(source) if source in LISTS:
                return self._list(node)
            case Taken(source, form) if source in INSTANTS:
                return _instant(source, place, form or self._defaults.form)
            case Taken(source):
                return simple(source, place, self._units)

    def _list(self, node: Taken) -> Getter:
        one = self.record(node.each or self._defaults.items[node.source], LISTS[node.source])
        items = attrgetter(node.source)
        return lambda record, item, index: [one(record, entry, n) for n, entry in enumerate(items(record))]


def _instant(source: str, place: Place, form: TimeForm) -> Getter:
    written = FORMS[form]
    take = attrgetter(f"{source}_ns")
    if place in ("reading", "faults", "records"):
        return lambda record, item, index: written(take(item))
    return lambda record, item, index: written(take(record))


def _nanos(time_ns: int) -> int:
    return time_ns


FORMS: Final[Mapping[TimeForm, Callable[[int], int | float | str]]] = {
    "millis": lambda time_ns: time_ns // 1_000_000,
    "micros": lambda time_ns: time_ns // 1_000,
    "nanos": _nanos,
    "seconds": lambda time_ns: time_ns / 1e9,
    "text": iso,
}
"""Each way of writing an instant; whole numbers are rounded down."""

REFUSED: Final = (TypeError, ValueError, OverflowError, AttributeError, RecursionError)
"""What a writer or a getter raises about a record that its schema has no place for."""


def refusal(error: Exception) -> NotEncodableError:
    """The one error of every format."""
    return error if isinstance(error, NotEncodableError) else NotEncodableError(f"{type(error).__name__}: {error}")
