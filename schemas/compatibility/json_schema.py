"""What one JSON Schema accepts and another does not: types, limits, and what objects may hold.

The content of an object is open (unknown properties may come, as JSON Schema has it unless told otherwise), closed, or
held to a schema. A property that is added to open content is no safe change: old data may hold anything under its name.
Keywords beyond the basics are equal, or they cannot be compared and that is a problem.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from schemas.compatibility.errors import InvalidSchema
from schemas.compatibility.json_limits import accepted_types, check_limits, limits

DEEPEST: Final = 64

Part: TypeAlias = Mapping[str, Any] | bool

_UNCOMPARED: Final = (
    *("not", "if", "then", "else", "allOf", "patternProperties", "propertyNames", "dependencies", "contains"),
    *("dependentRequired", "dependentSchemas", "prefixItems", "additionalItems", "unevaluatedProperties"),
    *("uniqueItems", "pattern"),
)


class Document(NamedTuple):
    """A schema with what its references point into."""

    root: Part


def parsed(text: str) -> Document:
    """The schema of a text. Raises `InvalidSchema`."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidSchema(f"no JSON: {error}") from None
    document = Document(plain)
    _check(plain, document, "", 0)
    return document


def problems(reader: Document, writer: Document) -> list[str]:
    """Why data of the writer's schema may be refused by the reader's, each with its place; empty when it never is."""
    return list(dict.fromkeys(_Comparison(reader, writer).of(reader.root, writer.root, "")))


class _Comparison:
    """One comparison of two schemas; what holds itself by reference is looked at once."""

    def __init__(self, reader: Document, writer: Document) -> None:
        self._documents = reader, writer
        self._met: set[tuple[int, int]] = set()
        self._alive: list[object] = []

    def of(self, reader: Part, writer: Part, path: str) -> Iterator[str]:
        """The problems at one place."""
        reader, writer = _target(reader, self._documents[0]), _target(writer, self._documents[1])
        # an object's address is its identity while it is alive
        if reader is True or reader == {} or writer is False or (id(reader), id(writer)) in self._met:
            return
        self._met.add((id(reader), id(writer)))
        place = path or "the whole"
        if reader is False:
            yield f"{place}: nothing is accepted any more"
            return
        written: Mapping[str, Any] = {} if writer is True else writer
        yield from self._mappings(reader, written, path, place)

    def _mappings(self, reader: Mapping[str, Any], writer: Mapping[str, Any], path: str, place: str) -> Iterator[str]:
        for key in ("anyOf", "oneOf"):
            if key in writer and reader.get(key) != writer[key]:
                rest = {name: value for name, value in writer.items() if name != key}
                for branch in writer[key]:
                    whole = {**rest, **branch} if isinstance(branch, dict) else branch
                    self._alive.append(whole)
                    yield from self.of(reader, whole, path)
                return
            if key in reader and reader[key] != writer.get(key):
                if not any(not list(self._like().of(one, writer, path)) for one in reader[key]):
                    yield f"{place}: no branch of {key} accepts what was written"
                return
        yield from (
            f"{place}: {key} differs" for key in _UNCOMPARED if key in reader and reader[key] != writer.get(key)
        )
        lost = accepted_types(writer) - accepted_types(reader)
        if lost:
            yield f"{place}: {', '.join(sorted(lost))} may have been written and is not accepted"
        yield from (f"{place}: {text}" for text in limits(reader, writer))
        if "object" in accepted_types(writer):
            yield from self._objects(reader, writer, path)
        if "array" in accepted_types(writer) and "items" in reader:
            yield from self._items(reader["items"], writer.get("items", True), path)

    def _like(self) -> "_Comparison":
        other = _Comparison(*self._documents)
        other._met = set(self._met)
        other._alive = [*self._alive, self]
        return other

    def _items(self, reader: Any, writer: Any, path: str) -> Iterator[str]:
        if not isinstance(reader, list) and not isinstance(writer, list):
            yield from self.of(reader, writer, f"{path}[]")
        elif reader != writer:
            yield f"{path}[]: items by place differ"

    def _objects(self, reader: Mapping[str, Any], writer: Mapping[str, Any], path: str) -> Iterator[str]:
        mine, theirs = reader.get("properties", {}), writer.get("properties", {})
        for name in reader.get("required", []):
            if name not in writer.get("required", []) and "default" not in _mapping(mine.get(name)):
                yield f"{path}.{name}: is required and may not have been written".lstrip(".")
        rest, other = reader.get("additionalProperties", True), writer.get("additionalProperties", True)
        for name in dict.fromkeys((*mine, *theirs)):
            place = f"{path}.{name}".lstrip(".")
            if name in mine and name in theirs:
                yield from self.of(mine[name], theirs[name], place)
            elif name in mine and other is not False:
                found = list(self.of(mine[name], other, place))
                yield from (f"{text} (it is new, and any property could have been written)" for text in found[:1])
            elif name in theirs:
                found = list(self.of(rest, theirs[name], place))
                yield from (f"{text} (it is gone, and others are not accepted)" for text in found[:1])
        yield from self.of(rest, other, f"{path}.*".lstrip("."))


def _mapping(part: object) -> Mapping[str, Any]:
    return part if isinstance(part, dict) else {}


def _target(part: Part, document: Document) -> Part:
    """The schema that a reference inside the document means."""
    for _ in range(DEEPEST):
        if not isinstance(part, dict) or "$ref" not in part:
            return part
        part = _follow(part["$ref"], document)
    raise InvalidSchema("references that never end")


def _follow(reference: object, document: Document) -> Part:
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise InvalidSchema(f"the reference {str(reference)[:64]!r} leads outside")
    here: Any = document.root
    for step in reference[1:].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(here, dict) or key not in here:
            raise InvalidSchema(f"the reference {reference[:64]!r} leads nowhere")
        here = here[key]
    if not isinstance(here, dict | bool):
        raise InvalidSchema(f"the reference {reference[:64]!r} leads to no schema")
    return here


def _check(part: object, document: Document, path: str, depth: int) -> None:
    """Refuse what is no schema, as far as a comparison looks at it."""
    place = path or "the whole"
    if isinstance(part, bool):
        return
    if not isinstance(part, dict) or depth > DEEPEST:
        raise InvalidSchema(f"{place}: neither a mapping nor true or false, or nested more than {DEEPEST} levels")
    if "$ref" in part:
        _follow(part["$ref"], document)
    accepted_types(part)
    check_limits(part)
    required = part.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise InvalidSchema(f"{place}: required is no list of names")
    for key in ("properties", "definitions", "$defs"):
        group = part.get(key, {})
        if not isinstance(group, dict):
            raise InvalidSchema(f"{place}: {key} is no mapping")
        for name, inner in group.items():
            _check(inner, document, f"{path}.{name}".lstrip("."), depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in _list(part.get(key, []), f"{place}: {key}"):
            _check(inner, document, path, depth + 1)
    items = part.get("items", True)
    for inner in items if isinstance(items, list) else (items,):
        _check(inner, document, f"{path}[]", depth + 1)
    _check(part.get("additionalProperties", True), document, f"{path}.*".lstrip("."), depth + 1)


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidSchema(f"{what} is no list")
    return value
