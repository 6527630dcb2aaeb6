"""The single values of a record, each by the word that mappings have for it: finite, and in the unit asked for."""

from collections.abc import Callable, Mapping
from math import inf
from operator import itemgetter
from typing import Any, Final

from schemas.formats.base import NotEncodableError
from schemas.mapping import SOURCES, Place
from schemas.quantities import UNITS, Quantity
from schemas.readings import FaultPoint, FaultRecord, FaultTruth, Frame, Reading, RecordTruth, Truth, WearTruth
from schemas.units import converter

Getter = Callable[[Any, Any, int], Any]
Units = Mapping[Quantity, str]

_NUMBERS: Final = frozenset(
    {"health", "rul_s", "damage", "event_state", "severity", "observable_after_s", "ended_after_s", "after_s"}
)
_OF_ITEM: Final[Mapping[Place, Any]] = {
    "reading": Reading,
    "wear": WearTruth,
    "faults": FaultTruth,
    "records": RecordTruth,
    "curve": FaultPoint,
}
_OF_RECORD: Final[Mapping[Place, Any]] = {
    "reading": Frame,
    "frame": Frame,
    "truth": Truth,
    "fault": FaultRecord,
}


def simple(source: str, place: Place, units: Units) -> Callable[[Any, Any, int], Any]:
    """The getter of a value that is neither an instant nor a list of records."""
    if source not in SOURCES[place]:
        raise ValueError(f"a record of '{place}' has no '{source}'")
    if place == "reading" and source in _OF_READING:
        return _OF_READING[source](units)
    if place == "clean":
        return _clean_value(units) if source == "value" else lambda record, item, index: item[0]
    kind = _OF_ITEM.get(place)
    if kind is not None and source in kind._fields:
        take = itemgetter(kind._fields.index(source))
        if source in _NUMBERS:
            return lambda record, item, index: finite(source, take(item))
        return lambda record, item, index: take(item)
    take = itemgetter(_OF_RECORD[place]._fields.index(source))
    if source in _NUMBERS:
        return lambda record, item, index: finite(source, take(record))
    return lambda record, item, index: take(record)


def finite(name: str, value: float | None) -> float | None:
    """The value itself; `NotEncodableError` when it is infinite or no number."""
    if value is None or -inf < value < inf:
        return value
    raise NotEncodableError(f"{name} is not finite")


def sensed(sensor: str, place: Place, units: Units) -> Getter:
    """The getter of the value at one sensor: of a frame the first reading of that name, of a truth the true value."""
    if place == "truth":
        clean = _clean_value(units)
        return lambda truth, item, index: next(
            (clean(truth, pair, 0) for pair in truth.clean if pair[0] == sensor), None
        )
    value = _value(units)
    unit = UNITS.get(sensor)  # type: ignore[call-overload]

    def first(frame: Frame, item: Any, index: int) -> Any:  # noqa: ARG001 - as every getter
        for reading in frame.readings:
            if reading.sensor == sensor:
                if unit is not None and reading.unit != unit:
                    raise NotEncodableError(f"reading of {sensor!r} is in {reading.unit!r}, not in {unit!r}")
                return value(frame, reading, 0)
        return None

    return first


def _value(units: Units) -> Getter:
    converters = {quantity: (UNITS[quantity], converter(quantity, unit)) for quantity, unit in units.items()}

    def plain(record: Any, reading: Reading, index: int) -> float | None:  # noqa: ARG001
        value = reading[3]
        if value is None or -inf < value < inf:
            return value
        raise NotEncodableError(f"reading of {reading[0]!r} is not finite")

    def converted(record: Any, reading: Reading, index: int) -> float | None:
        value = plain(record, reading, index)
        chosen = converters.get(reading.quantity)  # type: ignore[call-overload]
        if value is None or chosen is None:
            return value
        if reading.unit != chosen[0]:
            raise NotEncodableError(f"reading of {reading.sensor!r} is in {reading.unit!r}, not in {chosen[0]!r}")
        return finite(reading.sensor, chosen[1](value))

    return converted if converters else plain


def _unit(units: Units) -> Getter:
    if not units:
        return lambda record, reading, index: reading[2]
    return lambda record, reading, index: units.get(reading[1], reading[2])


def _clean_value(units: Units) -> Getter:
    # A truth names sensors, not quantities: the unit of a quantity goes to the sensor of that name.
    converters: dict[str, Callable[[float], float]] = {name: converter(name, unit) for name, unit in units.items()}

    def clean(record: Any, pair: tuple[str, float | None], index: int) -> float | None:  # noqa: ARG001
        sensor, value = pair
        finite(sensor, value)
        convert = converters.get(sensor)
        return value if value is None or convert is None else finite(sensor, convert(value))

    return clean


_OF_READING: Final[Mapping[str, Callable[[Units], Getter]]] = {
    "value": _value,
    "unit": _unit,
    "part": lambda units: lambda record, reading, index: index,
    "parts": lambda units: lambda record, reading, index: len(record[4]),
}
