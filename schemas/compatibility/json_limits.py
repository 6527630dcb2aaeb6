"""The types and limits of single values in JSON Schema."""

from collections.abc import Callable, Iterator, Mapping
from operator import ge, le
from typing import Any, Final

from schemas.compatibility.errors import InvalidSchema

TYPES: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})

_LOWEST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_HIGHEST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_NEVER_BELOW: Final = frozenset({"minLength", "minItems", "minProperties"})


def accepted_types(part: Mapping[str, Any]) -> frozenset[str]:
    """The types that a schema accepts; a number may be an integer. Raises `InvalidSchema`."""
    if "const" in part or "enum" in part:
        allowed = frozenset(_type_of(value) for value in _values(part))
        return allowed & _named(part) if "type" in part else allowed
    return _named(part)


def check_limits(part: Mapping[str, Any]) -> None:
    """Refuse limits that are no numbers. Raises `InvalidSchema`."""
    for key in (*_LOWEST, *_HIGHEST, "multipleOf"):
        value = part.get(key, 1)
        # draft 4 has true and false for the exclusive ones
        if not isinstance(value, int | float) or (key == "multipleOf" and value <= 0):
            raise InvalidSchema(f"{key} is no number that makes sense")


def limits(reader: Mapping[str, Any], writer: Mapping[str, Any]) -> Iterator[str]:
    """Which limits of the reader are narrower than the writer's."""
    if "const" in reader or "enum" in reader:
        if "const" not in writer and "enum" not in writer:
            yield "only some values are accepted now"
            return
        # True == 1 in Python, not in JSON
        known = [(type(value), value) for value in _values(reader)]
        lost = [value for value in _values(writer) if (type(value), value) not in known]
        if lost:
            yield f"{', '.join(map(repr, lost))[:80]} is not accepted"
        return
    if "const" in writer or "enum" in writer:
        return
    yield from _bounds(reader, writer, _LOWEST, le)
    yield from _bounds(reader, writer, _HIGHEST, ge)
    step = reader.get("multipleOf")
    if step is not None and (not writer.get("multipleOf") or writer["multipleOf"] % step):
        yield "multipleOf is narrower"


def _bounds(
    reader: Mapping[str, Any], writer: Mapping[str, Any], keys: tuple[str, ...], wider: Callable[[Any, Any], Any]
) -> Iterator[str]:
    for key in keys:
        mine, theirs = reader.get(key), writer.get(key)
        if mine is None or (key in _NEVER_BELOW and mine == 0):
            continue
        if theirs is None or not wider(mine, theirs):
            yield f"{key} is narrower"


def _named(part: Mapping[str, Any]) -> frozenset[str]:
    given = part.get("type")
    words = TYPES if given is None else [given] if isinstance(given, str) else given
    if not isinstance(words, list | frozenset) or not all(word in TYPES for word in words if isinstance(word, str)):
        raise InvalidSchema(f"the type {str(given)[:64]!r} is none of {', '.join(sorted(TYPES))}")
    if not all(isinstance(word, str) for word in words):
        raise InvalidSchema("a type that is no word")
    return frozenset({*words, *(("integer",) if "number" in words else ())})


def _values(part: Mapping[str, Any]) -> list[Any]:
    if "const" in part:
        return [part["const"]]
    values = part["enum"]
    if not isinstance(values, list) or not values:
        raise InvalidSchema("an enum without values")
    return values


def _type_of(value: object) -> str:
    for kind, word in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return word
    return "null" if value is None else "object"
