"""Documentation of mapped fields: what the released schema says, in the units and forms that were chosen."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from schemas.mapping import Fields, TimeForm
from schemas.quantities import UNITS, Quantity

_FORMS: Final[Mapping[TimeForm, str]] = {
    "millis": "milliseconds since the Unix epoch in UTC, rounded down",
    "micros": "microseconds since the Unix epoch in UTC, rounded down",
    "nanos": "nanoseconds since the Unix epoch in UTC",
    "seconds": "seconds since the Unix epoch in UTC",
    "text": "RFC 3339 in UTC with nine decimals",
}


def names(fields: Fields) -> str:
    """What a nested record holds."""
    return ", ".join(name for name, _ in fields)


def forms_doc(doc: str, form: TimeForm) -> str:
    """The documentation of an instant, in another form."""
    return f"{doc.partition(', ')[0]}, {_FORMS[form]}."


def sensed_doc(sensor: str, units: Mapping[Quantity, str], key: str = "doc") -> dict[str, str]:
    """Documentation of the value at one sensor, and its unit where the sensor is one of the six."""
    unit = {**UNITS, **units}.get(sensor)  # type: ignore[call-overload]
    doc = f"The value at the sensor {sensor}{f', in {unit}' if unit else ''}; null when there is none."
    return {key: doc, "unit": unit} if unit else {key: doc}


def documented(field: Mapping[str, Any], key: str, units: Mapping[Quantity, str]) -> dict[str, Any]:
    """The documentation and the units of a value that is written in other units."""
    doc: str = field[key]
    if not units:
        return {key: doc}
    every = {**UNITS, **units}
    for quantity, unit in UNITS.items():
        doc = doc.replace(f"{quantity} in {unit}", f"{quantity} in {every[quantity]}")
    doc = doc.replace(_listed(UNITS.values()), _listed(every.values()))
    return {key: doc, **({"units": every} if "units" in field else {})}


def _listed(units: Iterable[str]) -> str:
    *first, last = units
    return f"{', '.join(first)} or {last}"
